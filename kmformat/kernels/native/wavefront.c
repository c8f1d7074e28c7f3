/* Indices to the ranks of each stream, and back, by anti-diagonals: see
   kmformat/kernels/wavefront.py.

   A lane is a row of pixels. What it handled last is the W of its next pixel, and the W of the lane
   above is the N, as long as lanes go downwards: `above` holds it, since the lane above has moved on
   by then.

   Eight streams advance at once. How far each has got since it was last looked at is one byte of
   `taken`: a store to an array of eight would have to reach memory before the next pixel could load
   it. A byte holds up to 255, so all are looked at after that many pixels, and not before: a stream
   that ends is read at most 255 ranks beyond its end, where there is room for them. */

#include "kernels.h"

enum { BETWEEN_LOOKS = 255 };

/* Add what was taken from each stream. False if one of them has not so many. */
static bool advance(kmf_streams *streams, uint64_t taken)
{
    bool enough = true;
    for (unsigned s = 0; s < streams->count; s++, taken >>= 8) {
        streams->next[s] += taken & 255;
        enough &= streams->next[s] <= streams->end[s];
    }
    return enough;
}

/* The rows that an anti-diagonal begins and ends with, and the pixel of the first. */
typedef struct {
    size_t y, end;
    ptrdiff_t offset;
} diagonal;

static diagonal diagonal_of(size_t number, size_t height, size_t width, ptrdiff_t stride)
{
    size_t y = number < width ? 0 : number - width + 1;
    size_t end = number < height ? number + 1 : height;
    return (diagonal){y, end, (ptrdiff_t)y * stride + (ptrdiff_t)(number - y)};
}

/* Up to 16 colours, a lane is one byte, W << 4 | NW. With N above these it is the key of tables. */

bool kmf_walk_few(kmf_streams *streams, const kmf_few *tables, size_t height, size_t width,
                  uint8_t *lanes, uint8_t *indices)
{
    memset(lanes, 0, height);
    for (size_t number = 0; number < width + height - 1; number++) {
        diagonal d = diagonal_of(number, height, width, (ptrdiff_t)width);
        unsigned above = d.y ? lanes[d.y - 1] >> 4 : 0;
        uint8_t *pixel = indices + d.offset;
        while (d.y < d.end) {
            size_t look = d.end - d.y > BETWEEN_LOOKS ? d.y + BETWEEN_LOOKS : d.end;
            uint64_t taken = 0;
            for (; d.y < look; d.y++, pixel += width - 1) {
                unsigned lane = lanes[d.y], key = above << 8 | lane, shift = tables->shift[key];
                unsigned rank = streams->next[shift >> 3][taken >> shift & 255];
                unsigned index = tables->orders[(key & 0xFF0) | rank];
                taken += (uint64_t)1 << shift;
                lanes[d.y] = (uint8_t)(index << 4 | above);
                above = lane >> 4;
                *pixel = (uint8_t)index;
            }
            if (!advance(streams, taken))
                return false;
        }
    }
    return true;
}

void kmf_split_few(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                   const kmf_few *tables, uint8_t *lanes, kmf_streams *streams)
{
    memset(lanes, 0, height);
    for (size_t number = 0; number < width + height - 1; number++) {
        diagonal d = diagonal_of(number, height, width, stride);
        unsigned above = d.y ? lanes[d.y - 1] >> 4 : 0;
        const uint8_t *pixel = indices + d.offset;
        while (d.y < d.end) {
            size_t look = d.end - d.y > BETWEEN_LOOKS ? d.y + BETWEEN_LOOKS : d.end;
            uint64_t taken = 0;
            for (; d.y < look; d.y++, pixel += stride - 1) {
                unsigned lane = lanes[d.y], key = above << 8 | lane, shift = tables->shift[key];
                streams->next[shift >> 3][taken >> shift & 255] =
                    tables->orders[(key & 0xFF0) | *pixel];
                taken += (uint64_t)1 << shift;
                lanes[d.y] = (uint8_t)(*pixel << 4 | above);
                above = lane >> 4;
            }
            advance(streams, taken);
        }
    }
}

/* Above 16 colours, a lane is two bytes, W and NW, and contexts are sums of two parts. */

static unsigned shift_of(const kmf_many *tables, unsigned N, unsigned W, unsigned NW)
{
    unsigned row = N * tables->K;
    return tables->shift[tables->first[row + W] + tables->second[row + NW] + 16u * (NW == W)];
}

bool kmf_walk_many(kmf_streams *streams, kmf_many *tables, size_t height, size_t width,
                   uint8_t *lanes, uint8_t *indices)
{
    memset(lanes, 0, 2 * height);
    for (size_t number = 0; number < width + height - 1; number++) {
        diagonal d = diagonal_of(number, height, width, (ptrdiff_t)width);
        unsigned N = d.y ? lanes[2 * d.y - 2] : 0;
        uint8_t *pixel = indices + d.offset;
        while (d.y < d.end) {
            size_t look = d.end - d.y > BETWEEN_LOOKS ? d.y + BETWEEN_LOOKS : d.end;
            uint64_t taken = 0;
            for (; d.y < look; d.y++, pixel += width - 1) {
                unsigned W = lanes[2 * d.y], shift = shift_of(tables, N, W, lanes[2 * d.y + 1]);
                unsigned rank = streams->next[shift >> 3][taken >> shift & 255];
                unsigned index = kmf_row_of(&tables->rows, N, W)[rank];
                taken += (uint64_t)1 << shift;
                lanes[2 * d.y] = (uint8_t)index;
                lanes[2 * d.y + 1] = (uint8_t)N;
                N = W;
                *pixel = (uint8_t)index;
            }
            if (!advance(streams, taken))
                return false;
        }
    }
    return true;
}

void kmf_split_many(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                    kmf_many *tables, uint8_t *lanes, kmf_streams *streams)
{
    memset(lanes, 0, 2 * height);
    for (size_t number = 0; number < width + height - 1; number++) {
        diagonal d = diagonal_of(number, height, width, stride);
        unsigned N = d.y ? lanes[2 * d.y - 2] : 0;
        const uint8_t *pixel = indices + d.offset;
        while (d.y < d.end) {
            size_t look = d.end - d.y > BETWEEN_LOOKS ? d.y + BETWEEN_LOOKS : d.end;
            uint64_t taken = 0;
            for (; d.y < look; d.y++, pixel += stride - 1) {
                unsigned W = lanes[2 * d.y], shift = shift_of(tables, N, W, lanes[2 * d.y + 1]);
                streams->next[shift >> 3][taken >> shift & 255] =
                    kmf_row_of(&tables->rows, N, W)[*pixel];
                taken += (uint64_t)1 << shift;
                lanes[2 * d.y] = *pixel;
                lanes[2 * d.y + 1] = (uint8_t)N;
                N = W;
            }
            advance(streams, taken);
        }
    }
}

void kmf_count_neighbours(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                          int64_t *counts)
{
    for (size_t y = 0; y < height; y++, indices += stride) {
        unsigned W = 0, NW = 0;
        for (size_t x = 0; x < width; x++) {
            unsigned N = y ? indices[(ptrdiff_t)x - stride] : 0;
            counts[N << 12 | W << 8 | NW << 4 | indices[x]]++;
            NW = N;
            W = indices[x];
        }
    }
}

void kmf_count_ranks(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                     kmf_many *tables, unsigned bins, int64_t *counts)
{
    for (size_t y = 0; y < height; y++, indices += stride) {
        unsigned W = 0, NW = 0;
        for (size_t x = 0; x < width; x++) {
            unsigned N = y ? indices[(ptrdiff_t)x - stride] : 0, row = N * tables->K;
            unsigned context = tables->first[row + W] + tables->second[row + NW] + 16u * (NW == W);
            unsigned rank = kmf_row_of(&tables->rows, N, W)[indices[x]];
            counts[context * bins + (rank < bins ? rank : bins - 1)]++;
            NW = N;
            W = indices[x];
        }
    }
}
