// Loops over whole tensors: ReLU and the addition of a residual connection, sums of gradients, the mean over an image,
// and weight standardisation.
#include <math.h>

#define BF16 0
#include "ElementwiseBody.h"
#undef BF16
#define BF16 1
#include "ElementwiseBody.h"

void ck_activation_forward(int bf16, size_t vectors, const void *source, const void *skip, int relu, void *destination) {
    if (bf16)
        activation_forward_bf16(vectors, source, skip, relu, destination);
    else
        activation_forward_f32(vectors, source, skip, relu, destination);
}

void ck_activation_backward(int bf16, size_t vectors, const void *destination, const void *gradient, void *skip_gradient, int adds,
                            void *source_gradient) {
    if (bf16)
        activation_backward_bf16(vectors, destination, gradient, skip_gradient, adds, source_gradient);
    else
        activation_backward_f32(vectors, destination, gradient, skip_gradient, adds, source_gradient);
}

void ck_add(int bf16, size_t vectors, const void *source, void *destination) {
    if (bf16)
        add_bf16(vectors, source, destination);
    else
        add_f32(vectors, source, destination);
}

void ck_average_forward(int bf16, int planes, int pixels, const void *source, void *destination) {
    if (bf16)
        average_forward_bf16(planes, pixels, source, destination);
    else
        average_forward_f32(planes, pixels, source, destination);
}

void ck_average_backward(int bf16, int planes, int pixels, const void *gradient, void *source_gradient) {
    if (bf16)
        average_backward_bf16(planes, pixels, gradient, source_gradient);
    else
        average_backward_f32(planes, pixels, gradient, source_gradient);
}

// MARK: Weight standardisation

// Rows are too few and too short (nine times the input channels) for vectors of their own to matter.
static const double EPSILON = 1e-10;

void ck_standardize(int rows, int columns, const float *weights, float *standardized, float *deviations) {
    for (int row = 0; row < rows; row++, weights += columns, standardized += columns) {
        double mean = 0, squares = 0;
        for (int i = 0; i < columns; i++) mean += weights[i];
        mean /= columns;
        for (int i = 0; i < columns; i++) squares += (weights[i] - mean) * (weights[i] - mean);
        const double inverse = 1 / sqrt(squares / columns + EPSILON);
        for (int i = 0; i < columns; i++) standardized[i] = (float)((weights[i] - mean) * inverse);
        deviations[row] = (float)inverse;
    }
}

void ck_standardize_backward(int rows, int columns, const float *standardized, const float *deviations,
                             float *gradient) {
    for (int row = 0; row < rows; row++, standardized += columns, gradient += columns) {
        double mean = 0, correlation = 0;
        for (int i = 0; i < columns; i++) {
            mean += gradient[i];
            correlation += (double)gradient[i] * standardized[i];
        }
        mean /= columns;
        correlation /= columns;
        for (int i = 0; i < columns; i++)
            gradient[i] = (float)(deviations[row] * (gradient[i] - mean - standardized[i] * correlation));
    }
}
