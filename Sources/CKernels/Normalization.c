// Batch normalisation (Ioffe and Szegedy 2015) and group normalisation (Wu and He 2018), perhaps with the addition that
// ends a residual block and a ReLU behind them:
//
//     y = max(0, scale * (x - mean) / sqrt(variance + epsilon) + shift + skip)
//
// Statistics of a plane (one image, one block of channels) are taken in two passes while it lies in the first-level cache, 64
// pixels in float32 and the rest in float64, and planes are joined by Chan, Golub and LeVeque's update (1983). The sums
// of the way back are float64 in the same way.
#include <math.h>
#include <string.h>

enum { RUN = 64 }; // pixels summed in float32

#define BF16 0
#include "NormalizationBody.h"
#undef BF16
#define BF16 1
#include "NormalizationBody.h"

void ck_normalization_forward(struct ck_normalization n, const void *source, const float *scale, const float *shift,
                              const void *skip, int relu, int training, float *running_mean, float *running_variance,
                              void *destination, float *statistics, double *scratch) {
    if (n.bf16)
        normalization_forward_bf16(n, source, scale, shift, skip, relu, training, running_mean, running_variance,
                                   destination, statistics, scratch);
    else
        normalization_forward_f32(n, source, scale, shift, skip, relu, training, running_mean, running_variance,
                                  destination, statistics, scratch);
}

void ck_normalization_backward(struct ck_normalization n, const void *source, const void *destination,
                               const float *scale, const float *statistics, const void *gradient, void *skip_gradient,
                               int adds, void *source_gradient, float *scale_gradient, float *shift_gradient,
                               double *scratch) {
    if (n.bf16)
        normalization_backward_bf16(n, source, destination, scale, statistics, gradient, skip_gradient, adds,
                                    source_gradient, scale_gradient, shift_gradient, scratch);
    else
        normalization_backward_f32(n, source, destination, scale, statistics, gradient, skip_gradient, adds,
                                   source_gradient, scale_gradient, shift_gradient, scratch);
}
