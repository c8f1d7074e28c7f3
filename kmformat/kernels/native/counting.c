/* Sorting codes of colours: see kmformat/kernels/counting.py. */

#include "kernels.h"

enum { DIGIT = 11, DIGITS = 1 << DIGIT, PASSES = 3 };

void kmf_sort_codes(uint32_t *codes, size_t count, uint32_t *other)
{
    size_t starts[PASSES][DIGITS] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (int pass = 0; pass < PASSES; pass++)
            starts[pass][codes[i] >> (DIGIT * pass) & (DIGITS - 1)]++;
    for (int pass = 0; pass < PASSES; pass++) {
        size_t start = 0;
        for (int digit = 0; digit < DIGITS; digit++) {
            size_t here = starts[pass][digit];
            starts[pass][digit] = start;
            start += here;
        }
        for (size_t i = 0; i < count; i++)
            other[starts[pass][codes[i] >> (DIGIT * pass) & (DIGITS - 1)]++] = codes[i];
        uint32_t *sorted = other;
        other = codes;
        codes = sorted;
    }
}
