/* The kernels: the hot loops of kmformat/kernels/, with the same results, bit for bit.

   Plain C99 without Python, global state or allocation. A kernel trusts its arguments: module.c
   has checked them. Rows of an image are `stride` bytes from each other. */

#ifndef KMF_KERNELS_H
#define KMF_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

/* packing.c: indices to packed bytes and back, to colours, and runs of zeros */

void kmf_pack(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
              uint8_t *packed);
void kmf_unpack(const uint8_t *packed, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
                uint8_t *indices);

/* A run of zeros and the number after them are one byte: at most `count` bytes for `count`. */
size_t kmf_write_runs(const uint8_t *numbers, size_t count, unsigned bits, uint8_t *runs);
/* False if the runs do not make `count` numbers. */
bool kmf_read_runs(const uint8_t *runs, size_t size, unsigned bits, uint8_t *numbers, size_t count);

/* Colours of every packed byte, for kmf_paint. */
typedef struct {
    unsigned bits, channels;
    unsigned entry; /* bytes that the colours of one packed byte take */
    uint8_t colors[256][32];
} kmf_colors;

/* `palette` has 2^bits colours of `channels` bytes. */
void kmf_color_table(const uint8_t *palette, unsigned bits, unsigned channels, kmf_colors *table);
void kmf_paint(const kmf_colors *table, const uint8_t *packed, ptrdiff_t stride, size_t height,
               size_t width, uint8_t *colors, ptrdiff_t color_stride);

#endif
