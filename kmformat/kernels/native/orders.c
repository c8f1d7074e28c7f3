/* Default orders of a palette beside two neighbours, each made when it is first needed: see
   kmformat/kernels/orders.py. */

#include "kernels.h"

enum { DIGIT = 7, DIGITS = 1 << DIGIT };

/* Sort numbers by keys below 2^14, by their low 7 bits and then by the high ones. Numbers that come
   in ascending order stay so where keys are equal. */
static void sort_by_keys(const uint8_t *numbers, unsigned count, const uint16_t *keys,
                         uint8_t *sorted)
{
    uint8_t half[256];
    unsigned low[DIGITS] = {0}, high[DIGITS] = {0}, low_start = 0, high_start = 0;
    for (unsigned i = 0; i < count; i++) {
        low[keys[numbers[i]] % DIGITS]++;
        high[keys[numbers[i]] / DIGITS]++;
    }
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        unsigned lows = low[digit], highs = high[digit];
        low[digit] = low_start;
        high[digit] = high_start;
        low_start += lows;
        high_start += highs;
    }
    for (unsigned i = 0; i < count; i++)
        half[low[keys[numbers[i]] % DIGITS]++] = numbers[i];
    for (unsigned i = 0; i < count; i++)
        sorted[high[keys[half[i]] / DIGITS]++] = half[i];
}

void kmf_default_order(const uint16_t *distances, unsigned K, unsigned N, unsigned W,
                       uint8_t *order)
{
    const uint16_t *from_N = distances + N * K, *from_W = distances + W * K;
    uint16_t sums[256];
    uint8_t others[256];
    unsigned count = 0;
    for (unsigned index = 0; index < K; index++)
        sums[index] = (uint16_t)(from_N[index] + from_W[index]);
    for (unsigned index = 0; index < K; index++) {
        others[count & 255] = (uint8_t)index;
        count += index != N && index != W;
    }
    *order++ = (uint8_t)W;
    if (N != W)
        *order++ = (uint8_t)N;
    sort_by_keys(others, count, sums, order);
}

void kmf_make_row(kmf_rows *rows, unsigned N, unsigned W)
{
    size_t pair = (size_t)N * rows->K + W;
    uint8_t *row = rows->table + pair * rows->K, order[256];
    kmf_default_order(rows->distances, rows->K, N, W, rows->inverse ? order : row);
    if (rows->inverse)
        for (unsigned rank = 0; rank < rows->K; rank++)
            row[order[rank]] = (uint8_t)rank;
    rows->made[pair] = 1;
}
