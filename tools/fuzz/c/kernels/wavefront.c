/* A tile split into streams of ranks comes back; any streams are walked, or too short. Tables are as module.c lets them
   pass, and neighbours are counted beside it. */

#include "../input.h"

enum { MANY_CONTEXTS = 2592, ROOM = 255 };

typedef struct {
    size_t height, width, pixels;
    unsigned count;
    uint8_t *room; /* of all streams, one after the other */
    kmf_streams streams;
} tile;

static tile new_tile(input *in)
{
    tile t = {.height = take(in, 1, 40), .width = take(in, 1, 40), .count = take(in, 1, 8)};
    t.pixels = t.height * t.width;
    return t;
}

static void open_targets(tile *t)
{
    size_t each = t->pixels + ROOM;
    t->room = zeros(t->count * each);
    t->streams.count = t->count;
    for (unsigned s = 0; s < t->count; s++) {
        t->streams.next[s] = t->room + s * each;
        t->streams.end[s] = t->streams.next[s] + t->pixels;
    }
}

/* What was written is read. */
static void reopen(tile *t)
{
    for (unsigned s = 0; s < t->count; s++) {
        t->streams.end[s] = t->streams.next[s];
        t->streams.next[s] = t->room + s * (t->pixels + ROOM);
    }
}

/* Streams of any ranks below K, one after the other, and room behind the last. */
static void open_any(input *in, tile *t, unsigned K)
{
    size_t lengths[8], sum = 0;
    for (unsigned s = 0; s < t->count; s++)
        sum += lengths[s] = take(in, 0, (uint32_t)t->pixels);
    t->room = array_below(in, sum + ROOM, K);
    t->streams.count = t->count;
    for (unsigned s = 0, at = 0; s < t->count; s++) {
        t->streams.next[s] = t->room + at;
        t->streams.end[s] = t->room + (at += (unsigned)lengths[s]);
    }
}

static void few(input *in)
{
    tile t = new_tile(in);
    unsigned K = take(in, 1, 16), any = take(in, 0, 1);
    uint8_t orders[4096] = {0}, ranks[4096] = {0};
    uint8_t *shifts = array_below(in, 4096, t.count), *lanes = malloc(t.height), *indices = zeros(t.pixels);
    uint8_t *given = array_below(in, t.pixels, K);
    kmf_few tables = {.orders = any ? orders : ranks};
    for (unsigned i = 0; i < 4096; i++)
        tables.shift[i] = (uint8_t)(8 * shifts[i]);
    for (unsigned N = 0; N < K; N++)
        for (unsigned W = 0; W < K; W++)
            for (unsigned i = 0; i < K; i++) { /* turned by N and W, and so a permutation */
                uint8_t *order = orders + (N << 8 | W << 4), index = (uint8_t)((i + N + 2 * W) % K);
                order[i] = index;
                ranks[(N << 8 | W << 4) + index] = (uint8_t)i;
            }
    if (any) {
        for (unsigned i = 0; i < 4096; i++)
            orders[i] = (uint8_t)(orders[i] ^ shifts[i]); /* module.c lets any bytes pass */
        open_any(in, &t, 256);
        kmf_walk_few(&t.streams, &tables, t.height, t.width, lanes, indices);
    } else {
        open_targets(&t);
        kmf_split_few(given, (ptrdiff_t)t.width, t.height, t.width, &tables, lanes, &t.streams);
        reopen(&t);
        tables.orders = orders;
        CHECK(kmf_walk_few(&t.streams, &tables, t.height, t.width, lanes, indices));
        CHECK(!memcmp(given, indices, t.pixels));
    }
    free(shifts);
    free(lanes);
    free(indices);
    free(given);
    free(t.room);
}

static void many(input *in)
{
    tile t = new_tile(in);
    unsigned K = take_colors(in, 17), any = take(in, 0, 1), bins = take(in, 1, 40), limit = take(in, 1, MANY_CONTEXTS - 16);
    size_t pairs = (size_t)K * K;
    uint8_t *table = malloc(pairs * K), *made = zeros(pairs), *lanes = malloc(2 * t.height);
    uint8_t *given = array_below(in, t.pixels, K), *indices = zeros(t.pixels);
    int64_t *counts = zeros(sizeof(int64_t) * MANY_CONTEXTS * bins), all = 0;
    uint16_t *distances = shorts_below(in, pairs, 1u << 13);
    uint16_t *first = shorts_below(in, pairs, limit), *second = shorts_below(in, pairs, MANY_CONTEXTS - 15 - limit);
    uint8_t *shifts = array_below(in, MANY_CONTEXTS, t.count);
    kmf_many tables = {.K = K, .rows = {distances, K, !any, table, made}, .first = first, .second = second};
    CHECK(table && lanes);
    for (unsigned i = 0; i < MANY_CONTEXTS; i++)
        tables.shift[i] = (uint8_t)(8 * shifts[i]);
    if (any) {
        open_any(in, &t, K);
        kmf_walk_many(&t.streams, &tables, t.height, t.width, lanes, indices);
    } else {
        open_targets(&t);
        kmf_count_ranks(given, (ptrdiff_t)t.width, t.height, t.width, &tables, bins, counts);
        for (size_t i = 0; i < MANY_CONTEXTS * (size_t)bins; i++)
            all += counts[i];
        CHECK(all == (int64_t)t.pixels);
        kmf_split_many(given, (ptrdiff_t)t.width, t.height, t.width, &tables, lanes, &t.streams);
        reopen(&t);
        memset(made, 0, pairs);
        tables.rows.inverse = false;
        CHECK(kmf_walk_many(&t.streams, &tables, t.height, t.width, lanes, indices));
        CHECK(!memcmp(given, indices, t.pixels));
    }
    free(table);
    free(made);
    free(lanes);
    free(given);
    free(indices);
    free(counts);
    free(distances);
    free(first);
    free(second);
    free(shifts);
    free(t.room);
}

static void count_neighbours(input *in)
{
    static int64_t counts[1 << 16];
    size_t height = take(in, 1, 40), width = take(in, 1, 40);
    uint8_t *indices = array_below(in, height * width, 16);
    int64_t all = 0;
    memset(counts, 0, sizeof counts);
    kmf_count_neighbours(indices, (ptrdiff_t)width, height, width, counts);
    for (size_t i = 0; i < 1 << 16; i++)
        all += counts[i];
    CHECK(all == (int64_t)(height * width));
    free(indices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tried[])(input *) = {few, few, few, many, many, many, few, count_neighbours};
    input in = {data, size};
    tried[take(&in, 0, 7)](&in);
    return 0;
}
