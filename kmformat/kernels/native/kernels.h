/* The kernels: the hot loops of kmformat/kernels/, with the same results, bit for bit.

   Plain C99 without Python, global state or allocation. A kernel trusts its arguments: module.c
   has checked them. Rows of an image are `stride` bytes from each other. */

#ifndef KMF_KERNELS_H
#define KMF_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

/* A function that gains from wider vectors, of which the processor at hand takes one of two: results
   are the same, as setup.py keeps the compiler from fusing products and sums. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#define INSIDE static inline __attribute__((always_inline)) /* a part of such a function */
#else
#define WIDE
#define INSIDE static inline
#endif

/* packing.c: indices to packed bytes and back, to colours, and runs of zeros */

void kmf_pack(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
              uint8_t *packed);
void kmf_unpack(const uint8_t *packed, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
                uint8_t *indices);

/* A run of zeros and the number after them are one byte: at most `count` bytes for `count`. */
size_t kmf_write_runs(const uint8_t *numbers, size_t count, unsigned bits, uint8_t *runs);
/* Numbers of at most `top`, and by how much those of `top` and more exceed it: how many there are. */
size_t kmf_clip(const uint8_t *numbers, size_t count, unsigned top, uint8_t *clipped,
                uint8_t *escapes);
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

/* orders.c: default orders of a palette, (spec, section 4.7) */

/* Between the colours of a palette, K x channels: K x K, in sixteenths. */
void kmf_color_distances(const uint8_t *palette, unsigned K, unsigned channels,
                         uint16_t *distances);

/* The order beside a pair of neighbours, K indices. `distances`, K x K, are below 2^13. */
void kmf_default_order(const uint16_t *distances, unsigned K, unsigned N, unsigned W,
                       uint8_t *order);

/* The orders of all pairs, or ranks if `inverse`, K x K x K, each made when first needed. */
typedef struct {
    const uint16_t *distances;
    unsigned K;
    bool inverse;
    uint8_t *table;
    uint8_t *made; /* K x K: 1 or 0 */
} kmf_rows;

void kmf_make_rows(kmf_rows *rows, unsigned N, unsigned W);

static inline const uint8_t *kmf_row_of(kmf_rows *rows, unsigned N, unsigned W)
{
    size_t pair = (size_t)N * rows->K + W;
    if (!rows->made[pair])
        kmf_make_rows(rows, N, W);
    return rows->table + pair * rows->K;
}

/* wavefront.c: indices to the ranks of each stream and back, by anti-diagonals */

/* Streams of ranks. Beyond each end, 255 more bytes can be read, or written. */
typedef struct {
    unsigned count; /* 1 to 8 */
    uint8_t *next[8];
    const uint8_t *end[8];
} kmf_streams;

/* Tables of up to 16 colours, by numbers of 4 bits. */
typedef struct {
    const uint8_t *orders; /* N, W, rank: the index; or to split, N, W, index: the rank */
    uint8_t shift[4096];   /* N, W, NW: 8 times the stream */
} kmf_few;

/* Tables of more. */
typedef struct {
    unsigned K;
    kmf_rows rows; /* orders, or to split and to count, ranks */
    const uint16_t *first, *second; /* K x K: parts of contexts by N and W, and by N and NW */
    uint8_t shift[2592];            /* of each context 8 times its stream */
} kmf_many;

/* Workspace `lanes` is `height` bytes. False if a stream ends before the pixels do. */
bool kmf_walk_few(kmf_streams *streams, const kmf_few *tables, size_t height, size_t width,
                  uint8_t *lanes, uint8_t *indices);
void kmf_split_few(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                   const kmf_few *tables, uint8_t *lanes, kmf_streams *streams);

/* Workspace `lanes` is 2 x `height` bytes. */
bool kmf_walk_many(kmf_streams *streams, kmf_many *tables, size_t height, size_t width,
                   uint8_t *lanes, uint8_t *indices);
void kmf_split_many(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                    kmf_many *tables, uint8_t *lanes, kmf_streams *streams);

/* Add to `counts`, 16 x 16 x 16 x 16: N, W, NW and index. */
void kmf_count_neighbours(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                          int64_t *counts);
/* Add to `counts`, contexts x bins: ranks of bins - 1 and more are counted together. */
void kmf_count_ranks(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                     kmf_many *tables, unsigned bins, int64_t *counts);

/* counting.c: codes of colours */

/* Sort codes, by their digits of 11 bits, into `other`, which is as long. */
void kmf_sort_codes(uint32_t *codes, size_t count, uint32_t *other);

/* dense.c: indices to the bytes of an adaptive coder and back, pixel by pixel in rows */

typedef struct {
    unsigned K;                /* 1 to 256 */
    const uint16_t *distances; /* K x K, of colours: no way by another is shorter, but for rounding */
    const int32_t *stretch;    /* 4096 */
    const uint16_t *squash;    /* 2815 */
    const int32_t *rates;      /* 256 */
    unsigned slot_bits;        /* 10 to 16 */
    uint32_t *slots;           /* 3 x 2^slot_bits, zeros */
} kmf_dense;

/* As in kmformat/kernels/dense.py. */
typedef enum { KMF_DENSE_GOOD, KMF_BAD_RUN, KMF_BAD_RANK, KMF_BAD_END } kmf_dense_fault;

/* Workspace `rows` is 3 x (width + 8) zeros. Returns the bytes needed; `data` has them if that is at
   most `size`. */
size_t kmf_encode_dense(const kmf_dense *given, const uint8_t *indices, ptrdiff_t stride,
                        size_t height, size_t width, uint8_t *rows, uint8_t *data, size_t size);
kmf_dense_fault kmf_decode_dense(const kmf_dense *given, const uint8_t *data, size_t size,
                                 size_t height, size_t width, uint8_t *rows, uint8_t *indices);

/* packed_palette.c: a palette, K x channels, to the bytes of an adaptive coder and back */

size_t kmf_pack_palette(const uint8_t *palette, unsigned K, unsigned channels, const int32_t *rates,
                        uint8_t *data, size_t size);
bool kmf_unpack_palette(const uint8_t *data, size_t size, unsigned K, unsigned channels,
                        const int32_t *rates, uint8_t *palette);

/* nearest.c: the nearest palette entry of each RGB colour */

typedef struct {
    int32_t count; /* 1 to 256 */
    int32_t red[256], green[256], blue[256];
} kmf_entries;

void kmf_nearest_rgb(const uint8_t *colors, size_t count, const kmf_entries *entries,
                     uint8_t *indices);
/* Memory: `table` is 2^24 bytes, of which cells of 8x8x8 colours are filled as they are needed, and
   `filled` is 2^15 bytes, which says of each cell whether it is; at first, zeros. */
void kmf_nearest_rgb_by_table(const uint8_t *colors, size_t count, const kmf_entries *entries,
                              uint8_t *table, uint8_t *filled, uint8_t *indices);

/* `marks` and `table` are 2^24 bytes, by R + 2^8 G + 2^16 B: which colours there are, and a number of
   each. */
void kmf_mark_colors(const uint8_t *colors, size_t count, uint8_t *marks);
void kmf_look_up(const uint8_t *colors, size_t count, const uint8_t *table, uint8_t *found);

/* diffusion.c: error diffusion */

/* How to find the nearest entry: that of the least score, whose low bits say which it is. */
typedef struct {
    unsigned count;        /* of entries, a power of two from 2 to 256: some may be out of reach */
    const double *factors; /* (d + 1) x count: of each coordinate, and offsets */
    const double *cones;   /* 3 x 3, or NULL where values are points already */
    const double *roots;
    size_t root_count;
} kmf_nearest;

typedef struct {
    const kmf_nearest *nearest;
    const double *entries; /* d x nearest->count */
    size_t width;
    double share, reach;
} kmf_diffusion;

/* Dither rows of values, d x rows x width; d is 3 or 4. Of `errors`, 2 x (width + 2) x d, the first
   half is those of the row above, and then of the last row. */
void kmf_diffuse(const kmf_diffusion *diffusion, unsigned d, const double *values, size_t rows,
                 const uint8_t *active, double *errors, uint8_t *indices);

/* clusters.c: points, rows of `n` coordinates each, and their clusters */

enum { MOST_CENTROIDS = 512 };

/* `d` is 3 or 4, K 1 to 512, and `centroids` are K x d. */
void kmf_nearest_centroids(const double *rows, size_t n, unsigned d, const double *centroids,
                           unsigned K, int64_t *labels);
/* Add to `sums`, K x m: the values, m x n, of the points of each cluster. */
void kmf_sum_clusters(const int64_t *labels, size_t n, const double *values, unsigned m,
                      double *sums);

/* halftone.c: what kmformat/kernels/halftone.py calls settling */

typedef struct {
    ptrdiff_t height, width, K;
    int reach;   /* of the filter, 0 or 3, and */
    bool priced; /* whether any cost is not 0: set by kmf_settle */
    uint8_t *indices, *awake;
    int32_t *field;                        /* height x width x 3 */
    const float *sensitivity;              /* the same */
    const float *products, *mix, *squares; /* 9 x K, 3 x 3, 6 */
    const int32_t *taps, *center;          /* 3 x 4, 3 */
    const float *costs;                    /* 4 x K x K: side, neighbour, index */
} kmf_halftone;

void kmf_settle(kmf_halftone *halftone, unsigned passes);

#endif
