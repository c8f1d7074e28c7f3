/* Default orders of a palette beside two neighbours, each made when it is first needed: see
   kmformat/kernels/orders.py. */

#include "kernels.h"
#include <math.h>

enum { FEW = 32, DIGITS = 1 << 7 };

WIDE void kmf_color_distances(const uint8_t *palette, unsigned K, unsigned channels,
                              uint16_t *distances)
{
    int32_t planes[4][256] = {{0}};
    for (unsigned k = 0; k < K; k++)
        for (unsigned channel = 0; channel < channels; channel++)
            planes[channel][k] = *palette++;
    for (unsigned k = 0; k < K; k++, distances += K)
        for (unsigned v = 0; v < K; v++) {
            int32_t square = 0;
            for (unsigned channel = 0; channel < 4; channel++) {
                int32_t apart = planes[channel][v] - planes[channel][k];
                square += apart * apart;
            }
            /* Only rounding makes 16 times the root of such a number, below 2^18, too large. */
            int32_t root = (int32_t)(16 * sqrtf((float)square));
            distances[v] = (uint16_t)(root - (root * root > 256 * square));
        }
}

/* Both sorts leave numbers with equal keys in the order in which they come. */

static void sort_few(const uint8_t *numbers, unsigned count, const uint16_t *keys, uint8_t *sorted)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned place = i;
        for (; place && keys[sorted[place - 1]] > keys[numbers[i]]; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = numbers[i];
    }
}

/* Sort by keys below 2^14: by their low 7 bits, and then by the high ones. */
static void sort_many(const uint8_t *numbers, unsigned count, const uint16_t *keys, uint8_t *sorted)
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
    (count < FEW ? sort_few : sort_many)(others, count, sums, order);
}

/* Rows of N and W exchanged differ in the first two places only, so one sort makes both. */
void kmf_make_rows(kmf_rows *rows, unsigned N, unsigned W)
{
    unsigned K = rows->K;
    size_t pair = (size_t)N * K + W, other = (size_t)W * K + N;
    uint8_t *row = rows->table + pair * K, *other_row = rows->table + other * K, order[256];
    kmf_default_order(rows->distances, K, N, W, rows->inverse ? order : row);
    if (rows->inverse)
        for (unsigned rank = 0; rank < K; rank++)
            row[order[rank]] = (uint8_t)rank;
    rows->made[pair] = 1;
    if (N == W)
        return;
    memcpy(other_row, row, K);
    other_row[rows->inverse ? N : 0] = (uint8_t)(rows->inverse ? 0 : N);
    other_row[rows->inverse ? W : 1] = (uint8_t)(rows->inverse ? 1 : W);
    rows->made[other] = 1;
}
