/* An adaptive binary coder: see kmformat/kernels/binary_coder.py. One function codes both ways, and
   with `decoding` a constant, the compiler makes two of it. */

#ifndef KMF_BINARY_CODER_H
#define KMF_BINARY_CODER_H

#include "kernels.h"

enum { EVEN = 1 << 15 };

/* What is known of a decision: 22 bits of chance, and below them 10 of how often it was made. */
typedef uint32_t chance;
#define UNKNOWN ((chance)1 << 31)
#define MOST_MADE 255

typedef struct {
    uint32_t low, high, code;
    uint8_t *data;
    size_t at, size; /* `at` may exceed the size: zeros are read there, and nothing is written */
} coder;

INSIDE uint32_t next_byte(coder *c)
{
    uint32_t byte = c->at < c->size ? c->data[c->at] : 0;
    c->at++;
    return byte;
}

INSIDE coder start_coder(uint8_t *data, size_t size, bool decoding)
{
    coder c = {0, 0xFFFFFFFF, 0, data, 0, size};
    for (unsigned i = 0; decoding && i < 4; i++)
        c.code = c.code << 8 | next_byte(&c);
    return c;
}

INSIDE void put_byte(coder *c, uint32_t byte)
{
    if (c->at < c->size)
        c->data[c->at] = (uint8_t)byte;
    c->at++;
}

/* Where a decision whose chance of 1 is 32 to 65504 parts what is left: up to here, it is 1. */
INSIDE uint32_t middle_of(const coder *c, uint32_t p)
{
    return c->low + (uint32_t)((uint64_t)(c->high - c->low) * p >> 16);
}

/* Take or write the bytes that are certain now. */
INSIDE void shift_bytes(coder *c, bool decoding)
{
    while (!((c->low ^ c->high) >> 24)) {
        if (decoding)
            c->code = c->code << 8 | next_byte(c);
        else
            put_byte(c, c->high >> 24);
        c->low <<= 8;
        c->high = c->high << 8 | 255;
    }
}

/* Code a decision whose chance of 1 is 32 to 65504; `bit` is ignored to decode. */
INSIDE bool code_bit(coder *c, uint32_t p, bool bit, bool decoding)
{
    uint32_t middle = middle_of(c, p);
    if (decoding)
        bit = c->code <= middle;
    if (bit)
        c->high = middle;
    else
        c->low = middle + 1;
    shift_bytes(c, decoding);
    return bit;
}

/* As few bytes as are right if zeros follow them. Returns how many there are in all. */
INSIDE size_t finish_coder(coder *c)
{
    unsigned count = 0;
    uint64_t code = 0;
    for (; count <= 4; count++) {
        uint64_t unit = (uint64_t)1 << (32 - 8 * count);
        code = (c->low + unit - 1) / unit * unit;
        if (code <= c->high)
            break;
    }
    for (unsigned i = 0; i < count; i++)
        put_byte(c, (uint32_t)(code >> (24 - 8 * i)) & 255);
    return c->at;
}

/* Whether the data end where the decisions do. */
INSIDE bool has_ended(const coder *c)
{
    return c->at - 4 <= c->size && c->size <= c->at;
}

INSIDE void learn(chance *known, bool bit, const int32_t *rates)
{
    uint32_t n = *known & 1023;
    int32_t error = ((int32_t)bit << 18) - (int32_t)(*known >> 14);
    *known += ((uint32_t)(error * rates[n] >> 10) << 10) + (n < MOST_MADE);
}

INSIDE bool code_by(coder *c, chance *known, bool bit, bool decoding, const int32_t *rates)
{
    uint32_t p = *known >> 16;
    bit = code_bit(c, p < 32 ? 32 : p > 65504 ? 65504 : p, bit, decoding);
    learn(known, bit, rates);
    return bit;
}

/* A number of so many bits, the high ones first, of which nothing is known: no use to predict them. */
INSIDE uint32_t code_plain(coder *c, unsigned bits, uint32_t number, bool decoding)
{
    uint32_t coded = 0;
    for (; bits; bits--) {
        uint32_t middle = middle_of(c, EVEN);
        uint32_t bit = decoding ? c->code <= middle : number >> (bits - 1) & 1;
        uint32_t change = (c->high ^ middle) & (0 - bit);
        c->high ^= change;
        c->low += (middle + 1 - c->low) & (bit - 1);
        shift_bytes(c, decoding);
        coded = coded << 1 | bit;
    }
    return coded;
}

/* How many bits a number, at least 1, has: 0 for 0. */
INSIDE unsigned bit_length(uint32_t number)
{
    unsigned bits = 0;
    for (; number; number >>= 1)
        bits++;
    return bits;
}

/* How many bits a number, at least 1, has below its highest: 0 to `most`. */
INSIDE unsigned code_size(coder *c, chance *known, unsigned most, uint32_t number, bool decoding,
                          const int32_t *rates)
{
    unsigned size = 0;
    while (size < most && code_by(c, known + size, number >> size > 1, decoding, rates))
        size++;
    return size;
}

#endif
