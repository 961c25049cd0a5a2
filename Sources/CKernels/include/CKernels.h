// Kernels that oneDNN does not have for AVX2, or that are less exact there, for one thread each.
//
// They are C because Swift has no way to compile one function for an instruction set that the rest of the program may
// not rely on (clang: __attribute__((target("avx2,fma")))). Nothing here allocates, keeps state or checks arguments;
// the module Compute does, and is the only caller.
//
// Activations lie blocked by eight channels: image, channel / 8, row, column, channel % 8 (oneDNN's nChw8c); those of
// bfloat16 by sixteen (nChw16c).
// Convolutions are 3 x 3 with stride 1 and one pixel of zero padding.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Whether this processor can run the convolutions and distances below. The others come compiled for AVX2 and for any
// processor, and choose.
int ck_is_supported(void);

// A convolution: images, channels in and out (multiples of 16), rows and columns of an image.
struct ck_shape {
    int images, in, out, height, width;
};

// Floats of scratch memory that forward and backward take, aligned to 64 bytes.
size_t ck_winograd_scratch(int in, int out);

// Weights (out x in x 3 x 3) as forward and, transposed, as backward read them: 16 x in x out floats each.
void ck_winograd_weights(const float *weights, int in, int out, float *forward, float *backward);

// convolution(source, weights) + bias by F(2 x 2, 3 x 3), Lavin and Gray 2016; then max(0, .) with relu.
//
// bias: or null. destination: images x out x height x width, or null.
// pooled, winners: null, or the maximum over windows of 2 x 2 (floor(height / 2) x floor(width / 2)), and which element
// of its window it was (0 to 3, the first of equal ones; 4 where it is zero). With pooled, destination must be null and
// relu set.
void ck_winograd_forward(struct ck_shape shape, const float *source, const float *forward_weights, const float *bias,
                         int relu, float *destination, float *pooled, uint8_t *winners, float *scratch);

// Gradients of the same.
//
// gradient: of the destination, whose ReLU is undone where destination <= 0 (null: there was none); or, with winners,
// of the pooled output.
// source_gradient is overwritten (added to, with adds), or null where it is not wanted; weights_gradient
// (out x in x 3 x 3) and bias_gradient (or null) are overwritten.
void ck_winograd_backward(struct ck_shape shape, const float *source, const float *backward_weights,
                          const float *gradient, const float *destination, const uint8_t *winners, int adds,
                          float *source_gradient, float *weights_gradient, float *bias_gradient, float *scratch);

// Gradients of weights (out x in x 3 x 3, out a multiple of 8) and bias for a source of few channels in plain order
// (image, channel, row, column). destination: null where no ReLU is to be undone; bias_gradient: or null.
// scratch: (height + 2) x (width + 2) floats.
void ck_first_layer_gradient(struct ck_shape shape, const float *source, const float *gradient,
                             const float *destination, float *weights_gradient, float *bias_gradient, float *scratch);

// Columns of a row that are summed before the next ones: the sum of a row is that of its slices, one after the other.
enum { CK_DISTANCE_SLICE = 256 };

// Sum of (a - b)^2 over `count` floats, in float64 throughout.
double ck_squared_distance(const float *a, const float *b, size_t count);

// The same, but differences and sums of up to 32 squares in float32: off by at most 70 * 2^-24 of the result (a fifth of
// that would do), and by count * 2^-126 where squares underflow. Infinite or not a number where float32 overflows.
double ck_squared_distance_bounded(const float *a, const float *b, size_t count);

// The same of rows of bfloat16, to the bit what their numbers as floats give.
double ck_squared_distance_bf16(const uint16_t *a, const uint16_t *b, size_t count);
double ck_squared_distance_bounded_bf16(const uint16_t *a, const uint16_t *b, size_t count);

// Copies one slice of each of `count` rows, the `columns` from `first` on, CK_DISTANCE_SLICE floats apart. Rows are of
// floats or, with bf16, of bfloat16.
void ck_gather_slices(int bf16, const void *const *rows, size_t count, size_t first, size_t columns, float *slices);

// Adds to each of `pairs` sums what one slice contributes to the distance between a row and each of others. slices: one
// slice of every row, CK_DISTANCE_SLICE floats apart, `count` of them used. Summed over all slices in order these are
// the distances above.
void ck_add_slices(const float *slices, size_t count, uint32_t row, const uint32_t *others, size_t pairs, double *sums);
// By a processor with AVX-512, to the bit the same.
void ck_add_slices_wide(const float *slices, size_t count, uint32_t row, const uint32_t *others, size_t pairs,
                        double *sums);
void ck_add_slices_bounded(const float *slices, size_t count, uint32_t row, const uint32_t *others, size_t pairs,
                           double *sums);

// Columns of rounded rows that are multiplied before the next ones.
enum { CK_ROUNDED_SLICE = 256 };

// The following two need a processor with AVX-512 and its bfloat16 instructions.
//
// Rounds one slice of each of `count` rows, the `columns` from `first` on, to bfloat16, CK_ROUNDED_SLICE elements apart,
// zeros up to a multiple of 32. Adds to norms and errors, one of each a row, the squared norm of what is written and
// that of what rounding leaves out: both off by at most 40 * 2^-24 of what is added, and by columns * 2^-126. Rows are of
// floats or, with bf16, of bfloat16 already, of which rounding leaves nothing out.
void ck_gather_rounded(int bf16, const void *const *rows, size_t count, size_t first, size_t columns, uint16_t *slices,
                       double *norms, double *errors);

// Adds to each of `pairs` sums the dot product of a row's slice and that of each of others, off by at most 40 * 2^-24 of
// the sum of the absolute products and by columns * 2^-124.
void ck_add_products(const uint16_t *slices, size_t columns, uint32_t row, const uint32_t *others, size_t pairs,
                     double *sums);

// Sum of a * b over `count` floats, in float64 throughout.
double ck_dot(const float *a, const float *b, size_t count);

// rounded = row - center (null: row) as bfloat16, by a processor with AVX-512 and its bfloat16 instructions.
void ck_round(const float *row, const float *center, size_t count, uint16_t *rounded);

// The squared norm of what ck_round gives, and that of its difference from row - center; in float64 throughout.
void ck_rounding(const float *row, const float *center, size_t count, double *squared_norm, double *squared_error);

// Numbers of bfloat16 as floats, which is exact; on any processor.
void ck_widen(const uint16_t *numbers, size_t count, float *floats);

// a += scale * b.
void ck_add_scaled(float *a, const float *b, float scale, size_t count);

// sums += values, each widened to float64.
void ck_accumulate(double *sums, const float *values, size_t count);

// difference = a - b.
void ck_subtract(float *difference, const float *a, const float *b, size_t count);

// Where a row of squared distances lies below its limits.
//
// The distances are (norms[i] + norm) - 2 * products[i], or products[i] themselves where norms is null. The limits are
// cut, or the larger of cut and cuts[i] where cuts is not null. columns is a multiple of 8; hits and distances have room
// for as many. Returns the number of hits.
int ck_scan_row(const float *products, float norm, const float *norms, float cut, const float *cuts, int columns,
                int32_t *hits, float *distances);

// Normalisation of images x channels x pixels, channels a multiple of a block: eight, or sixteen in bfloat16.
struct ck_normalization {
    int images, channels, pixels;
    // Channels that share statistics, an image at a time; 0: each channel over all images.
    int group;
    // Whether elements are bfloat16, which only processors with AVX-512 and its bfloat16 instructions can run; else floats.
    int bf16;
    // Added to variances; share of a batch in running statistics.
    float epsilon, momentum;
};

// destination = max(0, scale * (source - mean) / sqrt(variance + epsilon) + shift + skip); the maximum with relu.
//
// skip: or null. statistics: receives means, then 1 / sqrt(variance + epsilon), each images x channels for groups and
// channels for batches. running_mean, running_variance: for batches only; updated when training, else used instead of
// the batch's own. scratch: 6 x channels doubles, aligned to 64 bytes.
void ck_normalization_forward(struct ck_normalization n, const void *source, const float *scale, const float *shift,
                              const void *skip, int relu, int training, float *running_mean, float *running_variance,
                              void *destination, float *statistics, double *scratch);

// Gradients of the same when training.
//
// destination: null where no ReLU is to be undone. skip_gradient: null, overwritten, or added to with adds.
// source_gradient may be gradient itself.
void ck_normalization_backward(struct ck_normalization n, const void *source, const void *destination,
                               const float *scale, const float *statistics, const void *gradient, void *skip_gradient,
                               int adds, void *source_gradient, float *scale_gradient, float *shift_gradient,
                               double *scratch);

// destination = max(0, source + skip); skip may be null, the maximum is taken with relu. vectors: of 32 bytes, eight
// floats or sixteen elements of bfloat16.
void ck_activation_forward(int bf16, size_t vectors, const void *source, const void *skip, int relu, void *destination);

// Gradients of the same; parameters as those of ck_normalization_backward.
void ck_activation_backward(int bf16, size_t vectors, const void *destination, const void *gradient, void *skip_gradient,
                            int adds, void *source_gradient);

// destination += source.
void ck_add(int bf16, size_t vectors, const void *source, void *destination);

// Mean over the pixels of each channel; a plane is a block of channels of an image. Then its gradient.
void ck_average_forward(int bf16, int planes, int pixels, const void *source, void *destination);
void ck_average_backward(int bf16, int planes, int pixels, const void *gradient, void *source_gradient);

// Rows of weights brought to mean 0 and variance 1: (w - mean) / sqrt(variance + 1e-10); deviations receives
// 1 / sqrt(variance + 1e-10) by row. Then the gradient of the rows from that of the standardised ones, in place.
void ck_standardize(int rows, int columns, const float *weights, float *standardized, float *deviations);
void ck_standardize_backward(int rows, int columns, const float *standardized, const float *deviations,
                             float *gradient);
