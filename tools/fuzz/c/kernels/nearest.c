/* By a table, colours get the entries that they get one by one, which are the nearest; and marks and numbers by tables. */

#include "../input.h"

static uint8_t table[1 << 24], filled[1 << 15];

static uint32_t distance(const uint8_t *color, const uint8_t *entry)
{
    int r = color[0] - entry[0], g = color[1] - entry[1], b = color[2] - entry[2];
    return (uint32_t)(r * r + g * g + b * b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    kmf_entries entries = {.count = (int32_t)take(&in, 1, 256)};
    size_t count = take(&in, 0, 200);
    uint8_t *palette = array(&in, 3 * (size_t)entries.count);
    in.at += in.left / 2;
    in.left -= in.left / 2;
    uint8_t *colors = array(&in, 3 * count), *direct = zeros(count), *found = zeros(count);
    for (int32_t k = 0; k < entries.count; k++) {
        entries.red[k] = palette[3 * k];
        entries.green[k] = palette[3 * k + 1];
        entries.blue[k] = palette[3 * k + 2];
    }
    memset(filled, 0, sizeof filled);
    kmf_nearest_rgb(colors, count, &entries, direct);
    kmf_nearest_rgb_by_table(colors, count, &entries, table, filled, found);
    for (size_t i = 0; i < count; i++) {
        CHECK(direct[i] == found[i]);
        for (int32_t k = 0; k < entries.count; k++) {
            uint32_t of_this = distance(colors + 3 * i, palette + 3 * k);
            uint32_t of_found = distance(colors + 3 * i, palette + 3 * found[i]);
            CHECK(of_this > of_found || (of_this == of_found && k >= found[i]));
        }
    }
    for (size_t i = 0; i < count; i++) /* in what stays of the table, other bytes than zeros do no harm */
        table[colors[3 * i] | colors[3 * i + 1] << 8 | colors[3 * i + 2] << 16] = 0;
    kmf_mark_colors(colors, count, table);
    kmf_look_up(colors, count, table, found);
    for (size_t i = 0; i < count; i++)
        CHECK(found[i] == 1);
    free(palette);
    free(colors);
    free(direct);
    free(found);
    return 0;
}
