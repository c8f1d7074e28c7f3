/* kmf.h under other names, so that reader.c, which has it in another way, can compare; and as a shared library, for
   tools/fuzz/readers.py. With libzstd, or with the decoder of zstd that KMF_SMALL_ZSTD brings. */

#define kmf_open judged_open
#define kmf_open_read judged_open_read
#define kmf_need judged_need
#define kmf_next judged_next
#define kmf_seek judged_seek
#define kmf_decode judged_decode
#define kmf_unpack judged_unpack
#define kmf_colors judged_colors
#define kmf_row_rgba judged_row_rgba
#define kmf_palette565 judged_palette565
#define kmf_row565 judged_row565
#define kmf_error_name judged_error_name
#define KMF_IMPLEMENTATION
#include "../../../spec/kmf.h"
#include "judge.h"
#include <stdlib.h>

const char *judge_error_name(int error)
{
    return judged_error_name((kmf_error)error);
}

void judge_free(judged *image)
{
    free(image->indices);
    image->indices = NULL;
}

int judge(const uint8_t *data, size_t size, uint64_t max_pixels, judged *found)
{
    kmf_image image;
    memset(found, 0, sizeof *found);
    kmf_error error = judged_open(&image, data, size, max_pixels, NULL, 0);
    uint32_t need = judged_need(&image, 1);
    void *work = malloc(need + 1);
    if (!work) abort();
    error = judged_open(&image, data, size, max_pixels, work, need);
    if (!error) {
        found->width = image.width;
        found->height = image.height;
        found->colors = image.colors;
        found->channels = image.channels;
        memcpy(found->palette, image.palette, (size_t)image.colors * image.channels);
        found->indices = malloc((size_t)image.width * image.height);
        if (!found->indices) abort();
        error = judged_decode(&image, found->indices);
        if (error) judge_free(found);
    }
    free(work);
    return error;
}
