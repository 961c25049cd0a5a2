// Squared distances of two rows in float64, for the few pairs whose exact distance is wanted.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))

TARGET double ck_squared_distance(const float *a, const float *b, size_t count) {
    __m256d sums[4];
    for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_pd();
    size_t at = 0;
    for (; at + 16 <= count; at += 16) {
        for (int i = 0; i < 4; i++) {
            const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(a + at + 4 * i));
            const __m256d y = _mm256_cvtps_pd(_mm_loadu_ps(b + at + 4 * i));
            const __m256d difference = _mm256_sub_pd(x, y);
            sums[i] = _mm256_fmadd_pd(difference, difference, sums[i]);
        }
    }
    double lanes[4];
    _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3])));
    double total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (; at < count; at++) {
        const double difference = (double)a[at] - (double)b[at];
        total += difference * difference;
    }
    return total;
}
