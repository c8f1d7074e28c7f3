/* The tables that kernels of adaptive coders are given, as kmformat/kernels/dense.py and binary_coder.py have them. */

#include "input.h"

enum { MOST_SUM = 1407 };

static struct {
    int32_t stretch[4096];
    uint16_t squash[2 * MOST_SUM + 1];
    int32_t rates[256];
} chances;

static inline int logarithm(int v)
{
    int octave = 0;
    while (v >> (octave + 1))
        octave++;
    return 128 * octave + (v - (1 << octave)) * 128 / (1 << octave);
}

static inline void make_chances(void)
{
    if (chances.rates[0])
        return;
    for (int n = 0; n < 256; n++)
        chances.rates[n] = (1 << 15) / (2 * n + 3);
    for (int p = 0; p < 4096; p++)
        chances.stretch[p] = logarithm(16 * p + 8) - logarithm((1 << 16) - 16 * p - 8);
    for (int x = 0; x <= MOST_SUM; x++) {
        int small = (1 << 23) / (((128 + x % 128) << (x / 128)) + 128);
        chances.squash[MOST_SUM - x] = (uint16_t)small;
        chances.squash[MOST_SUM + x] = (uint16_t)((1 << 16) - small);
    }
}
