/* kmf.h decodes any bytes, in every way that there is, to the same image or the same error as the judge (judge.c).

   The file is decoded as this build does, whole tiles in memory, and again by rows and through reads, each with exactly
   the work that kmf_need says. All must give the same indices or the same error as with libzstd, except that

   * libzstd takes some frames that RFC 8878 forbids: then the decoder of KMF_SMALL_ZSTD may say `zstd-data`;
   * by rows, of several errors of a tile another may come first, and a match beyond the window is `small`;
   * a build with KMF_SMALL may say `small`. */

#define KMF_IMPLEMENTATION
#include "../../../spec/kmf.h"
#include "judge.h"
#include <stdio.h>

#define MAX_PIXELS (1u << 12)
#include "mutate.h"

static void *room_for(size_t size)
{
    void *room = malloc(size ? size : 1);
    if (room == NULL) abort();
    return room;
}

typedef struct { const uint8_t *bytes; size_t size; } file;

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

/* The last tile once more, now as colours. */
static void check_colors(kmf_image *image, const uint8_t *indices)
{
    kmf_rows rows;
    uint16_t table[256];
    uint8_t *rgba = room_for((size_t)4 * image->width), *colors = room_for((size_t)image->channels * image->width);
    uint16_t *pixels = room_for((size_t)2 * image->width);
    if (kmf_seek(image, image->tiles - 1)) abort();
    kmf_palette565(image, table);
    for (;;) {
        if (kmf_next(image, &rows)) abort();
        if (rows.height == 0) break;
        for (uint32_t y = 0; y < rows.height; y++) {
            const uint8_t *packed = rows.packed + (size_t)y * rows.stride;
            const uint8_t *row = indices + (size_t)(rows.y + y) * image->width + rows.x;
            kmf_row_rgba(image, packed, rows.width, rgba);
            kmf_row565(image, packed, rows.width, table, pixels);
            kmf_colors(image, row, rows.width, colors);
            for (uint32_t x = 0; x < rows.width; x++) {
                if (memcmp(rgba + 4 * x, colors + image->channels * x, image->channels)) abort();
                if (image->channels == 3 && rgba[4 * x + 3] != 255) abort();
                if (pixels[x] != table[row[x]]) abort();
            }
        }
    }
    free(rgba);
    free(colors);
    free(pixels);
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
    if (!error && from->size % 2) check_colors(&image, *indices);
    free(work);
    return error;
}

/* Whether a way of decoding may give this error where libzstd gives another, or an image. */
static int may_differ(kmf_error error, kmf_error wanted, kmf_error whole, int by_rows)
{
    if (error == KMF_TOO_LARGE) return 1;
#ifdef KMF_SMALL_ZSTD
    if (error == KMF_ZSTD_DATA && whole == error) return 1;
#endif
    (void)wanted;
    return by_rows && error && whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ways[] = { "whole tiles", "rows", "whole tiles, read", "rows, read" };
    file given = { data, size };
    judged expected;
    uint8_t *came;
    kmf_error wanted = (kmf_error)judge(data, size, MAX_PIXELS, &expected), whole = KMF_OK;
    size_t pixels = (size_t)expected.width * expected.height;
    for (int way = 0; way < 4; way++) {
        kmf_error error = decode(&given, way / 2, way % 2 == 0, &came);
        if (way == 0) whole = error;
        int good = error == wanted && (wanted || !memcmp(came, expected.indices, pixels));
        if (!good && !may_differ(error, wanted, whole, way % 2)) {
            printf("%s: %s, and expected %s\n", ways[way], kmf_error_name(error), kmf_error_name(wanted));
            abort();
        }
        free(came);
    }
    judge_free(&expected);
    return 0;
}
