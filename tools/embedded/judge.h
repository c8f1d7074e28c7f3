#include <stddef.h>
#include <stdint.h>

/* Decode a file with kmf.h and libzstd: the indices, which the caller frees, or NULL, and the kmf_error. */
int judge(const uint8_t *data, size_t size, uint64_t max_pixels, uint8_t **indices);
