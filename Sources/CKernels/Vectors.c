// Dot products and sums of rows, accumulated in float64.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))

TARGET double ck_dot(const float *a, const float *b, size_t count) {
    __m256d sums[4];
    for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_pd();
    size_t at = 0;
    for (; at + 16 <= count; at += 16) {
        for (int i = 0; i < 4; i++) {
            const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(a + at + 4 * i));
            const __m256d y = _mm256_cvtps_pd(_mm_loadu_ps(b + at + 4 * i));
            sums[i] = _mm256_fmadd_pd(x, y, sums[i]);
        }
    }
    double lanes[4];
    _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3])));
    double total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (; at < count; at++) total += (double)a[at] * (double)b[at];
    return total;
}

TARGET void ck_add_scaled(float *a, const float *b, float scale, size_t count) {
    const __m256 factor = _mm256_set1_ps(scale);
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        _mm256_storeu_ps(a + at, _mm256_fmadd_ps(_mm256_loadu_ps(b + at), factor, _mm256_loadu_ps(a + at)));
    }
    for (; at < count; at++) a[at] += scale * b[at];
}

TARGET void ck_accumulate(double *sums, const float *values, size_t count) {
    size_t at = 0;
    for (; at + 4 <= count; at += 4) {
        const __m256d value = _mm256_cvtps_pd(_mm_loadu_ps(values + at));
        _mm256_storeu_pd(sums + at, _mm256_add_pd(_mm256_loadu_pd(sums + at), value));
    }
    for (; at < count; at++) sums[at] += values[at];
}

TARGET void ck_subtract(float *difference, const float *a, const float *b, size_t count) {
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        _mm256_storeu_ps(difference + at, _mm256_sub_ps(_mm256_loadu_ps(a + at), _mm256_loadu_ps(b + at)));
    }
    for (; at < count; at++) difference[at] = a[at] - b[at];
}
