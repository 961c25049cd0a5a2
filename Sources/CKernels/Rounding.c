// Rows rounded to bfloat16, and what that leaves out.
#include "CKernels.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16")))

// Sixteen values, those beyond the end zero, less the center.
TARGET static __m512 values(const float *row, const float *center, size_t at, size_t count) {
    const __mmask16 taken = count - at >= 16 ? 0xFFFF : (__mmask16)((1u << (count - at)) - 1);
    const __m512 value = _mm512_maskz_loadu_ps(taken, row + at);
    return center ? _mm512_sub_ps(value, _mm512_maskz_loadu_ps(taken, center + at)) : value;
}

__attribute__((target("avx2"))) static void widen(const uint16_t *numbers, size_t count, float *floats) {
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(numbers + at)));
        _mm256_storeu_ps(floats + at, _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)));
    }
    for (; at < count; at++) {
        const uint32_t bits = (uint32_t)numbers[at] << 16;
        __builtin_memcpy(floats + at, &bits, sizeof bits);
    }
}

TARGET void ck_round(const float *row, const float *center, size_t count, uint16_t *rounded) {
    for (size_t at = 0; at < count; at += 16) {
        const __m256i half = (__m256i)_mm512_cvtneps_pbh(values(row, center, at, count));
        if (count - at >= 16)
            _mm256_storeu_si256((__m256i *)(rounded + at), half);
        else
            _mm256_mask_storeu_epi16(rounded + at, (__mmask16)((1u << (count - at)) - 1), half);
    }
}

void ck_widen(const uint16_t *numbers, size_t count, float *floats) {
    if (ck_is_supported()) {
        widen(numbers, count, floats);
        return;
    }
    for (size_t at = 0; at < count; at++) {
        const uint32_t bits = (uint32_t)numbers[at] << 16;
        __builtin_memcpy(floats + at, &bits, sizeof bits);
    }
}

TARGET static __m512d half(__m512 v, int upper) {
    return _mm512_cvtps_pd(upper ? _mm512_extractf32x8_ps(v, 1) : _mm512_castps512_ps256(v));
}

TARGET void ck_rounding(const float *row, const float *center, size_t count, double *squared_norm, double *squared_error) {
    __m512d norm = _mm512_setzero_pd(), error = _mm512_setzero_pd();
    for (size_t at = 0; at < count; at += 16) {
        const __mmask16 taken = count - at >= 16 ? 0xFFFF : (__mmask16)((1u << (count - at)) - 1);
        const __m512 exact = _mm512_maskz_loadu_ps(taken, row + at);
        const __m512 middle = center ? _mm512_maskz_loadu_ps(taken, center + at) : _mm512_setzero_ps();
        const __m256i bits = (__m256i)_mm512_cvtneps_pbh(_mm512_sub_ps(exact, middle));
        const __m512 rounded = (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16);
        for (int upper = 0; upper < 2; upper++) {
            const __m512d r = half(rounded, upper);
            const __m512d left = _mm512_sub_pd(_mm512_sub_pd(half(exact, upper), half(middle, upper)), r);
            norm = _mm512_fmadd_pd(r, r, norm);
            error = _mm512_fmadd_pd(left, left, error);
        }
    }
    *squared_norm = _mm512_reduce_add_pd(norm);
    *squared_error = _mm512_reduce_add_pd(error);
}
