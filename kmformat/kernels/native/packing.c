/* Indices to packed bytes and back, packed bytes straight to colours, and runs of zeros: see
   kmformat/kernels/packing.py. */

#include "kernels.h"

static size_t row_bytes(size_t width, unsigned bits)
{
    return (width * bits + 7) / 8;
}

/* Pack `count` indices, fewer than fill a byte, from the high bits down. */
static uint8_t pack_byte(const uint8_t *indices, size_t count, unsigned bits)
{
    unsigned byte = 0;
    for (size_t i = 0; i < count; i++)
        byte |= (unsigned)indices[i] << (8 - bits * (i + 1));
    return (uint8_t)byte;
}

void kmf_pack(const uint8_t *indices, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
              uint8_t *packed)
{
    size_t per_byte = 8 / bits, whole = width / per_byte, rest = width % per_byte;
    for (size_t y = 0; y < height; y++, indices += stride, packed += row_bytes(width, bits)) {
        const uint8_t *RESTRICT from = indices;
        uint8_t *RESTRICT to = packed;
        if (bits == 8)
            memcpy(to, from, width);
        else if (bits == 4)
            for (size_t i = 0; i < whole; i++)
                to[i] = (uint8_t)(from[2 * i] << 4 | from[2 * i + 1]);
        else
            for (size_t i = 0; i < whole; i++)
                to[i] = pack_byte(from + i * per_byte, per_byte, bits);
        if (rest)
            to[whole] = pack_byte(from + whole * per_byte, rest, bits);
    }
}

void kmf_unpack(const uint8_t *packed, ptrdiff_t stride, size_t height, size_t width, unsigned bits,
                uint8_t *indices)
{
    size_t per_byte = 8 / bits, whole = width / per_byte, rest = width % per_byte;
    unsigned mask = (1u << bits) - 1;
    for (size_t y = 0; y < height; y++, packed += stride, indices += width) {
        const uint8_t *RESTRICT from = packed;
        uint8_t *RESTRICT to = indices;
        if (bits == 8)
            memcpy(to, from, width);
        else if (bits == 4)
            for (size_t i = 0; i < whole; i++) {
                to[2 * i] = from[i] >> 4;
                to[2 * i + 1] = from[i] & 15;
            }
        else
            for (size_t i = 0; i < whole; i++)
                for (size_t j = 0; j < per_byte; j++)
                    to[i * per_byte + j] = (uint8_t)(from[i] >> (8 - bits * (j + 1)) & mask);
        for (size_t j = 0; j < rest; j++)
            to[whole * per_byte + j] = (uint8_t)(from[whole] >> (8 - bits * (j + 1)) & mask);
    }
}

static bool are_zeros(const uint8_t eight[8])
{
    uint64_t word;
    memcpy(&word, eight, 8);
    return word == 0;
}

size_t kmf_write_runs(const uint8_t *numbers, size_t count, unsigned bits, uint8_t *runs)
{
    unsigned longest = (1u << (8 - bits)) - 1, zeros = 0;
    uint8_t *end = runs;
    for (size_t i = 0; i < count;) {
        size_t stop = count - i < 8 ? count : i + 8;
        if (stop == i + 8 && zeros + 8 <= longest && are_zeros(numbers + i)) {
            zeros += 8;
            i = stop;
        }
        for (; i < stop; i++) {
            /* Written whether the run ends here or not: no branch can be foreseen wrongly. */
            unsigned ends = (numbers[i] != 0) | (zeros == longest);
            *end = (uint8_t)(zeros << bits | numbers[i]);
            end += ends;
            zeros = (zeros + 1) & (ends - 1);
        }
    }
    if (zeros) /* the last of them is the number */
        *end++ = (uint8_t)((zeros - 1) << bits);
    return (size_t)(end - runs);
}

size_t kmf_clip(const uint8_t *numbers, size_t count, unsigned top, uint8_t *clipped,
                uint8_t *escapes)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        clipped[i] = numbers[i] < top ? numbers[i] : (uint8_t)top;
        escapes[found] = (uint8_t)(numbers[i] - top);
        found += numbers[i] >= top;
    }
    return found;
}

bool kmf_read_runs(const uint8_t *runs, size_t size, unsigned bits, uint8_t *numbers, size_t count)
{
    unsigned mask = (1u << bits) - 1;
    size_t place = 0;
    memset(numbers, 0, count);
    for (size_t i = 0; i < size; i++) {
        size_t zeros = runs[i] >> bits;
        if (zeros >= count - place)
            return false;
        place += zeros;
        numbers[place++] = (uint8_t)(runs[i] & mask);
    }
    return place == count;
}

void kmf_color_table(const uint8_t *palette, unsigned bits, unsigned channels, kmf_colors *table)
{
    unsigned per_byte = 8 / bits, mask = (1u << bits) - 1;
    table->bits = bits;
    table->channels = channels;
    table->entry = per_byte * channels;
    memset(table->colors, 0, sizeof table->colors);
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned j = 0; j < per_byte; j++)
            memcpy(table->colors[byte] + j * channels,
                   palette + (byte >> (8 - bits * (j + 1)) & mask) * channels, channels);
}

/* Copy the colours of `count` bytes, `copied` bytes for each entry: of a fixed size, which compilers
   make one move of, though it may write beyond the entry; the next one is written over that. The
   entry is a constant too: GCC 12 took a stride that it did not know for one of aligned moves. */
#define COPY_ENTRIES(entry, copied)                       \
    for (size_t i = 0; i < count; i++, to += (entry))     \
        memcpy(to, table->colors[from[i]], (copied))

static void paint_bytes(const kmf_colors *table, const uint8_t *from, size_t count, uint8_t *to)
{
    switch (table->entry) {
    case 3:
        COPY_ENTRIES(3, 4);
        break;
    case 4:
        COPY_ENTRIES(4, 4);
        break;
    case 6:
        COPY_ENTRIES(6, 8);
        break;
    case 8:
        COPY_ENTRIES(8, 8);
        break;
    case 12:
        COPY_ENTRIES(12, 16);
        break;
    case 16:
        COPY_ENTRIES(16, 16);
        break;
    default:
        for (size_t i = 0; i < count; i++, to += table->entry)
            memcpy(to, table->colors[from[i]], table->entry);
    }
}

void kmf_paint(const kmf_colors *table, const uint8_t *packed, ptrdiff_t stride, size_t height,
               size_t width, uint8_t *colors, ptrdiff_t color_stride)
{
    size_t size = width * table->channels, whole = size / table->entry;
    size_t careful = whole < 8 ? whole : 8; /* entries at the end: beyond them are other pixels */
    for (size_t y = 0; y < height; y++, packed += stride, colors += color_stride) {
        paint_bytes(table, packed, whole - careful, colors);
        for (size_t i = whole - careful; i < whole; i++)
            memcpy(colors + i * table->entry, table->colors[packed[i]], table->entry);
        if (size > whole * table->entry)
            memcpy(colors + whole * table->entry, table->colors[packed[whole]],
                   size - whole * table->entry);
    }
}
