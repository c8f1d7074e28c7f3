/* fuzz ROUNDS SEED FILE... - decode damaged files with kmf.h in every way that there is, and compare what comes of it.

   Each round changes a few bytes of a file and, in most rounds, mends its checksums, so that what is behind them is
   reached. The file is then decoded with the small decoder of zstd, whole tiles in memory, and again by rows and through
   reads, each with exactly the work that kmf_need says; and with libzstd (judge.c). All must give the same indices or the
   same error, except that

   * libzstd takes some frames that RFC 8878 forbids: then the small decoder may say `zstd-data`;
   * by rows, of several errors of a tile another may come first, and a match beyond the window is `small`;
   * a build with KMF_SMALL may say `small`.

   Build it with the sanitizers: see .ci/run. Exit status 1 if anything is wrong. */

#define KMF_IMPLEMENTATION
#include "../../spec/kmf.h"
#include "judge.h"
#include <stdio.h>
#include <stdlib.h>

#define MAX_PIXELS (1u << 18)

static uint64_t state;

static uint32_t below(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % n);
}

static void *room_for(size_t size)
{
    void *room = malloc(size ? size : 1);
    if (room == NULL) abort();
    return room;
}

typedef struct { uint8_t *bytes; size_t size; } file;

static file read_file(const char *path)
{
    file found = { room_for(1 << 20), 0 };
    found.bytes[0] = 0x8B;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) exit(2);
    found.size = fread(found.bytes, 1, 1 << 20, stream);
    if (found.size == 0) found.size = 1; /* something to change */
    fclose(stream);
    return found;
}

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static void mend(const kmf_image *image, file changed)
{
    kmf__span entry = image->directory;
    size_t at = image->tiles_at, bytes = image->colors * image->channels;
    uint8_t palette[1024]; /* as it was changed, too */
    if (image->packed) kmf__unpack_palette(image, palette);
    else memcpy(palette, changed.bytes + image->stored_palette.at, bytes);
    for (size_t t = 0; t < image->tiles; t++) {
        unsigned method;
        uint32_t length, crc = 0;
        if (kmf__read_entry(image, &entry, &method, &length)) break;
        if (length > changed.size - at) break;
        if (method >= 2) crc = kmf__crc32(palette, bytes, 0);
        crc = kmf__crc32(changed.bytes + at, length, crc);
        put_u32(changed.bytes + image->checksums + 4 * t, crc);
        at += length;
    }
    put_u32(changed.bytes + image->tiles_at - 4, kmf__crc32(changed.bytes, image->tiles_at - 4, 0));
}

/* Change a few bytes, mostly of tiles, and perhaps cut the end off. */
static file change(file good)
{
    file changed = { room_for(good.size), good.size };
    kmf_image image;
    memcpy(changed.bytes, good.bytes, good.size);
    size_t head = kmf_open(&image, changed.bytes, good.size, MAX_PIXELS, NULL, 0) == KMF_OK || image.tiles ? image.tiles_at : 0;
    uint32_t where = below(8);
    size_t from = where < 6 && head < good.size ? head : 0, to = where == 7 && head ? head : good.size;
    for (uint32_t n = 1 + below(4); n--;) {
        uint8_t *byte = changed.bytes + from + below(to - from);
        switch (below(4)) {
        case 0: *byte ^= (uint8_t)(1u << below(8)); break;
        case 1: *byte = (uint8_t)below(256); break;
        case 2: *byte = below(2) ? 0xFF : 0; break;
        default: *byte = changed.bytes[from + below(to - from)];
        }
    }
    if (head && below(8)) {
        image.data = changed.bytes;
        mend(&image, changed);
    }
    if (below(16) == 0) changed.size -= below(changed.size);
    file cut = { room_for(changed.size), changed.size }; /* that ASan sees where it ends */
    memcpy(cut.bytes, changed.bytes, changed.size);
    free(changed.bytes);
    return cut;
}

static int read_bytes(void *user, size_t offset, void *to, size_t bytes)
{
    const file *from = user;
    if (offset > from->size || bytes > from->size - offset) abort();
    memcpy(to, from->bytes + offset, bytes);
    return 1;
}

static kmf_error open_file(kmf_image *image, file *from, int reads, void *work, size_t size)
{
    if (reads) return kmf_open_read(image, read_bytes, from, from->size, MAX_PIXELS, work, size);
    return kmf_open(image, from->bytes, from->size, MAX_PIXELS, work, size);
}

static kmf_error decode(file *from, int reads, int whole, uint8_t **indices)
{
    kmf_image image;
    *indices = NULL;
    open_file(&image, from, reads, NULL, 0);
    uint32_t need = kmf_need(&image, whole);
    void *work = room_for(need);
    kmf_error error = open_file(&image, from, reads, work, need);
    if (!error) {
        *indices = room_for((size_t)image.width * image.height);
        error = kmf_decode(&image, *indices);
    }
    size_t pixels = (size_t)image.width * image.height;
    for (size_t i = 0; !error && i < pixels; i++)
        if ((*indices)[i] >= image.colors) abort();
    free(work);
    return error;
}

static size_t pixels_of(file *from)
{
    kmf_image image;
    kmf_open(&image, from->bytes, from->size, MAX_PIXELS, NULL, 0);
    return (size_t)image.width * image.height;
}

int main(int argc, char **argv)
{
    static const char *const ways[] = { "whole tiles", "rows", "whole tiles, read", "rows, read" };
    long rounds = argc > 3 ? atol(argv[1]) : 0, images = 0, stricter = 0, small = 0, wrong = 0;
    if (rounds == 0) return 2;
    state = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    size_t count = (size_t)argc - 3;
    file *files = room_for(count * sizeof *files);
    for (size_t i = 0; i < count; i++) files[i] = read_file(argv[i + 3]);
    for (long round = 0; round < rounds; round++) {
        uint32_t which = below(count);
        file changed = change(files[which]);
        uint8_t *expected, *came;
        int wanted = judge(changed.bytes, changed.size, MAX_PIXELS, &expected);
        size_t pixels = wanted ? 0 : pixels_of(&changed);
        images += !wanted;
        int whole = 0;
        for (int way = 0; way < 4; way++) {
            int error = (int)decode(&changed, way / 2, way % 2 == 0, &came);
            if (way == 0) whole = error;
            int good = error == wanted && (wanted || !memcmp(came, expected, pixels));
            if (!good && wanted == KMF_OK && error == KMF_ZSTD_DATA && whole == error) stricter += good = 1;
            if (!good && error == KMF_TOO_LARGE) small += good = 1;
            if (!good && way % 2 && error && whole) good = 1;
            if (!good && error == KMF_ZSTD_DATA && whole == error) stricter += good = 1; /* and then another is later */
            if (!good && wrong++ < 10)
                printf("%s, round %ld, %s: %s, and with libzstd %s\n", argv[which + 3], round, ways[way],
                       kmf_error_name((kmf_error)error), kmf_error_name((kmf_error)wanted));
            free(came);
        }
        free(expected);
        free(changed.bytes);
    }
    printf("%ld rounds, %ld images; stricter than libzstd %ld, beyond a small reader %ld; wrong %ld\n", rounds, images,
           stricter / 4, small, wrong);
    for (size_t i = 0; i < count; i++) free(files[i].bytes);
    free(files);
    return wrong > 0;
}
