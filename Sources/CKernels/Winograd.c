// Convolution 3 x 3 by Winograd's minimal filtering F(2 x 2, 3 x 3): Lavin and Gray, "Fast algorithms for convolutional
// neural networks", CVPR 2016. A tile of 2 x 2 outputs is
//
//     Y = A' [ (G g G') * (B' d B) ] A
//
// with * elementwise, g the 3 x 3 weights and d the 4 x 4 inputs: 16 multiplications instead of 36. Over channels each
// of the 16 elements is a matrix product (tiles x in) (in x out). All constants are 0, 1 and 1/2, so that rounding
// errors are of the size of the direct sum's. The gradients are the transposes of the same linear maps.
#include "CKernels.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline, target("avx2,fma")))

typedef __m256 vec;

enum {
    ELEMENTS = 16,
    TILES = 48, // tiles that go through all steps together: a multiple of 6; their matrices stay in the cache
    SKEW = 16,  // floats between the 16 matrices, so that they do not fall into the same sets of the first-level cache
};

int ck_is_supported(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static size_t matrix_floats(int channels) { return (size_t)TILES * channels + SKEW; }

size_t ck_winograd_scratch(int in, int out) {
    // Sources (or their gradients), outputs (or their gradients), source gradients, gradients of the weights.
    return ELEMENTS * (2 * matrix_floats(in) + matrix_floats(out) + (size_t)in * out);
}

// MARK: Weights

// u (4 x 4) = G g G'
INLINE void transform_weights(const float *g, float *u) {
    float rows[4][3];
    for (int j = 0; j < 3; j++) {
        float sum = g[j] + g[6 + j];
        rows[0][j] = g[j];
        rows[1][j] = 0.5f * (sum + g[3 + j]);
        rows[2][j] = 0.5f * (sum - g[3 + j]);
        rows[3][j] = g[6 + j];
    }
    for (int i = 0; i < 4; i++) {
        float sum = rows[i][0] + rows[i][2];
        u[4 * i] = rows[i][0];
        u[4 * i + 1] = 0.5f * (sum + rows[i][1]);
        u[4 * i + 2] = 0.5f * (sum - rows[i][1]);
        u[4 * i + 3] = rows[i][2];
    }
}

// Both forms are panels of 16 columns: element, column / 16, row, column % 16. Sixteen by sixteen channels at a time,
// so that each form is written a cache line at a time.
TARGET void ck_winograd_weights(const float *weights, int in, int out, float *forward, float *backward) {
    const size_t matrix = (size_t)in * out;
    float block[ELEMENTS][16][16]; // element, input, output
    for (int o = 0; o < out; o += 16) {
        for (int i = 0; i < in; i += 16) {
            for (int column = 0; column < 16; column++) {
                for (int row = 0; row < 16; row++) {
                    float u[ELEMENTS];
                    transform_weights(weights + ((size_t)(o + column) * in + i + row) * 9, u);
                    for (int e = 0; e < ELEMENTS; e++) block[e][row][column] = u[e];
                }
            }
            const size_t to = ((size_t)(o / 16) * in + i) * 16, back = ((size_t)(i / 16) * out + o) * 16;
            for (int e = 0; e < ELEMENTS; e++) {
                memcpy(forward + e * matrix + to, block[e], sizeof block[e]);
                float *transposed = backward + e * matrix + back;
                for (int column = 0; column < 16; column++)
                    for (int row = 0; row < 16; row++) transposed[column * 16 + row] = block[e][row][column];
            }
        }
    }
}

// out x in x 3 x 3 = G' u G, from 16 matrices in x out.
TARGET static void gather_weights(const float *u, int in, int out, float *weights) {
    const size_t matrix = (size_t)in * out;
    for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
            float columns[3][4];
            for (int j = 0; j < 4; j++) {
                const float *at = u + (size_t)i * out + o + j * matrix;
                float first = at[0], second = at[4 * matrix], third = at[8 * matrix], fourth = at[12 * matrix];
                float half = 0.5f * (second + third);
                columns[0][j] = first + half;
                columns[1][j] = 0.5f * (second - third);
                columns[2][j] = half + fourth;
            }
            float *g = weights + ((size_t)o * in + i) * 9;
            for (int r = 0; r < 3; r++) {
                float half = 0.5f * (columns[r][1] + columns[r][2]);
                g[3 * r] = columns[r][0] + half;
                g[3 * r + 1] = 0.5f * (columns[r][1] - columns[r][2]);
                g[3 * r + 2] = half + columns[r][3];
            }
        }
    }
}

// MARK: Matrix products

// c (6 x 16) = a (6 x k) b (k x 16, a panel)
INLINE void multiply_6x16(int k, const float *a, int row, const float *b, float *c, int to) {
    vec c00 = _mm256_setzero_ps(), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
    vec c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    for (int p = 0; p < k; p++) {
        const vec b0 = _mm256_load_ps(b + 16 * p), b1 = _mm256_load_ps(b + 16 * p + 8);
        vec x;
        x = _mm256_broadcast_ss(a + p), c00 = _mm256_fmadd_ps(x, b0, c00), c01 = _mm256_fmadd_ps(x, b1, c01);
        x = _mm256_broadcast_ss(a + row + p), c10 = _mm256_fmadd_ps(x, b0, c10), c11 = _mm256_fmadd_ps(x, b1, c11);
        x = _mm256_broadcast_ss(a + 2 * row + p), c20 = _mm256_fmadd_ps(x, b0, c20), c21 = _mm256_fmadd_ps(x, b1, c21);
        x = _mm256_broadcast_ss(a + 3 * row + p), c30 = _mm256_fmadd_ps(x, b0, c30), c31 = _mm256_fmadd_ps(x, b1, c31);
        x = _mm256_broadcast_ss(a + 4 * row + p), c40 = _mm256_fmadd_ps(x, b0, c40), c41 = _mm256_fmadd_ps(x, b1, c41);
        x = _mm256_broadcast_ss(a + 5 * row + p), c50 = _mm256_fmadd_ps(x, b0, c50), c51 = _mm256_fmadd_ps(x, b1, c51);
    }
    _mm256_store_ps(c, c00), _mm256_store_ps(c + 8, c01), c += to;
    _mm256_store_ps(c, c10), _mm256_store_ps(c + 8, c11), c += to;
    _mm256_store_ps(c, c20), _mm256_store_ps(c + 8, c21), c += to;
    _mm256_store_ps(c, c30), _mm256_store_ps(c + 8, c31), c += to;
    _mm256_store_ps(c, c40), _mm256_store_ps(c + 8, c41), c += to;
    _mm256_store_ps(c, c50), _mm256_store_ps(c + 8, c51);
}

// For each of the 16 elements: c (tiles x columns) = a (tiles x k) b (k x columns, in panels). Rows up to the next
// multiple of six are computed from whatever lies there, and read by no one.
TARGET static void multiply(int tiles, int k, int columns, const float *a, const float *b, float *c) {
    for (int e = 0; e < ELEMENTS; e++) {
        for (int panel = 0; panel < columns / 16; panel++) {
            const float *weights = b + ((size_t)e * columns + panel * 16) * k;
            for (int t = 0; t < tiles; t += 6) {
                multiply_6x16(k, a + e * matrix_floats(k) + (size_t)t * k, k, weights,
                              c + e * matrix_floats(columns) + (size_t)t * columns + panel * 16, columns);
            }
        }
    }
}

// c (rows x 16) += a' b with a (tiles x .) and b (tiles x .); rows is a constant, at most six.
INLINE void accumulate_rows(const int rows, int tiles, const float *a, int in, const float *b, int out, float *c) {
    vec sums[6][2];
    for (int r = 0; r < rows; r++) {
        sums[r][0] = _mm256_load_ps(c + (size_t)r * out);
        sums[r][1] = _mm256_load_ps(c + (size_t)r * out + 8);
    }
    for (int t = 0; t < tiles; t++, a += in, b += out) {
        const vec b0 = _mm256_load_ps(b), b1 = _mm256_load_ps(b + 8);
        for (int r = 0; r < rows; r++) {
            const vec x = _mm256_broadcast_ss(a + r);
            sums[r][0] = _mm256_fmadd_ps(x, b0, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(x, b1, sums[r][1]);
        }
    }
    for (int r = 0; r < rows; r++) {
        _mm256_store_ps(c + (size_t)r * out, sums[r][0]);
        _mm256_store_ps(c + (size_t)r * out + 8, sums[r][1]);
    }
}

// For each of the 16 elements: c (in x out) += a' b. Sixteen rows are six and six, which fill the registers, and four.
TARGET static void accumulate(int tiles, int in, int out, const float *a, const float *b, float *c) {
    for (int e = 0; e < ELEMENTS; e++) {
        const float *sources = a + e * matrix_floats(in), *gradients = b + e * matrix_floats(out);
        for (int o = 0; o < out; o += 16) {
            for (int i = 0; i < in; i += 16) {
                float *to = c + ((size_t)e * in + i) * out + o;
                accumulate_rows(6, tiles, sources + i, in, gradients + o, out, to);
                accumulate_rows(6, tiles, sources + i + 6, in, gradients + o, out, to + 6 * (size_t)out);
                accumulate_rows(4, tiles, sources + i + 12, in, gradients + o, out, to + 12 * (size_t)out);
            }
        }
    }
}

// MARK: Tiles

// Where the tiles of a run lie: tiles count through the rows of one image, then through the next image.
struct cursor {
    int image, row, column;
};

INLINE void advance(struct cursor *at, int rows, int columns) {
    if (++at->column < columns) return;
    at->column = 0;
    if (++at->row < rows) return;
    at->row = 0;
    at->image++;
}

// The 4 x 4 pixels from (top, left) on, zeros where the image ends: 4 rows of 4 vectors.
INLINE void copy_border(const float *image, int height, int width, int top, int left, float *patch) {
    const vec zero = _mm256_setzero_ps();
    for (int i = 0; i < 4; i++) {
        const int y = top + i;
        const float *line = image + ((long)y * width + left) * 8;
        for (int j = 0; j < 4; j++) {
            const int x = left + j;
            const int here = y >= 0 && x >= 0 && y < height && x < width;
            _mm256_store_ps(patch + (4 * i + j) * 8, here ? _mm256_load_ps(line + j * 8) : zero);
        }
    }
}

// One column of B' d B, from two columns of d: first +- second, row by row, then down the rows.
INLINE void transform_column(const float *first, const float *second, size_t line, int add, float *to, size_t matrix) {
    vec r[4];
    for (int i = 0; i < 4; i++) {
        const vec a = _mm256_load_ps(first + i * line), b = _mm256_load_ps(second + i * line);
        r[i] = add ? _mm256_add_ps(a, b) : _mm256_sub_ps(a, b);
    }
    _mm256_store_ps(to, _mm256_sub_ps(r[0], r[2]));
    _mm256_store_ps(to + 4 * matrix, _mm256_add_ps(r[1], r[2]));
    _mm256_store_ps(to + 8 * matrix, _mm256_sub_ps(r[2], r[1]));
    _mm256_store_ps(to + 12 * matrix, _mm256_sub_ps(r[1], r[3]));
}

// v (16 x in) = B' d B for the 4 x 4 inputs around each of `count` tiles.
TARGET static void transform_sources(struct ck_shape shape, const float *source, struct cursor at, int rows, int columns,
                                     int count, float *v) {
    float patch[16 * 8] __attribute__((aligned(32)));
    const int height = shape.height, width = shape.width;
    const size_t plane = (size_t)height * width * 8, matrix = matrix_floats(shape.in);
    for (int t = 0; t < count; t++, advance(&at, rows, columns)) {
        const int top = 2 * at.row - 1, left = 2 * at.column - 1;
        const int inside = top >= 0 && left >= 0 && top + 4 <= height && left + 4 <= width;
        const float *image = source + at.image * plane * (shape.in / 8);
        float *to = v + (size_t)t * shape.in;
        for (int block = 0; block < shape.in / 8; block++, image += plane, to += 8) {
            const float *d = patch;
            size_t line = 4 * 8;
            if (inside) {
                d = image + ((size_t)top * width + left) * 8;
                line = (size_t)width * 8;
                // What the tile below will read first.
                _mm_prefetch((const char *)(d + 5 * line + 8), _MM_HINT_T0);
                _mm_prefetch((const char *)(d + 6 * line + 8), _MM_HINT_T0);
            } else {
                copy_border(image, height, width, top, left, patch);
            }
            transform_column(d, d + 16, line, 0, to, matrix);
            transform_column(d + 8, d + 16, line, 1, to + matrix, matrix);
            transform_column(d + 16, d + 8, line, 0, to + 2 * matrix, matrix);
            transform_column(d + 8, d + 24, line, 0, to + 3 * matrix, matrix);
        }
    }
}

// The 2 x 2 outputs A' m A + bias, not below zero with relu.
INLINE void outputs(const float *m, size_t matrix, vec bias, int relu, vec y[2][2]) {
    vec sums[2][4];
    for (int j = 0; j < 4; j++) {
        const float *at = m + j * matrix;
        const vec m0 = _mm256_load_ps(at), m1 = _mm256_load_ps(at + 4 * matrix), m2 = _mm256_load_ps(at + 8 * matrix),
                  m3 = _mm256_load_ps(at + 12 * matrix);
        sums[0][j] = _mm256_add_ps(_mm256_add_ps(m0, m1), m2);
        sums[1][j] = _mm256_sub_ps(_mm256_sub_ps(m1, m2), m3);
    }
    const vec zero = _mm256_setzero_ps();
    for (int i = 0; i < 2; i++) {
        const vec *s = sums[i];
        y[i][0] = _mm256_add_ps(_mm256_add_ps(_mm256_add_ps(s[0], s[1]), s[2]), bias);
        y[i][1] = _mm256_add_ps(_mm256_sub_ps(_mm256_sub_ps(s[1], s[2]), s[3]), bias);
        if (relu) y[i][0] = _mm256_max_ps(y[i][0], zero), y[i][1] = _mm256_max_ps(y[i][1], zero);
    }
}

// Eight 32-bit integers below 256 as bytes.
INLINE void store_bytes(uint8_t *to, __m256i values) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}

TARGET static void write_outputs(struct ck_shape shape, const float *m, const float *bias, int relu, struct cursor at,
                                 int rows, int columns, int count, float *destination) {
    const int height = shape.height, width = shape.width, blocks = shape.out / 8;
    const size_t matrix = matrix_floats(shape.out);
    for (int t = 0; t < count; t++, advance(&at, rows, columns)) {
        const int y0 = 2 * at.row, x0 = 2 * at.column;
        const int below = y0 + 1 < height, right = x0 + 1 < width;
        for (int block = 0; block < blocks; block++) {
            vec y[2][2];
            const vec offset = bias ? _mm256_loadu_ps(bias + block * 8) : _mm256_setzero_ps();
            outputs(m + (size_t)t * shape.out + block * 8, matrix, offset, relu, y);
            float *to = destination + ((((size_t)at.image * blocks + block) * height + y0) * width + x0) * 8;
            _mm256_store_ps(to, y[0][0]);
            if (right) _mm256_store_ps(to + 8, y[0][1]);
            if (below) _mm256_store_ps(to + (size_t)width * 8, y[1][0]);
            if (below && right) _mm256_store_ps(to + (size_t)width * 8 + 8, y[1][1]);
        }
    }
}

TARGET static void write_pooled(struct ck_shape shape, const float *m, const float *bias, struct cursor at, int rows,
                                int columns, int count, float *pooled, uint8_t *winners) {
    const int blocks = shape.out / 8;
    const size_t matrix = matrix_floats(shape.out);
    for (int t = 0; t < count; t++, advance(&at, rows, columns)) {
        for (int block = 0; block < blocks; block++) {
            vec y[2][2];
            const vec offset = bias ? _mm256_loadu_ps(bias + block * 8) : _mm256_setzero_ps();
            outputs(m + (size_t)t * shape.out + block * 8, matrix, offset, 1, y);
            const vec top = _mm256_max_ps(y[0][0], y[0][1]), bottom = _mm256_max_ps(y[1][0], y[1][1]);
            const vec largest = _mm256_max_ps(top, bottom);
            const size_t to = ((((size_t)at.image * blocks + block) * rows + at.row) * columns + at.column) * 8;
            _mm256_store_ps(pooled + to, largest);
            if (!winners) continue;
            // From the last candidate to the first, so that the first of equal ones stays.
            __m256i which = _mm256_set1_epi32(3);
            const vec third = _mm256_cmp_ps(y[1][0], largest, _CMP_EQ_OQ);
            const vec second = _mm256_cmp_ps(y[0][1], largest, _CMP_EQ_OQ);
            const vec first = _mm256_cmp_ps(y[0][0], largest, _CMP_EQ_OQ);
            const vec none = _mm256_cmp_ps(largest, _mm256_setzero_ps(), _CMP_LE_OQ);
            which = _mm256_blendv_epi8(which, _mm256_set1_epi32(2), _mm256_castps_si256(third));
            which = _mm256_blendv_epi8(which, _mm256_set1_epi32(1), _mm256_castps_si256(second));
            which = _mm256_blendv_epi8(which, _mm256_setzero_si256(), _mm256_castps_si256(first));
            which = _mm256_blendv_epi8(which, _mm256_set1_epi32(4), _mm256_castps_si256(none));
            store_bytes(winners + to, which);
        }
    }
}

TARGET void ck_winograd_forward(struct ck_shape shape, const float *source, const float *forward_weights,
                                const float *bias, int relu, float *destination, float *pooled, uint8_t *winners,
                                float *scratch) {
    const int rows = pooled ? shape.height / 2 : (shape.height + 1) / 2;
    const int columns = pooled ? shape.width / 2 : (shape.width + 1) / 2;
    float *v = scratch, *m = v + ELEMENTS * matrix_floats(shape.in);
    struct cursor at = {0, 0, 0};
    for (long left = (long)shape.images * rows * columns; left > 0; left -= TILES) {
        const int count = left < TILES ? (int)left : TILES;
        transform_sources(shape, source, at, rows, columns, count, v);
        multiply(count, shape.in, shape.out, v, forward_weights, m);
        if (pooled)
            write_pooled(shape, m, bias, at, rows, columns, count, pooled, winners);
        else
            write_outputs(shape, m, bias, relu, at, rows, columns, count, destination);
        for (int t = 0; t < count; t++) advance(&at, rows, columns);
    }
}

// MARK: Backward

// dm (16 x out) = A dy A' for each tile, with dy from a gradient of the outputs or of the pooled outputs. Element 5 of
// it is the sum of the four, which is what the bias gets.
TARGET static void transform_gradients(struct ck_shape shape, const float *gradient, const float *destination,
                                       const uint8_t *winners, struct cursor at, int rows, int columns, int count,
                                       float *dm, float *bias_gradient) {
    const int height = shape.height, width = shape.width, blocks = shape.out / 8;
    const size_t matrix = matrix_floats(shape.out);
    const vec zero = _mm256_setzero_ps();
    for (int t = 0; t < count; t++, advance(&at, rows, columns)) {
        const int y0 = 2 * at.row, x0 = 2 * at.column;
        for (int block = 0; block < blocks; block++) {
            vec y[2][2];
            const size_t image = (size_t)at.image * blocks + block;
            if (winners) {
                const size_t from = ((image * rows + at.row) * columns + at.column) * 8;
                const vec g = _mm256_load_ps(gradient + from);
                const __m256i which = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(winners + from)));
                for (int i = 0; i < 4; i++) {
                    const __m256i here = _mm256_cmpeq_epi32(which, _mm256_set1_epi32(i));
                    y[i / 2][i % 2] = _mm256_and_ps(g, _mm256_castsi256_ps(here));
                }
            } else {
                const size_t from = ((image * height + y0) * width + x0) * 8;
                for (int i = 0; i < 2; i++) {
                    for (int j = 0; j < 2; j++) {
                        y[i][j] = zero;
                        if (y0 + i >= height || x0 + j >= width) continue;
                        const size_t pixel = from + ((size_t)i * width + j) * 8;
                        y[i][j] = _mm256_load_ps(gradient + pixel);
                        if (!destination) continue;
                        const vec passes = _mm256_cmp_ps(_mm256_load_ps(destination + pixel), zero, _CMP_GT_OQ);
                        y[i][j] = _mm256_and_ps(y[i][j], passes);
                    }
                }
            }
            vec rowsums[4][2];
            for (int j = 0; j < 2; j++) {
                rowsums[0][j] = y[0][j];
                rowsums[1][j] = _mm256_add_ps(y[0][j], y[1][j]);
                rowsums[2][j] = _mm256_sub_ps(y[0][j], y[1][j]);
                rowsums[3][j] = _mm256_sub_ps(zero, y[1][j]);
            }
            float *to = dm + (size_t)t * shape.out + block * 8;
            for (int i = 0; i < 4; i++, to += 4 * matrix) {
                const vec a = rowsums[i][0], b = rowsums[i][1], sum = _mm256_add_ps(a, b);
                _mm256_store_ps(to, a);
                _mm256_store_ps(to + matrix, sum);
                _mm256_store_ps(to + 2 * matrix, _mm256_sub_ps(a, b));
                _mm256_store_ps(to + 3 * matrix, _mm256_sub_ps(zero, b));
                if (i == 1 && bias_gradient) {
                    float *bias = bias_gradient + block * 8;
                    _mm256_storeu_ps(bias, _mm256_add_ps(_mm256_loadu_ps(bias), sum));
                }
            }
        }
    }
}

// Adds B dv B' to the 4 x 4 source gradients around each tile. The gradients of an image are zeroed with its first tile
// unless others have left theirs there.
TARGET static void add_source_gradients(struct ck_shape shape, const float *dv, struct cursor at, int rows, int columns,
                                        int count, int adds, float *source_gradient) {
    const int height = shape.height, width = shape.width, blocks = shape.in / 8;
    const size_t plane = (size_t)height * width * 8, matrix = matrix_floats(shape.in);
    const vec zero = _mm256_setzero_ps();
    for (int t = 0; t < count; t++, advance(&at, rows, columns)) {
        const int top = 2 * at.row - 1, left = 2 * at.column - 1;
        float *image = source_gradient + at.image * plane * blocks;
        if (!adds && at.row == 0 && at.column == 0) memset(image, 0, plane * blocks * sizeof(float));
        for (int block = 0; block < blocks; block++, image += plane) {
            vec d[4][4];
            const float *from = dv + (size_t)t * shape.in + block * 8;
            for (int j = 0; j < 4; j++, from += matrix) {
                const vec v0 = _mm256_load_ps(from), v1 = _mm256_load_ps(from + 4 * matrix),
                          v2 = _mm256_load_ps(from + 8 * matrix), v3 = _mm256_load_ps(from + 12 * matrix);
                d[0][j] = v0;
                d[1][j] = _mm256_add_ps(_mm256_sub_ps(v1, v2), v3);
                d[2][j] = _mm256_sub_ps(_mm256_add_ps(v1, v2), v0);
                d[3][j] = _mm256_sub_ps(zero, v3);
            }
            for (int i = 0; i < 4; i++) {
                const int y = top + i;
                if (y < 0 || y >= height) continue;
                vec x[4];
                x[0] = d[i][0];
                x[1] = _mm256_add_ps(_mm256_sub_ps(d[i][1], d[i][2]), d[i][3]);
                x[2] = _mm256_sub_ps(_mm256_add_ps(d[i][1], d[i][2]), d[i][0]);
                x[3] = _mm256_sub_ps(zero, d[i][3]);
                float *line = image + ((long)y * width + left) * 8;
                for (int j = 0; j < 4; j++) {
                    if (left + j < 0 || left + j >= width) continue;
                    _mm256_store_ps(line + j * 8, _mm256_add_ps(_mm256_load_ps(line + j * 8), x[j]));
                }
            }
        }
    }
}

TARGET void ck_winograd_backward(struct ck_shape shape, const float *source, const float *backward_weights,
                                 const float *gradient, const float *destination, const uint8_t *winners, int adds,
                                 float *source_gradient, float *weights_gradient, float *bias_gradient,
                                 float *scratch) {
    const int rows = winners ? shape.height / 2 : (shape.height + 1) / 2;
    const int columns = winners ? shape.width / 2 : (shape.width + 1) / 2;
    float *v = scratch, *dv = v + ELEMENTS * matrix_floats(shape.in), *dm = dv + ELEMENTS * matrix_floats(shape.in);
    float *du = dm + ELEMENTS * matrix_floats(shape.out);
    memset(du, 0, sizeof(float) * ELEMENTS * shape.in * shape.out);
    if (bias_gradient) memset(bias_gradient, 0, sizeof(float) * shape.out);
    struct cursor at = {0, 0, 0};
    for (long left = (long)shape.images * rows * columns; left > 0; left -= TILES) {
        const int count = left < TILES ? (int)left : TILES;
        transform_gradients(shape, gradient, destination, winners, at, rows, columns, count, dm, bias_gradient);
        transform_sources(shape, source, at, rows, columns, count, v);
        accumulate(count, shape.in, shape.out, v, dm, du);
        if (source_gradient) {
            multiply(count, shape.out, shape.in, dm, backward_weights, dv);
            add_source_gradients(shape, dv, at, rows, columns, count, adds, source_gradient);
        }
        for (int t = 0; t < count; t++) advance(&at, rows, columns);
    }
    gather_weights(du, shape.in, shape.out, weights_gradient);
}
