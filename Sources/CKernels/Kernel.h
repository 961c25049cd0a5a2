// What the kernels written in vector extensions share. A file of bodies is included twice: with BF16 defined as 0, for
// eight floats at a time, compiled for AVX2 and for any processor; and as 1, for sixteen elements of bfloat16, computed
// as float32, compiled for AVX-512 with its bfloat16 instructions. Both vectors are 32 bytes in memory.
//
// KERNEL(name, parameters, arguments) makes a function NAME(name) out of NAME(name_body).
#include "CKernels.h"

#include <immintrin.h>

#undef BODY
#undef NAME
#undef KERNEL
#undef LOAD
#undef STORE

#ifndef CK_VECTORS
#define CK_VECTORS
// may_alias: tensors are floats to everybody else.
typedef float vec_f32 __attribute__((vector_size(32), may_alias, aligned(4)));
typedef int mask_f32 __attribute__((vector_size(32), may_alias));
typedef double wide_f32 __attribute__((vector_size(64), may_alias, aligned(8)));
typedef float element_f32;
enum { BLOCK_f32 = 8 };

typedef float vec_bf16 __attribute__((vector_size(64), may_alias, aligned(4)));
typedef int mask_bf16 __attribute__((vector_size(64), may_alias));
typedef double wide_bf16 __attribute__((vector_size(128), may_alias, aligned(8)));
typedef uint16_t element_bf16;
typedef uint16_t halves __attribute__((vector_size(32), may_alias));
typedef uint32_t words __attribute__((vector_size(64)));
enum { BLOCK_bf16 = 16 };

#define BLOCK NAME(BLOCK)
#define vec NAME(vec)
#define mask NAME(mask)
#define wide NAME(wide)
#define element NAME(element)

#define FLOATS(pointer) (*(const vec *)(pointer))
#define WIDEN(v) __builtin_convertvector(v, wide)
#define NARROW(v) __builtin_convertvector(v, vec)
// max(0, v), not-a-number passing through.
#define RELU(v) ((vec)((mask)(v) & ~((v) < (vec){0})))
// g where out > 0, else 0.
#define PASS(g, out) ((vec)((mask)(g) & ((out) > (vec){0})))
#endif

#if BF16
#define NAME(name) name##_bf16
#define BODY static inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define LOAD(pointer, pixel)                                                                                           \
    ((vec)(__builtin_convertvector(*(const halves *)((pointer) + (size_t)(pixel) * 16), words) << 16))
#define STORE(pointer, pixel, v) (*(halves *)((pointer) + (size_t)(pixel) * 16) = (halves)_mm512_cvtneps_pbh((__m512)(v)))
#define KERNEL(name, parameters, arguments)                                                                            \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) static void NAME(name) parameters {                \
        NAME(name##_body) arguments;                                                                                   \
    }
#else
#define NAME(name) name##_f32
#define BODY static inline __attribute__((always_inline))
#define LOAD(pointer, pixel) (*(const vec *)((pointer) + (size_t)(pixel) * 8))
#define STORE(pointer, pixel, v) (*(vec *)((pointer) + (size_t)(pixel) * 8) = (v))
#define KERNEL(name, parameters, arguments)                                                                            \
    __attribute__((target("avx2,fma"))) static void name##_avx2 parameters { NAME(name##_body) arguments; }            \
    static void name##_plain parameters { NAME(name##_body) arguments; }                                               \
    static void NAME(name) parameters {                                                                                \
        if (ck_is_supported())                                                                                         \
            name##_avx2 arguments;                                                                                     \
        else                                                                                                           \
            name##_plain arguments;                                                                                    \
    }
#endif
