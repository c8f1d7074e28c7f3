/* Any indices come back from a dense tile; any bytes are a tile or refused, and what they hold comes back as well. That
   is so for distances of colours; with others, which module.c lets pass, bytes are read without harm. */

#include "../chances.h"

typedef struct {
    kmf_dense given;
    size_t height, width;
    uint8_t *rows;
} dense;

/* Slots, and rows behind them, as module.c has them. */
static void clear(dense *d)
{
    size_t slots = (size_t)3 << d->given.slot_bits;
    free(d->given.slots);
    d->given.slots = zeros(slots * 4 + 3 * (d->width + 8));
    d->rows = (uint8_t *)(d->given.slots + slots);
}

static void comes_back(dense *d, const uint8_t *indices)
{
    size_t pixels = d->height * d->width, room = pixels / 8, size;
    uint8_t *data = zeros(room), *again = zeros(pixels);
    clear(d);
    size = kmf_encode_dense(&d->given, indices, (ptrdiff_t)d->width, d->height, d->width, d->rows, data, room);
    if (size > room) {
        free(data);
        data = zeros(size);
        clear(d);
        CHECK(size == kmf_encode_dense(&d->given, indices, (ptrdiff_t)d->width, d->height, d->width, d->rows, data, size));
    }
    clear(d);
    CHECK(kmf_decode_dense(&d->given, data, size, d->height, d->width, d->rows, again) == KMF_DENSE_GOOD);
    CHECK(!memcmp(indices, again, pixels));
    free(data);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    make_chances();
    unsigned decoding = take(&in, 0, 1), any = decoding && take(&in, 0, 3) == 3, K = take_colors(&in, 1);
    dense d = {.height = take(&in, 1, 40), .width = take(&in, 1, 40)};
    uint16_t *distances = shorts_below(&in, (size_t)K * K, 1u << 13);
    uint8_t *palette = array(&in, 3 * (size_t)K);
    if (!any)
        kmf_color_distances(palette, K, 3, distances);
    d.given = (kmf_dense){K, distances, chances.stretch, chances.squash, chances.rates, take(&in, 10, 12), NULL};
    if (decoding) {
        uint8_t *bytes = array(&in, in.left), *indices = zeros(d.height * d.width);
        clear(&d);
        if (kmf_decode_dense(&d.given, bytes, in.left, d.height, d.width, d.rows, indices) == KMF_DENSE_GOOD) {
            for (size_t i = 0; i < d.height * d.width; i++)
                CHECK(indices[i] < K);
            if (!any)
                comes_back(&d, indices);
        }
        free(bytes);
        free(indices);
    } else {
        uint8_t *indices = array_below(&in, d.height * d.width, K);
        comes_back(&d, indices);
        free(indices);
    }
    free(d.given.slots);
    free(distances);
    free(palette);
    return 0;
}
