#pragma once

#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

// libpng reports errors by longjmp. Everything between its setjmp and the last call that may longjmp lives in this one
// C function, so that no Swift frame is ever jumped over.

typedef struct {
    const uint8_t *next;
    size_t left;
    char message[96];
} plumbline_png_source;

static inline void plumbline_png_fail(png_structp png, png_const_charp message) {
    plumbline_png_source *source = (plumbline_png_source *)png_get_error_ptr(png);
    strncpy(source->message, message, sizeof source->message - 1);
    png_longjmp(png, 1);
}

static inline void plumbline_png_ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static inline void plumbline_png_read(png_structp png, png_bytep out, size_t count) {
    plumbline_png_source *source = (plumbline_png_source *)png_get_io_ptr(png);
    if (count > source->left) png_error(png, "the file ends early");
    memcpy(out, source->next, count);
    source->next += count;
    source->left -= count;
}

/// Decodes a PNG of exactly `width` x `height` pixels into 8-bit samples without row padding. Palettes, 1, 2 and 4 bit
/// gray, transparency chunks and interlacing are expanded, 16 bit samples scaled to 8.
///
/// `pixels` must hold width * height * 4 bytes. Returns the number of channels (1 gray, 2 gray + alpha, 3 RGB,
/// 4 RGBA), or 0 with a NUL-terminated reason in `message`.
static inline __attribute__((noinline)) int plumbline_png_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels, char message[96]
) {
    plumbline_png_source source = {bytes, count, {0}};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, plumbline_png_fail, plumbline_png_ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        if (png) png_destroy_read_struct(&png, NULL, NULL);
        strcpy(message, "out of memory");
        return 0;
    }
    // Neither pointer changes after this line, so both are defined after a longjmp (C11 7.13.2.1).
    if (setjmp(png_jmpbuf(png))) {
        memcpy(message, source.message, sizeof source.message);
        png_destroy_read_struct(&png, &info, NULL);
        return 0;
    }
    png_set_read_fn(png, &source, plumbline_png_read);
    png_set_user_limits(png, width, height);
    png_set_chunk_cache_max(png, 16);
    png_set_chunk_malloc_max(png, 1 << 20);
    // Colour profiles, texts and other ancillary chunks (all but tRNS) are skipped unread: they can hold bombs of their
    // own, and what a network trains on are the samples as they are.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);

    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
        png_error(png, "its header changes");
    }
    png_set_expand(png);
    png_set_scale_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int channels = png_get_channels(png, info);
    size_t stride = png_get_rowbytes(png, info);
    if (channels < 1 || channels > 4 || stride != (size_t)width * (size_t)channels) {
        png_error(png, "its sample format is not known");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t row = 0; row < height; row++) png_read_row(png, pixels + row * stride, NULL);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return channels;
}
