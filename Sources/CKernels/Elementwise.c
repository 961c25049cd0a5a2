// Loops over whole tensors: ReLU and the addition of a residual connection, sums of gradients, the mean over an image,
// and weight standardisation.
#include "Kernel.h"

#include <math.h>

BODY void activation_forward_body(size_t count, const float *source, const float *skip, int relu, float *destination) {
    for (size_t i = 0; i < count / 8; i++) {
        vec8 y = CONST_AT(source, i);
        if (skip) y += CONST_AT(skip, i);
        AT(destination, i) = relu ? RELU(y) : y;
    }
}
KERNEL(activation_forward, (size_t count, const float *source, const float *skip, int relu, float *destination),
       (count, source, skip, relu, destination))

BODY void activation_backward_body(size_t count, const float *destination, const float *gradient, float *skip_gradient,
                                   int adds, float *source_gradient) {
    for (size_t i = 0; i < count / 8; i++) {
        vec8 g = CONST_AT(gradient, i);
        if (destination) g = PASS(g, CONST_AT(destination, i));
        if (skip_gradient) AT(skip_gradient, i) = adds ? AT(skip_gradient, i) + g : g;
        AT(source_gradient, i) = g;
    }
}
KERNEL(activation_backward,
       (size_t count, const float *destination, const float *gradient, float *skip_gradient, int adds,
        float *source_gradient),
       (count, destination, gradient, skip_gradient, adds, source_gradient))

BODY void add_body(size_t count, const float *source, float *destination) {
    for (size_t i = 0; i < count / 8; i++) AT(destination, i) += CONST_AT(source, i);
}
KERNEL(add, (size_t count, const float *source, float *destination), (count, source, destination))

BODY void average_forward_body(int planes, int pixels, const float *source, float *destination) {
    for (int plane = 0; plane < planes; plane++, source += (size_t)pixels * 8) {
        wide8 total = {0};
        for (int p = 0; p < pixels; p++) total += WIDEN(CONST_AT(source, p));
        AT(destination, plane) = NARROW(total / (double)pixels);
    }
}
KERNEL(average_forward, (int planes, int pixels, const float *source, float *destination),
       (planes, pixels, source, destination))

BODY void average_backward_body(int planes, int pixels, const float *gradient, float *source_gradient) {
    for (int plane = 0; plane < planes; plane++, source_gradient += (size_t)pixels * 8) {
        const vec8 share = CONST_AT(gradient, plane) / (float)pixels;
        for (int p = 0; p < pixels; p++) AT(source_gradient, p) = share;
    }
}
KERNEL(average_backward, (int planes, int pixels, const float *gradient, float *source_gradient),
       (planes, pixels, gradient, source_gradient))

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
