/* Indices to the bytes of a dense tile and back: see kmformat/kernels/dense.py.

   A slot is 32 bits: its first and its second index, 8 bits each; their counts, 4 and 2 bits; and
   10 bits of check. Counts and what a guess is to a slot make the number of a chance: three times
   64. The processor predicts whether a guess is right, and goes on with the next pixel before it is
   known. */

#include "binary_coder.h"

enum { CONTEXTS = 3, COUNTS = 64, SWAP = 64, MOST_STRETCH = 1407, MOST_WEIGHT = 1 << 17, PAD = 4 };

#define FIRST(slot) ((slot) & 255)
#define SECOND(slot) ((slot) >> 8 & 255)
#define COUNTS_OF(slot) ((slot) >> 16 & 63)
#define SECOND_COUNT(slot) ((slot) >> 16 & 3)

typedef struct {
    const kmf_dense *given;
    uint32_t *slots[CONTEXTS];
    struct {
        chance by_kind[CONTEXTS][3 * COUNTS], by_pattern[256], runs[29], old[10], ranks[2][10][8];
    } chances;
    int32_t weights[6][4];
    uint8_t next[3 * COUNTS]; /* counts, and SWAP, after an index of a kind */
    uint8_t group[256];       /* of each index: 0 not seen, 1 seen; 2 for a moment: tried */
    unsigned seen;
} tile;

static void start_tile(tile *t, const kmf_dense *given)
{
    t->given = given;
    for (size_t i = 0; i < CONTEXTS; i++)
        t->slots[i] = given->slots + (i << given->slot_bits);
    for (chance *known = (chance *)&t->chances; known < (chance *)(&t->chances + 1); known++)
        *known = UNKNOWN;
    for (unsigned i = 0; i < 24; i++)
        t->weights[i / 4][i % 4] = 1 << 12;
    for (unsigned counts = 0; counts < COUNTS; counts++) {
        unsigned first = counts >> 2, second = counts & 3;
        unsigned more = second < 3 ? second + 1 : 3, less = first > 2 ? first / 2 : first;
        t->next[counts] = (uint8_t)((first < 15 ? first + 1 : 15) << 2 | second);
        t->next[2 * COUNTS + counts] = (uint8_t)(first ? ((first + 1) / 2) << 2 | 1 : 1 << 2);
        if (!second)
            t->next[COUNTS + counts] = t->next[2 * COUNTS + counts];
        else if (more >= less)
            t->next[COUNTS + counts] = (uint8_t)(SWAP | more << 2 | less);
        else
            t->next[COUNTS + counts] = (uint8_t)(less << 2 | more);
    }
    memset(t->group, 0, sizeof t->group);
    t->seen = 0;
}

/* What an index is to a slot: its first, its second, or neither. */
INSIDE unsigned kind_of(uint32_t slot, unsigned index)
{
    return FIRST(slot) == index ? 0 : SECOND(slot) == index ? COUNTS : 2 * COUNTS;
}

INSIDE uint32_t counted(const tile *t, uint32_t slot, unsigned index)
{
    if (FIRST(slot) == index)
        return slot + ((uint32_t)((slot >> 18 & 15) < 15) << 18);
    unsigned kind = kind_of(slot, index), counts = t->next[kind + COUNTS_OF(slot)];
    uint32_t both = slot & 0xFFFF;
    if (kind == 2 * COUNTS || !SECOND_COUNT(slot))
        both = COUNTS_OF(slot) ? FIRST(slot) | index << 8 : index;
    if (counts & SWAP)
        both = both >> 8 | (both & 255) << 8;
    return (slot & 0xFFC00000) | (counts & 63u) << 16 | both;
}

INSIDE uint32_t hash(uint32_t bits, uint32_t word)
{
    bits = (bits + word) * 0x9E3779B1u;
    return bits ^ bits >> 15;
}

/* A slot, emptied if it was of other neighbours. */
INSIDE uint32_t slot_at(const uint32_t *place, uint32_t check)
{
    return (*place ^ check << 22) >> 22 ? check << 22 : *place;
}

/* Learn from a guess that was right or wrong, and how far each context is to be believed. */
INSIDE void learn_guess(const kmf_dense *given, chance *const *known, const int32_t *said,
                        int32_t *weights, uint32_t p, bool right)
{
    int32_t error = ((int32_t)right << 16) - (int32_t)p;
    for (unsigned i = 0; i < 4; i++) {
        int32_t weight = weights[i] + (said[i] * error >> 16);
        weight = weight < -MOST_WEIGHT ? -MOST_WEIGHT : weight;
        weights[i] = weight >= MOST_WEIGHT ? MOST_WEIGHT - 1 : weight;
    }
    for (unsigned i = 0; i < 4; i++)
        learn(known[i], right, given->rates);
}

/* Whether a guess is right. Each outcome has its own code, so that what is learned waits for no more
   than the processor's prediction. */
INSIDE bool code_guess(coder *c, tile *t, const uint32_t *slots, unsigned guess, unsigned pattern,
                       int32_t *weights, bool right, bool decoding)
{
    const kmf_dense *given = t->given;
    chance *known[4];
    int32_t said[4], total = 0;
    for (unsigned i = 0; i < CONTEXTS; i++)
        known[i] = t->chances.by_kind[i] + kind_of(slots[i], guess) + COUNTS_OF(slots[i]);
    known[3] = t->chances.by_pattern + pattern;
    for (unsigned i = 0; i < 4; i++) {
        said[i] = given->stretch[*known[i] >> 20];
        total += said[i] * weights[i];
    }
    total >>= 14;
    total = total > MOST_STRETCH ? MOST_STRETCH : total < -MOST_STRETCH ? -MOST_STRETCH : total;
    uint32_t p = given->squash[total + MOST_STRETCH];
    if (code_bit(c, p, right, decoding)) {
        learn_guess(given, known, said, weights, p, true);
        return true;
    }
    learn_guess(given, known, said, weights, p, false);
    return false;
}

/* The keys of a group are distances from both neighbours, those of the others FAR. They fill LANES,
   so that loops over them are as wide as the processor. Returns how many that are. */
enum { FAR = 0x7FFF, MOST_KEY = 1 << 14, FIRST_STEP = 256, LANES = 64, FEW = 32 };

INSIDE unsigned set_keys(const uint16_t *from_W, const uint16_t *from_N, const uint8_t *groups,
                         unsigned K, uint8_t group, int16_t *RESTRICT keys)
{
    for (unsigned v = 0; v < K; v++) {
        int16_t key = (int16_t)(from_W[v] + from_N[v]);
        keys[v] = groups[v] == group ? key : FAR;
    }
    for (; K % LANES; K++)
        keys[K] = FAR;
    return K;
}

INSIDE unsigned count_nearer(const int16_t *keys, unsigned count, int16_t key)
{
    int16_t nearer = 0;
    for (unsigned v = 0; v < count; v += LANES)
        for (unsigned i = 0; i < LANES; i++)
            nearer = (int16_t)(nearer + (keys[v + i] < key));
    return (unsigned)nearer;
}

/* How many of the next few keys are from start to below end. */
INSIDE unsigned count_from(const int16_t *keys, int16_t start, int16_t end)
{
    int16_t there = 0;
    for (unsigned i = 0; i < FEW; i++)
        there = (int16_t)(there + (keys[i] >= start && keys[i] < end));
    return (unsigned)there;
}

/* Which of a group has a rank by key, equal ones by number. Most ranks are low: the search goes up
   from the least key that may be, in growing steps, and then into halves. Returns `count` if keys
   are less than that. */
INSIDE unsigned index_of_rank(const int16_t *keys, unsigned count, int least, unsigned rank)
{
    int start = least, end = least;  /* the key is from start to below end, */
    unsigned nearer = 0, below = 0;  /* so many are below start, and below end */
    for (int step = FIRST_STEP; below <= rank && end < MOST_KEY; step *= 2) {
        start = end;
        nearer = below;
        end = end + step < MOST_KEY ? end + step : MOST_KEY;
        below = count_nearer(keys, count, (int16_t)end);
    }
    while (end - start > 1 && below - nearer > 1) {
        int middle = (start + end) / 2;
        unsigned half = count_nearer(keys, count, (int16_t)middle);
        if (half > rank) {
            below = half;
            end = middle;
        } else {
            nearer = half;
            start = middle;
        }
    }
    rank -= nearer;
    unsigned v = 0;
    for (; v < count; v += FEW) {
        unsigned there = count_from(keys + v, (int16_t)start, (int16_t)end);
        if (there > rank)
            break;
        rank -= there;
    }
    for (; v < count; v++)
        if (keys[v] >= start && keys[v] < end && !rank--)
            break;
    return v;
}

INSIDE unsigned rank_of_index(const int16_t *keys, unsigned count, unsigned index)
{
    unsigned rank = count_nearer(keys, count, keys[index]);
    for (unsigned v = 0; v < index; v++)
        rank += keys[v] == keys[index];
    return rank;
}

/* An index that is not among those tried. Returns K if bytes make none. */
INSIDE unsigned code_rank(coder *c, tile *t, unsigned W, unsigned N, const uint8_t *tried, unsigned tries,
                          unsigned index, bool decoding)
{
    const kmf_dense *given = t->given;
    unsigned K = given->K, old = t->seen;
    uint8_t groups[12];
    int16_t keys[256];
    for (unsigned i = 0; i < tries; i++) {
        groups[i] = t->group[tried[i]];
        old -= groups[i];
        t->group[tried[i]] = 2;
    }
    unsigned left = K - tries, group = old > 0;
    if (old && old < left)
        group = code_by(c, &t->chances.old[bit_length(left - old)], !decoding && t->group[index],
                        decoding, given->rates);
    unsigned count = group ? old : left - old, bits = bit_length(count), rank = 0;
    const uint16_t *from_W = given->distances + (size_t)W * K;
    const uint16_t *from_N = given->distances + (size_t)N * K;
    unsigned padded = set_keys(from_W, from_N, t->group, K, (uint8_t)group, keys);
    for (unsigned i = 0; i < tries; i++)
        t->group[tried[i]] = groups[i];
    if (!count)
        return K;
    if (!decoding)
        rank = rank_of_index(keys, padded, index);
    unsigned size = code_size(c, t->chances.ranks[group][bits], bits - 1, rank + 1, decoding,
                              given->rates);
    rank = (1u << size | code_plain(c, size, rank + 1, decoding)) - 1;
    if (!decoding)
        return index;
    int least = from_W[N] > 0 ? from_W[N] - 1 : 0; /* there is no shorter way, but for rounding */
    index = rank < count ? index_of_rank(keys, padded, least, rank) : K;
    return index < K ? index : K;
}

/* The pixels around one: four to the left, and of the rows above it seven and five. */
typedef struct {
    uint32_t left;
    uint64_t above, above2;
} window;

INSIDE void look(window *around, const uint8_t *above, const uint8_t *above2, size_t x)
{
    above += x; /* no index may be below 0 and wrap */
    above2 += x;
    for (int i = -3; i <= 3; i++)
        around->above = around->above << 8 | above[i];
    for (int i = -2; i <= 2; i++)
        around->above2 = around->above2 << 8 | above2[i];
    around->above &= 0xFFFFFFFFFFFFFF;
    around->above2 &= 0xFFFFFFFFFF;
}

INSIDE void step(window *around, const uint8_t *above, const uint8_t *above2, size_t x)
{
    around->above = (around->above << 8 | above[x + 3]) & 0xFFFFFFFFFFFFFF;
    around->above2 = (around->above2 << 8 | above2[x + 2]) & 0xFFFFFFFFFF;
}

INSIDE bool is_flat(const window *around)
{
    uint64_t alike = 0x01010101010101 * (uint64_t)(around->left & 255);
    return around->above == alike && around->left == (uint32_t)alike
           && around->above2 == (alike & 0xFFFFFFFFFF);
}

INSIDE size_t equal(const uint8_t *pixels, size_t most, unsigned index)
{
    size_t count = 0;
    while (count < most && pixels[count] == index)
        count++;
    return count;
}

/* How many pixels from x on are as W. Returns more than `most` if bytes are bad. */
INSIDE size_t code_run(coder *c, tile *t, size_t most, size_t run, bool decoding)
{
    if (code_by(c, &t->chances.runs[bit_length((uint32_t)most)], run == most, decoding,
                t->given->rates))
        return most;
    run = code_plain(c, bit_length((uint32_t)most - 1), (uint32_t)run, decoding);
    return run < most ? run : most + 1;
}

INSIDE unsigned same(unsigned index, unsigned other)
{
    return index == other;
}

/* Which of four bytes are alike, the lowest in bit 0. */
INSIDE unsigned alike_bytes(uint32_t bytes, uint32_t others)
{
    uint32_t differ = bytes ^ others;
    differ = ((differ & 0x7F7F7F7F) + 0x7F7F7F7F) | differ;
    return (~differ & 0x80808080) * 0x00204081u >> 28;
}

/* Code an index beside its neighbours; `ran` is K, or an index that it is not. Returns it, or K if
   bytes make none. */
INSIDE unsigned code_pixel(coder *c, tile *t, const window *around, const uint8_t *above, unsigned NN,
                           unsigned ran, unsigned index, bool decoding)
{
    unsigned K = t->given->K, W = around->left & 255, N = above[0], NW = above[-1], NE = above[1];
    uint32_t near = NE << 24 | NW << 16 | N << 8 | W, few = hash(hash(0, near), NN);
    uint32_t many = hash(0, (uint32_t)(around->above >> 24));
    many = hash(many, (uint32_t)around->above << 8 | (uint32_t)(around->above2 >> 32));
    many = hash(hash(many, (uint32_t)around->above2), around->left);
    unsigned slot_bits = t->given->slot_bits, pair = W * K + N;
    uint32_t *places[] = {t->slots[0] + (many >> (32 - slot_bits)),
                          t->slots[1] + (few >> (32 - slot_bits)),
                          t->slots[2] + (pair & ((1u << slot_bits) - 1))};
    uint32_t slots[] = {slot_at(places[0], many), slot_at(places[1], few),
                        slot_at(places[2], pair >> slot_bits)};
    unsigned alike = same(N, W) | same(NW, W) << 1 | same(NW, N) << 2 | same(NE, N) << 3;
    unsigned depth = !COUNTS_OF(slots[0]) ? 0 : !SECOND_COUNT(slots[0]) ? 1 : 2, tries = 0;
    int32_t(*weights)[4] = t->weights + depth;
    uint8_t tried[11];
    if (ran < K) {
        tried[tries++] = (uint8_t)ran;
        weights = t->weights + depth + 3;
    }
#define GUESS(number)                                                                         \
    {                                                                                         \
        unsigned guess = (number), i = 0;                                                     \
        while (i < tries && tried[i] != guess)                                                \
            i++;                                                                              \
        if (i == tries) {                                                                     \
            unsigned pattern = alike | alike_bytes(near, guess * 0x01010101) << 4;            \
            if (code_guess(c, t, slots, guess, pattern, *weights, guess == index, decoding)) {   \
                index = guess;                                                                \
                goto coded;                                                                   \
            }                                                                                 \
            tried[tries++] = (uint8_t)guess;                                                  \
            weights = t->weights + depth + 3;                                                 \
        }                                                                                     \
    }
#define GUESS_BY(slot)                                                                        \
    if (COUNTS_OF(slot))                                                                      \
        GUESS(FIRST(slot))                                                                    \
    if (SECOND_COUNT(slot))                                                                   \
        GUESS(SECOND(slot))
    GUESS_BY(slots[0])
    GUESS_BY(slots[1])
    GUESS_BY(slots[2])
    GUESS(W)
    GUESS(N)
    GUESS(NW)
    GUESS(NE)
    index = code_rank(c, t, W, N, tried, tries, index, decoding);
    if (index == K)
        return K;
coded:
    if (!t->group[index]) {
        t->group[index] = 1;
        t->seen++;
    }
    for (unsigned i = 0; i < CONTEXTS; i++)
        *places[i] = counted(t, slots[i], index);
    return index;
}

/* Code all pixels, `indices` apart from `rows`, which are three with four zeros on either side. */
INSIDE kmf_dense_fault code_tile(coder *c, tile *t, uint8_t *indices, ptrdiff_t stride, size_t height, size_t width,
                      uint8_t *rows, bool decoding)
{
    unsigned K = t->given->K;
    for (size_t y = 0; y < height; y++, indices += stride) {
        uint8_t *line = rows + y % 3 * (width + 2 * PAD) + PAD;
        const uint8_t *above = rows + (y + 2) % 3 * (width + 2 * PAD) + PAD;
        const uint8_t *above2 = rows + (y + 1) % 3 * (width + 2 * PAD) + PAD;
        window around = {0, 0, 0};
        look(&around, above, above2, 0);
        size_t flat_end = 0; /* up to here, all above is as it was where a run began */
        for (size_t x = 0; x < width;) {
            unsigned ran = K;
            if (is_flat(&around)) {
                unsigned W = around.left & 255;
                if (flat_end <= x) {
                    size_t ahead = equal(above + x + 3, width - x, W);
                    flat_end = x + equal(above2 + x + 2, ahead, W);
                }
                size_t most = flat_end - x;
                size_t run = decoding ? 0 : equal(indices + x, most, W);
                run = code_run(c, t, most, run, decoding);
                if (run > most)
                    return KMF_BAD_RUN;
                memset(line + x, (int)W, run);
                x += run;
                if (x < width && run)
                    look(&around, above, above2, x);
                if (run == most)
                    continue;
                ran = W;
            }
            unsigned index = code_pixel(c, t, &around, above + x, above2[x], ran,
                                        decoding ? 0 : indices[x], decoding);
            if (index == K)
                return KMF_BAD_RANK;
            line[x++] = (uint8_t)index;
            around.left = around.left << 8 | index;
            step(&around, above, above2, x);
        }
        if (decoding)
            memcpy(indices, line, width);
    }
    return KMF_DENSE_GOOD;
}

WIDE size_t kmf_encode_dense(const kmf_dense *given, const uint8_t *indices, ptrdiff_t stride,
                             size_t height, size_t width, uint8_t *rows, uint8_t *data, size_t size)
{
    tile t;
    start_tile(&t, given);
    coder c = start_coder(data, size, false);
    code_tile(&c, &t, (uint8_t *)indices, stride, height, width, rows, false);
    return finish_coder(&c);
}

WIDE kmf_dense_fault kmf_decode_dense(const kmf_dense *given, const uint8_t *data, size_t size,
                                      size_t height, size_t width, uint8_t *rows, uint8_t *indices)
{
    tile t;
    start_tile(&t, given);
    coder c = start_coder((uint8_t *)data, size, true);
    kmf_dense_fault fault = code_tile(&c, &t, indices, (ptrdiff_t)width, height, width, rows, true);
    return fault || has_ended(&c) ? fault : KMF_BAD_END;
}
