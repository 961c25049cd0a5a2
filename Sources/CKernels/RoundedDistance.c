// Dot products of many pairs of rows that are rounded to bfloat16, a slice of the columns of all of them at a time: what
// bounds the distances of the rows as they are, at a fraction of the time. For processors with AVX-512 and its bfloat16
// instructions.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16")))

enum { LANES = 32, VECTORS = CK_ROUNDED_SLICE / LANES };

TARGET void ck_gather_rounded(int bf16, const void *const *rows, size_t count, size_t first, size_t columns,
                              uint16_t *slices, double *norms, double *errors) {
    // The processor does not foresee a jump to another row: this many are asked for ahead.
    enum { AHEAD = 4 };
    const size_t size = bf16 ? sizeof(uint16_t) : sizeof(float);
    const size_t padded = (columns + LANES - 1) / LANES * LANES;
    for (size_t row = 0; row < count; row++) {
        if (row + AHEAD < count) {
            const char *next = (const char *)rows[row + AHEAD] + first * size;
            for (size_t at = 0; at < columns * size; at += 64) _mm_prefetch(next + at, _MM_HINT_T0);
        }
        const char *from = (const char *)rows[row] + first * size;
        uint16_t *to = slices + row * CK_ROUNDED_SLICE;
        __m512 norm = _mm512_setzero_ps(), error = _mm512_setzero_ps();
        for (size_t at = 0; at < padded; at += 16) {
            const size_t left = at < columns ? columns - at : 0;
            const __mmask16 taken = left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
            if (bf16) {
                const __m256i bits = _mm256_maskz_loadu_epi16(taken, from + at * sizeof(uint16_t));
                _mm256_storeu_si256((__m256i *)(to + at), bits);
                const __m512 number = (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16);
                norm = _mm512_fmadd_ps(number, number, norm);
                continue;
            }
            const __m512 exact = _mm512_maskz_loadu_ps(taken, from + at * sizeof(float));
            const __m256i bits = (__m256i)_mm512_cvtneps_pbh(exact);
            _mm256_storeu_si256((__m256i *)(to + at), bits);
            const __m512 rounded = (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16);
            // Exact: the two are close (Sterbenz), or the rounded one is zero.
            const __m512 difference = _mm512_sub_ps(exact, rounded);
            norm = _mm512_fmadd_ps(rounded, rounded, norm);
            error = _mm512_fmadd_ps(difference, difference, error);
        }
        norms[row] += _mm512_reduce_add_ps(norm);
        errors[row] += _mm512_reduce_add_ps(error);
    }
}

// The slice of the pair after next is asked for while this one is multiplied.
TARGET static void prefetch_after_next(const uint16_t *slices, const uint32_t *others, size_t pair, size_t pairs, size_t vectors) {
    if (pair + 2 >= pairs) return;
    const char *next = (const char *)(slices + (size_t)others[pair + 2] * CK_ROUNDED_SLICE);
    for (size_t at = 0; at < vectors; at++) _mm_prefetch(next + 64 * at, _MM_HINT_T0);
}

TARGET void ck_add_products(const uint16_t *slices, size_t columns, uint32_t row, const uint32_t *others, size_t pairs,
                            double *sums) {
    const size_t vectors = (columns + LANES - 1) / LANES;
    const uint16_t *own = slices + (size_t)row * CK_ROUNDED_SLICE;
    if (vectors < VECTORS) {
        for (size_t pair = 0; pair < pairs; pair++) {
            prefetch_after_next(slices, others, pair, pairs, vectors);
            const uint16_t *other = slices + (size_t)others[pair] * CK_ROUNDED_SLICE;
            __m512 sum = _mm512_setzero_ps();
            for (size_t at = 0; at < vectors; at++) {
                sum = _mm512_dpbf16_ps(sum, (__m512bh)_mm512_loadu_si512(own + LANES * at),
                                       (__m512bh)_mm512_loadu_si512(other + LANES * at));
            }
            sums[pair] += _mm512_reduce_add_ps(sum);
        }
        return;
    }
    // The row's own slice stays in registers.
    __m512bh factors[VECTORS];
    for (int at = 0; at < VECTORS; at++) factors[at] = (__m512bh)_mm512_loadu_si512(own + LANES * at);
    for (size_t pair = 0; pair < pairs; pair++) {
        prefetch_after_next(slices, others, pair, pairs, VECTORS);
        const uint16_t *other = slices + (size_t)others[pair] * CK_ROUNDED_SLICE;
        __m512 partial[4];
        for (int i = 0; i < 4; i++) partial[i] = _mm512_setzero_ps();
        for (int at = 0; at < VECTORS; at++) {
            partial[at % 4] = _mm512_dpbf16_ps(partial[at % 4], factors[at],
                                               (__m512bh)_mm512_loadu_si512(other + LANES * at));
        }
        sums[pair] += _mm512_reduce_add_ps(
            _mm512_add_ps(_mm512_add_ps(partial[0], partial[1]), _mm512_add_ps(partial[2], partial[3])));
    }
}
