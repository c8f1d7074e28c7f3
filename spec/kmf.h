/* kmf.h - a decoder of the KMF image format in one header, written from KMF.md and meant to be read beside it.

   "Section" and "step" below are those of KMF.md; steps are the numbered ones of its section 5, taken in its
   order, so that of several faults of a file the one that the spec names is reported. A file is:

       8B 4B 4D 46 | version | flags | K-1 | width | height |                    sides and lengths are varints;
       [tile width | tile height |]  [chunks length |]                           what is in [] only if flags say so
       palette: K x (R G B [A]) |  [chunks: type, 4 bytes; length u32; payload |]
       directory: for each tile a varint, 8 x length + method | for each its CRC-32, u32 |
       CRC-32 of all before, u32 |                                               a u32 is little-endian
       the bytes of tile 0 | those of tile 1 | ... | the tail, if a chunk says that there is one      section 3

       flags:  . 0 0 C T A D D     C chunks, T tiled, A alpha, an index has 2^DD bits, . unused, 0 reserved

   Say #define KMF_IMPLEMENTATION before the #include in one file, and link with -lzstd:

       kmf_image image;
       kmf_error error = kmf_open(&image, data, size, KMF_MAX_PIXELS);
       if (!error) {
           uint8_t *indices = malloc((size_t)image.width * image.height);
           void *scratch = malloc((size_t)image.scratch_size);
           ...                                                        (a scratch_size of 0 may go with NULL)
           error = kmf_decode(&image, indices, scratch);
       }
       if (error) puts(kmf_error_name(error));

   All memory is the caller's, but for what libzstd takes for a frame (some 160 KB). There is no state besides.

   What is a sound zstd frame (RFC 8878) beyond its header and block headers is left to libzstd. 1.5.4 still lets pass
   reserved bits that are set in a compressed block (those of its sequence modes); 1.5.7 gives `zstd-data`. */

#ifndef KMF_H
#define KMF_H
#include <stddef.h>
#include <stdint.h>

#define KMF_MAX_PIXELS (UINT64_C(1) << 28) /* the limit of step 5 "unless told otherwise" */

#define KMF_ERRORS(E) /* as section 5 meets them; the last is no fault of the file: libzstd found no memory */     \
    E(OK, "ok") E(MAGIC, "magic") E(TRUNCATED, "truncated") E(VERSION, "version") E(RESERVED, "reserved")          \
    E(VARINT, "varint") E(DIMENSIONS, "dimensions") E(LIMIT, "limit") E(TILE_SIZE, "tile-size")                    \
    E(PALETTE_SIZE, "palette-size") E(HEAD_CHECKSUM, "head-checksum") E(CHUNK_LENGTH, "chunk-length")              \
    E(CHUNK_TYPE, "chunk-type") E(CHUNK_CRITICAL, "chunk-critical") E(CHUNK_DUPLICATE, "chunk-duplicate")          \
    E(CHUNK_COUNT, "chunk-count") E(TAIL, "tail") E(ORDERS, "orders") E(STREAM_TRAILING, "stream-trailing")        \
    E(STREAM_TRUNCATED, "stream-truncated") E(STREAM_MAP, "stream-map") E(TILE_METHOD, "tile-method")              \
    E(TILE_LENGTH, "tile-length") E(TRAILING, "trailing") E(TILE_CHECKSUM, "tile-checksum")                        \
    E(ZSTD_FRAME, "zstd-frame") E(ZSTD_DICTIONARY, "zstd-dictionary") E(ZSTD_CHECKSUM, "zstd-checksum")            \
    E(ZSTD_CONTENT_SIZE, "zstd-content-size") E(ZSTD_WINDOW, "zstd-window") E(ZSTD_DATA, "zstd-data")              \
    E(ZSTD_TRAILING, "zstd-trailing") E(PADDING, "padding") E(INDEX, "index") E(STREAM_LENGTH, "stream-length")    \
    E(RANK, "rank") E(STREAM_END, "stream-end") E(NO_MEMORY, "no-memory")
#define KMF__ENUM(code, name) KMF_##code,
typedef enum { KMF_ERRORS(KMF__ENUM) KMF__COUNT } kmf_error;

typedef struct {
    uint32_t width, height;           /* in pixels; 1 or more */
    uint32_t tile_width, tile_height; /* those of the image if it is not tiled */
    unsigned bits;                    /* of a packed index: 1, 2, 4, 8 */
    unsigned channels;                /* of a colour: 3, or 4 with alpha, which is straight */
    unsigned colors;                  /* K: 1 to 256, and at most 2^bits */
    const uint8_t *palette;           /* colors x channels bytes, sRGB; points into the data */
    uint64_t scratch_size;            /* bytes that kmf_decode needs: at most 2^28 for plain tiles (less if they are
                                         smaller), under 2^26 for compact ones, and K^3 + 4 K^2 (16.3 MiB) of tables */
    /* for kmf_decode */
    size_t tiles;             /* how many */
    const uint8_t *directory; /* a varint a tile, each of which is sound */
    const uint8_t *checksums; /* 4 bytes a tile */
    const uint8_t *data;      /* of the first tile */
    uint64_t tail;            /* bytes after that of the last */
    unsigned streams;         /* of a compact tile: 1 to 8; 1 if there is no SMAP */
    int learned;              /* whether there is ORDR */
    uint8_t orders[4096];     /* the numbers of ORDR: K^3, K at most 16 */
    uint8_t map[2592];        /* those of SMAP: one a context */
} kmf_image;

/* Read and check the head (steps 1 to 11). The image points into the data, which must outlive it. */
kmf_error kmf_open(kmf_image *image, const uint8_t *data, size_t size, uint64_t max_pixels);

/* Decode all tiles (steps 12 to 16) to width x height indices in row order, each less than image->colors. Scratch has
   image->scratch_size bytes, aligned for uint16_t. After an error the indices are of no use. */
kmf_error kmf_decode(const kmf_image *image, uint8_t *indices, void *scratch);

/* The colours of so many indices: count x channels bytes. */
void kmf_colors(const kmf_image *image, const uint8_t *indices, size_t count, uint8_t *pixels);

/* The name that KMF.md gives an error. */
const char *kmf_error_name(kmf_error error);

#endif

#ifdef KMF_IMPLEMENTATION
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define KMF__TRY(call) do { kmf_error error_ = (call); if (error_) return error_; } while (0)
#define KMF__NAME(code, name) name,

const char *kmf_error_name(kmf_error error)
{
    static const char *const names[] = { KMF_ERRORS(KMF__NAME) };
    return (unsigned)error < KMF__COUNT ? names[error] : "unknown";
}

/* ---- Section 2: integers, varints and the checksum ---- */

static uint64_t kmf__little(const uint8_t *from, size_t bytes)
{
    uint64_t value = 0;
    while (bytes--) value = value << 8 | from[bytes];
    return value;
}

static uint32_t kmf__u32(const uint8_t *from) { return (uint32_t)kmf__little(from, 4); }

typedef struct { const uint8_t *at; size_t left; } kmf__bytes;

/* With the errors of step 16; those of the head are below. */
static kmf_error kmf__varint(kmf__bytes *in, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 5; i++) {
        if (in->left == 0) return KMF_STREAM_TRUNCATED;
        unsigned byte = *in->at++;
        in->left--;
        if ((byte == 0 && i > 0) || (byte > 15 && i == 4)) return KMF_VARINT;
        *value |= (uint32_t)(byte & 127) << (7 * i);
        if (byte < 128) break;
    }
    return KMF_OK;
}

static uint32_t kmf__crc32(uint32_t before, const uint8_t *from, size_t size) /* before: of what comes before, or 0 */
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C };
    uint32_t crc = ~before;
    for (size_t i = 0; i < size; i++) { /* half a byte at a time */
        crc ^= from[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* ---- Sections 4.1 and 4.3: packed numbers and zstd frames ---- */

/* Unpack n numbers of so many bits, the first in the high bits; return the bits left over in the last byte. */
static unsigned kmf__unpack(const uint8_t *packed, size_t n, unsigned bits, uint8_t *numbers)
{
    unsigned each = 8 / bits, top = (1u << bits) - 1;
    size_t whole = n / each, rest = n % each;
    for (size_t i = 0; i < whole; i++)
        for (unsigned j = 0; j < each; j++) *numbers++ = (uint8_t)(packed[i] >> (8 - bits - j * bits) & top);
    for (unsigned j = 0; j < rest; j++) *numbers++ = (uint8_t)(packed[whole] >> (8 - bits - j * bits) & top);
    return rest ? packed[whole] & (0xFFu >> (rest * bits)) : 0;
}

/* Step 13: decompress a frame that has exactly these bytes and a content of least to most bytes. */
static kmf_error kmf__zstd(const uint8_t *from, size_t size, size_t least, size_t most, uint8_t *to, size_t *content)
{
    if (size < 5 || kmf__u32(from) != 0xFD2FB528) return KMF_ZSTD_FRAME;
    unsigned descriptor = from[4], single = descriptor >> 5 & 1, size_flag = descriptor >> 6;
    size_t dictionary_bytes = (1u << (descriptor & 3)) >> 1;           /* 0, 1, 2, 4 */
    size_t size_bytes = size_flag || single ? (size_t)1 << size_flag : 0; /* 0 or 1, 2, 4, 8 */
    size_t at = 5;
    if (size - at < !single + dictionary_bytes + size_bytes || descriptor & 8) return KMF_ZSTD_FRAME;
    uint64_t window = single ? 0 : UINT64_C(1024) << (from[at] >> 3);
    if (!single) window += window / 8 * (from[at++] & 7);
    uint64_t dictionary = kmf__little(from + at, dictionary_bytes);
    at += dictionary_bytes;
    uint64_t stated = kmf__little(from + at, size_bytes) + (size_bytes == 2 ? 256 : 0);
    at += size_bytes;
    if (single) window = stated;
    if (dictionary != 0) return KMF_ZSTD_DICTIONARY;
    if (descriptor & 4) return KMF_ZSTD_CHECKSUM;
    if (size_bytes == 0 || stated < least || stated > most) return KMF_ZSTD_CONTENT_SIZE;
    if (window > 8u << 20) return KMF_ZSTD_WINDOW;
    for (unsigned last = 0; !last;) {
        if (size - at < 3) return KMF_ZSTD_DATA;
        uint32_t header = (uint32_t)kmf__little(from + at, 3), type = header >> 1 & 3, block = header >> 3;
        size_t bytes = type == 1 ? 1 : block; /* a run is stored as one byte */
        last = header & 1;
        at += 3;
        if (type == 3 || block > window || block > 128u << 10 || bytes > size - at) return KMF_ZSTD_DATA;
        at += bytes;
    }
    if (at < size) return KMF_ZSTD_TRAILING;
    /* In one call, as a match may reach back beyond the window [4.3k]. */
    *content = ZSTD_decompress(to, (size_t)stated, from, size);
    if (ZSTD_getErrorCode(*content) == ZSTD_error_memory_allocation) return KMF_NO_MEMORY;
    return *content == stated ? KMF_OK : KMF_ZSTD_DATA;
}

/* ---- Section 4.5: sequences, with the errors of step 16 ---- */

/* Read n numbers, n at least 1, and say how many bits the layout gives them. Content is room for n bytes. */
static kmf_error kmf__sequence(kmf__bytes *in, size_t n, uint8_t *numbers, unsigned *bits, uint8_t *content)
{
    uint32_t head;
    KMF__TRY(kmf__varint(in, &head));
    unsigned runs = head >> 2 & 1, b = runs ? (head & 3) + 1 : 1u << (head & 3);
    size_t per_byte = runs ? (size_t)1 << (8 - b) : 8 / b; /* numbers in a byte, at most */
    size_t least = n / per_byte + (n % per_byte != 0), most = runs ? n : least;
    if (head >> 4 > in->left) return KMF_STREAM_TRUNCATED;
    size_t size = head >> 4;
    const uint8_t *from = in->at;
    in->at += size;
    in->left -= size;
    if (head & 8) {
        KMF__TRY(kmf__zstd(from, size, least, most, content, &size));
        from = content;
    } else if (size < least || size > most) return KMF_STREAM_LENGTH;
    *bits = b;
    if (!runs) return kmf__unpack(from, n, b, numbers) ? KMF_PADDING : KMF_OK;
    memset(numbers, 0, n);
    size_t place = 0;
    for (size_t i = 0; i < size; i++) { /* each byte: zeros, then the number after them */
        size_t zeros = from[i] >> b;
        if (zeros >= n - place) return KMF_STREAM_LENGTH;
        place += zeros;
        numbers[place++] = (uint8_t)(from[i] & ((1u << b) - 1));
    }
    return place == n ? KMF_OK : KMF_STREAM_LENGTH;
}

/* ---- The head: steps 1 to 11 ---- */

typedef struct { size_t x, y, width, height, packed, length; unsigned method; uint32_t checksum; } kmf__tile;

static kmf_error kmf__head_varint(kmf__bytes *in, uint32_t *value) /* steps 4 and 7 */
{
    kmf_error error = kmf__varint(in, value);
    return error == KMF_STREAM_TRUNCATED ? KMF_TRUNCATED : error;
}

/* Where tile t stands (section 3.2), and what the directory, taken from tile 0 on, says of it (section 3.4). */
static kmf__tile kmf__next_tile(const kmf_image *image, size_t t, kmf__bytes *directory)
{
    size_t in_row = (image->width - 1) / image->tile_width + 1;
    uint32_t number;
    kmf__varint(directory, &number);
    kmf__tile tile = { t % in_row * image->tile_width, t / in_row * image->tile_height, image->tile_width,
                       image->tile_height, 0, number >> 3, number & 7, kmf__u32(image->checksums + 4 * t) };
    if (tile.width > image->width - tile.x) tile.width = image->width - tile.x;
    if (tile.height > image->height - tile.y) tile.height = image->height - tile.y;
    tile.packed = tile.height * ((tile.width * image->bits + 7) / 8);
    return tile;
}

static kmf__bytes kmf__directory_of(const kmf_image *image) /* its varints, for kmf__next_tile */
{
    kmf__bytes directory = { image->directory, (size_t)(image->checksums - image->directory) };
    return directory;
}

/* The tables of section 4.8, as the end of step 9 checks them. */
static kmf_error kmf__read_orders(kmf_image *image, kmf__bytes in)
{
    unsigned K = image->colors, bits;
    uint8_t content[sizeof image->orders];
    if (K > 16) return KMF_ORDERS;
    KMF__TRY(kmf__sequence(&in, K * K * K, image->orders, &bits, content));
    if (in.left) return KMF_STREAM_TRAILING;
    for (unsigned i = 0; i < K * K * K; i++)
        if (image->orders[i] >= K - i % K) return KMF_ORDERS;
    image->learned = 1;
    return KMF_OK;
}

static kmf_error kmf__read_map(kmf_image *image, kmf__bytes in)
{
    unsigned K = image->colors, contexts = K <= 16 ? 4 * K * K : 2592, bits;
    uint8_t content[sizeof image->map];
    if (in.left == 0) return KMF_STREAM_TRUNCATED;
    image->streams = *in.at++;
    in.left--;
    if (image->streams < 2 || image->streams > 8) return KMF_STREAM_MAP;
    KMF__TRY(kmf__sequence(&in, contexts, image->map, &bits, content));
    if (in.left) return KMF_STREAM_TRAILING;
    for (unsigned i = 0; i < contexts; i++)
        if (image->map[i] >= image->streams) return KMF_STREAM_MAP;
    return KMF_OK;
}

static int kmf__letter(unsigned byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

static kmf_error kmf__chunks(kmf_image *image, kmf__bytes in) /* step 9 */
{
    kmf__bytes orders = { NULL, 0 }, map = { NULL, 0 }, tail = { NULL, 0 };
    unsigned ancillary = 0;
    while (in.left) {
        const uint8_t *type = in.at;
        if (in.left < 8 || in.left - 8 < kmf__u32(type + 4)) return KMF_CHUNK_LENGTH;
        kmf__bytes payload = { type + 8, kmf__u32(type + 4) };
        in.at += 8 + payload.left;
        in.left -= 8 + payload.left;
        if (!kmf__letter(type[0])) return KMF_CHUNK_TYPE;
        for (int i = 1; i < 4; i++)
            if (!kmf__letter(type[i]) && (type[i] < '0' || type[i] > '9')) return KMF_CHUNK_TYPE;
        if (type[0] >= 'a') { /* ancillary: nothing to a decoder of pixels (section 3.5) */
            if (++ancillary > 256) return KMF_CHUNK_COUNT;
            continue;
        }
        kmf__bytes *known = !memcmp(type, "ORDR", 4)   ? &orders
                            : !memcmp(type, "SMAP", 4) ? &map
                            : !memcmp(type, "TAIL", 4) ? &tail
                                                       : NULL;
        if (known == NULL) return KMF_CHUNK_CRITICAL;
        if (known->at != NULL) return KMF_CHUNK_DUPLICATE;
        *known = payload;
    }
    if (tail.at) {
        image->tail = tail.left == 8 ? kmf__little(tail.at, 8) : UINT64_MAX;
        if (image->tail >> 53) return KMF_TAIL;
    }
    if (orders.at) KMF__TRY(kmf__read_orders(image, orders));
    if (map.at) KMF__TRY(kmf__read_map(image, map));
    return KMF_OK;
}

static uint64_t kmf__tables_size(uint64_t K) { return K * K * K + 4 * K * K; } /* of kmf__tables, below */

static kmf_error kmf__directory(kmf_image *image, size_t remaining) /* steps 10 and 11 */
{
    uint64_t sum = 0, most = 0, tables = 0;
    kmf__bytes methods = kmf__directory_of(image), lengths = methods;
    for (size_t t = 0; t < image->tiles; t++) {
        kmf__tile tile = kmf__next_tile(image, t, &methods);
        size_t w = tile.width, h = tile.height, longer = w > h ? w : h, shorter = w > h ? h : w;
        int fits = shorter >= 8 && w * h <= 1u << 24 && (longer <= 4096 || longer <= 64 * shorter);
        if (tile.method > 2 || (tile.method == 2 && !fits)) return KMF_TILE_METHOD;
    }
    for (size_t t = 0; t < image->tiles; t++) {
        kmf__tile tile = kmf__next_tile(image, t, &lengths);
        if (tile.method == 0 ? tile.length != tile.packed : tile.length == 0 || tile.length >= tile.packed)
            return KMF_TILE_LENGTH;
        sum += tile.length;
        uint64_t need = tile.method == 0 ? 0 : tile.method == 1 ? tile.packed /* as the decoders of tiles below */
                        : 3 * ((uint64_t)tile.width * tile.height + tile.height + 1);
        if (need > most) most = need;
        if (tile.method == 2) tables = kmf__tables_size(image->colors);
    }
    image->scratch_size = most + tables;
    sum += image->tail;
    return remaining < sum ? KMF_TRUNCATED : remaining > sum ? KMF_TRAILING : KMF_OK;
}

kmf_error kmf_open(kmf_image *image, const uint8_t *data, size_t size, uint64_t max_pixels)
{
    static const uint8_t magic[4] = { 0x8B, 0x4B, 0x4D, 0x46 };
    memset(image, 0, sizeof *image);
    for (size_t i = 0; i < 4 && i < size; i++)
        if (data[i] != magic[i]) return KMF_MAGIC; /* step 1 */
    if (size < 4) return KMF_TRUNCATED;
    if (size < 5) return KMF_TRUNCATED; /* step 2 */
    if (data[4] >> 4 != 1) return KMF_VERSION;
    if (size < 6) return KMF_TRUNCATED; /* step 3 */
    unsigned flags = data[5], alpha = flags >> 2 & 1, tiled = flags >> 3 & 1, chunks = flags >> 4 & 1;
    if (flags & 0x60) return KMF_RESERVED;
    if (size < 7) return KMF_TRUNCATED; /* step 4 */
    kmf__bytes in = { data + 7, size - 7 };
    uint32_t width, height, chunks_length = 0;
    KMF__TRY(kmf__head_varint(&in, &width));
    KMF__TRY(kmf__head_varint(&in, &height));
    uint32_t tile_width = width, tile_height = height;
    if (tiled) KMF__TRY(kmf__head_varint(&in, &tile_width));
    if (tiled) KMF__TRY(kmf__head_varint(&in, &tile_height));
    if (chunks) KMF__TRY(kmf__head_varint(&in, &chunks_length));
    image->width = width;
    image->height = height;
    image->tile_width = tile_width;
    image->tile_height = tile_height;
    image->bits = 1u << (flags & 3);
    image->channels = 3 + alpha;
    image->colors = data[6] + 1u;
    image->streams = 1;
    if (width == 0 || height == 0) return KMF_DIMENSIONS;
    if ((uint64_t)width * height > max_pixels) return KMF_LIMIT; /* step 5 */
    if (tile_width == 0 || tile_height == 0 || tile_width > width || tile_height > height ||
        (tiled && tile_width == width && tile_height == height) || (uint64_t)tile_width * tile_height > 1u << 28)
        return KMF_TILE_SIZE; /* step 6 */
    if (image->colors > 1u << image->bits) return KMF_PALETTE_SIZE;
    uint64_t tiles = (uint64_t)((width - 1) / tile_width + 1) * ((height - 1) / tile_height + 1); /* step 7 */
    uint64_t palette = (uint64_t)image->colors * image->channels, before = palette + chunks_length + 4;
    if (in.left < before || (in.left - before) / 5 < tiles) return KMF_TRUNCATED;
    image->palette = in.at;
    image->tiles = (size_t)tiles;
    image->directory = in.at + palette + chunks_length;
    kmf__bytes all_chunks = { in.at + palette, chunks_length };
    in.left -= (size_t)(image->directory - in.at);
    in.at = image->directory;
    uint32_t number;
    for (size_t t = 0; t < image->tiles; t++) KMF__TRY(kmf__head_varint(&in, &number));
    image->checksums = in.at;
    if (in.left < 4 * image->tiles + 4) return KMF_TRUNCATED;
    const uint8_t *end = in.at + 4 * image->tiles;
    if (kmf__u32(end) != kmf__crc32(0, data, (size_t)(end - data))) return KMF_HEAD_CHECKSUM; /* step 8 */
    image->data = end + 4;
    KMF__TRY(kmf__chunks(image, all_chunks)); /* step 9 */
    return kmf__directory(image, size - (size_t)(image->data - data)); /* steps 10 and 11 */
}

/* ---- Section 4.7: orders and contexts ---- */

typedef struct {     /* at the head of the scratch if any tile is compact; made once for all of them */
    uint16_t *dist;  /* K x K: dist(a, b) */
    uint8_t *orders; /* K x K x K: order(N, W) at (N K + W) K */
    uint8_t *known;  /* K x K: whether order(N, W) has been made yet; all at once if K is at most 16 */
    uint8_t *near;   /* K x K: near(a, b) at a K + b, if K is above 16 */
} kmf__tables;

static uint16_t kmf__dist(const uint8_t *a, const uint8_t *b, unsigned channels)
{
    uint32_t sum = 0, root = 0;
    for (unsigned c = 0; c < channels; c++) sum += (uint32_t)((a[c] - b[c]) * (a[c] - b[c]));
    for (uint32_t bit = 1u << 12; bit; bit >>= 1) /* the exact root [4.7a], below 2^13, as 256 x sum is below 2^26 */
        if ((root + bit) * (root + bit) <= 256 * sum) root += bit;
    return (uint16_t)root;
}

/* One pass of a radix sort: sort n indices by 7 bits of their keys, keeping equal ones in their order. */
static void kmf__sort(const uint8_t *from, uint8_t *to, unsigned n, const uint16_t *keys, unsigned shift)
{
    uint16_t start[129] = { 0 };
    for (unsigned i = 0; i < n; i++) start[(keys[from[i]] >> shift & 127) + 1]++;
    for (unsigned i = 1; i < 128; i++) start[i] = (uint16_t)(start[i] + start[i - 1]);
    for (unsigned i = 0; i < n; i++) to[start[keys[from[i]] >> shift & 127]++] = from[i];
}

/* order(N, W): W; N, if it is another index; all others by dist(v, W) + dist(v, N), the smaller index first. */
static void kmf__default_order(const kmf__tables *tables, unsigned K, unsigned N, unsigned W, uint8_t *order)
{
    uint8_t others[256], half[256];
    uint16_t keys[256]; /* below 2^14 */
    unsigned n = 0;
    for (unsigned v = 0; v < K; v++) {
        keys[v] = (uint16_t)(tables->dist[W * K + v] + tables->dist[N * K + v]);
        others[n] = (uint8_t)v;
        n += v != W && v != N;
    }
    *order++ = (uint8_t)W;
    if (N != W) *order++ = (uint8_t)N;
    kmf__sort(others, half, n, keys, 0);
    kmf__sort(half, order, n, keys, 7);
}

/* The learned order: number j takes one of the places of the default order that are left. */
static void kmf__learn_order(const uint8_t *numbers, unsigned K, uint8_t *order)
{
    for (unsigned j = 0; j < K; j++) { /* those not yet told stand, in default order, from place j on */
        uint8_t told = order[j + numbers[j]];
        memmove(order + j + 1, order + j, numbers[j]);
        order[j] = told;
    }
}

static kmf__tables kmf__make_tables(const kmf_image *image, uint8_t *scratch)
{
    unsigned K = image->colors, C = image->channels;
    kmf__tables tables = { (uint16_t *)(void *)scratch, scratch + 4 * K * K, scratch + 2 * K * K, scratch + 3 * K * K };
    uint8_t list[256];
    for (unsigned a = 0; a < K; a++)
        for (unsigned b = 0; b < K; b++)
            tables.dist[a * K + b] = kmf__dist(image->palette + a * C, image->palette + b * C, C);
    memset(tables.known, 0, K * K);
    for (unsigned pair = 0; K <= 16 && pair < K * K; pair++) {
        kmf__default_order(&tables, K, pair / K, pair % K, tables.orders + pair * K);
        if (image->learned) kmf__learn_order(image->orders + pair * K, K, tables.orders + pair * K);
        tables.known[pair] = 1;
    }
    for (unsigned a = 0; K > 16 && a < K; a++) {
        kmf__default_order(&tables, K, a, a, list); /* a, then all others by twice dist(a, v) */
        for (unsigned place = 0; place < K; place++) {
            uint8_t bits = 0;
            while (place >> bits) bits++;
            tables.near[a * K + list[place]] = bits;
        }
    }
    return tables;
}

static unsigned kmf__context(const kmf__tables *tables, unsigned K, unsigned N, unsigned W, unsigned NW)
{
    if (K > 16)
        return 288u * tables->near[W * K + N] + 32u * tables->near[N * K + NW] + (NW == W ? 16 : 0) + 16 * W / K;
    const uint8_t *order = tables->orders + (N * K + W) * K;
    unsigned place = 0;
    while (place < 3 && order[place] != NW) place++;
    return 4 * (N * K + W) + place;
}

/* ---- Section 4.4: compact tiles ---- */

typedef struct { size_t next[8], end[8]; } kmf__streams; /* places in the ranks */

/* Step 16 but for its last sentence: the ranks of all streams, one stream after the other. */
static kmf_error kmf__read_ranks(const kmf_image *image, kmf__bytes in, size_t pixels, uint8_t *ranks,
                                 kmf__streams *streams, uint8_t *content, uint8_t *extra)
{
    unsigned K = image->colors, top[8] = { 0 };
    size_t place = 0, escapes = 0;
    for (unsigned s = 0; s < image->streams; s++) {
        uint32_t n = (uint32_t)(pixels - place);
        if (s + 1 < image->streams) KMF__TRY(kmf__varint(&in, &n));
        if (n > pixels - place) return KMF_STREAM_LENGTH;
        streams->next[s] = place;
        streams->end[s] = place + n;
        if (n == 0) continue;
        unsigned bits;
        KMF__TRY(kmf__sequence(&in, n, ranks + place, &bits, content));
        top[s] = (1u << bits) - 1;
        for (; place < streams->end[s]; place++)
            if (top[s] + 1 < K) escapes += ranks[place] == top[s];
            else if (ranks[place] >= K) return KMF_RANK;
    }
    if (escapes) {
        unsigned bits;
        KMF__TRY(kmf__sequence(&in, escapes, extra, &bits, content));
        for (unsigned s = 0; s < image->streams; s++)
            for (place = streams->next[s]; place < streams->end[s] && top[s] + 1 < K; place++)
                if (ranks[place] == top[s]) {
                    unsigned rank = top[s] + *extra++;
                    if (rank >= K) return KMF_RANK;
                    ranks[place] = (uint8_t)rank;
                }
    }
    return in.left ? KMF_STREAM_TRAILING : KMF_OK;
}

/* The pixels by anti-diagonals. Line d holds the index of row y at y + 1, and 0 where it has none as yet: line d - 1
   thus has N of row y at y and W at y + 1, and line d - 2 has NW at y. */
static kmf_error kmf__read_compact(const kmf_image *image, kmf__bytes in, const kmf__tile *tile,
                                   const kmf__tables *tables, uint8_t *indices, uint8_t *scratch)
{
    unsigned K = image->colors;
    size_t width = tile->width, height = tile->height, pixels = width * height;
    uint8_t *ranks = scratch, *line = scratch + 3 * pixels, *before = line + height + 1, *last = before + height + 1;
    kmf__streams streams;
    KMF__TRY(kmf__read_ranks(image, in, pixels, ranks, &streams, scratch + pixels, scratch + 2 * pixels));
    memset(line, 0, 3 * (height + 1));
    for (size_t d = 0; d < width + height - 1; d++) {
        size_t y = d < width ? 0 : d - width + 1, bottom = d < height ? d : height - 1;
        uint8_t *pixel = indices + y * image->width + (d - y);
        for (; y <= bottom; y++, pixel += image->width - 1) {
            unsigned N = last[y], W = last[y + 1], NW = before[y], stream = 0, pair = N * K + W;
            if (image->streams > 1) stream = image->map[kmf__context(tables, K, N, W, NW)];
            if (streams.next[stream] == streams.end[stream]) return KMF_STREAM_END;
            uint8_t *order = tables->orders + (size_t)pair * K;
            if (!tables->known[pair]) kmf__default_order(tables, K, N, W, order);
            tables->known[pair] = 1;
            *pixel = line[y + 1] = order[ranks[streams.next[stream]++]];
        }
        uint8_t *oldest = before;
        before = last;
        last = line;
        line = oldest;
    }
    return KMF_OK;
}

/* ---- Sections 4.2 and 4.3: stored and zstd tiles; then the image, steps 12 to 16 ---- */

static kmf_error kmf__read_plain(const kmf_image *image, const uint8_t *packed, const kmf__tile *tile,
                                 uint8_t *indices, uint8_t *scratch)
{
    size_t row_size = (tile->width * image->bits + 7) / 8, size;
    if (tile->method == 1) {
        KMF__TRY(kmf__zstd(packed, tile->length, tile->packed, tile->packed, scratch, &size)); /* step 13 */
        packed = scratch;
    }
    unsigned left_over = 0, most = 0;
    for (size_t y = 0; y < tile->height; y++) {
        uint8_t *row = indices + y * image->width;
        left_over |= kmf__unpack(packed + y * row_size, tile->width, image->bits, row);
        for (size_t x = 0; x < tile->width; x++) most = row[x] > most ? row[x] : most;
    }
    return left_over ? KMF_PADDING : most >= image->colors ? KMF_INDEX : KMF_OK; /* steps 14 and 15 */
}

kmf_error kmf_decode(const kmf_image *image, uint8_t *indices, void *scratch)
{
    const uint8_t *data = image->data;
    uint8_t *room = scratch;
    uint32_t palette = kmf__crc32(0, image->palette, image->colors * image->channels);
    kmf__tables tables = { NULL, NULL, NULL, NULL };
    kmf__bytes directory = kmf__directory_of(image);
    for (size_t t = 0; t < image->tiles; t++) {
        kmf__tile tile = kmf__next_tile(image, t, &directory);
        kmf__bytes in = { data, tile.length };
        uint8_t *corner = indices + tile.y * image->width + tile.x;
        data += tile.length;
        if (kmf__crc32(tile.method == 2 ? palette : 0, in.at, in.left) != tile.checksum) /* step 12 */
            return KMF_TILE_CHECKSUM;
        if (tile.method == 2 && tables.dist == NULL) {
            tables = kmf__make_tables(image, room);
            room += kmf__tables_size(image->colors);
        }
        KMF__TRY(tile.method == 2 ? kmf__read_compact(image, in, &tile, &tables, corner, room)
                                  : kmf__read_plain(image, in.at, &tile, corner, room));
    }
    return KMF_OK;
}

void kmf_colors(const kmf_image *image, const uint8_t *indices, size_t count, uint8_t *pixels)
{
    for (size_t i = 0; i < count; i++, pixels += image->channels)
        memcpy(pixels, image->palette + (size_t)indices[i] * image->channels, image->channels);
}
#endif
