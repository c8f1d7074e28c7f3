/* Settling a halftone: kmformat/kernels/halftone.py says what is computed, and in which order. */

#include <float.h>
#include <stdlib.h>

#include "kernels.h"

#if FLT_EVAL_METHOD != 0
#error "float must be computed as float: intermediate results would differ"
#endif
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { REACH = 3, WAKES = 2, AWAKE = 1, SIDE = 2 * REACH + 1 };

static int32_t rounded(float value)
{
    const float magic = 12582912.0f; /* 3 << 22 */
    volatile float sum = value + magic;
    return (int32_t)(sum - magic);
}

static float mixed(const float *row, int step, const float v[3])
{
    return (row[0] * v[0] + row[step] * v[1]) + row[2 * step] * v[2];
}

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* Adds f, seen through the filter, to the field around (y, x). */
static void spread(const kmf_halftone *h, ptrdiff_t y, ptrdiff_t x, const int32_t f[3])
{
    int32_t rows[REACH + 1][3 * SIDE];
    for (int dy = 0; dy <= h->reach; dy++)
        for (int dx = -h->reach; dx <= h->reach; dx++)
            for (int c = 0; c < 3; c++) {
                const int32_t *taps = h->taps + 4 * c;
                int32_t center = dy == 0 && dx == 0 ? h->center[c] : 0;
                rows[dy][3 * (dx + REACH) + c] = (taps[dy] * taps[abs(dx)] + center) * f[c];
            }
    ptrdiff_t left = least(x, h->reach), right = least(h->width - 1 - x, h->reach);
    ptrdiff_t top = least(y, h->reach), bottom = least(h->height - 1 - y, h->reach);
    for (ptrdiff_t dy = -top; dy <= bottom; dy++) {
        int32_t *RESTRICT field = h->field + 3 * ((y + dy) * h->width + x - left);
        const int32_t *RESTRICT row = rows[dy < 0 ? -dy : dy] + 3 * (REACH - left);
        for (ptrdiff_t i = 0; i < 3 * (left + right + 1); i++)
            field[i] += row[i];
    }
}

static void wake(const kmf_halftone *h, ptrdiff_t y, ptrdiff_t x)
{
    ptrdiff_t left = least(x, WAKES), right = least(h->width - 1 - x, WAKES);
    ptrdiff_t top = least(y, WAKES), bottom = least(h->height - 1 - y, WAKES);
    for (ptrdiff_t j = y - top; j <= y + bottom; j++) {
        uint8_t *awake = h->awake + j * h->width;
        for (ptrdiff_t i = x - left; i <= x + right; i++)
            if (awake[i] == 0)
                awake[i] = AWAKE;
    }
}

/* The score of each index at a pixel. */
static void score(const kmf_halftone *h, ptrdiff_t y, ptrdiff_t x, float *RESTRICT scores)
{
    ptrdiff_t at = y * h->width + x, K = h->K;
    const float *D = h->sensitivity + 3 * at, *q = h->squares, *p = h->products;
    const float full[9] = {2 * q[0], q[3], q[4], q[3], 2 * q[1], q[5], q[4], q[5], 2 * q[2]};
    ptrdiff_t old = h->indices[at];
    float field[3], entry[3], b[9];
    for (int c = 0; c < 3; c++) {
        field[c] = (float)h->field[3 * at + c];
        entry[c] = D[c] * p[c * K + old];
    }
    for (int c = 0; c < 3; c++) {
        float pull = mixed(h->mix + c, 3, field), back = mixed(full + 3 * c, 1, entry);
        b[c] = -(((pull + pull) + back) * D[c]);
        b[3 + c] = (D[c] * D[c]) * q[c];
    }
    b[6] = (D[0] * D[1]) * q[3];
    b[7] = (D[0] * D[2]) * q[4];
    b[8] = (D[1] * D[2]) * q[5];
    for (ptrdiff_t k = 0; k < K; k++) {
        float sum = b[0] * p[k];
        for (int i = 1; i < 9; i++)
            sum = sum + b[i] * p[i * K + k];
        scores[k] = sum;
    }
    if (!h->priced)
        return;
    const ptrdiff_t steps[4] = {-h->width, -1, 1, h->width};
    const bool inside[4] = {y > 0, x > 0, x + 1 < h->width, y + 1 < h->height};
    for (int side = 0; side < 4; side++)
        if (inside[side]) {
            const float *row = h->costs + (side * K + h->indices[at + steps[side]]) * K;
            for (ptrdiff_t k = 0; k < K; k++)
                scores[k] = scores[k] + row[k];
        }
}

static void visit(const kmf_halftone *h, ptrdiff_t y, ptrdiff_t x)
{
    ptrdiff_t at = y * h->width + x, K = h->K;
    ptrdiff_t old = h->indices[at], best = 0;
    float scores[256], change[3];
    int32_t f[3];
    scores[0] = 0; /* K is 1 or more, which compilers do not know */
    score(h, y, x, scores);
    for (ptrdiff_t k = 1; k < K; k++)
        if (scores[k] < scores[best])
            best = k;
    if (!(scores[best] < scores[old]))
        return;
    for (int c = 0; c < 3; c++) {
        const float *entries = h->products + c * K;
        change[c] = h->sensitivity[3 * at + c] * (entries[old] - entries[best]);
    }
    for (int c = 0; c < 3; c++)
        f[c] = rounded(mixed(h->mix + 3 * c, 1, change));
    h->indices[at] = (uint8_t)best;
    spread(h, y, x, f);
    wake(h, y, x);
}

void kmf_settle(kmf_halftone *h, unsigned passes)
{
    h->reach = 0;
    for (int c = 0; c < 3; c++)
        for (int i = 1; i <= REACH; i++)
            if (h->taps[4 * c + i])
                h->reach = REACH;
    h->priced = false;
    for (ptrdiff_t i = 0; i < 4 * h->K * h->K; i++)
        h->priced |= h->costs[i] != 0;
    for (unsigned pass = 0; pass < passes; pass++)
        for (int n = 0; n < 16; n++)
            for (ptrdiff_t y = 5 * n % 16 / 4; y < h->height; y += 4)
                for (ptrdiff_t x = 5 * n % 4; x < h->width; x += 4) {
                    uint8_t *awake = h->awake + y * h->width + x;
                    if (*awake == AWAKE) {
                        *awake = 0;
                        visit(h, y, x);
                    }
                }
}
