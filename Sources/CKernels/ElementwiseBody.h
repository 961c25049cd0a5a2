// The bodies of Elementwise.c for one precision.
#include "Kernel.h"

BODY void NAME(activation_forward_body)(size_t vectors, const element *source, const element *skip, int relu, element *destination) {
    for (size_t i = 0; i < vectors; i++) {
        vec y = LOAD(source, i);
        if (skip) y += LOAD(skip, i);
        STORE(destination, i, relu ? RELU(y) : y);
    }
}
KERNEL(activation_forward, (size_t vectors, const element *source, const element *skip, int relu, element *destination),
       (vectors, source, skip, relu, destination))

BODY void NAME(activation_backward_body)(size_t vectors, const element *destination, const element *gradient, element *skip_gradient,
                                   int adds, element *source_gradient) {
    for (size_t i = 0; i < vectors; i++) {
        vec g = LOAD(gradient, i);
        if (destination) g = PASS(g, LOAD(destination, i));
        if (skip_gradient) STORE(skip_gradient, i, adds ? LOAD(skip_gradient, i) + g : g);
        STORE(source_gradient, i, g);
    }
}
KERNEL(activation_backward,
       (size_t vectors, const element *destination, const element *gradient, element *skip_gradient, int adds,
        element *source_gradient),
       (vectors, destination, gradient, skip_gradient, adds, source_gradient))

BODY void NAME(add_body)(size_t vectors, const element *source, element *destination) {
    for (size_t i = 0; i < vectors; i++) STORE(destination, i, LOAD(destination, i) + LOAD(source, i));
}
KERNEL(add, (size_t vectors, const element *source, element *destination), (vectors, source, destination))

BODY void NAME(average_forward_body)(int planes, int pixels, const element *source, element *destination) {
    for (int plane = 0; plane < planes; plane++, source += (size_t)pixels * BLOCK) {
        wide total = {0};
        for (int p = 0; p < pixels; p++) total += WIDEN(LOAD(source, p));
        STORE(destination, plane, NARROW(total / (double)pixels));
    }
}
KERNEL(average_forward, (int planes, int pixels, const element *source, element *destination),
       (planes, pixels, source, destination))

BODY void NAME(average_backward_body)(int planes, int pixels, const element *gradient, element *source_gradient) {
    for (int plane = 0; plane < planes; plane++, source_gradient += (size_t)pixels * BLOCK) {
        const vec share = LOAD(gradient, plane) / (float)pixels;
        for (int p = 0; p < pixels; p++) STORE(source_gradient, p, share);
    }
}
KERNEL(average_backward, (int planes, int pixels, const element *gradient, element *source_gradient),
       (planes, pixels, gradient, source_gradient))
