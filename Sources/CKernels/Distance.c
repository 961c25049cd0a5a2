// Squared distances of two rows: in float64, for the few pairs whose exact distance is wanted, and in float32 with a
// bound, for those that it may rule out. Either is the sum of its slices, so that the distances of many pairs can be
// taken a slice of all of them at a time, with the same bits.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define SLICE static inline __attribute__((always_inline, target("avx2,fma")))

// Four, eight and one of the numbers of a row of floats, or of bfloat16, as floats.
SLICE __m128 four_f32(const float *row) { return _mm_loadu_ps(row); }
SLICE __m256 eight_f32(const float *row) { return _mm256_loadu_ps(row); }
SLICE float one_f32(const float *row) { return *row; }
SLICE __m128 four_bf16(const uint16_t *row) {
    return _mm_castsi128_ps(_mm_slli_epi32(_mm_cvtepu16_epi32(_mm_loadl_epi64((const __m128i *)row)), 16));
}
SLICE __m256 eight_bf16(const uint16_t *row) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)row)), 16));
}
SLICE float one_bf16(const uint16_t *row) {
    const uint32_t bits = (uint32_t)*row << 16;
    float number;
    __builtin_memcpy(&number, &bits, sizeof number);
    return number;
}

// A slice in float64; and bounded, where each of the four times eight lanes sums a few terms in float32.
#define SLICES(kind, element)                                                                                          \
SLICE double slice_##kind(const element *a, const element *b, size_t count) {                                          \
    __m256d sums[4];                                                                                                   \
    for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_pd();                                                         \
    size_t at = 0;                                                                                                     \
    for (; at + 16 <= count; at += 16) {                                                                               \
        for (int i = 0; i < 4; i++) {                                                                                  \
            const __m256d x = _mm256_cvtps_pd(four_##kind(a + at + 4 * i));                                            \
            const __m256d y = _mm256_cvtps_pd(four_##kind(b + at + 4 * i));                                            \
            const __m256d difference = _mm256_sub_pd(x, y);                                                            \
            sums[i] = _mm256_fmadd_pd(difference, difference, sums[i]);                                                \
        }                                                                                                              \
    }                                                                                                                  \
    double lanes[4];                                                                                                   \
    _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3])));          \
    double total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);                                                      \
    for (; at < count; at++) {                                                                                         \
        const double difference = (double)one_##kind(a + at) - (double)one_##kind(b + at);                             \
        total += difference * difference;                                                                              \
    }                                                                                                                  \
    return total;                                                                                                      \
}                                                                                                                      \
SLICE double slice_bounded_##kind(const element *a, const element *b, size_t count) {                                  \
    __m256 sums[4];                                                                                                    \
    for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_ps();                                                         \
    size_t at = 0;                                                                                                     \
    for (; at + 32 <= count; at += 32) {                                                                               \
        for (int i = 0; i < 4; i++) {                                                                                  \
            const __m256 d = _mm256_sub_ps(eight_##kind(a + at + 8 * i), eight_##kind(b + at + 8 * i));                \
            sums[i] = _mm256_fmadd_ps(d, d, sums[i]);                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    const __m256 four = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));               \
    const __m256d wide =                                                                                               \
        _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(four)), _mm256_cvtps_pd(_mm256_extractf128_ps(four, 1))); \
    double lanes[4];                                                                                                   \
    _mm256_storeu_pd(lanes, wide);                                                                                     \
    double sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);                                                        \
    for (; at < count; at++) {                                                                                         \
        const double difference = (double)one_##kind(a + at) - (double)one_##kind(b + at);                             \
        sum += difference * difference;                                                                                \
    }                                                                                                                  \
    return sum;                                                                                                        \
}

SLICES(f32, float)
SLICES(bf16, uint16_t)

#define WHOLE(name, of, element)                                                                                                \
    TARGET double name(const element *a, const element *b, size_t count) {                                                 \
        double total = 0;                                                                                              \
        for (size_t at = 0; at < count; at += CK_DISTANCE_SLICE) {                                                     \
            const size_t left = count - at;                                                                            \
            total += of(a + at, b + at, left < CK_DISTANCE_SLICE ? left : CK_DISTANCE_SLICE);                          \
        }                                                                                                              \
        return total;                                                                                                  \
    }

TARGET void ck_gather_slices(int bf16, const void *const *rows, size_t count, size_t first, size_t columns, float *slices) {
    const size_t size = bf16 ? sizeof(uint16_t) : sizeof(float);
    // The processor does not foresee a jump to another row: this many are asked for ahead.
    enum { AHEAD = 6 };
    for (size_t row = 0; row < count; row++) {
        if (row + AHEAD < count) {
            const char *next = (const char *)rows[row + AHEAD] + first * size;
            for (size_t at = 0; at < columns * size; at += 64) _mm_prefetch(next + at, _MM_HINT_T0);
        }
        float *to = slices + row * CK_DISTANCE_SLICE;
        size_t at = 0;
        if (bf16) {
            const uint16_t *from = (const uint16_t *)rows[row] + first;
            for (; at + 8 <= columns; at += 8) _mm256_storeu_ps(to + at, eight_bf16(from + at));
            for (; at < columns; at++) to[at] = one_bf16(from + at);
            continue;
        }
        const float *from = (const float *)rows[row] + first;
        for (; at + 8 <= columns; at += 8) _mm256_storeu_ps(to + at, _mm256_loadu_ps(from + at));
        for (; at < columns; at++) to[at] = from[at];
    }
}

// The slice of the pair after next is asked for while this one is summed: rows are visited in no order that the
// processor could foresee.
SLICE void prefetch_after_next(const float *slices, const uint32_t *others, size_t pair, size_t pairs, size_t count) {
    if (pair + 2 >= pairs) return;
    const float *next = slices + (size_t)others[pair + 2] * CK_DISTANCE_SLICE;
    for (size_t at = 0; at < count; at += 16) _mm_prefetch((const char *)(next + at), _MM_HINT_T0);
}

TARGET void ck_add_slices_bounded(const float *slices, size_t count, uint32_t row, const uint32_t *others, size_t pairs,
                                  double *sums) {
    const float *own = slices + (size_t)row * CK_DISTANCE_SLICE;
    for (size_t pair = 0; pair < pairs; pair++) {
        prefetch_after_next(slices, others, pair, pairs, count);
        sums[pair] += slice_bounded_f32(own, slices + (size_t)others[pair] * CK_DISTANCE_SLICE, count);
    }
}

// The row's own slice is widened once for all its pairs. Otherwise as slices are summed, to the bit, and must stay so.
TARGET void ck_add_slices(const float *slices, size_t count, uint32_t row, const uint32_t *others, size_t pairs,
                          double *sums) {
    const float *own = slices + (size_t)row * CK_DISTANCE_SLICE;
    double wide[CK_DISTANCE_SLICE];
    for (size_t at = 0; at < count; at++) wide[at] = own[at];
    for (size_t pair = 0; pair < pairs; pair++) {
        prefetch_after_next(slices, others, pair, pairs, count);
        const float *other = slices + (size_t)others[pair] * CK_DISTANCE_SLICE;
        __m256d partial[4];
        for (int i = 0; i < 4; i++) partial[i] = _mm256_setzero_pd();
        size_t at = 0;
        for (; at + 16 <= count; at += 16) {
            for (int i = 0; i < 4; i++) {
                const __m256d y = _mm256_cvtps_pd(_mm_loadu_ps(other + at + 4 * i));
                const __m256d difference = _mm256_sub_pd(_mm256_loadu_pd(wide + at + 4 * i), y);
                partial[i] = _mm256_fmadd_pd(difference, difference, partial[i]);
            }
        }
        double lanes[4];
        _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_add_pd(partial[0], partial[1]), _mm256_add_pd(partial[2], partial[3])));
        double total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        for (; at < count; at++) {
            const double difference = wide[at] - (double)other[at];
            total += difference * difference;
        }
        sums[pair] += total;
    }
}

// The same in vectors of twice the size, to the bit: each holds two of the four partial sums.
__attribute__((target("avx512f,avx512dq"))) void ck_add_slices_wide(const float *slices, size_t count, uint32_t row,
                                                                    const uint32_t *others, size_t pairs, double *sums) {
    const float *own = slices + (size_t)row * CK_DISTANCE_SLICE;
    double wide[CK_DISTANCE_SLICE];
    for (size_t at = 0; at < count; at++) wide[at] = own[at];
    for (size_t pair = 0; pair < pairs; pair++) {
        if (pair + 2 < pairs) {
            const char *next = (const char *)(slices + (size_t)others[pair + 2] * CK_DISTANCE_SLICE);
            for (size_t at = 0; at < count; at += 16) _mm_prefetch(next + 4 * at, _MM_HINT_T0);
        }
        const float *other = slices + (size_t)others[pair] * CK_DISTANCE_SLICE;
        __m512d partial[2] = {_mm512_setzero_pd(), _mm512_setzero_pd()};
        size_t at = 0;
        for (; at + 16 <= count; at += 16) {
            for (int i = 0; i < 2; i++) {
                const __m512d y = _mm512_cvtps_pd(_mm256_loadu_ps(other + at + 8 * i));
                const __m512d difference = _mm512_sub_pd(_mm512_loadu_pd(wide + at + 8 * i), y);
                partial[i] = _mm512_fmadd_pd(difference, difference, partial[i]);
            }
        }
        double lanes[4];
        _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_add_pd(_mm512_castpd512_pd256(partial[0]),
                                                            _mm512_extractf64x4_pd(partial[0], 1)),
                                              _mm256_add_pd(_mm512_castpd512_pd256(partial[1]),
                                                            _mm512_extractf64x4_pd(partial[1], 1))));
        double total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        for (; at < count; at++) {
            const double difference = wide[at] - (double)other[at];
            total += difference * difference;
        }
        sums[pair] += total;
    }
}

WHOLE(ck_squared_distance, slice_f32, float)
WHOLE(ck_squared_distance_bounded, slice_bounded_f32, float)
WHOLE(ck_squared_distance_bf16, slice_bf16, uint16_t)
WHOLE(ck_squared_distance_bounded_bf16, slice_bounded_bf16, uint16_t)
