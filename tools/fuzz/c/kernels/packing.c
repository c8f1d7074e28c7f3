/* Indices packed come back, and so do numbers as runs; any runs and packed bytes are read or refused. */

#include "../input.h"

static void pack_and_paint(input *in)
{
    unsigned bits = 1u << take(in, 0, 3), channels = take(in, 1, 4), apart = take(in, 0, 3);
    size_t width = take(in, 1, 99), height = take(in, 1, 9), stride = width + apart;
    size_t row = (width * bits + 7) / 8, colored = width * channels;
    uint8_t *indices = array_below(in, (height - 1) * stride + width, 1u << bits);
    uint8_t *packed = zeros(height * row), *unpacked = zeros(height * width);
    uint8_t *palette = array(in, (size_t)channels << bits);
    uint8_t *colors = zeros((height - 1) * (colored + apart) + colored);
    kmf_colors table;
    kmf_pack(indices, (ptrdiff_t)stride, height, width, bits, packed);
    kmf_unpack(packed, (ptrdiff_t)row, height, width, bits, unpacked);
    kmf_color_table(palette, bits, channels, &table);
    kmf_paint(&table, packed, (ptrdiff_t)row, height, width, colors, (ptrdiff_t)(colored + apart));
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            size_t index = indices[y * stride + x];
            CHECK(unpacked[y * width + x] == index);
            CHECK(!memcmp(colors + y * (colored + apart) + x * channels, palette + index * channels,
                          channels));
        }
    free(indices);
    free(packed);
    free(unpacked);
    free(palette);
    free(colors);
}

static void write_and_read_runs(input *in)
{
    unsigned bits = take(in, 1, 4);
    size_t count = take(in, 0, 999), size;
    uint8_t *numbers = array_below(in, count, 1u << bits), *runs = zeros(count), *read = zeros(count);
    size = kmf_write_runs(numbers, count, bits, runs);
    CHECK(size <= count);
    CHECK(kmf_read_runs(runs, size, bits, read, count));
    CHECK(!memcmp(numbers, read, count));
    free(numbers);
    free(runs);
    free(read);
}

static void read_any_runs(input *in)
{
    unsigned bits = take(in, 1, 4);
    size_t count = take(in, 0, 9999), size = in->left;
    uint8_t *runs = array(in, size), *numbers = zeros(count), *again = zeros(count);
    if (kmf_read_runs(runs, size, bits, numbers, count))
        CHECK(kmf_write_runs(numbers, count, bits, again) <= size); /* runs are as long as can be */
    free(runs);
    free(numbers);
    free(again);
}

static void clip(input *in)
{
    unsigned top = take(in, 0, 255);
    size_t count = in->left, escaped = 0;
    uint8_t *numbers = array(in, count), *clipped = zeros(count), *escapes = zeros(count);
    size_t found = kmf_clip(numbers, count, top, clipped, escapes);
    for (size_t i = 0; i < count; i++) {
        unsigned beyond = clipped[i] == top ? escapes[escaped++] : 0;
        CHECK(clipped[i] + beyond == numbers[i]);
    }
    CHECK(escaped == found);
    free(numbers);
    free(clipped);
    free(escapes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tried[])(input *) = {pack_and_paint, write_and_read_runs, read_any_runs, clip};
    input in = {data, size};
    tried[take(&in, 0, 3)](&in);
    return 0;
}
