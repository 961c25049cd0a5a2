// What the kernels written in vector extensions share: eight floats at a time, compiled twice, for AVX2 and for any
// processor. `KERNEL(name, parameters, arguments)` makes the function ck_name out of name_body.
#pragma once
#include "CKernels.h"

#define BODY static inline __attribute__((always_inline))

// may_alias: tensors are floats to everybody else.
typedef float vec8 __attribute__((vector_size(32), may_alias));
typedef int mask8 __attribute__((vector_size(32), may_alias));
typedef double wide8 __attribute__((vector_size(64), may_alias, aligned(8)));

#define AT(pointer, pixel) (*(vec8 *)((pointer) + (size_t)(pixel) * 8))
#define CONST_AT(pointer, pixel) (*(const vec8 *)((pointer) + (size_t)(pixel) * 8))
#define WIDEN(v) __builtin_convertvector(v, wide8)
#define NARROW(v) __builtin_convertvector(v, vec8)
// max(0, v), not-a-number passing through.
#define RELU(v) ((vec8)((mask8)(v) & ~((v) < (vec8){0})))
// g where out > 0, else 0.
#define PASS(g, out) ((vec8)((mask8)(g) & ((out) > (vec8){0})))

#define KERNEL(name, parameters, arguments)                                                                            \
    __attribute__((target("avx2,fma"))) static void name##_avx2 parameters { name##_body arguments; }                  \
    static void name##_plain parameters { name##_body arguments; }                                                     \
    void ck_##name parameters {                                                                                        \
        if (ck_is_supported())                                                                                         \
            name##_avx2 arguments;                                                                                     \
        else                                                                                                           \
            name##_plain arguments;                                                                                    \
    }
