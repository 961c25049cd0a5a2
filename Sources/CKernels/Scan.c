// Finds the few small distances in a tile of many.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))

TARGET int ck_scan_row(const float *products, float norm, const float *norms, float cut, const float *cuts, int columns,
                       int32_t *hits, float *distances) {
    const __m256 own = _mm256_set1_ps(norm);
    const __m256 limit = _mm256_set1_ps(cut);
    int found = 0;
    for (int at = 0; at < columns; at += 8) {
        __m256 distance = _mm256_loadu_ps(products + at);
        if (norms) {
            distance = _mm256_sub_ps(_mm256_add_ps(_mm256_loadu_ps(norms + at), own), _mm256_add_ps(distance, distance));
        }
        const __m256 allowed = cuts ? _mm256_max_ps(limit, _mm256_loadu_ps(cuts + at)) : limit;
        int mask = _mm256_movemask_ps(_mm256_cmp_ps(distance, allowed, _CMP_LT_OQ));
        if (mask == 0) continue;
        float lanes[8];
        _mm256_storeu_ps(lanes, distance);
        do {
            const int lane = __builtin_ctz((unsigned)mask);
            hits[found] = at + lane;
            distances[found++] = lanes[lane];
            mask &= mask - 1;
        } while (mask);
    }
    return found;
}
