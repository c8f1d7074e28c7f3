/* What the targets of kernels share: an input is a row of numbers, then bytes for arrays. Kernels get arrays that are no
   longer than they have to be, so that the sanitizer sees where they end. */

#include <stdio.h>

#include "../../../kmformat/kernels/native/kernels.h"

#define CHECK(condition)                            \
    do                                              \
        if (!(condition)) {                         \
            printf("not so: %s\n", #condition);     \
            abort();                                \
        }                                           \
    while (0)

typedef struct {
    const uint8_t *at;
    size_t left;
} input;

/* The next number, least if there is no more input; most is below least + 2^24. */
static inline uint32_t take(input *in, uint32_t least, uint32_t most)
{
    uint32_t number = 0;
    for (uint32_t range = most - least; range && in->left; range >>= 8, in->left--)
        number = number << 8 | *in->at++;
    return least + number % (most - least + 1);
}

/* How many colours: mostly few, but up to 256. */
static inline unsigned take_colors(input *in, unsigned least)
{
    return take(in, 0, 15) ? take(in, least, least + 15) : take(in, least, 256);
}

/* An array of so many bytes: those of the rest of the input, again and again, which stays as it is. */
static inline void *array(const input *in, size_t bytes)
{
    uint8_t *made = malloc(bytes ? bytes : 1);
    CHECK(made);
    size_t done = in->left < bytes ? in->left : bytes;
    memset(made, 0, bytes);
    if (done)
        memcpy(made, in->at, done);
    for (size_t more; done && done < bytes; done += more) {
        more = done < bytes - done ? done : bytes - done;
        memcpy(made + done, made, more);
    }
    return made;
}

/* The same, all of them below a limit of up to 256. */
static inline uint8_t *array_below(const input *in, size_t bytes, unsigned limit)
{
    uint8_t *made = array(in, bytes);
    for (size_t i = 0; i < bytes; i++)
        made[i] = (uint8_t)(made[i] % limit);
    return made;
}

/* Numbers of 16 bits below a limit. */
static inline uint16_t *shorts_below(const input *in, size_t count, unsigned limit)
{
    uint16_t *made = array(in, 2 * count);
    for (size_t i = 0; i < count; i++)
        made[i] = (uint16_t)(made[i] % limit);
    return made;
}

static inline void *zeros(size_t bytes)
{
    void *made = calloc(bytes ? bytes : 1, 1);
    CHECK(made);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
