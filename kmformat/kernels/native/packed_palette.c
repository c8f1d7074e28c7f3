/* A palette to the bytes of an adaptive coder and back: see kmformat/kernels/packed_palette.py. */

#include "binary_coder.h"

enum { RED, GREEN, BLUE, ALPHA };

/* What is learned of alpha, of green, and of red and blue. */
typedef struct {
    chance differs[2], negative, sizes[7], high_bits[8]; /* `differs[1]`: where green does not */
} channel_kind;

INSIDE int code_difference(coder *c, channel_kind *kind, bool same, int difference, bool decoding,
                           const int32_t *rates)
{
    uint32_t amount = (uint32_t)(difference < 0 ? -difference : difference), high = 1;
    if (!code_by(c, &kind->differs[same], difference != 0, decoding, rates))
        return 0;
    bool negative = code_by(c, &kind->negative, difference < 0, decoding, rates);
    unsigned size = code_size(c, kind->sizes, 7, amount, decoding, rates);
    if (size) {
        bool bit = code_by(c, &kind->high_bits[size], amount >> (size - 1) & 1, decoding, rates);
        high = (2u | bit) << (size - 1) | code_plain(c, size - 1, amount, decoding);
    }
    return negative ? -(int)high : (int)high;
}

/* A channel of an entry as its difference from a base, -128 to 127 modulo 256. */
INSIDE void code_channel(coder *c, channel_kind *kind, bool same, uint8_t *value, int base,
                         bool decoding, const int32_t *rates)
{
    int difference = decoding ? 0 : (*value - base + 640) % 256 - 128;
    *value = (uint8_t)(base + code_difference(c, kind, same, difference, decoding, rates));
}

INSIDE void code_palette(coder *c, uint8_t *palette, unsigned K, unsigned channels, bool decoding,
                         const int32_t *rates)
{
    static const uint8_t zeros[4];
    channel_kind kinds[3];
    for (chance *known = (chance *)kinds; known < (chance *)(kinds + 3); known++)
        *known = UNKNOWN;
    const uint8_t *before = zeros;
    for (unsigned k = 0; k < K; k++, before = palette, palette += channels) {
        if (channels == 4)
            code_channel(c, &kinds[0], false, &palette[ALPHA], before[ALPHA], decoding, rates);
        code_channel(c, &kinds[1], false, &palette[GREEN], before[GREEN], decoding, rates);
        int more = palette[GREEN] - before[GREEN];
        for (unsigned channel = RED; channel <= BLUE; channel += BLUE - RED)
            code_channel(c, &kinds[2], more == 0, &palette[channel], before[channel] + more,
                         decoding, rates);
    }
}

size_t kmf_pack_palette(const uint8_t *palette, unsigned K, unsigned channels, const int32_t *rates,
                        uint8_t *data, size_t size)
{
    uint8_t entries[1024];
    memcpy(entries, palette, (size_t)K * channels);
    coder c = start_coder(data, size, false);
    code_palette(&c, entries, K, channels, false, rates);
    return finish_coder(&c);
}

bool kmf_unpack_palette(const uint8_t *data, size_t size, unsigned K, unsigned channels,
                        const int32_t *rates, uint8_t *palette)
{
    coder c = start_coder((uint8_t *)data, size, true);
    code_palette(&c, palette, K, channels, true, rates);
    return has_ended(&c);
}
