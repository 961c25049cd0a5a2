// Squared distances of two rows: in float64, for the few pairs whose exact distance is wanted, and in float32 with a
// bound, for those that it may rule out.
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

// Of each of the four times eight lanes no more terms than this are summed in float32.
enum { RUN = 64 };

TARGET double ck_squared_distance_bounded(const float *a, const float *b, size_t count) {
    __m256d total = _mm256_setzero_pd();
    size_t at = 0;
    while (at + 32 <= count) {
        const size_t left = (count - at) / 32, end = at + 32 * (left < RUN ? left : RUN);
        __m256 sums[4];
        for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_ps();
        for (; at < end; at += 32) {
            for (int i = 0; i < 4; i++) {
                const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(a + at + 8 * i), _mm256_loadu_ps(b + at + 8 * i));
                sums[i] = _mm256_fmadd_ps(d, d, sums[i]);
            }
        }
        for (int i = 0; i < 4; i++) {
            total = _mm256_add_pd(total, _mm256_cvtps_pd(_mm256_castps256_ps128(sums[i])));
            total = _mm256_add_pd(total, _mm256_cvtps_pd(_mm256_extractf128_ps(sums[i], 1)));
        }
    }
    double lanes[4];
    _mm256_storeu_pd(lanes, total);
    double sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (; at < count; at++) {
        const double difference = (double)a[at] - (double)b[at];
        sum += difference * difference;
    }
    return sum;
}
