// Batch normalisation (Ioffe and Szegedy 2015) and group normalisation (Wu and He 2018), perhaps with the addition that
// ends a residual block and a ReLU behind them:
//
//     y = max(0, scale * (x - mean) / sqrt(variance + epsilon) + shift + skip)
//
// Statistics of a plane (one image, eight channels) are taken in two passes while it lies in the first-level cache, 64
// pixels in float32 and the rest in float64, and planes are joined by Chan, Golub and LeVeque's update (1983). The sums
// of the way back are float64 in the same way.
#include "Kernel.h"

#include <math.h>
#include <string.h>

enum { RUN = 64 }; // pixels summed in float32

// Mean and sum of squared deviations of each of eight lanes.
BODY void moments(const float *x, int pixels, double *mean, double *squares) {
    wide8 total = {0};
    for (int from = 0; from < pixels; from += RUN) {
        const int to = from + RUN < pixels ? from + RUN : pixels;
        vec8 a = {0}, b = {0}, c = {0}, d = {0};
        int p = from;
        for (; p + 4 <= to; p += 4) {
            a += CONST_AT(x, p);
            b += CONST_AT(x, p + 1);
            c += CONST_AT(x, p + 2);
            d += CONST_AT(x, p + 3);
        }
        for (; p < to; p++) a += CONST_AT(x, p);
        total += WIDEN((a + b) + (c + d));
    }
    const wide8 exact = total / (double)pixels;
    const vec8 centre = NARROW(exact);
    const wide8 rounding = exact - WIDEN(centre);
    total = (wide8){0};
    for (int from = 0; from < pixels; from += RUN) {
        const int to = from + RUN < pixels ? from + RUN : pixels;
        vec8 a = {0}, b = {0};
        int p = from;
        for (; p + 2 <= to; p += 2) {
            const vec8 first = CONST_AT(x, p) - centre, second = CONST_AT(x, p + 1) - centre;
            a += first * first;
            b += second * second;
        }
        for (; p < to; p++) {
            const vec8 last = CONST_AT(x, p) - centre;
            a += last * last;
        }
        total += WIDEN(a + b);
    }
    total -= rounding * rounding * (double)pixels; // may end a rounding below zero, which epsilon outweighs
    *(wide8 *)mean = exact;
    *(wide8 *)squares = total;
}

// The statistics of one image's groups, from the moments of its channels.
BODY void group_statistics(struct ck_normalization n, const double *means, const double *squares, float *mean,
                           float *deviation) {
    for (int first = 0; first < n.channels; first += n.group) {
        double centre = 0, total = 0;
        for (int c = first; c < first + n.group; c++) centre += means[c];
        centre /= n.group;
        for (int c = first; c < first + n.group; c++)
            total += squares[c] + n.pixels * (means[c] - centre) * (means[c] - centre);
        const double variance = total / ((double)n.group * n.pixels);
        const double inverse = 1 / sqrt(variance + n.epsilon);
        for (int c = first; c < first + n.group; c++) {
            mean[c] = (float)centre;
            deviation[c] = (float)inverse;
        }
    }
}

// One image: the formula above.
BODY void apply(struct ck_normalization n, const float *source, const float *mean, const float *deviation,
                const float *scale, const float *shift, const float *skip, int relu, float *destination) {
    const size_t plane = (size_t)n.pixels * 8;
    for (int c = 0; c < n.channels; c += 8, source += plane, destination += plane) {
        const vec8 centre = CONST_AT(mean + c, 0), factor = CONST_AT(scale + c, 0) * CONST_AT(deviation + c, 0);
        const vec8 offset = CONST_AT(shift + c, 0);
        for (int p = 0; p < n.pixels; p++) {
            vec8 y = (CONST_AT(source, p) - centre) * factor + offset;
            if (skip) y += CONST_AT(skip, p);
            AT(destination, p) = relu ? RELU(y) : y;
        }
        if (skip) skip += plane;
    }
}

// The statistics of a batch, a channel each; the running ones follow by PyTorch's rule, with the unbiased variance.
BODY void batch_statistics(struct ck_normalization n, const float *source, float *running_mean,
                           float *running_variance, float *statistics, double *scratch) {
    const size_t plane = (size_t)n.pixels * 8;
    double *means = scratch, *squares = scratch + n.channels;
    memset(scratch, 0, sizeof(double) * 2 * n.channels);
    for (int image = 0; image < n.images; image++) {
        for (int c = 0; c < n.channels; c += 8, source += plane) {
            double mean[8], square[8];
            moments(source, n.pixels, mean, square);
            for (int lane = 0; lane < 8; lane++) {
                const double step = mean[lane] - means[c + lane];
                means[c + lane] += step / (image + 1);
                squares[c + lane] += square[lane] + step * step * n.pixels * image / (image + 1);
            }
        }
    }
    const double count = (double)n.images * n.pixels;
    for (int c = 0; c < n.channels; c++) {
        const double variance = squares[c] / count;
        statistics[c] = (float)means[c];
        statistics[n.channels + c] = (float)(1 / sqrt(variance + n.epsilon));
        const double unbiased = count > 1 ? squares[c] / (count - 1) : running_variance[c];
        running_mean[c] = (float)((1 - n.momentum) * running_mean[c] + n.momentum * means[c]);
        running_variance[c] = (float)((1 - n.momentum) * running_variance[c] + n.momentum * unbiased);
    }
}

BODY void normalization_forward_body(struct ck_normalization n, const float *source, const float *scale,
                                     const float *shift, const float *skip, int relu, int training,
                                     float *running_mean, float *running_variance, float *destination,
                                     float *statistics, double *scratch) {
    const size_t image_floats = (size_t)n.channels * n.pixels, plane = (size_t)n.pixels * 8;
    float *mean = statistics, *deviation = statistics + (size_t)(n.group ? n.images : 1) * n.channels;
    if (!n.group) {
        if (training) {
            batch_statistics(n, source, running_mean, running_variance, statistics, scratch);
        } else {
            for (int c = 0; c < n.channels; c++) {
                mean[c] = running_mean[c];
                deviation[c] = (float)(1 / sqrt((double)running_variance[c] + n.epsilon));
            }
        }
    }
    for (int image = 0; image < n.images; image++) {
        const size_t at = image * image_floats;
        if (n.group) {
            for (int c = 0; c < n.channels; c += 8)
                moments(source + at + c / 8 * plane, n.pixels, scratch + c, scratch + n.channels + c);
            group_statistics(n, scratch, scratch + n.channels, mean, deviation);
        }
        apply(n, source + at, mean, deviation, scale, shift, skip ? skip + at : skip, relu, destination + at);
        if (n.group) mean += n.channels, deviation += n.channels;
    }
}
KERNEL(normalization_forward,
       (struct ck_normalization n, const float *source, const float *scale, const float *shift, const float *skip,
        int relu, int training, float *running_mean, float *running_variance, float *destination, float *statistics,
        double *scratch),
       (n, source, scale, shift, skip, relu, training, running_mean, running_variance, destination, statistics,
        scratch))

// MARK: Backward

// Adds, for each channel of one image, the sums of the gradient and of the gradient times (x - mean); hands the
// gradient on to the skip connection.
BODY void gradient_sums(struct ck_normalization n, const float *source, const float *destination, const float *mean,
                        const float *gradient, float *skip_gradient, int adds, double *sums, double *products) {
    const size_t plane = (size_t)n.pixels * 8;
    for (int c = 0; c < n.channels; c += 8, source += plane, gradient += plane) {
        const vec8 centre = CONST_AT(mean + c, 0);
        wide8 sum = *(wide8 *)(sums + c), product = *(wide8 *)(products + c);
        for (int from = 0; from < n.pixels; from += RUN) {
            const int to = from + RUN < n.pixels ? from + RUN : n.pixels;
            vec8 s[2] = {{0}, {0}}, q[2] = {{0}, {0}};
            for (int p = from; p < to; p++) {
                vec8 g = CONST_AT(gradient, p);
                if (destination) g = PASS(g, CONST_AT(destination, p));
                if (skip_gradient) AT(skip_gradient, p) = adds ? AT(skip_gradient, p) + g : g;
                s[p & 1] += g;
                q[p & 1] += g * (CONST_AT(source, p) - centre);
            }
            sum += WIDEN(s[0] + s[1]);
            product += WIDEN(q[0] + q[1]);
        }
        *(wide8 *)(sums + c) = sum;
        *(wide8 *)(products + c) = product;
        if (destination) destination += plane;
        if (skip_gradient) skip_gradient += plane;
    }
}

// One image: dx = factor * g - slope * (x - mean) - offset.
BODY void source_gradients(struct ck_normalization n, const float *source, const float *destination, const float *mean,
                           const float *gradient, const float *factor, const float *slope, const float *offset,
                           float *source_gradient) {
    const size_t plane = (size_t)n.pixels * 8;
    for (int c = 0; c < n.channels; c += 8, source += plane, gradient += plane, source_gradient += plane) {
        const vec8 centre = CONST_AT(mean + c, 0), a = CONST_AT(factor + c, 0), b = CONST_AT(slope + c, 0);
        const vec8 d = CONST_AT(offset + c, 0);
        for (int p = 0; p < n.pixels; p++) {
            vec8 g = CONST_AT(gradient, p);
            if (destination) g = PASS(g, CONST_AT(destination, p));
            AT(source_gradient, p) = a * g - (b * (CONST_AT(source, p) - centre) + d);
        }
        if (destination) destination += plane;
    }
}

// The coefficients of source_gradients for channels first..<last, which share statistics taken over `count` floats.
BODY void coefficients(int first, int last, double count, const double *sums, const double *products,
                       const float *scale, const float *deviation, float *factor, float *slope, float *offset) {
    double mean = 0, correlation = 0;
    for (int c = first; c < last; c++) {
        mean += scale[c] * sums[c];
        correlation += scale[c] * products[c] * deviation[c];
    }
    mean /= count;
    correlation /= count;
    for (int c = first; c < last; c++) {
        factor[c] = scale[c] * deviation[c];
        slope[c] = (float)(correlation * deviation[c] * deviation[c]);
        offset[c] = (float)(mean * deviation[c]);
    }
}

BODY void normalization_backward_body(struct ck_normalization n, const float *source, const float *destination,
                                      const float *scale, const float *statistics, const float *gradient,
                                      float *skip_gradient, int adds, float *source_gradient, float *scale_gradient,
                                      float *shift_gradient, double *scratch) {
    const int channels = n.channels;
    const size_t image_floats = (size_t)channels * n.pixels;
    const float *mean = statistics, *deviation = statistics + (size_t)(n.group ? n.images : 1) * channels;
    double *sums = scratch, *products = scratch + channels;
    double *scale_total = scratch + 2 * channels, *shift_total = scratch + 3 * channels;
    float *factor = (float *)(scratch + 4 * channels), *slope = factor + channels, *offset = slope + channels;
    memset(scratch, 0, sizeof(double) * 4 * channels);
    for (int image = 0; image < n.images; image++) {
        const size_t at = image * image_floats;
        const float *out = destination ? destination + at : destination;
        if (n.group) memset(sums, 0, sizeof(double) * 2 * channels);
        gradient_sums(n, source + at, out, mean, gradient + at, skip_gradient ? skip_gradient + at : skip_gradient,
                      adds, sums, products);
        if (!n.group) continue;
        for (int first = 0; first < channels; first += n.group)
            coefficients(first, first + n.group, (double)n.group * n.pixels, sums, products, scale, deviation, factor,
                         slope, offset);
        source_gradients(n, source + at, out, mean, gradient + at, factor, slope, offset, source_gradient + at);
        for (int c = 0; c < channels; c++) {
            shift_total[c] += sums[c];
            scale_total[c] += products[c] * deviation[c];
        }
        mean += channels, deviation += channels;
    }
    if (!n.group) {
        for (int c = 0; c < channels; c++) {
            coefficients(c, c + 1, (double)n.images * n.pixels, sums, products, scale, deviation, factor, slope,
                         offset);
            shift_total[c] = sums[c];
            scale_total[c] = products[c] * deviation[c];
        }
        for (int image = 0; image < n.images; image++) {
            const size_t at = image * image_floats;
            source_gradients(n, source + at, destination ? destination + at : destination, mean, gradient + at, factor,
                             slope, offset, source_gradient + at);
        }
    }
    for (int c = 0; c < channels; c++) {
        shift_gradient[c] = (float)shift_total[c];
        scale_gradient[c] = (float)scale_total[c];
    }
}
KERNEL(normalization_backward,
       (struct ck_normalization n, const float *source, const float *destination, const float *scale,
        const float *statistics, const float *gradient, float *skip_gradient, int adds, float *source_gradient,
        float *scale_gradient, float *shift_gradient, double *scratch),
       (n, source, destination, scale, statistics, gradient, skip_gradient, adds, source_gradient, scale_gradient,
        shift_gradient, scratch))
