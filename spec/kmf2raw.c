/* kmf2raw [--max-pixels N] FILE - decode a KMF file with kmf.h, for the conformance tests.

   An image goes to standard output as the line "WIDTH HEIGHT CHANNELS COLOURS", the palette, the indices and the
   pixels; exit 0. Of a file that is none, the line is the name of the error; exit 1. All else is exit 2.

   cc -std=c99 -O2 kmf2raw.c -lzstd -o kmf2raw */

#define KMF_IMPLEMENTATION
#include "kmf.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef KMF_SMALL
#define WHOLE 0 /* the least memory that a small reader may take */
#else
#define WHOLE 1 /* matches may reach beyond the window */
#endif

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "kmf2raw: %s: %s\n", what, why);
    return 2;
}

/* All bytes of a file, or NULL with errno set. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t room = 0;
    *size = 0;
    while (file && !ferror(file) && !feof(file)) {
        if (*size == room) {
            uint8_t *more = realloc(data, room = 2 * room + 65536);
            if (!more) break;
            data = more;
        }
        *size += fread(data + *size, 1, room - *size, file);
    }
    int whole = file && feof(file) && !ferror(file), error = errno;
    if (file) fclose(file);
    errno = error;
    if (whole) return data;
    free(data);
    return NULL;
}

static void write_image(const kmf_image *image, const uint8_t *indices, uint8_t *row)
{
    size_t width = image->width, height = image->height;
    printf("%zu %zu %u %u\n", width, height, image->channels, image->colors);
    fwrite(image->palette, image->channels, image->colors, stdout);
    fwrite(indices, width, height, stdout);
    for (size_t y = 0; y < height; y++) {
        kmf_colors(image, indices + y * width, width, row);
        fwrite(row, image->channels, width, stdout);
    }
}

static int convert(const uint8_t *data, size_t size, uint64_t max_pixels)
{
    kmf_image image;
    uint8_t *indices = NULL, *row = NULL;
    kmf_error error = kmf_open(&image, data, size, max_pixels, NULL, 0);
    uint32_t need = kmf_need(&image, WHOLE);
    void *work = malloc((size_t)need + 1);
    if (work == NULL) error = KMF_NO_MEMORY;
    else error = kmf_open(&image, data, size, max_pixels, work, need);
    if (!error) {
        indices = malloc((size_t)image.width * image.height);
        row = malloc((size_t)image.width * image.channels);
        error = indices && row ? kmf_decode(&image, indices) : KMF_NO_MEMORY;
    }
    int status = error == KMF_NO_MEMORY ? fail("decoding", "out of memory") : error ? 1 : 0;
    if (!error) write_image(&image, indices, row);
    if (status == 1) puts(kmf_error_name(error));
    free(indices);
    free(work);
    free(row);
    return status;
}

int main(int argc, char **argv)
{
    uint64_t max_pixels = KMF_MAX_PIXELS;
    const char *path = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--max-pixels") && i + 1 < argc) {
            char *end;
            max_pixels = strtoull(argv[++i], &end, 10);
            if (*end || end == argv[i]) return fail(argv[i], "not a number of pixels");
        } else if (path == NULL) path = argv[i];
        else return fail(argv[i], "one file at a time");
    }
    if (path == NULL) return fail("usage", "kmf2raw [--max-pixels N] FILE");
    size_t size;
    uint8_t *data = read_file(path, &size);
    if (data == NULL) return fail(path, strerror(errno));
    int status = convert(data, size, max_pixels);
    free(data);
    if (fflush(stdout) || ferror(stdout)) return fail("writing", strerror(errno));
    return status;
}
