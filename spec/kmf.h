/* kmf.h - a decoder of the KMF image format in one header, written from KMF.md and meant to be read beside it.

   It is C99, or C++, without floating point, takes no memory but the caller's, and reads a file tile by tile, in rows of packed
   indices: a picture of 320 x 240 in 16 colours that kmformat encode --small-reader made takes 4 to 10 KB of memory.

   "Section" and "step" below are those of KMF.md; steps are the numbered ones of its section 5, taken in its
   order, so that of several faults of a file the one that the spec names is reported. A file is:

       8B 4B 4D 46 | version | flags | K-1 | width | height |                    sides and lengths are varints;
       [tile width | tile height |]  [chunks length |]  [palette length |]       what is in [] only if flags say so
       palette: K x (R G B [A]), or packed |  [chunks: type, 4 bytes; length u32; payload |]
       directory: for each tile a varint, 8 x length + method | for each its CRC-32, u32 |
       CRC-32 of all before, u32 |                                               a u32 is little-endian
       the bytes of tile 0 | those of tile 1 | ... | the tail, if a chunk says that there is one      section 3

       flags:  . 0 P C T A D D     P packed, C chunks, T tiled, A alpha, an index has 2^DD bits, . unused, 0 reserved

   Say #define KMF_IMPLEMENTATION before the #include in one file; all others include it without. In that file, or for
   the whole program, may be said, with #define as well:

       KMF_SMALL_ZSTD       take the decoder of zstd in kmf_zstd.h, beside this file; or else link with -lzstd
       KMF_SMALL            be a small reader (section 1): tables of zstd of at most 7 bits, compact tiles of at most
                            16 colours; other files give `small`. Takes KMF_SMALL_ZSTD
       KMF_WITHOUT_DENSE    read no dense tiles: they give `small`. Goes with KMF_SMALL
       KMF_WITHOUT_COMPACT  be a plain reader (section 1): packed palettes, compact and dense tiles give `compact`
       KMF_WITHOUT_ZSTD     read stored tiles only; all else gives `small`. Takes KMF_WITHOUT_COMPACT

   Rows as they come, on a machine with kilobytes (kmf_need says, on any other, how many a file takes):

       static void *work[8000 / sizeof(void *)];
       kmf_image image;
       kmf_rows rows;
       kmf_error error = kmf_open(&image, data, size, KMF_MAX_PIXELS, work, sizeof work);
       while (!error && !(error = kmf_next(&image, &rows)) && rows.height)
           for (uint32_t y = 0; y < rows.height; y++)
               draw(rows.x, rows.y + y, rows.width, rows.packed + y * rows.stride);    (kmf_row565 makes them RGB565)
       if (error) puts(kmf_error_name(error));

   The whole picture, a byte a pixel, where there is memory:

       kmf_error error = kmf_open(&image, data, size, KMF_MAX_PIXELS, NULL, 0);
       void *work = malloc(kmf_need(&image, 0));
       error = kmf_open(&image, data, size, KMF_MAX_PIXELS, work, kmf_need(&image, 0));
       if (!error) error = kmf_decode(&image, indices);                           (width x height bytes)

   There is no state besides the image and the work. libzstd takes some 160 KB of its own for a frame. */

#ifndef KMF_H
#define KMF_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KMF_MAX_PIXELS (UINT64_C(1) << 28) /* the limit of step 5 "unless told otherwise" */

/* As section 5 meets them. The last are no faults of the file: it is beyond what this build reads, it is no file for a
   plain reader, the work is too small, bytes could not be read, libzstd found no memory. */
#define KMF_ERRORS(E)                                                                                              \
    E(OK, "ok") E(MAGIC, "magic") E(TRUNCATED, "truncated") E(VERSION, "version") E(RESERVED, "reserved")          \
    E(VARINT, "varint") E(DIMENSIONS, "dimensions") E(LIMIT, "limit") E(TILE_SIZE, "tile-size")                    \
    E(PALETTE_SIZE, "palette-size") E(HEAD_CHECKSUM, "head-checksum") E(PALETTE_END, "palette-end")                \
    E(CHUNK_LENGTH, "chunk-length") E(CHUNK_TYPE, "chunk-type") E(CHUNK_CRITICAL, "chunk-critical") E(CHUNK_DUPLICATE, "chunk-duplicate")          \
    E(CHUNK_COUNT, "chunk-count") E(TAIL, "tail") E(ORDERS, "orders") E(STREAM_TRAILING, "stream-trailing")        \
    E(STREAM_TRUNCATED, "stream-truncated") E(STREAM_MAP, "stream-map") E(TILE_METHOD, "tile-method")              \
    E(TILE_LENGTH, "tile-length") E(TRAILING, "trailing") E(TILE_CHECKSUM, "tile-checksum")                        \
    E(ZSTD_FRAME, "zstd-frame") E(ZSTD_DICTIONARY, "zstd-dictionary") E(ZSTD_CHECKSUM, "zstd-checksum")            \
    E(ZSTD_CONTENT_SIZE, "zstd-content-size") E(ZSTD_WINDOW, "zstd-window") E(ZSTD_DATA, "zstd-data")              \
    E(ZSTD_TRAILING, "zstd-trailing") E(PADDING, "padding") E(INDEX, "index") E(STREAM_LENGTH, "stream-length")    \
    E(RANK, "rank") E(STREAM_END, "stream-end") E(DENSE_RUN, "dense-run") E(DENSE_RANK, "dense-rank")              \
    E(DENSE_END, "dense-end") E(TOO_LARGE, "small") E(COMPACT, "compact")              \
    E(WORK, "work") E(READ, "read") E(NO_MEMORY, "no-memory")
#define KMF__ENUM(code, name) KMF_##code,
typedef enum { KMF_ERRORS(KMF__ENUM) KMF__COUNT } kmf_error;

/* Rows of a tile, from left to right and top to bottom of the image. They are packed (section 4.1): the left pixel is in
   the high bits, and each row begins on a byte. They are good until the next call. */
typedef struct {
    size_t tile;                  /* its number */
    uint32_t x, y, width, height; /* in pixels of the image */
    uint32_t stride;              /* bytes from one row to the next */
    const uint8_t *packed;
} kmf_rows;

/* Read so many bytes of a file from an offset on; return whether they were read. None are asked for beyond its size. */
typedef int kmf_read(void *user, size_t offset, void *to, size_t bytes);

typedef struct { size_t at, left; } kmf__span; /* bytes of the file, by their place */

typedef struct {
    uint32_t width, height;           /* in pixels; 1 or more */
    uint32_t tile_width, tile_height; /* those of the image if it is not tiled */
    size_t tiles;                     /* how many, numbered in row order */
    unsigned bits;                    /* of a packed index: 1, 2, 4, 8 */
    unsigned channels;                /* of a colour: 3, or 4 with alpha, which is straight */
    unsigned colors;                  /* K: 1 to 256, and at most 2^bits */
    const uint8_t *palette;           /* colors x channels bytes, sRGB; in the data, or the work if read or packed */
    /* the rest is for the functions below */
    const uint8_t *data; /* the file, or NULL if it is read */
    kmf_read *read;
    void *user;
    size_t size;                           /* of the file; where in it are */
    size_t checksums, tiles_at;            /* those of tiles, and the data of the first tile; */
    kmf__span stored_palette, directory;   /* the palette; and the directory, without an end */
    uint64_t tail;                    /* bytes after that of the last */
    kmf__span learned, mapped;        /* ORDR and SMAP, if they are there */
    unsigned streams;                 /* of a compact tile: 1 to 8; 1 if there is no SMAP */
    int packed, compact, dense;       /* whether the palette, or any tile, is */
    uint8_t *work, *end, *limit;      /* the caller's; what of it is free, from end on */
    uint8_t *orders, *map;            /* tables of compact tiles, in the work, */
    uint16_t *dist;                   /* and those between colours, if they are kept */
    size_t next;                      /* the tile to be begun, */
    kmf__span entry;                  /* what the directory says of it and later ones */
    size_t at;                        /* where its data are */
    kmf_rows rows;                    /* of the tile begun: those to come */
    size_t stored;                    /* where the rest of a stored tile is */
    void *decoder;                    /* of a zstd or dense tile, */
    uint8_t *buffer, *buffer_end;     /* the room for its rows, */
    uint32_t window;                  /* and what of them zstd needs, in bytes */
    unsigned method;
} kmf_image;

/* Read and check the head (steps 1 to 11). The image points into data and work, which must outlive it. The work is
   aligned for pointers and uint32_t. If there is too little of it, the error is KMF_WORK, and kmf_need says how much there
   must be. Of kmf_open_read, the file is not in memory, but read piece by piece. */
kmf_error kmf_open(kmf_image *image, const uint8_t *data, size_t size, uint64_t max_pixels, void *work,
                   size_t work_size);
kmf_error kmf_open_read(kmf_image *image, kmf_read *read, void *user, size_t size, uint64_t max_pixels, void *work,
                        size_t work_size);

/* The bytes of work that the file takes, and no more; after kmf_open, whether that was fine or said KMF_WORK. With
   whole, so that kmf_next yields each tile in one piece; without, a dense tile takes one row of its pixels, and a zstd
   tile its window if there is KMF_SMALL_ZSTD. On a machine with smaller pointers a file takes no more. */
uint32_t kmf_need(const kmf_image *image, int whole);

/* The next rows (steps 12 to 17), as many of a tile as the work has room for; a height of 0 after the last tile. A zstd or
   dense tile that comes in several pieces is found to be damaged, if it is, no sooner than where the damage is. After an error there
   are no more rows until kmf_seek. */
kmf_error kmf_next(kmf_image *image, kmf_rows *rows);

/* Go on with a tile, below image->tiles: in order, or else the directory is read from its beginning. */
kmf_error kmf_seek(kmf_image *image, size_t tile);

/* Decode all tiles to width x height indices in row order, each less than image->colors. After an error they are of no
   use. */
kmf_error kmf_decode(kmf_image *image, uint8_t *indices);

/* So many indices of a packed row, a byte each. */
void kmf_unpack(const kmf_image *image, const uint8_t *packed, uint32_t count, uint8_t *indices);

/* The colours of so many indices: count x channels bytes. */
void kmf_colors(const kmf_image *image, const uint8_t *indices, size_t count, uint8_t *pixels);

/* So many pixels of a packed row: R, G, B and A of each, alpha straight, 255 if there is none. */
void kmf_row_rgba(const kmf_image *image, const uint8_t *packed, uint32_t count, uint8_t *rgba);

/* The palette as RGB565, image->colors numbers; and so many pixels of a packed row by that table. */
void kmf_palette565(const kmf_image *image, uint16_t *table);
void kmf_row565(const kmf_image *image, const uint8_t *packed, uint32_t count, const uint16_t *table, uint16_t *pixels);

/* The name that KMF.md gives an error. */
const char *kmf_error_name(kmf_error error);

#ifdef __cplusplus
}
#endif
#endif

#ifdef KMF_IMPLEMENTATION
#include <string.h>

#ifdef KMF_SMALL
#define KMF_ZSTD_LOG 7
#define KMF__COMPACT_COLORS 16u /* K, at most, if there is a table or a compact tile */
#else
#define KMF__COMPACT_COLORS 256u
#endif
#if defined KMF_WITHOUT_ZSTD && !defined KMF_WITHOUT_COMPACT
#define KMF_WITHOUT_COMPACT
#endif
#if (defined KMF_SMALL || defined KMF_WITHOUT_COMPACT) && !defined KMF_WITHOUT_DENSE
#define KMF_WITHOUT_DENSE
#endif
#if defined KMF_SMALL && !defined KMF_SMALL_ZSTD
#define KMF_SMALL_ZSTD
#endif

#define KMF__TRY(call) do { kmf_error error_ = (call); if (error_) return error_; } while (0)
#define KMF__NAME(code, name) name,

const char *kmf_error_name(kmf_error error)
{
    static const char *const names[] = { KMF_ERRORS(KMF__NAME) };
    return (unsigned)error < KMF__COUNT ? names[error] : "unknown";
}

/* ---- Section 2: integers, bytes of the file, varints, and the checksum ---- */

static uint32_t kmf__u32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* Bytes of the file: where they lie in memory, or read to a room. */
static kmf_error kmf__view(const kmf_image *image, size_t at, size_t bytes, uint8_t *room, const uint8_t **from)
{
    *from = room;
    if (image->data) *from = image->data + at;
    else if (bytes && !image->read(image->user, at, room, bytes)) return KMF_READ;
    return KMF_OK;
}

static kmf_error kmf__varint(const kmf_image *image, kmf__span *in, uint32_t *value) /* errors of step 16 */
{
    *value = 0;
    for (unsigned i = 0; i < 5; i++) {
        const uint8_t *byte;
        uint8_t room;
        if (in->left == 0) return KMF_STREAM_TRUNCATED;
        KMF__TRY(kmf__view(image, in->at, 1, &room, &byte));
        in->at++;
        in->left--;
        if ((*byte == 0 && i > 0) || (*byte > 15 && i == 4)) return KMF_VARINT;
        *value |= (*byte & 127u) << (7 * i);
        if (*byte < 128) break;
    }
    return KMF_OK;
}

static kmf_error kmf__head_varint(const kmf_image *image, kmf__span *in, uint32_t *value) /* steps 4 and 7 */
{
    kmf_error error = kmf__varint(image, in, value);
    return error == KMF_STREAM_TRUNCATED ? KMF_TRUNCATED : error;
}

/* The CRC-32 of bytes, after that of what comes before, or 0. */
static uint32_t kmf__crc32(const uint8_t *from, size_t bytes, uint32_t crc)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C };
    crc = ~crc;
    while (bytes--) { /* half a byte at a time */
        crc ^= *from++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static kmf_error kmf__file_crc32(const kmf_image *image, size_t at, size_t bytes, uint32_t *crc)
{
    uint8_t room[64];
    while (bytes) {
        const uint8_t *from;
        size_t part = image->data || bytes < sizeof room ? bytes : sizeof room;
        KMF__TRY(kmf__view(image, at, part, room, &from));
        *crc = kmf__crc32(from, part, *crc);
        at += part;
        bytes -= part;
    }
    return KMF_OK;
}

/* An offset in the work at which a pointer or number may stand. */
static uint32_t kmf__aligned(uint32_t bytes) { return (bytes + 7) & ~UINT32_C(7); }

/* The bytes of the work from a place on: so many beyond a pointer into it. */
static uint32_t kmf__room(const kmf_image *image, const uint8_t *from, uint32_t beyond)
{
    uint32_t room = (uint32_t)(image->limit - from);
    return room > beyond ? room - beyond : 0;
}

static kmf_error kmf__claim(kmf_image *image, uint32_t bytes, uint8_t **room)
{
    if (bytes > kmf__room(image, image->end, 0)) return KMF_WORK;
    *room = image->end;
    image->end += bytes;
    return KMF_OK;
}

/* ---- Section 4.3: zstd frames ---- */

#ifndef KMF_WITHOUT_ZSTD

typedef struct {
    size_t at, size;          /* of the frame, in the file */
    size_t blocks;            /* where its first block is */
    uint32_t content, window; /* in bytes */
    uint32_t largest;         /* the most bytes that a block has in the file */
} kmf__frame;

/* Step 13 but for its end: the header of a frame that has exactly these bytes and a content of least to most bytes, and
   the headers of its blocks. */
static kmf_error kmf__read_frame(const kmf_image *image, size_t at, size_t size, uint32_t least, uint32_t most,
                                 kmf__frame *frame)
{
    const uint8_t *from;
    uint8_t room[18]; /* no header is longer */
    size_t in = 5, end = at + size;
    KMF__TRY(kmf__view(image, at, size < sizeof room ? size : sizeof room, room, &from));
    if (size < 5 || kmf__u32(from) != 0xFD2FB528) return KMF_ZSTD_FRAME;
    unsigned descriptor = from[4], single = descriptor >> 5 & 1, size_flag = descriptor >> 6;
    unsigned dictionary_bytes = (1u << (descriptor & 3)) >> 1;              /* 0, 1, 2, 4 */
    unsigned size_bytes = size_flag || single ? 1u << size_flag : 0; /* 0 or 1, 2, 4, 8 */
    if (size - in < !single + dictionary_bytes + size_bytes || descriptor & 8) return KMF_ZSTD_FRAME;
    uint32_t window = 0, content = size_bytes == 2 ? 256 : 0, above = 0, dictionary = 0;
    if (!single) {
        unsigned exponent = from[in] >> 3, eighths = from[in] & 7;
        window = exponent > 13 ? UINT32_MAX : (1024u << exponent) + (128u << exponent) * eighths;
        in++;
    }
    while (dictionary_bytes--) dictionary |= from[in++];
    for (unsigned i = 0; i < size_bytes; i++, in++)
        if (i < 4) content += (uint32_t)from[in] << (8 * i);
        else above |= from[in];
    if (single) window = content;
    if (dictionary != 0) return KMF_ZSTD_DICTIONARY;
    if (descriptor & 4) return KMF_ZSTD_CHECKSUM;
    if (size_bytes == 0 || above || content < least || content > most) return KMF_ZSTD_CONTENT_SIZE;
    if (window > 8u << 20) return KMF_ZSTD_WINDOW;
    frame->at = at;
    frame->size = size;
    frame->blocks = at += in;
    frame->content = content;
    frame->window = window < content ? window : content; /* no more than there is */
    frame->largest = 0;
    for (unsigned last = 0; !last;) {
        if (end - at < 3) return KMF_ZSTD_DATA;
        KMF__TRY(kmf__view(image, at, 3, room, &from));
        uint32_t header = from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16;
        uint32_t type = header >> 1 & 3, block = header >> 3, bytes = type == 1 ? 1 : block; /* a run is one byte */
        last = header & 1;
        at += 3;
        if (type == 3 || block > window || block > 128u << 10 || bytes > end - at) return KMF_ZSTD_DATA;
        at += bytes;
        if (bytes > frame->largest) frame->largest = bytes;
    }
    return at < end ? KMF_ZSTD_TRAILING : KMF_OK;
}

#ifdef KMF_SMALL_ZSTD
#include "kmf_zstd.h"

/* What decoding a frame takes beside its content. */
static uint32_t kmf__decoder_size(const kmf_image *image, const kmf__frame *frame)
{
    return (uint32_t)sizeof(kmf__zstd) + (image->data ? 0 : frame->largest);
}

#ifndef KMF_WITHOUT_COMPACT
static kmf_error kmf__unzstd(const kmf_image *image, const kmf__frame *frame, uint8_t *to, uint8_t *decoder)
{
    kmf__zstd *z = (kmf__zstd *)(void *)decoder;
    kmf__zstd_open(z, image, frame, decoder + sizeof *z, to);
    KMF__TRY(kmf__zstd_more(z, to + frame->content));
    return kmf__zstd_close(z);
}
#endif

#else
#include <zstd.h>
#include <zstd_errors.h>

static uint32_t kmf__decoder_size(const kmf_image *image, const kmf__frame *frame)
{
    return image->data ? 0 : (uint32_t)frame->size;
}

/* What is a sound frame beyond its headers is left to libzstd. 1.5.4 still lets pass reserved bits that are set in a
   compressed block (those of its sequence modes), and some sequences that take more bits than there are; 1.5.7 gives
   `zstd-data`. In one call, as a match may reach back beyond the window [4.3k]. */
static kmf_error kmf__unzstd(const kmf_image *image, const kmf__frame *frame, uint8_t *to, uint8_t *decoder)
{
    const uint8_t *from;
    KMF__TRY(kmf__view(image, frame->at, frame->size, decoder, &from));
    size_t content = ZSTD_decompress(to, frame->content, from, frame->size);
    if (ZSTD_getErrorCode(content) == ZSTD_error_memory_allocation) return KMF_NO_MEMORY;
    return content == frame->content ? KMF_OK : KMF_ZSTD_DATA;
}
#endif

#if !defined KMF_WITHOUT_COMPACT || !defined KMF_SMALL_ZSTD
/* Decompress a frame to *to, which moves on; the decoder stands behind the content. */
static kmf_error kmf__unzstd_at(const kmf_image *image, const kmf__frame *frame, uint8_t **to)
{
    uint8_t *content = *to;
    uint32_t decoder = kmf__aligned((uint32_t)(content - image->work) + frame->content);
    if (frame->content > kmf__room(image, content, 0)) return KMF_WORK;
    if (kmf__decoder_size(image, frame) > kmf__room(image, image->work, decoder)) return KMF_WORK;
    *to = content + frame->content;
    return kmf__unzstd(image, frame, content, image->work + decoder);
}
#endif
#endif

/* ---- Section 4.5: sequences, with the errors of step 16 ---- */

#ifndef KMF_WITHOUT_COMPACT

typedef struct { /* a sequence as it stands in the file */
    kmf__frame frame;    /* at and size, too, if it is not compressed */
    unsigned compressed, runs, bits;
} kmf__sequence;

/* Read the head of a sequence of least to most numbers, least at least 1, and go on behind it. */
static kmf_error kmf__read_sequence(const kmf_image *image, kmf__span *in, uint32_t least, uint32_t most,
                                    kmf__sequence *sequence)
{
    uint32_t head;
    KMF__TRY(kmf__varint(image, in, &head));
    unsigned runs = head >> 2 & 1, layout = head & 3, shift = runs ? 7 - layout : 3 - layout; /* 2^shift in a byte, at most */
    sequence->runs = runs;
    sequence->bits = runs ? layout + 1 : 1u << layout;
    sequence->compressed = head >> 3 & 1;
    least = ((least - 1) >> shift) + 1;
    if (!runs) most = ((most - 1) >> shift) + 1;
    size_t at = in->at, size = head >> 4;
    if (size > in->left) return KMF_STREAM_TRUNCATED;
    in->at += size;
    in->left -= size;
    if (sequence->compressed) return kmf__read_frame(image, at, size, least, most, &sequence->frame);
    sequence->frame.at = at;
    sequence->frame.size = size;
    return size < least || size > most ? KMF_STREAM_LENGTH : KMF_OK;
}

typedef struct { /* numbers, to be had one at a time */
    const uint8_t *next;
    uint32_t left, zeros; /* how many are to come, in all, and of a run: its zeros and the number after them */
    uint8_t byte, shift, bits, runs;
} kmf__numbers;

static unsigned kmf__number(kmf__numbers *numbers)
{
    unsigned mask = (1u << numbers->bits) - 1;
    numbers->left--;
    if (numbers->runs) {
        if (numbers->zeros == 0) {
            numbers->byte = *numbers->next++;
            numbers->zeros = 1 + ((unsigned)numbers->byte >> numbers->bits);
        }
        return --numbers->zeros ? 0 : numbers->byte & mask;
    }
    if (numbers->shift == 0) {
        numbers->byte = *numbers->next++;
        numbers->shift = 8;
    }
    numbers->shift = (uint8_t)(numbers->shift - numbers->bits);
    return (unsigned)numbers->byte >> numbers->shift & mask;
}

/* Read a sequence of n numbers, n at least 1. What it holds is put to *to, which moves on, or stays in the file. */
static kmf_error kmf__open_numbers(const kmf_image *image, kmf__span *in, uint32_t n, kmf__numbers *numbers, uint8_t **to)
{
    kmf__sequence sequence;
    const uint8_t *from = *to;
    KMF__TRY(kmf__read_sequence(image, in, n, n, &sequence));
    uint32_t size = (uint32_t)sequence.frame.size, b = sequence.bits;
    if (sequence.compressed) {
        size = sequence.frame.content;
        KMF__TRY(kmf__unzstd_at(image, &sequence.frame, to));
    } else {
        if (!image->data && size > kmf__room(image, *to, 0)) return KMF_WORK;
        KMF__TRY(kmf__view(image, sequence.frame.at, size, *to, &from));
        if (!image->data) *to += size;
    }
    kmf__numbers all = { from, n, 0, 0, 0, (uint8_t)b, (uint8_t)sequence.runs };
    *numbers = all;
    if (sequence.runs) {
        uint32_t made = 0;
        for (uint32_t i = 0; i < size && made <= n; i++) made += (from[i] >> b) + 1u;
        return made == n ? KMF_OK : KMF_STREAM_LENGTH;
    }
    unsigned used = n * b & 7; /* bits of the last byte, if not all */
    return used && from[size - 1] & (0xFFu >> used) ? KMF_PADDING : KMF_OK;
}

/* ---- Section 4.7: orders and contexts ---- */

/* Numbers of four bits, two in a byte. */
static unsigned kmf__nibble(const uint8_t *table, uint32_t i) { return table[i >> 1] >> ((i & 1) << 2) & 15; }

static void kmf__set_nibble(uint8_t *table, uint32_t i, unsigned value)
{
    unsigned shift = (i & 1) << 2;
    table[i >> 1] = (uint8_t)((table[i >> 1] & (0xF0u >> shift)) | value << shift);
}

static unsigned kmf__contexts(unsigned K) { return K <= 16 ? 4 * K * K : 2592; }

/* The bytes of orders: of at most 16 colours, all of them, in nibbles. Above, K x K x K bytes, each order made when its N
   and W first occur, after K x K each of whether an order is made, and near. */
static uint32_t kmf__orders_size(uint32_t K) { return K <= 16 ? (K * K * K + 1) / 2 : K * K * K + 2 * K * K; }

/* Those of distances, if they are kept. */
static uint32_t kmf__dist_size(uint32_t K, int compact, int dense)
{
    return dense || (compact && K > 16 && K <= KMF__COMPACT_COLORS) ? kmf__aligned(2 * K * K) : 0;
}

static uint32_t kmf__distance(const kmf_image *image, unsigned a, unsigned b)
{
    const uint8_t *p = image->palette + a * image->channels, *q = image->palette + b * image->channels;
    uint32_t sum = 0, root = 0;
    for (unsigned c = 0; c < image->channels; c++) sum += (uint32_t)((p[c] - q[c]) * (p[c] - q[c]));
    sum *= 256;
    for (uint32_t bit = UINT32_C(1) << 24; bit; bit >>= 2) { /* the exact root [4.7a], as sum is below 2^26 */
        uint32_t more = root + bit;
        root >>= 1;
        if (sum < more) continue;
        sum -= more;
        root += bit;
    }
    return root;
}

static uint32_t kmf__dist(const kmf_image *image, unsigned a, unsigned b)
{
    return image->dist ? image->dist[a * image->colors + b] : kmf__distance(image, a, b);
}

/* Keep them, once, if tiles are such. */
static kmf_error kmf__make_dist(kmf_image *image)
{
    unsigned K = image->colors;
    uint32_t bytes = kmf__dist_size(K, image->compact, image->dense), used = (uint32_t)(image->end - image->work);
    uint8_t *room;
    if (bytes == 0) return KMF_OK;
    KMF__TRY(kmf__claim(image, kmf__aligned(used) - used, &room));
    KMF__TRY(kmf__claim(image, bytes, &room));
    image->dist = (uint16_t *)(void *)room;
    for (unsigned a = 0; a < K; a++)
        for (unsigned b = 0; b < K; b++) image->dist[a * K + b] = (uint16_t)kmf__distance(image, a, b);
    return KMF_OK;
}

/* order(N, W) by default: W; N, if it is another index; all others by dist(v, W) + dist(v, N), the smaller index first
   where these are equal. */
static void kmf__default_order(const kmf_image *image, unsigned N, unsigned W, uint8_t *order)
{
    uint32_t keys[KMF__COMPACT_COLORS]; /* 256 x the sum, which is below 2^14, + v */
    unsigned n = 0;
    for (unsigned v = 0; v < image->colors; v++)
        if (v != W && v != N) keys[n++] = (kmf__dist(image, v, W) + kmf__dist(image, v, N)) << 8 | v;
    for (unsigned gap = n > 40 ? 40 : 4; gap; gap /= 3) /* Shell's sort */
        for (unsigned i = gap; i < n; i++) {
            uint32_t key = keys[i];
            unsigned j = i;
            for (; j >= gap && keys[j - gap] > key; j -= gap) keys[j] = keys[j - gap];
            keys[j] = key;
        }
    *order++ = (uint8_t)W;
    if (N != W) *order++ = (uint8_t)N;
    for (unsigned i = 0; i < n; i++) order[i] = (uint8_t)keys[i];
}

#if KMF__COMPACT_COLORS > 16
static void kmf__make_many_orders(kmf_image *image)
{
    unsigned K = image->colors;
    uint8_t *near = image->orders + K * K, list[KMF__COMPACT_COLORS];
    memset(image->orders, 0, K * K);
    for (unsigned a = 0; a < K; a++) {
        kmf__default_order(image, a, a, list); /* a, then all others by twice dist(a, v) */
        for (unsigned place = 0; place < K; place++) {
            uint8_t bits = 0;
            while (place >> bits) bits++;
            near[a * K + list[place]] = bits;
        }
    }
}

static const uint8_t *kmf__order(kmf_image *image, unsigned N, unsigned W)
{
    unsigned K = image->colors, pair = N * K + W;
    uint8_t *known = image->orders + pair, *order = image->orders + 2 * K * K + pair * K;
    if (!*known) kmf__default_order(image, N, W, order);
    *known = 1;
    return order;
}
#endif

/* Make the orders, once, learned ones if there is ORDR (section 4.8). */
static kmf_error kmf__make_orders(kmf_image *image)
{
    unsigned K = image->colors;
    kmf__span in = image->learned;
    kmf__numbers numbers;
    uint8_t order[KMF__COMPACT_COLORS], *to;
    if (in.at && K > 16) return KMF_ORDERS;
    if (K > KMF__COMPACT_COLORS) return KMF_TOO_LARGE;
    if (image->orders) return KMF_OK;
    KMF__TRY(kmf__claim(image, kmf__orders_size(K), &image->orders));
#if KMF__COMPACT_COLORS > 16
    if (K > 16) {
        kmf__make_many_orders(image);
        return KMF_OK;
    }
#endif
    if (in.at) {
        to = image->end;
        KMF__TRY(kmf__open_numbers(image, &in, K * K * K, &numbers, &to));
        if (in.left) return KMF_STREAM_TRAILING;
    }
    for (unsigned pair = 0; pair < K * K; pair++) {
        kmf__default_order(image, pair / K, pair % K, order);
        for (unsigned j = 0; j < K; j++) { /* those not yet told stand, in default order, from place j on */
            unsigned number = image->learned.at ? kmf__number(&numbers) : 0;
            if (number >= K - j) return KMF_ORDERS;
            uint8_t told = order[j + number];
            memmove(order + j + 1, order + j, number);
            order[j] = told;
            kmf__set_nibble(image->orders, pair * K + j, told);
        }
    }
    return KMF_OK;
}

static kmf_error kmf__make_map(kmf_image *image)
{
    const uint8_t *from;
    uint8_t room, *to;
    unsigned contexts = kmf__contexts(image->colors);
    kmf__span in = image->mapped;
    kmf__numbers numbers;
    if (in.left == 0) return KMF_STREAM_TRUNCATED;
    KMF__TRY(kmf__view(image, in.at++, 1, &room, &from));
    in.left--;
    image->streams = *from;
    if (image->streams < 2 || image->streams > 8) return KMF_STREAM_MAP;
    if (image->colors > KMF__COMPACT_COLORS) return KMF_TOO_LARGE;
    KMF__TRY(kmf__claim(image, contexts / 2, &image->map));
    to = image->end;
    KMF__TRY(kmf__open_numbers(image, &in, contexts, &numbers, &to));
    if (in.left) return KMF_STREAM_TRAILING;
    for (unsigned i = 0; i < contexts; i++) {
        unsigned stream = kmf__number(&numbers);
        if (stream >= image->streams) return KMF_STREAM_MAP;
        kmf__set_nibble(image->map, i, stream);
    }
    return KMF_OK;
}
#endif

/* ---- Section 4.9: the binary coder ---- */

#ifndef KMF_WITHOUT_COMPACT

typedef struct {
    const kmf_image *image;
    kmf__span in;        /* bytes that are not in the room yet */
    const uint8_t *next; /* and those that are */
    uint32_t ready, past; /* how many they are; and how many past the end were taken */
    uint32_t low, high, code;
    kmf_error error; /* if bytes could not be read */
    uint8_t room[32];
} kmf__coder;

typedef uint32_t kmf__chance; /* of a learned decision: 256*p + n */

static unsigned kmf__next_byte(kmf__coder *coder)
{
    if (coder->ready == 0 && coder->in.left && !coder->error) {
        uint32_t part = coder->in.left < sizeof coder->room ? (uint32_t)coder->in.left : sizeof coder->room;
        coder->error = kmf__view(coder->image, coder->in.at, part, coder->room, &coder->next);
        coder->ready = part;
        coder->in.at += part;
        coder->in.left -= part;
    }
    if (coder->error || coder->ready == 0) {
        coder->past++;
        return 0;
    }
    coder->ready--;
    return *coder->next++;
}

static void kmf__open_coder(kmf__coder *coder, const kmf_image *image, kmf__span in)
{
    memset(coder, 0, sizeof *coder);
    coder->image = image;
    coder->in = in;
    coder->high = 0xFFFFFFFF;
    for (int i = 0; i < 4; i++) coder->code = coder->code << 8 | kmf__next_byte(coder);
}

/* Whether the data end where they must [4.9a]. */
static int kmf__coder_ends(const kmf__coder *coder) { return !coder->in.left && !coder->ready && coder->past <= 4; }

static unsigned kmf__decision(kmf__coder *coder, uint32_t chance)
{
    uint32_t range = coder->high - coder->low;
    uint32_t middle = coder->low + (range >> 16) * chance + ((range & 0xFFFF) * chance >> 16);
    unsigned decision = coder->code <= middle;
    if (decision) coder->high = middle;
    else coder->low = middle + 1;
    while ((coder->low ^ coder->high) >> 24 == 0) {
        coder->low <<= 8;
        coder->high = coder->high << 8 | 255;
        coder->code = coder->code << 8 | kmf__next_byte(coder);
    }
    return decision;
}

static void kmf__forget(kmf__chance *row, size_t count) { while (count--) *row++ = UINT32_C(256) << 21; }

static void kmf__learn(kmf__chance *chance, unsigned decision)
{
    uint32_t p = *chance >> 8, n = *chance & 255, rate = 32768 / (2 * n + 3); /* the product is below 2^32 */
    if (decision) p += (((UINT32_C(1) << 18) - (p >> 4)) * rate) >> 10;
    else p -= ((p >> 4) * rate + 1023) >> 10;
    *chance = p << 8 | (n < 255 ? n + 1 : 255);
}

static unsigned kmf__learned(kmf__coder *coder, kmf__chance *chance)
{
    uint32_t p = *chance >> 14;
    unsigned decision = kmf__decision(coder, p < 32 ? 32 : p > 65504 ? 65504 : p);
    kmf__learn(chance, decision);
    return decision;
}

/* A number of so many plain bits, below others if there are. */
static uint32_t kmf__plain(kmf__coder *coder, unsigned bits, uint32_t number)
{
    while (bits--) number = number << 1 | kmf__decision(coder, 32768);
    return number;
}

static unsigned kmf__size(kmf__coder *coder, kmf__chance *row, unsigned most)
{
    unsigned size = 0;
    while (size < most && kmf__learned(coder, row + size)) size++;
    return size;
}

/* ---- Section 4.11: packed palettes ---- */

/* Unpack the palette, or without a room see whether it ends as it must. */
static kmf_error kmf__unpack_palette(const kmf_image *image, uint8_t *to)
{
    static const uint8_t place[4] = { 3, 1, 0, 2 }; /* A, G, R, B */
    kmf__coder coder;
    kmf__chance changed[4], negative[3], sizes[3][7], firsts[3][8]; /* of A, of G, of R and B; [3] where G is as before */
    uint8_t entry[4] = { 0 };
    kmf__open_coder(&coder, image, image->stored_palette);
    kmf__forget(changed, 4);
    kmf__forget(negative, 3);
    kmf__forget(sizes[0], 3 * 7);
    kmf__forget(firsts[0], 3 * 8);
    for (unsigned i = 0; i < image->colors; i++) {
        unsigned green = 0; /* its difference */
        for (unsigned c = image->channels < 4; c < 4; c++) {
            unsigned kind = c < 2 ? c : 2, difference = 0;
            if (kmf__learned(&coder, &changed[kind == 2 && green == 0 ? 3 : kind])) {
                unsigned below = kmf__learned(&coder, &negative[kind]), size = kmf__size(&coder, sizes[kind], 7);
                difference = 1;
                if (size) difference = kmf__plain(&coder, size - 1, 2 | kmf__learned(&coder, &firsts[kind][size]));
                if (below) difference = 256 - difference;
            }
            if (c == 1) green = difference;
            entry[place[c]] = (uint8_t)(entry[place[c]] + difference + (kind == 2 ? green : 0));
        }
        if (to) memcpy(to + i * image->channels, entry, image->channels);
    }
    return coder.error ? coder.error : kmf__coder_ends(&coder) ? KMF_OK : KMF_PALETTE_END;
}
#else
static kmf_error kmf__unpack_palette(const kmf_image *image, uint8_t *to)
{
    (void)image;
    (void)to;
    return KMF_COMPACT;
}
#endif

/* ---- The directory: section 3.4 ---- */

/* Where tile t stands (section 3.2), as rows that are all to come. */
static kmf_rows kmf__tile_at(const kmf_image *image, size_t t)
{
    size_t in_row = (image->width - 1) / image->tile_width + 1;
    kmf_rows tile = { t, (uint32_t)(t % in_row) * image->tile_width, (uint32_t)(t / in_row) * image->tile_height,
                      image->tile_width, image->tile_height, 0, NULL };
    if (tile.width > image->width - tile.x) tile.width = image->width - tile.x;
    if (tile.height > image->height - tile.y) tile.height = image->height - tile.y;
    tile.stride = (tile.width * image->bits + 7) / 8;
    return tile;
}

/* What the directory, taken from tile 0 on, says of a tile. */
static kmf_error kmf__read_entry(const kmf_image *image, kmf__span *directory, unsigned *method, uint32_t *length)
{
    uint32_t number = 0;
    kmf_error error = kmf__varint(image, directory, &number); /* which is sound, but might not be read */
    *method = number & 7;
    *length = number >> 3;
    return error;
}

static int kmf__may_be_compact(const kmf_rows *tile)
{
    uint32_t w = tile->width, h = tile->height, longer = w > h ? w : h, shorter = w > h ? h : w;
    return shorter >= 8 && (uint64_t)w * h <= 1u << 24 && (longer <= 4096 || longer <= 64 * shorter);
}

static kmf_error kmf__read_directory(kmf_image *image) /* steps 10 and 11 */
{
    uint64_t remaining = image->size - image->tiles_at, sum = image->tail;
    kmf__span entry = image->directory;
    kmf_error error = KMF_OK;
    for (size_t t = 0; t < image->tiles; t++) {
        kmf_rows tile = kmf__tile_at(image, t);
        unsigned method;
        uint32_t length, packed = tile.stride * tile.height;
        KMF__TRY(kmf__read_entry(image, &entry, &method, &length));
        if (method > 3 || (method == 2 && !kmf__may_be_compact(&tile))) return KMF_TILE_METHOD;
        if (method == 3 && (uint64_t)tile.width * tile.height > 1u << 24) return KMF_TILE_METHOD;
        image->compact |= method == 2;
        image->dense |= method == 3;
        if (method == 0 ? length != packed : length == 0 || length >= packed) error = KMF_TILE_LENGTH; /* after all methods */
        sum += length;
    }
    if (error) return error;
#ifdef KMF_WITHOUT_COMPACT
    if (image->compact || image->dense) return KMF_COMPACT;
#elif defined KMF_WITHOUT_DENSE
    if (image->dense) return KMF_TOO_LARGE;
#endif
    return remaining < sum ? KMF_TRUNCATED : remaining > sum ? KMF_TRAILING : KMF_OK;
}

/* ---- The head: steps 1 to 9 ---- */

static int kmf__letter(unsigned byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

static kmf_error kmf__read_chunks(kmf_image *image, kmf__span in) /* step 9 but for the tables */
{
    kmf__span tail = { 0, 0 };
    const uint8_t *from;
    uint8_t room[8];
    unsigned ancillary = 0;
    while (in.left) {
        if (in.left < 8) return KMF_CHUNK_LENGTH;
        KMF__TRY(kmf__view(image, in.at, 8, room, &from));
        kmf__span payload = { in.at + 8, kmf__u32(from + 4) }, *known = NULL;
        if (in.left - 8 < payload.left) return KMF_CHUNK_LENGTH;
        in.at += 8 + payload.left;
        in.left -= 8 + payload.left;
        for (int i = 0; i < 4; i++)
            if (!kmf__letter(from[i]) && (i == 0 || from[i] < '0' || from[i] > '9')) return KMF_CHUNK_TYPE;
        if (from[0] >= 'a') { /* ancillary: nothing to a decoder of pixels (section 3.5) */
            if (++ancillary > 256) return KMF_CHUNK_COUNT;
            continue;
        }
        switch (kmf__u32(from)) {
        case 0x5244524F: known = &image->learned; break; /* ORDR */
        case 0x50414D53: known = &image->mapped; break;  /* SMAP */
        case 0x4C494154: known = &tail; break;           /* TAIL */
        }
        if (known == NULL) return KMF_CHUNK_CRITICAL;
        if (known->at != 0) return KMF_CHUNK_DUPLICATE;
        *known = payload;
    }
    if (tail.at) {
        if (tail.left != 8) return KMF_TAIL;
        KMF__TRY(kmf__view(image, tail.at, 8, room, &from));
        image->tail = (uint64_t)kmf__u32(from + 4) << 32 | kmf__u32(from);
        if (image->tail >> 53) return KMF_TAIL;
    }
    return KMF_OK;
}

static kmf_error kmf__read_head(kmf_image *image, uint64_t max_pixels) /* steps 1 to 9 but for the tables */
{
    static const uint8_t magic[4] = { 0x8B, 0x4B, 0x4D, 0x46 };
    size_t size = image->size;
    const uint8_t *from;
    uint8_t room[7];
    KMF__TRY(kmf__view(image, 0, size < sizeof room ? size : sizeof room, room, &from));
    for (size_t i = 0; i < 4 && i < size; i++)
        if (from[i] != magic[i]) return KMF_MAGIC; /* step 1 */
    if (size < 5) return KMF_TRUNCATED; /* steps 1 and 2 */
    if (from[4] >> 4 != 1) return KMF_VERSION;
    if (size < 6) return KMF_TRUNCATED; /* step 3 */
    unsigned flags = from[5], alpha = flags >> 2 & 1, tiled = flags >> 3 & 1, chunks = flags >> 4 & 1;
    image->packed = flags >> 5 & 1;
    if (flags & 0x40) return KMF_RESERVED;
    if (size < 7) return KMF_TRUNCATED; /* step 4 */
    image->colors = from[6] + 1u;
    image->bits = 1u << (flags & 3);
    image->channels = 3 + alpha;
    kmf__span in = { 7, size - 7 };
    uint32_t width, height, number, chunks_length = 0, palette = image->colors * image->channels, unpacked = palette;
    KMF__TRY(kmf__head_varint(image, &in, &width));
    KMF__TRY(kmf__head_varint(image, &in, &height));
    uint32_t tile_width = width, tile_height = height;
    if (tiled) KMF__TRY(kmf__head_varint(image, &in, &tile_width));
    if (tiled) KMF__TRY(kmf__head_varint(image, &in, &tile_height));
    if (chunks) KMF__TRY(kmf__head_varint(image, &in, &chunks_length));
    if (image->packed) KMF__TRY(kmf__head_varint(image, &in, &palette));
    image->width = width;
    image->height = height;
    image->tile_width = tile_width;
    image->tile_height = tile_height;
    if (width == 0 || height == 0) return KMF_DIMENSIONS;
    if ((uint64_t)width * height > max_pixels) return KMF_LIMIT; /* step 5 */
    if (tile_width == 0 || tile_height == 0 || tile_width > width || tile_height > height ||
        (tiled && tile_width == width && tile_height == height) || (uint64_t)tile_width * tile_height > 1u << 28)
        return KMF_TILE_SIZE; /* step 6 */
    if (image->colors > 1u << image->bits || (image->packed && (palette == 0 || palette >= unpacked)))
        return KMF_PALETTE_SIZE;
    uint64_t tiles = (uint64_t)((width - 1) / tile_width + 1) * ((height - 1) / tile_height + 1); /* step 7 */
    if (in.left < palette + 4 || in.left - palette - 4 < chunks_length ||
        (in.left - palette - 4 - chunks_length) / 5 < tiles)
        return KMF_TRUNCATED;
    kmf__span stored_palette = { in.at, palette }, all_chunks = { in.at + palette, chunks_length };
    size_t count = (size_t)tiles;
    in.at += palette + chunks_length;
    in.left -= palette + chunks_length;
    image->directory = in;
    for (size_t t = 0; t < count; t++) KMF__TRY(kmf__head_varint(image, &in, &number));
    if (in.left < 4 * count + 4) return KMF_TRUNCATED;
    image->checksums = in.at;
    image->tiles_at = in.at + 4 * count + 4;
    image->tiles = count;
    uint32_t crc = 0;
    KMF__TRY(kmf__file_crc32(image, 0, image->tiles_at - 4, &crc));
    KMF__TRY(kmf__view(image, image->tiles_at - 4, 4, room, &from));
    if (kmf__u32(from) != crc) return KMF_HEAD_CHECKSUM; /* step 8 */
    image->stored_palette = stored_palette;
    if (image->packed) KMF__TRY(kmf__unpack_palette(image, NULL));
    KMF__TRY(kmf__read_chunks(image, all_chunks)); /* step 9 */
    return KMF_OK;
}

/* Open what is zero but for the file. */
static kmf_error kmf__open(kmf_image *image, uint64_t max_pixels, void *work, size_t work_size)
{
    image->streams = 1;
    image->work = image->end = (uint8_t *)(work ? work : image);
    image->limit = image->work + (!work ? 0 : work_size < UINT32_MAX / 2 ? work_size : UINT32_MAX / 2);
    KMF__TRY(kmf__read_head(image, max_pixels));
    uint32_t bytes = image->colors * image->channels;
    uint8_t *palette = NULL;
    if (!image->data || image->packed) KMF__TRY(kmf__claim(image, kmf__aligned(bytes), &palette));
    image->palette = palette;
    if (image->packed) KMF__TRY(kmf__unpack_palette(image, palette));
    else KMF__TRY(kmf__view(image, image->stored_palette.at, bytes, palette, &image->palette));
#ifdef KMF_WITHOUT_COMPACT
    if (image->learned.at || image->mapped.at) return KMF_COMPACT;
#else
    if (image->learned.at) KMF__TRY(kmf__make_orders(image)); /* the end of step 9 */
    if (image->mapped.at) KMF__TRY(kmf__make_map(image));
#endif
    KMF__TRY(kmf__read_directory(image));
#ifndef KMF_WITHOUT_COMPACT
    KMF__TRY(kmf__make_dist(image));
    if (image->compact) KMF__TRY(kmf__make_orders(image));
#endif
    return kmf_seek(image, 0);
}

static kmf_error kmf__opened(kmf_image *image, kmf_error error)
{
    static const kmf__span none = { 0, 0 };
    if (error && error != KMF_WORK) { /* there is nothing that needs anything */
        image->tiles = 0;
        image->learned = image->mapped = none;
    }
    return error;
}

kmf_error kmf_open(kmf_image *image, const uint8_t *data, size_t size, uint64_t max_pixels, void *work,
                   size_t work_size)
{
    memset(image, 0, sizeof *image);
    image->data = data;
    image->size = size;
    return kmf__opened(image, kmf__open(image, max_pixels, work, work_size));
}

kmf_error kmf_open_read(kmf_image *image, kmf_read *read, void *user, size_t size, uint64_t max_pixels, void *work,
                        size_t work_size)
{
    memset(image, 0, sizeof *image);
    image->read = read;
    image->user = user;
    image->size = size;
    return kmf__opened(image, kmf__open(image, max_pixels, work, work_size));
}

/* ---- Section 4.4: compact tiles ---- */

#ifndef KMF_WITHOUT_COMPACT

typedef struct {
    kmf__numbers ranks[8], extra[8]; /* of each stream, and what its escapes add */
    unsigned tops[8];                /* the escape of each stream; K if there is none */
} kmf__streams;

static kmf_error kmf__count_escapes(kmf__numbers numbers, unsigned top, unsigned K, uint32_t *count)
{
    *count = 0;
    while (numbers.left) {
        unsigned number = kmf__number(&numbers);
        if (number >= K) return KMF_RANK;
        *count += number == top;
    }
    return KMF_OK;
}

/* Step 16 but for its last sentence: all streams, whose contents are put to *to, which moves on. */
static kmf_error kmf__open_streams(const kmf_image *image, kmf__span in, uint32_t pixels, kmf__streams *streams,
                                   uint8_t **to)
{
    unsigned K = image->colors;
    uint32_t all = 0, counts[8];
    for (unsigned s = 0; s < image->streams; s++) {
        uint32_t n = pixels;
        if (s + 1 < image->streams) KMF__TRY(kmf__varint(image, &in, &n));
        if (n > pixels) return KMF_STREAM_LENGTH;
        pixels -= n;
        streams->ranks[s].left = counts[s] = 0;
        if (n == 0) continue;
        KMF__TRY(kmf__open_numbers(image, &in, n, &streams->ranks[s], to));
        unsigned top = (1u << streams->ranks[s].bits) - 1;
        streams->tops[s] = top + 1 < K ? top : K;
        KMF__TRY(kmf__count_escapes(streams->ranks[s], streams->tops[s], K, &counts[s]));
        all += counts[s];
    }
    if (all) {
        kmf__numbers extra;
        KMF__TRY(kmf__open_numbers(image, &in, all, &extra, to));
        for (unsigned s = 0; s < image->streams; s++) {
            streams->extra[s] = extra;
            while (counts[s]--)
                if (streams->tops[s] + kmf__number(&extra) >= K) return KMF_RANK;
        }
    }
    return in.left ? KMF_STREAM_TRAILING : KMF_OK;
}

static unsigned kmf__stream_of(kmf_image *image, unsigned N, unsigned W, unsigned NW)
{
    unsigned K = image->colors, pair = N * K + W, place = 0;
#if KMF__COMPACT_COLORS > 16
    const uint8_t *near = image->orders + K * K;
    if (K > 16)
        return kmf__nibble(image->map, 288u * near[W * K + N] + 32u * near[N * K + NW] + (NW == W ? 16 : 0) + 16 * W / K);
#endif
    while (place < 3 && kmf__nibble(image->orders, pair * K + place) != NW) place++;
    return kmf__nibble(image->map, 4 * pair + place);
}

/* The pixels by anti-diagonals. Line d holds the index of row y at y + 1, and 0 where it has none as yet: line d - 1
   thus has N of row y at y and W at y + 1, and line d - 2 has NW at y. */
static kmf_error kmf__compact_rows(kmf_image *image, kmf__span in, kmf_rows *rows)
{
    unsigned K = image->colors, bits = image->bits;
    uint32_t width = rows->width, height = rows->height, row = 8 * rows->stride, packed = rows->stride * height;
    kmf__streams streams;
    uint8_t *out = image->end;
    KMF__TRY(kmf__open_streams(image, in, width * height, &streams, &out));
    if (packed + 3 * (height + 1) > kmf__room(image, out, 0)) return KMF_WORK;
    uint8_t *line = out + packed, *before = line + height + 1, *last = before + height + 1;
    memset(out, 0, packed + 3 * (height + 1));
    rows->packed = out;
    for (uint32_t d = 0; d < width + height - 1; d++) {
        uint32_t y = d < width ? 0 : d - width + 1, bottom = d < height ? d : height - 1;
        uint64_t place = (uint64_t)y * row + (uint64_t)(d - y) * bits;
        for (; y <= bottom; y++, place += row - bits) {
            unsigned N = last[y], W = last[y + 1], NW = before[y], stream = 0, index;
            if (image->streams > 1) stream = kmf__stream_of(image, N, W, NW);
            kmf__numbers *ranks = &streams.ranks[stream];
            if (ranks->left == 0) return KMF_STREAM_END;
            unsigned rank = kmf__number(ranks);
            if (rank == streams.tops[stream]) rank += kmf__number(&streams.extra[stream]);
#if KMF__COMPACT_COLORS > 16
            if (K > 16) index = kmf__order(image, N, W)[rank];
            else
#endif
                index = kmf__nibble(image->orders, (N * K + W) * K + rank);
            line[y + 1] = (uint8_t)index;
            out[place >> 3] |= (uint8_t)(index << (8 - bits - (place & 7)));
        }
        uint8_t *oldest = before;
        before = last;
        last = line;
        line = oldest;
    }
    return KMF_OK;
}
#endif

/* ---- Section 4.10: dense tiles ---- */

#ifndef KMF_WITHOUT_DENSE

/* What was seen where the context was the same: s0 and s1, and 64 x check + 4 x n0 + n1. */
typedef struct { uint8_t seen[2]; uint16_t counts; } kmf__slot;

typedef struct {
    kmf__coder coder;
    unsigned t;
    kmf__slot *slots;         /* 2^t each of A, B and C */
    uint8_t *rows[3];         /* this one, that above and the one above that: 4 zeros, indices, 3 zeros */
    int32_t weights[6][4];
    int16_t stretch[4096];    /* of p, by its high 12 bits */
    uint8_t old[256];         /* whether an index is in slots */
    kmf__chance asked[3][192], alike[256], is_old[9], sizes[2][10][8], all[26];
} kmf__dense;

static unsigned kmf__bit_count(uint32_t v)
{
    unsigned bits = 0;
    for (; v > 255; v >>= 8) bits += 8;
    for (; v; v >>= 1) bits++;
    return bits;
}

static unsigned kmf__table_bits(const kmf_rows *tile)
{
    unsigned t = kmf__bit_count(tile->width * tile->height - 1);
    return t < 10 ? 10 : t > 16 ? 16 : t;
}

/* What decoding a tile takes beside its packed rows. */
static uint32_t kmf__dense_size(const kmf_rows *tile)
{
    uint32_t slots = 3 * (uint32_t)sizeof(kmf__slot) << kmf__table_bits(tile);
    return (uint32_t)sizeof(kmf__dense) + slots + 3 * (tile->width + 7);
}

static int32_t kmf__logarithm(uint32_t v) /* L(v) */
{
    unsigned f = kmf__bit_count(v) - 1;
    return (int32_t)(128 * f + (v << 7 >> f)) - 128;
}

static int32_t kmf__floor(int32_t v, unsigned bits) { return v < 0 ? ~(~v >> bits) : v >> bits; } /* v / 2^bits */

/* Begin a dense tile. */
static kmf_error kmf__begin_dense(kmf_image *image, kmf__span in)
{
    const kmf_rows *tile = &image->rows;
    uint32_t at = kmf__aligned((uint32_t)(image->end - image->work)), size = kmf__dense_size(tile), row = tile->width + 7;
    if (kmf__room(image, image->work, at + size) < tile->stride) return KMF_WORK;
    kmf__dense *dense = (kmf__dense *)(void *)(image->work + at);
    image->decoder = dense;
    image->buffer = image->work + at + size;
    memset(dense, 0, size);
    kmf__open_coder(&dense->coder, image, in);
    dense->t = kmf__table_bits(tile);
    dense->slots = (kmf__slot *)(void *)(dense + 1);
    for (unsigned i = 0; i < 3; i++) dense->rows[i] = (uint8_t *)(dense->slots + ((size_t)3 << dense->t)) + i * row;
    for (unsigned i = 0; i < 24; i++) dense->weights[i / 4][i % 4] = 4096;
    for (uint32_t i = 0; i < 4096; i++)
        dense->stretch[i] = (int16_t)(kmf__logarithm(16 * i + 8) - kmf__logarithm(65536 - 16 * i - 8));
    kmf__forget(dense->asked[0], 3 * 192);
    kmf__forget(dense->alike, 256);
    kmf__forget(dense->is_old, 9);
    kmf__forget(dense->sizes[0][0], 2 * 10 * 8);
    kmf__forget(dense->all, 26);
    return KMF_OK;
}

/* A decision by the weighted sum of four that are learned. */
static unsigned kmf__weighted(kmf__dense *dense, kmf__chance *const learned[4], int32_t *weights)
{
    int32_t sum = 0, stretch[4];
    for (unsigned i = 0; i < 4; i++) sum += weights[i] * (stretch[i] = dense->stretch[*learned[i] >> 18]);
    int32_t x = kmf__floor(sum, 14);
    uint32_t size = (uint32_t)(x < 0 ? -x : x);
    if (size > 1407) size = 1407;
    uint32_t chance = (UINT32_C(1) << 23) / (((128 + size % 128) << size / 128) + 128);
    if (x >= 0) chance = 65536 - chance;
    unsigned decision = kmf__decision(&dense->coder, chance);
    int32_t wrong = (int32_t)(decision << 16) - (int32_t)chance;
    for (unsigned i = 0; i < 4; i++) {
        int32_t weight = weights[i] + kmf__floor(stretch[i] * wrong, 16);
        weights[i] = weight < -131072 ? -131072 : weight > 131071 ? 131071 : weight;
        kmf__learn(learned[i], decision);
    }
    return decision;
}

static kmf__slot *kmf__slot_at(kmf__slot *slot, unsigned check)
{
    if (slot->counts >> 6 != check) {
        slot->seen[0] = slot->seen[1] = 0;
        slot->counts = (uint16_t)(check << 6);
    }
    return slot;
}

static uint32_t kmf__hash(const uint8_t *bytes, unsigned count)
{
    uint32_t h = 0;
    for (; count; count -= 4, bytes += 4) {
        h = (h + ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3])) * 2654435761u;
        h ^= h >> 15;
    }
    return h;
}

static void kmf__see(kmf__slot *slot, uint8_t s)
{
    unsigned check = slot->counts >> 6, n0 = slot->counts >> 2 & 15, n1 = slot->counts & 3;
    if (n0 == 0 || s == slot->seen[0]) {
        slot->seen[0] = s;
        if (n0 < 15) n0++;
    } else if (n1 && s == slot->seen[1]) {
        if (n1 < 3) n1++;
        if (n0 > 2) n0 /= 2;
        if (n1 >= n0) {
            unsigned n = n0;
            slot->seen[1] = slot->seen[0];
            slot->seen[0] = s;
            n0 = n1;
            n1 = n;
        }
    } else {
        slot->seen[1] = s;
        n1 = 1;
        n0 = (n0 + 1) / 2;
    }
    slot->counts = (uint16_t)(check << 6 | n0 << 2 | n1);
}

/* An index that is none of those asked for. */
static kmf_error kmf__other_index(const kmf_image *image, kmf__dense *dense, const uint8_t *asked, unsigned count, unsigned N,
                                  unsigned W, uint8_t *index)
{
    unsigned K = image->colors, kinds[2] = { 0, 0 }; /* how many are new, and old */
    uint8_t out[256];
    uint32_t keys[256]; /* 256 x the sum of distances, which is below 2^14, + v */
    memcpy(out, dense->old, K);
    for (unsigned i = 0; i < count; i++) out[asked[i]] = 2;
    for (unsigned v = 0; v < K; v++)
        if (out[v] < 2) kinds[out[v]]++;
    unsigned old = kinds[1] != 0, g = 0;
    if (kinds[0] && kinds[1]) old = kmf__learned(&dense->coder, &dense->is_old[kmf__bit_count(kinds[0])]);
    if (kinds[old] == 0) return KMF_DENSE_RANK;
    unsigned bits = kmf__bit_count(kinds[old]), size = kmf__size(&dense->coder, dense->sizes[old][bits], bits - 1);
    unsigned rank = kmf__plain(&dense->coder, size, 1) - 1;
    if (rank >= kinds[old]) return KMF_DENSE_RANK;
    for (unsigned v = 0; v < K; v++)
        if (out[v] == old) keys[g++] = (kmf__dist(image, v, W) + kmf__dist(image, v, N)) << 8 | v;
    uint32_t key = 0;
    for (uint32_t bit = UINT32_C(1) << 21; bit; bit >>= 1) { /* the largest key that has at most rank below it */
        unsigned below = 0;
        for (unsigned i = 0; i < g; i++) below += keys[i] < (key | bit);
        if (below <= rank) key |= bit;
    }
    *index = (uint8_t)key;
    return KMF_OK;
}

static unsigned kmf__alike(int a, int b, int c, int d) { return (unsigned)(a << 3 | b << 2 | c << 1 | d); }

/* The pixel at x of a row, by questions; not W, if a run ended before it. */
static kmf_error kmf__dense_pixel(const kmf_image *image, kmf__dense *dense, uint32_t x, const uint8_t near[16], unsigned ended)
{
    uint8_t *pixel = dense->rows[0] + 4 + x;
    unsigned NW = near[2], N = near[3], NE = near[4], W = near[15], t = dense->t, count = 0, found = 0;
    const uint8_t few[8] = { near[4], near[2], near[3], near[15], 0, 0, 0, near[9] };
    uint32_t A = kmf__hash(near, 16), B = kmf__hash(few, 8), C = image->colors * W + N;
    kmf__slot *slots[3] = { kmf__slot_at(dense->slots + (A >> (32 - t)), A & 1023),
                            kmf__slot_at(dense->slots + ((size_t)1 << t) + (B >> (32 - t)), B & 1023),
                            kmf__slot_at(dense->slots + ((size_t)2 << t) + (C & ((1u << t) - 1)), C >> t) };
    uint8_t list[10], asked[11];
    unsigned listed = 0, seen = (slots[0]->counts >> 2 & 15 ? 1 : 0) + (slots[0]->counts & 3 ? 1u : 0u);
    for (unsigned i = 0; i < 3; i++) {
        if (slots[i]->counts >> 2 & 15) list[listed++] = slots[i]->seen[0];
        if (slots[i]->counts & 3) list[listed++] = slots[i]->seen[1];
    }
    list[listed++] = (uint8_t)W;
    list[listed++] = (uint8_t)N;
    list[listed++] = (uint8_t)NW;
    list[listed++] = (uint8_t)NE;
    if (ended) asked[count++] = (uint8_t)W;
    unsigned same = kmf__alike(NE == N, NW == N, NW == W, N == W);
    for (unsigned i = 0; i < listed && !found; i++) {
        uint8_t v = list[i];
        if (memchr(asked, v, count)) continue;
        kmf__chance *learned[4];
        for (unsigned k = 0; k < 3; k++) {
            unsigned kind = v == slots[k]->seen[0] ? 0 : v == slots[k]->seen[1] ? 64 : 128;
            learned[k] = &dense->asked[k][kind + (slots[k]->counts & 63u)];
        }
        learned[3] = &dense->alike[kmf__alike(v == NE, v == NW, v == N, v == W) << 4 | same];
        found = kmf__weighted(dense, learned, dense->weights[seen + (count ? 3 : 0)]);
        *pixel = asked[count++] = v;
    }
    if (!found) KMF__TRY(kmf__other_index(image, dense, asked, count, N, W, pixel));
    for (unsigned k = 0; k < 3; k++) kmf__see(slots[k], *pixel);
    dense->old[*pixel] = 1;
    return KMF_OK;
}

static kmf_error kmf__dense_row(const kmf_image *image, kmf__dense *dense, uint32_t width)
{
    uint8_t *row = dense->rows[0] + 4, near[16];
    const uint8_t *above = dense->rows[1] + 4, *top = dense->rows[2] + 4;
    uint32_t like = 0; /* up to here, all in the two rows above is as it is at x */
    for (uint32_t x = 0; x < width;) {
        memcpy(near, above + x - 3, 7);
        memcpy(near + 7, top + x - 2, 5);
        memcpy(near + 12, row + x - 4, 4);
        unsigned ended = !memcmp(near, near + 1, 15);
        if (ended) {
            uint8_t W = near[15];
            if (like <= x)
                for (like = x + 1; like < width && above[like + 3] == W && top[like + 2] == W;) like++;
            uint32_t most = like - x, length = most;
            if (!kmf__learned(&dense->coder, &dense->all[kmf__bit_count(most)])) {
                length = kmf__plain(&dense->coder, kmf__bit_count(most - 1), 0);
                if (length >= most) return KMF_DENSE_RUN;
            }
            memset(row + x, W, length);
            x += length;
            if (length == most) continue;
            memcpy(near, above + x - 3, 7);
            memcpy(near + 7, top + x - 2, 5);
        }
        KMF__TRY(kmf__dense_pixel(image, dense, x++, near, ended));
    }
    return KMF_OK;
}

/* As many rows of a dense tile as there is room for. */
static kmf_error kmf__dense_rows(kmf_image *image, kmf_rows *rows)
{
    kmf__dense *dense = (kmf__dense *)image->decoder;
    unsigned bits = image->bits;
    uint32_t most = kmf__room(image, image->buffer, 0) / rows->stride;
    int all = rows->height <= most;
    if (!all) rows->height = most;
    rows->packed = image->buffer;
    memset(image->buffer, 0, rows->stride * rows->height);
    for (uint32_t y = 0; y < rows->height; y++) {
        uint8_t *to = image->buffer + y * rows->stride, *oldest = dense->rows[2];
        kmf_error error = kmf__dense_row(image, dense, rows->width);
        if (dense->coder.error) return dense->coder.error;
        if (error) return error;
        const uint8_t *row = dense->rows[0] + 4;
        for (uint32_t x = 0, place = 0; x < rows->width; x++, place += bits)
            to[place >> 3] |= (uint8_t)(row[x] << (8 - bits - (place & 7)));
        dense->rows[2] = dense->rows[1];
        dense->rows[1] = dense->rows[0];
        dense->rows[0] = oldest;
    }
    return !all || kmf__coder_ends(&dense->coder) ? KMF_OK : KMF_DENSE_END;
}
#endif

/* ---- Sections 4.1 to 4.3: stored and zstd tiles ---- */

/* Steps 14 and 15, of rows that are there. */
static kmf_error kmf__check_rows(const kmf_image *image, const kmf_rows *rows)
{
    unsigned bits = image->bits, used = rows->width * bits & 7, mask = (1u << bits) - 1;
    const uint8_t *byte = rows->packed, *end = byte + rows->stride * rows->height;
    if (used)
        for (const uint8_t *last = byte + rows->stride - 1; last < end; last += rows->stride)
            if (*last & (0xFFu >> used)) return KMF_PADDING;
    if (image->colors <= mask)
        for (; byte < end; byte++)
            for (unsigned v = *byte; v; v >>= bits)
                if ((v & mask) >= image->colors) return KMF_INDEX;
    return KMF_OK;
}

/* As many rows of a stored tile as there is room for, where they have to be read. */
static kmf_error kmf__stored_rows(kmf_image *image, kmf_rows *rows)
{
    if (!image->data) {
        uint32_t most = kmf__room(image, image->end, 0) / rows->stride;
        if (most == 0) return KMF_WORK;
        if (rows->height > most) rows->height = most;
    }
    KMF__TRY(kmf__view(image, image->stored, rows->stride * rows->height, image->end, &rows->packed));
    image->stored += rows->stride * rows->height;
    return KMF_OK;
}

#ifndef KMF_WITHOUT_ZSTD

/* Begin a zstd tile (step 13): all of it, or what is had without its rows. */
static kmf_error kmf__begin_zstd(kmf_image *image, size_t at, uint32_t length)
{
    kmf__frame frame;
    uint32_t packed = image->rows.stride * image->rows.height;
    KMF__TRY(kmf__read_frame(image, at, length, packed, packed, &frame));
#ifdef KMF_SMALL_ZSTD
    uint32_t decoder = kmf__aligned((uint32_t)(image->end - image->work)), most;
    uint32_t buffer = decoder + kmf__decoder_size(image, &frame);
    most = kmf__room(image, image->work, buffer);
    if (most > packed) most = packed;
    if (most < packed && most < frame.window + image->rows.stride) return KMF_WORK;
    kmf__zstd *z = (kmf__zstd *)(void *)(image->work + decoder);
    kmf__zstd_open(z, image, &frame, image->work + decoder + sizeof *z, image->work + buffer);
    image->decoder = z;
    image->buffer_end = image->work + buffer + most;
    image->window = frame.window;
    return KMF_OK;
#else
    uint8_t *to = image->end;
    return kmf__unzstd_at(image, &frame, &to);
#endif
}

/* As many rows of a zstd tile as there is room for. */
static kmf_error kmf__zstd_rows(kmf_image *image, kmf_rows *rows)
{
#ifdef KMF_SMALL_ZSTD
    kmf__zstd *z = (kmf__zstd *)image->decoder;
    uint32_t keep = (uint32_t)(z->out - z->first);
    if (keep > image->window) { /* make room; what is further back is forgotten */
        memmove(z->first, z->out - image->window, image->window);
        z->out = z->first + image->window;
        z->slid = 1;
    }
    uint32_t most = (uint32_t)(image->buffer_end - z->out) / rows->stride;
    int all = rows->height <= most;
    if (!all) rows->height = most;
    rows->packed = z->out;
    KMF__TRY(kmf__zstd_more(z, z->out + rows->stride * rows->height));
    return all ? kmf__zstd_close(z) : KMF_OK;
#else
    rows->packed = image->end;
    return KMF_OK;
#endif
}
#endif

/* ---- Tiles: steps 12 to 17 ---- */

kmf_error kmf_seek(kmf_image *image, size_t tile)
{
    unsigned method;
    uint32_t length;
    image->rows.height = 0;
    if (tile < image->next || image->next == 0) {
        image->next = 0;
        image->entry = image->directory;
        image->at = image->tiles_at;
    }
    for (; image->next < tile; image->next++) {
        KMF__TRY(kmf__read_entry(image, &image->entry, &method, &length));
        image->at += length;
    }
    return KMF_OK;
}

/* Begin the next tile: say what there is of it. */
static kmf_error kmf__begin_tile(kmf_image *image, kmf__span *in)
{
    const uint8_t *from;
    uint8_t room[4];
    uint32_t length, crc = 0;
    KMF__TRY(kmf__read_entry(image, &image->entry, &image->method, &length));
    KMF__TRY(kmf__view(image, image->checksums + 4 * image->next, 4, room, &from));
    in->at = image->stored = image->at;
    in->left = length;
    image->at += length;
    if (image->method >= 2) crc = kmf__crc32(image->palette, image->colors * image->channels, 0);
    KMF__TRY(kmf__file_crc32(image, in->at, length, &crc));
    if (crc != kmf__u32(from)) return KMF_TILE_CHECKSUM; /* step 12 */
    image->rows = kmf__tile_at(image, image->next++);
#ifndef KMF_WITHOUT_ZSTD
    if (image->method == 1) return kmf__begin_zstd(image, in->at, length);
#endif
#ifndef KMF_WITHOUT_DENSE
    if (image->method == 3) return kmf__begin_dense(image, *in);
#endif
    return KMF_OK;
}

static kmf_error kmf__next(kmf_image *image, kmf_rows *rows)
{
    kmf__span in = { 0, 0 };
    if (image->rows.height == 0 && image->next < image->tiles) KMF__TRY(kmf__begin_tile(image, &in));
    *rows = image->rows;
    if (rows->height == 0) return KMF_OK;
    switch (image->method) {
    case 0:
        KMF__TRY(kmf__stored_rows(image, rows));
        break;
#ifndef KMF_WITHOUT_ZSTD
    case 1:
        KMF__TRY(kmf__zstd_rows(image, rows));
        break;
#endif
#ifndef KMF_WITHOUT_COMPACT
    case 2:
        KMF__TRY(kmf__compact_rows(image, in, rows));
        break;
#endif
#ifndef KMF_WITHOUT_DENSE
    case 3:
        KMF__TRY(kmf__dense_rows(image, rows));
        break;
#endif
    default:
        return KMF_TOO_LARGE;
    }
    if (image->method < 2) KMF__TRY(kmf__check_rows(image, rows));
    image->rows.y += rows->height;
    image->rows.height -= rows->height;
    return KMF_OK;
}

kmf_error kmf_next(kmf_image *image, kmf_rows *rows)
{
    kmf_error error = kmf__next(image, rows);
    if (error) {
        image->rows.height = rows->height = 0;
        image->next = image->tiles;
    }
    return error;
}

/* ---- How much work there must be ---- */

typedef struct { uint32_t end, most; } kmf__need; /* bytes of the work that are kept, and the most that there were */

static void kmf__needs(kmf__need *need, uint32_t bytes) { if (bytes > need->most) need->most = bytes; }

#if !defined KMF_WITHOUT_COMPACT || !(defined KMF_SMALL_ZSTD || defined KMF_WITHOUT_ZSTD)
static void kmf__need_frame(const kmf_image *image, const kmf__frame *frame, kmf__need *need)
{
    need->end += frame->content;
    kmf__needs(need, kmf__aligned(need->end) + kmf__decoder_size(image, frame));
    kmf__needs(need, need->end);
}
#endif

#ifndef KMF_WITHOUT_COMPACT

/* A sequence, which is read no further if it is malformed. */
static kmf_error kmf__need_sequence(const kmf_image *image, kmf__span *in, uint32_t least, uint32_t most, kmf__need *need)
{
    kmf__sequence sequence;
    KMF__TRY(kmf__read_sequence(image, in, least, most, &sequence));
    if (sequence.compressed) kmf__need_frame(image, &sequence.frame, need);
    else if (!image->data) kmf__needs(need, need->end += (uint32_t)sequence.frame.size);
    return KMF_OK;
}

static kmf_error kmf__need_compact(const kmf_image *image, kmf__span in, const kmf_rows *tile, unsigned streams,
                                   kmf__need *need)
{
    uint32_t pixels = tile->width * tile->height, left = pixels;
    for (unsigned s = 0; s < streams; s++) {
        uint32_t n = left;
        if (s + 1 < streams) KMF__TRY(kmf__varint(image, &in, &n));
        if (n > left) return KMF_STREAM_LENGTH;
        left -= n;
        if (n) KMF__TRY(kmf__need_sequence(image, &in, n, n, need));
    }
    if (in.left) KMF__TRY(kmf__need_sequence(image, &in, 1, pixels, need)); /* of escapes */
    kmf__needs(need, need->end + tile->stride * tile->height + 3 * (tile->height + 1));
    return KMF_OK;
}

/* Tables, which are kept. What is found malformed here is so in kmf_open, and ends it. */
static kmf_error kmf__need_tables(const kmf_image *image, int compact, int dense, unsigned *streams, kmf__need *need)
{
    const uint8_t *from;
    uint8_t room;
    unsigned K = image->colors, contexts = kmf__contexts(K);
    kmf__span in = image->learned;
    kmf__need open;
    if (in.at) {
        need->end += kmf__orders_size(K);
        kmf__needs(need, need->end);
        open = *need;
        KMF__TRY(kmf__need_sequence(image, &in, K * K * K, K * K * K, &open));
        kmf__needs(need, open.most);
    }
    in = image->mapped;
    if (in.at && in.left) {
        KMF__TRY(kmf__view(image, in.at++, 1, &room, &from));
        in.left--;
        *streams = *from;
        need->end += contexts / 2;
        kmf__needs(need, need->end);
        open = *need;
        KMF__TRY(kmf__need_sequence(image, &in, contexts, contexts, &open));
        kmf__needs(need, open.most);
    }
    uint32_t dist = kmf__dist_size(K, compact, dense);
    if (dist) kmf__needs(need, need->end = kmf__aligned(need->end) + dist);
    if (compact && !image->learned.at) kmf__needs(need, need->end += kmf__orders_size(K));
    return KMF_OK;
}
#endif

static kmf_error kmf__need_tile(const kmf_image *image, kmf__span in, const kmf_rows *tile, unsigned method,
                                unsigned streams, int whole, kmf__need need, uint32_t *most)
{
    uint32_t packed = tile->stride * tile->height;
    kmf_error error = KMF_OK;
    if (method == 0 && !image->data) kmf__needs(&need, need.end + (whole ? packed : tile->stride));
#ifndef KMF_WITHOUT_ZSTD
    kmf__frame frame;
    if (method == 1 && !(error = kmf__read_frame(image, in.at, in.left, packed, packed, &frame))) {
#ifdef KMF_SMALL_ZSTD
        uint32_t rows = whole || packed < frame.window + tile->stride ? packed : frame.window + tile->stride;
        kmf__needs(&need, kmf__aligned(need.end) + kmf__decoder_size(image, &frame) + rows);
#else
        (void)whole;
        kmf__need_frame(image, &frame, &need);
#endif
    }
#endif
#ifndef KMF_WITHOUT_COMPACT
    if (method == 2) error = kmf__need_compact(image, in, tile, streams, &need);
#else
    (void)in;
    (void)streams;
#endif
#ifndef KMF_WITHOUT_DENSE
    if (method == 3) kmf__needs(&need, kmf__aligned(need.end) + kmf__dense_size(tile) + (whole ? packed : tile->stride));
#endif
    if (need.most > *most) *most = need.most;
    return error;
}

uint32_t kmf_need(const kmf_image *image, int whole)
{
    unsigned method, streams = 1;
    uint32_t length, most;
    kmf__need need = { 0, 0 };
    kmf__span entry = image->directory;
    size_t at = image->tiles_at;
    int compact = 0, dense = 0;
    if ((!image->data || image->packed) && image->tiles) kmf__needs(&need, need.end = kmf__aligned(image->colors * image->channels));
    for (size_t t = 0; t < image->tiles; t++) {
        if (kmf__read_entry(image, &entry, &method, &length)) return 0;
        compact |= method == 2;
        dense |= method == 3;
    }
#ifndef KMF_WITHOUT_COMPACT
    if (image->colors <= KMF__COMPACT_COLORS && kmf__need_tables(image, compact, dense, &streams, &need))
        return need.most;
    if (streams < 1 || streams > 8) return need.most;
#endif
    most = need.most;
    entry = image->directory;
    for (size_t t = 0; t < image->tiles; t++) { /* a tile that is malformed is the last that is read */
        kmf_rows tile = kmf__tile_at(image, t);
        if (kmf__read_entry(image, &entry, &method, &length)) return 0;
        kmf__span in = { at, length };
        if (length > image->size - at || kmf__need_tile(image, in, &tile, method, streams, whole, need, &most)) break;
        at += length;
    }
    return most;
}

/* ---- Pixels ---- */

kmf_error kmf_decode(kmf_image *image, uint8_t *indices)
{
    kmf_rows rows;
    KMF__TRY(kmf_seek(image, 0));
    for (;;) {
        KMF__TRY(kmf_next(image, &rows));
        if (rows.height == 0) return KMF_OK;
        for (uint32_t y = 0; y < rows.height; y++)
            kmf_unpack(image, rows.packed + (size_t)y * rows.stride, rows.width,
                       indices + (size_t)(rows.y + y) * image->width + rows.x);
    }
}

static unsigned kmf__index(const kmf_image *image, const uint8_t *packed, uint32_t x)
{
    uint32_t bits = image->bits, at = x * bits; /* of the row: below 2^31, as a tile has at most 2^28 pixels */
    return (unsigned)packed[at >> 3] >> (8 - bits - (at & 7)) & ((1u << bits) - 1);
}

void kmf_unpack(const kmf_image *image, const uint8_t *packed, uint32_t count, uint8_t *indices)
{
    for (uint32_t x = 0; x < count; x++) indices[x] = (uint8_t)kmf__index(image, packed, x);
}

void kmf_colors(const kmf_image *image, const uint8_t *indices, size_t count, uint8_t *pixels)
{
    for (size_t i = 0; i < count; i++, pixels += image->channels)
        memcpy(pixels, image->palette + (size_t)indices[i] * image->channels, image->channels);
}

void kmf_row_rgba(const kmf_image *image, const uint8_t *packed, uint32_t count, uint8_t *rgba)
{
    for (uint32_t x = 0; x < count; x++, rgba += 4) {
        rgba[3] = 255;
        memcpy(rgba, image->palette + kmf__index(image, packed, x) * image->channels, image->channels);
    }
}

void kmf_palette565(const kmf_image *image, uint16_t *table)
{
    const uint8_t *color = image->palette;
    for (unsigned i = 0; i < image->colors; i++, color += image->channels)
        table[i] = (uint16_t)((color[0] & 0xF8) << 8 | (color[1] & 0xFC) << 3 | color[2] >> 3);
}

void kmf_row565(const kmf_image *image, const uint8_t *packed, uint32_t count, const uint16_t *table, uint16_t *pixels)
{
    for (uint32_t x = 0; x < count; x++) pixels[x] = table[kmf__index(image, packed, x)];
}
#endif
