/* Files that are changed, and whose checksums are then made right, so that what is behind them is reached.

   Include it after the implementation of kmf.h, of which it takes parts. */

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most); /* libFuzzer's own changes */

/* Find where tiles and checksums of a file are, even if it is damaged: whether there are any. */
static int find(kmf_image *image, const uint8_t *data, size_t size)
{
    memset(image, 0, sizeof *image);
    image->data = data;
    image->size = size;
    kmf__read_head(image, MAX_PIXELS);
    return image->tiles > 0;
}

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static void mend_head(const kmf_image *image, uint8_t *data)
{
    put_u32(data + image->tiles_at - 4, kmf__crc32(data, image->tiles_at - 4, 0));
}

static void mend(uint8_t *data, size_t size)
{
    kmf_image image;
    uint8_t palette[1024] = { 0 };
    if (!find(&image, data, size)) return;
    mend_head(&image, data);
    find(&image, data, size); /* now with what comes after the head checksum */
    size_t at = image.tiles_at, bytes = (size_t)image.colors * image.channels;
    if (image.packed) kmf__unpack_palette(&image, palette);
    else memcpy(palette, data + image.stored_palette.at, bytes);
    kmf__span entry = image.directory;
    for (size_t t = 0; t < image.tiles; t++) {
        unsigned method;
        uint32_t length;
        if (kmf__read_entry(&image, &entry, &method, &length) || length > size - at) break;
        uint32_t crc = method >= 2 ? kmf__crc32(palette, bytes, 0) : 0;
        put_u32(data + image.checksums + 4 * t, kmf__crc32(data + at, length, crc));
        at += length;
    }
    mend_head(&image, data);
}

/* Change the bytes of a tile, of which the directory then says how many there are. 0 if there is no room. */
static size_t change_tile(const kmf_image *image, uint8_t *data, size_t size, size_t most, unsigned number)
{
    kmf__span entry = image->directory, before = entry;
    size_t at = image->tiles_at;
    unsigned method;
    uint32_t length = 0;
    for (size_t t = 0; t <= number % image->tiles; t++) {
        at += length;
        before = entry;
        if (kmf__read_entry(image, &entry, &method, &length) || length > size - at) return 0;
    }
    size_t room = most - size + length;
    uint8_t *changed = malloc(most + 8), *tile = malloc(room + 1), *to = changed;
    if (!changed || !tile) abort();
    memcpy(tile, data + at, length);
    size_t bytes = room ? LLVMFuzzerMutate(tile, length, room) : 0;
    memcpy(to, data, before.at);
    to += before.at;
    uint64_t stated = 8 * (uint64_t)bytes + method;
    for (; stated > 127; stated >>= 7) *to++ = (uint8_t)(stated | 128);
    *to++ = (uint8_t)stated;
    const uint8_t *from[] = { data + entry.at, tile, data + at + length };
    const size_t sizes[] = { at - entry.at, bytes, size - at - length };
    for (int i = 0; i < 3; i++) {
        if (sizes[i] > most + 8 - (size_t)(to - changed)) break; /* the number took more bytes than before */
        memcpy(to, from[i], sizes[i]);
        to += sizes[i];
    }
    size = (size_t)(to - changed) < most ? (size_t)(to - changed) : most;
    memcpy(data, changed, size);
    free(changed);
    free(tile);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    kmf_image image;
    size_t changed = 0;
    if (seed % 4 && find(&image, data, size)) changed = change_tile(&image, data, size, most, seed / 64);
    if (!changed) changed = LLVMFuzzerMutate(data, size, most);
    if (seed / 4 % 16) mend(data, changed);
    return changed;
}
