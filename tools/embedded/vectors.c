/* Decode the files that a list names as a small machine would, with kilobytes of work: for an emulator, with files by
   semihosting.

   Of each line "FILE LIMIT WORK" of files.txt, where LIMIT is the most pixels and WORK the bytes that there are to decode
   it, results.bin gets a u32 with the bytes that follow: what kmf2raw prints of the file, or as text the name of its
   error. With READS, files are read piece by piece. */

#define KMF_IMPLEMENTATION
#include "../../spec/kmf.h"
#include <stdio.h>
#include <stdlib.h>

#define MOST (1 << 20) /* bytes of a file, or pixels of an image */

extern char __stack;
void _start(void);
__attribute__((section(".vectors"), used)) static const struct { void *stack; void (*reset)(void); } vectors = { &__stack,
                                                                                                            _start };

static void *work[65536 / sizeof(void *)];
static uint8_t data[MOST], indices[MOST];

static int read_bytes(void *user, size_t offset, void *to, size_t bytes)
{
    memcpy(to, (uint8_t *)user + offset, bytes);
    return 1;
}

static kmf_error decode(kmf_image *image, size_t size, uint64_t max_pixels, size_t work_size)
{
    kmf_error error;
#ifdef READS
    error = kmf_open_read(image, read_bytes, data, size, max_pixels, work, work_size);
#else
    (void)read_bytes;
    error = kmf_open(image, data, size, max_pixels, work, work_size);
#endif
    if (!error && (uint64_t)image->width * image->height > MOST) error = KMF_WORK;
    return error ? error : kmf_decode(image, indices);
}

static void write_image(const kmf_image *image, FILE *to)
{
    char line[48];
    size_t pixels = (size_t)image->width * image->height;
    int length = snprintf(line, sizeof line, "%lu %lu %u %u\n", (unsigned long)image->width, (unsigned long)image->height,
                          image->channels, image->colors);
    uint32_t bytes = (uint32_t)((size_t)length + image->colors * image->channels + pixels * (1 + image->channels));
    fwrite(&bytes, 4, 1, to);
    fwrite(line, 1, (size_t)length, to);
    fwrite(image->palette, image->channels, image->colors, to);
    fwrite(indices, 1, pixels, to);
    for (size_t at = 0; at < pixels; at++) {
        uint8_t color[4];
        kmf_colors(image, indices + at, 1, color);
        fwrite(color, 1, image->channels, to);
    }
}

static void write_error(kmf_error error, FILE *to)
{
    const char *name = kmf_error_name(error);
    uint32_t bytes = (uint32_t)strlen(name);
    fwrite(&bytes, 4, 1, to);
    fwrite(name, 1, bytes, to);
}

int main(void)
{
    static char name[1000], buffer[1 << 16];
    unsigned long long limit;
    unsigned long work_size;
    FILE *list = fopen("files.txt", "r"), *results = fopen("results.bin", "wb");
    if (list == NULL || results == NULL) return 2;
    setvbuf(results, buffer, _IOFBF, sizeof buffer);
    while (fscanf(list, "%999s %llu %lu", name, &limit, &work_size) == 3) {
        kmf_image image;
        FILE *stream = fopen(name, "rb");
        if (stream == NULL) return 2;
        size_t size = fread(data, 1, sizeof data, stream);
        fclose(stream);
        kmf_error error = decode(&image, size, limit, work_size < sizeof work ? work_size : sizeof work);
        if (error) write_error(error, results);
        else write_image(&image, results);
    }
    return fclose(results) ? 2 : 0;
}
