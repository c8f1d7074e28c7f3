#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t width, height;
    unsigned colors, channels;
    uint8_t palette[1024]; /* colors x channels */
    uint8_t *indices;      /* width x height */
} judged;

/* Decode a file with kmf.h in its simplest way: return the kmf_error, and the image, whose indices the caller frees;
   they are NULL if there is an error. */
int judge(const uint8_t *data, size_t size, uint64_t max_pixels, judged *image);
void judge_free(judged *image);
const char *judge_error_name(int error);
