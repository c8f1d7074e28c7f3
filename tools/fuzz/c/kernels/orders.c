/* Distances between colours are exact. An order is a permutation that begins with W and N, and ranks are its inverse. */

#include "../input.h"

static void distances_between(input *in)
{
    unsigned K = take_colors(in, 1), channels = take(in, 3, 4);
    uint8_t *palette = array(in, (size_t)K * channels);
    uint16_t *distances = zeros(2 * (size_t)K * K);
    kmf_color_distances(palette, K, channels, distances);
    for (unsigned a = 0; a < K; a++)
        for (unsigned b = 0; b < K; b++) {
            int64_t square = 0, found = distances[a * K + b];
            for (unsigned i = 0; i < channels; i++) {
                int apart = palette[a * channels + i] - palette[b * channels + i];
                square += apart * apart;
            }
            CHECK(found * found <= 256 * square && 256 * square < (found + 1) * (found + 1));
        }
    free(palette);
    free(distances);
}

static void orders(input *in)
{
    unsigned K = take_colors(in, 1), N = take(in, 0, K - 1), W = take(in, 0, K - 1);
    size_t most = (size_t)K * K * K;
    uint16_t *distances = shorts_below(in, (size_t)K * K, 1u << 13);
    uint8_t *order = zeros(K), *table = malloc(most), *made = zeros((size_t)K * K);
    bool seen[256] = {false};
    CHECK(table);
    kmf_default_order(distances, K, N, W, order);
    CHECK(order[0] == W && (K == 1 || N == W || order[1] == N));
    kmf_rows rows = {distances, K, true, table, made};
    const uint8_t *ranks = kmf_row_of(&rows, N, W);
    for (unsigned i = 0; i < K; i++) {
        CHECK(!seen[order[i]]);
        seen[order[i]] = true;
        CHECK(ranks[order[i]] == i);
    }
    CHECK(ranks == kmf_row_of(&rows, N, W));
    free(distances);
    free(order);
    free(table);
    free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    if (take(&in, 0, 3))
        orders(&in);
    else
        distances_between(&in);
    return 0;
}
