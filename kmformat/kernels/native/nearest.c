/* The nearest palette entry of each RGB colour, of equally near ones the first: see
   kmformat/kernels/nearest.py.

   A squared distance takes 18 bits. The number of the entry rides in the 8 bits below it, so that
   the least of such scores is that of the first of the nearest entries. */

#include "kernels.h"

enum { SIDE = 8, FARTHEST = 1 << 30 };

static int32_t square(int32_t x)
{
    return x * x;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static uint8_t nearest_of_all(const kmf_entries *entries, const uint8_t color[3])
{
    int32_t best = FARTHEST;
    for (int32_t k = 0; k < entries->count; k++) {
        int32_t distance = square(color[0] - entries->red[k]) +
                           square(color[1] - entries->green[k]) +
                           square(color[2] - entries->blue[k]);
        best = least(best, distance << 8 | k);
    }
    return (uint8_t)best;
}

/* Find the entries that may be nearest to a colour of a cell; return how many.

   Let entry j be the nearest to the middle m of the cell, and t the way from there to a colour, no
   coordinate of which exceeds 3.5. Entry k is as near as j only if
   |m - c_k|^2 - |m - c_j|^2 <= 2 t.(c_k - c_j). Below, all of it is times 4, and whole. */
static int candidates(const kmf_entries *entries, const int32_t corner[3], int32_t found[256])
{
    int32_t distance[256], best = 0;
    for (int32_t k = 0; k < entries->count; k++) {
        distance[k] = square(2 * (corner[0] - entries->red[k]) + SIDE - 1) +
                      square(2 * (corner[1] - entries->green[k]) + SIDE - 1) +
                      square(2 * (corner[2] - entries->blue[k]) + SIDE - 1);
        if (distance[k] < distance[best])
            best = k;
    }
    int count = 0;
    for (int32_t k = 0; k < entries->count; k++) {
        int32_t apart = abs(entries->red[k] - entries->red[best]) +
                        abs(entries->green[k] - entries->green[best]) +
                        abs(entries->blue[k] - entries->blue[best]);
        if (distance[k] - distance[best] <= 4 * (SIDE - 1) * apart)
            found[count++] = k;
    }
    return count;
}

static void fill_cell(const kmf_entries *entries, const int32_t corner[3], uint8_t *cell)
{
    int32_t near[256];
    int count = candidates(entries, corner, near);
    if (count == 1) {
        memset(cell, near[0], SIDE * SIDE * SIDE);
        return;
    }
    for (int32_t r = 0; r < SIDE; r++)
        for (int32_t g = 0; g < SIDE; g++, cell += SIDE) {
            int32_t best[SIDE];
            for (int b = 0; b < SIDE; b++)
                best[b] = FARTHEST;
            for (int i = 0; i < count; i++) {
                int32_t k = near[i], blue = corner[2] - entries->blue[k];
                int32_t rest = square(corner[0] + r - entries->red[k]) +
                               square(corner[1] + g - entries->green[k]);
                for (int32_t b = 0; b < SIDE; b++)
                    best[b] = least(best[b], (rest + square(blue + b)) << 8 | k);
            }
            for (int b = 0; b < SIDE; b++)
                cell[b] = (uint8_t)best[b];
        }
}

void kmf_nearest_rgb(const uint8_t *colors, size_t count, const kmf_entries *entries,
                     uint8_t *indices)
{
    for (size_t i = 0; i < count; i++)
        indices[i] = nearest_of_all(entries, colors + 3 * i);
}

void kmf_nearest_rgb_by_table(const uint8_t *colors, size_t count, const kmf_entries *entries,
                              uint8_t *table, uint8_t *filled, uint8_t *indices)
{
    for (size_t i = 0; i < count; i++, colors += 3) {
        size_t cell = (size_t)(colors[0] / SIDE) << 10 | (size_t)(colors[1] / SIDE) << 5 |
                      colors[2] / SIDE;
        uint8_t *inside = table + cell * (SIDE * SIDE * SIDE);
        if (!filled[cell]) {
            int32_t corner[3] = {colors[0] & -SIDE, colors[1] & -SIDE, colors[2] & -SIDE};
            fill_cell(entries, corner, inside);
            filled[cell] = 1;
        }
        indices[i] = inside[(colors[0] % SIDE) << 6 | (colors[1] % SIDE) << 3 | colors[2] % SIDE];
    }
}

static size_t code_of(const uint8_t color[3])
{
    return (size_t)color[0] | (size_t)color[1] << 8 | (size_t)color[2] << 16;
}

void kmf_mark_colors(const uint8_t *colors, size_t count, uint8_t *marks)
{
    for (size_t i = 0; i < count; i++)
        marks[code_of(colors + 3 * i)] = 1;
}

void kmf_look_up(const uint8_t *colors, size_t count, const uint8_t *table, uint8_t *found)
{
    for (size_t i = 0; i < count; i++)
        found[i] = table[code_of(colors + 3 * i)];
}
