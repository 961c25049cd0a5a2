// A thin declaration of what is called of ONNX Runtime, which is loaded when it is needed: Debian 12 has no package of it,
// and whoever does without a backbone does without the library.
#ifndef PLUMBLINE_ONNX_RUNTIME_H
#define PLUMBLINE_ONNX_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The most dimensions of a tensor that are looked at.
#define ONNX_MAX_RANK 8

/// A network, ready to run on one processor core.
typedef struct onnx_session onnx_session;

/// Kinds of elements (TensorProto.DataType) that are given and taken.
enum { ONNX_FLOAT = 1, ONNX_INT64 = 7 };

/// An input or an output of a network. A dimension that may be anything is -1; a rank of -1 is no tensor.
typedef struct onnx_port {
    const char *_Nullable name;  // The session's.
    int32_t element;             // ONNX_FLOAT, ONNX_INT64 or another.
    int32_t rank;
    int64_t shape[ONNX_MAX_RANK];
} onnx_port;

/// Opens the library and a network in memory. Nothing else of the network is read: weights in files beside it are refused.
///
/// Returns NULL with a sentence in `error` (`capacity` bytes) where the library is missing or too old, or the network cannot be
/// run.
onnx_session *_Nullable onnx_open(const char *_Nonnull library, const void *_Nonnull model, size_t bytes,
                                  char *_Nonnull error, size_t capacity);

/// Gives all of it back.
void onnx_close(onnx_session *_Nonnull session);

/// The library's own version, such as 1.32.0, or NULL where it cannot be opened.
const char *_Nullable onnx_version(const char *_Nonnull library);

/// How many inputs and outputs there are.
size_t onnx_input_count(const onnx_session *_Nonnull session);
size_t onnx_output_count(const onnx_session *_Nonnull session);

/// One of them.
onnx_port onnx_input(const onnx_session *_Nonnull session, size_t index);
onnx_port onnx_output(const onnx_session *_Nonnull session, size_t index);

/// What an input gets.
typedef struct onnx_tensor {
    const char *_Nonnull name;     // Of the input.
    const void *_Nonnull values;   // Floats or int64_t, as `element` says; only read.
    int32_t element;               // ONNX_FLOAT or ONNX_INT64.
    int32_t rank;                  // ONNX_MAX_RANK at most.
    int64_t shape[ONNX_MAX_RANK];
} onnx_tensor;

/// The most inputs of a run.
#define ONNX_MAX_INPUTS 4

/// Runs the network on `count` inputs, at most ONNX_MAX_INPUTS. The outputs stay with the session until the next run.
///
/// Returns false with a sentence in `error`.
bool onnx_run(onnx_session *_Nonnull session, const onnx_tensor *_Nonnull inputs, size_t count, char *_Nonnull error,
              size_t capacity);

/// The floats of an output of the last run and its shape; NULL where it is no tensor of floats.
const float *_Nullable onnx_result(const onnx_session *_Nonnull session, size_t index, int64_t *_Nonnull shape,
                                   int32_t *_Nonnull rank);

#endif
