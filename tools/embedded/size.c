/* The least program that shows a file, and without READER what is left of it: the difference is kmf.h. */

#ifdef READER
#define KMF_IMPLEMENTATION
#include "../../spec/kmf.h"
#else
#include <stdint.h>
#include <string.h>
#endif

extern char __stack;
void _start(void);
__attribute__((section(".vectors"), used)) static const struct { void *stack; void (*reset)(void); } vectors = { &__stack,
                                                                                                            _start };

static volatile uint32_t shown;
static uint8_t file[64];
static void *work[16];

int main(void)
{
#ifdef READER
    kmf_image image;
    kmf_rows rows;
    kmf_error error = kmf_open(&image, file, sizeof file, KMF_MAX_PIXELS, work, sizeof work);
    while (!error && !(error = kmf_next(&image, &rows)) && rows.height) shown += rows.packed[0];
    return (int)error;
#else
    memset(work, (int)shown, shown); /* which any program has */
    memcpy(work, file, shown);
    memmove(file, file + shown, shown);
    return memcmp(work, file, shown);
#endif
}
