/* kmf.h with libzstd, under other names, for fuzz.c to compare with. */

#define kmf_open judge_open
#define kmf_open_read judge_open_read
#define kmf_need judge_need
#define kmf_next judge_next
#define kmf_seek judge_seek
#define kmf_decode judge_decode
#define kmf_unpack judge_unpack
#define kmf_colors judge_colors
#define kmf_row_rgba judge_row_rgba
#define kmf_palette565 judge_palette565
#define kmf_row565 judge_row565
#define kmf_error_name judge_error_name
#define KMF_IMPLEMENTATION
#include "../../spec/kmf.h"
#include "judge.h"
#include <stdlib.h>

int judge(const uint8_t *data, size_t size, uint64_t max_pixels, uint8_t **indices)
{
    kmf_image image;
    *indices = NULL;
    kmf_error error = judge_open(&image, data, size, max_pixels, NULL, 0);
    uint32_t need = judge_need(&image, 1);
    void *work = malloc(need + 1);
    if (!work) abort();
    error = judge_open(&image, data, size, max_pixels, work, need);
    if (!error) {
        *indices = malloc((size_t)image.width * image.height);
        if (!*indices) abort();
        error = judge_decode(&image, *indices);
    }
    free(work);
    return error;
}
