// The bodies of Normalization.c for one precision.
#include "Kernel.h"


// Mean and sum of squared deviations of each lane.
BODY void NAME(moments)(const element *x, int pixels, double *mean, double *squares) {
    wide total = {0};
    for (int from = 0; from < pixels; from += RUN) {
        const int to = from + RUN < pixels ? from + RUN : pixels;
        vec a = {0}, b = {0}, c = {0}, d = {0};
        int p = from;
        for (; p + 4 <= to; p += 4) {
            a += LOAD(x, p);
            b += LOAD(x, p + 1);
            c += LOAD(x, p + 2);
            d += LOAD(x, p + 3);
        }
        for (; p < to; p++) a += LOAD(x, p);
        total += WIDEN((a + b) + (c + d));
    }
    const wide exact = total / (double)pixels;
    const vec centre = NARROW(exact);
    const wide rounding = exact - WIDEN(centre);
    total = (wide){0};
    for (int from = 0; from < pixels; from += RUN) {
        const int to = from + RUN < pixels ? from + RUN : pixels;
        vec a = {0}, b = {0};
        int p = from;
        for (; p + 2 <= to; p += 2) {
            const vec first = LOAD(x, p) - centre, second = LOAD(x, p + 1) - centre;
            a += first * first;
            b += second * second;
        }
        for (; p < to; p++) {
            const vec last = LOAD(x, p) - centre;
            a += last * last;
        }
        total += WIDEN(a + b);
    }
    total -= rounding * rounding * (double)pixels; // may end a rounding below zero, which epsilon outweighs
    *(wide *)mean = exact;
    *(wide *)squares = total;
}

// The statistics of one image's groups, from the moments of its channels.
BODY void NAME(group_statistics)(struct ck_normalization n, const double *means, const double *squares, float *mean,
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
BODY void NAME(apply)(struct ck_normalization n, const element *source, const float *mean, const float *deviation,
                const float *scale, const float *shift, const element *skip, int relu, element *destination) {
    const size_t plane = (size_t)n.pixels * BLOCK;
    for (int c = 0; c < n.channels; c += BLOCK, source += plane, destination += plane) {
        const vec centre = FLOATS(mean + c), factor = FLOATS(scale + c) * FLOATS(deviation + c);
        const vec offset = FLOATS(shift + c);
        for (int p = 0; p < n.pixels; p++) {
            vec y = (LOAD(source, p) - centre) * factor + offset;
            if (skip) y += LOAD(skip, p);
            STORE(destination, p, relu ? RELU(y) : y);
        }
        if (skip) skip += plane;
    }
}

// The statistics of a batch, a channel each; the running ones follow by PyTorch's rule, with the unbiased variance.
BODY void NAME(batch_statistics)(struct ck_normalization n, const element *source, float *running_mean,
                           float *running_variance, float *statistics, double *scratch) {
    const size_t plane = (size_t)n.pixels * BLOCK;
    double *means = scratch, *squares = scratch + n.channels;
    memset(scratch, 0, sizeof(double) * 2 * n.channels);
    for (int image = 0; image < n.images; image++) {
        for (int c = 0; c < n.channels; c += BLOCK, source += plane) {
            double mean[BLOCK], square[BLOCK];
            NAME(moments)(source, n.pixels, mean, square);
            for (int lane = 0; lane < BLOCK; lane++) {
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

BODY void NAME(normalization_forward_body)(struct ck_normalization n, const element *source, const float *scale,
                                     const float *shift, const element *skip, int relu, int training,
                                     float *running_mean, float *running_variance, element *destination,
                                     float *statistics, double *scratch) {
    const size_t image_floats = (size_t)n.channels * n.pixels, plane = (size_t)n.pixels * BLOCK;
    float *mean = statistics, *deviation = statistics + (size_t)(n.group ? n.images : 1) * n.channels;
    if (!n.group) {
        if (training) {
            NAME(batch_statistics)(n, source, running_mean, running_variance, statistics, scratch);
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
            for (int c = 0; c < n.channels; c += BLOCK)
                NAME(moments)(source + at + c / BLOCK * plane, n.pixels, scratch + c, scratch + n.channels + c);
            NAME(group_statistics)(n, scratch, scratch + n.channels, mean, deviation);
        }
        NAME(apply)(n, source + at, mean, deviation, scale, shift, skip ? skip + at : skip, relu, destination + at);
        if (n.group) mean += n.channels, deviation += n.channels;
    }
}
KERNEL(normalization_forward,
       (struct ck_normalization n, const element *source, const float *scale, const float *shift, const element *skip,
        int relu, int training, float *running_mean, float *running_variance, element *destination, float *statistics,
        double *scratch),
       (n, source, scale, shift, skip, relu, training, running_mean, running_variance, destination, statistics,
        scratch))

// MARK: Backward

// Adds, for each channel of one image, the sums of the gradient and of the gradient times (x - mean); hands the
// gradient on to the skip connection.
BODY void NAME(gradient_sums)(struct ck_normalization n, const element *source, const element *destination, const float *mean,
                        const element *gradient, element *skip_gradient, int adds, double *sums, double *products) {
    const size_t plane = (size_t)n.pixels * BLOCK;
    for (int c = 0; c < n.channels; c += BLOCK, source += plane, gradient += plane) {
        const vec centre = FLOATS(mean + c);
        wide sum = *(wide *)(sums + c), product = *(wide *)(products + c);
        for (int from = 0; from < n.pixels; from += RUN) {
            const int to = from + RUN < n.pixels ? from + RUN : n.pixels;
            vec s[2] = {{0}, {0}}, q[2] = {{0}, {0}};
            for (int p = from; p < to; p++) {
                vec g = LOAD(gradient, p);
                if (destination) g = PASS(g, LOAD(destination, p));
                if (skip_gradient) STORE(skip_gradient, p, adds ? LOAD(skip_gradient, p) + g : g);
                s[p & 1] += g;
                q[p & 1] += g * (LOAD(source, p) - centre);
            }
            sum += WIDEN(s[0] + s[1]);
            product += WIDEN(q[0] + q[1]);
        }
        *(wide *)(sums + c) = sum;
        *(wide *)(products + c) = product;
        if (destination) destination += plane;
        if (skip_gradient) skip_gradient += plane;
    }
}

// One image: dx = factor * g - slope * (x - mean) - offset.
BODY void NAME(source_gradients)(struct ck_normalization n, const element *source, const element *destination, const float *mean,
                           const element *gradient, const float *factor, const float *slope, const float *offset,
                           element *source_gradient) {
    const size_t plane = (size_t)n.pixels * BLOCK;
    for (int c = 0; c < n.channels; c += BLOCK, source += plane, gradient += plane, source_gradient += plane) {
        const vec centre = FLOATS(mean + c), a = FLOATS(factor + c), b = FLOATS(slope + c);
        const vec d = FLOATS(offset + c);
        for (int p = 0; p < n.pixels; p++) {
            vec g = LOAD(gradient, p);
            if (destination) g = PASS(g, LOAD(destination, p));
            STORE(source_gradient, p, a * g - (b * (LOAD(source, p) - centre) + d));
        }
        if (destination) destination += plane;
    }
}

// The coefficients of source_gradients for channels first..<last, which share statistics taken over `count` floats.
BODY void NAME(coefficients)(int first, int last, double count, const double *sums, const double *products,
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

BODY void NAME(normalization_backward_body)(struct ck_normalization n, const element *source, const element *destination,
                                      const float *scale, const float *statistics, const element *gradient,
                                      element *skip_gradient, int adds, element *source_gradient, float *scale_gradient,
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
        const element *out = destination ? destination + at : destination;
        if (n.group) memset(sums, 0, sizeof(double) * 2 * channels);
        NAME(gradient_sums)(n, source + at, out, mean, gradient + at, skip_gradient ? skip_gradient + at : skip_gradient,
                      adds, sums, products);
        if (!n.group) continue;
        for (int first = 0; first < channels; first += n.group)
            NAME(coefficients)(first, first + n.group, (double)n.group * n.pixels, sums, products, scale, deviation, factor,
                         slope, offset);
        NAME(source_gradients)(n, source + at, out, mean, gradient + at, factor, slope, offset, source_gradient + at);
        for (int c = 0; c < channels; c++) {
            shift_total[c] += sums[c];
            scale_total[c] += products[c] * deviation[c];
        }
        mean += channels, deviation += channels;
    }
    if (!n.group) {
        for (int c = 0; c < channels; c++) {
            NAME(coefficients)(c, c + 1, (double)n.images * n.pixels, sums, products, scale, deviation, factor, slope,
                         offset);
            shift_total[c] = sums[c];
            scale_total[c] = products[c] * deviation[c];
        }
        for (int image = 0; image < n.images; image++) {
            const size_t at = image * image_floats;
            NAME(source_gradients)(n, source + at, destination ? destination + at : destination, mean, gradient + at, factor,
                             slope, offset, source_gradient + at);
        }
    }
    for (int c = 0; c < channels; c++) {
        shift_gradient[c] = (float)shift_total[c];
        scale_gradient[c] = (float)scale_total[c];
    }
}
KERNEL(normalization_backward,
       (struct ck_normalization n, const element *source, const element *destination, const float *scale,
        const float *statistics, const element *gradient, element *skip_gradient, int adds, element *source_gradient,
        float *scale_gradient, float *shift_gradient, double *scratch),
       (n, source, destination, scale, statistics, gradient, skip_gradient, adds, source_gradient, scale_gradient,
        shift_gradient, scratch))
