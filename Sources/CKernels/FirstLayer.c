// Weights gradient of the first convolution, whose one or three source channels are too few to block by eight: for each
// channel and block of eight outputs nine sums, one a tap, are kept in registers over all pixels.
#include "CKernels.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma")))

TARGET void ck_first_layer_gradient(struct ck_shape shape, const float *source, const float *gradient,
                                    const float *destination, float *weights_gradient, float *bias_gradient,
                                    float *scratch) {
    const int height = shape.height, width = shape.width, blocks = shape.out / 8, line = width + 2;
    const size_t pixels = (size_t)height * width;
    const __m256 zero = _mm256_setzero_ps();
    memset(weights_gradient, 0, sizeof(float) * shape.out * shape.in * 9);
    if (bias_gradient) memset(bias_gradient, 0, sizeof(float) * shape.out);
    memset(scratch, 0, sizeof(float) * (height + 2) * line); // the border stays zero
    for (int image = 0; image < shape.images; image++) {
        for (int channel = 0; channel < shape.in; channel++) {
            const float *plane = source + ((size_t)image * shape.in + channel) * pixels;
            for (int y = 0; y < height; y++)
                memcpy(scratch + (y + 1) * line + 1, plane + (size_t)y * width, sizeof(float) * width);
            for (int block = 0; block < blocks; block++) {
                const size_t from = ((size_t)image * blocks + block) * pixels * 8;
                __m256 sums[9], bias = zero;
                for (int tap = 0; tap < 9; tap++) sums[tap] = zero;
                for (int y = 0; y < height; y++) {
                    const float *g = gradient + from + (size_t)y * width * 8;
                    const float *out = destination ? destination + from + (size_t)y * width * 8 : 0;
                    const float *in = scratch + y * line;
                    for (int x = 0; x < width; x++, in++) {
                        __m256 value = _mm256_load_ps(g + x * 8);
                        if (out) {
                            const __m256 passes = _mm256_cmp_ps(_mm256_load_ps(out + x * 8), zero, _CMP_GT_OQ);
                            value = _mm256_and_ps(value, passes);
                        }
                        bias = _mm256_add_ps(bias, value);
                        for (int tap = 0; tap < 9; tap++) {
                            const __m256 pixel = _mm256_broadcast_ss(in + tap / 3 * line + tap % 3);
                            sums[tap] = _mm256_fmadd_ps(value, pixel, sums[tap]);
                        }
                    }
                }
                float lanes[8];
                for (int tap = 0; tap < 9; tap++) {
                    _mm256_storeu_ps(lanes, sums[tap]);
                    for (int lane = 0; lane < 8; lane++)
                        weights_gradient[((size_t)(block * 8 + lane) * shape.in + channel) * 9 + tap] += lanes[lane];
                }
                if (channel || !bias_gradient) continue;
                _mm256_storeu_ps(lanes, bias);
                for (int lane = 0; lane < 8; lane++) bias_gradient[block * 8 + lane] += lanes[lane];
            }
        }
    }
}
