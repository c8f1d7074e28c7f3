/* Points get the nearest centroid, the first of equally near ones, and sums are those of their points. */

#include "../input.h"

static double *coordinates(const input *in, size_t count, unsigned bits)
{
    uint16_t *whole = array(in, 2 * count);
    double *made = malloc(8 * count);
    CHECK(made);
    for (size_t i = 0; i < count; i++)
        made[i] = whole[i] >> (16 - bits);
    free(whole);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    unsigned d = take(&in, 3, 4), K = take(&in, 1, MOST_CENTROIDS);
    size_t n = take(&in, 1, 150);
    double *rows = coordinates(&in, d * n, 14), *centroids = coordinates(&in, (size_t)d * K, 14);
    double *sums = zeros(8 * (size_t)K * d), sum = 0, expected = 0;
    int64_t *labels = zeros(8 * n);
    kmf_nearest_centroids(rows, n, d, centroids, K, labels);
    for (size_t i = 0; i < n; i++) {
        double distances[MOST_CENTROIDS];
        unsigned best = 0;
        for (unsigned k = 0; k < K; k++) {
            distances[k] = 0;
            for (unsigned j = 0; j < d; j++) {
                double off = rows[j * n + i] - centroids[k * d + j];
                distances[k] += off * off;
            }
            if (distances[k] < distances[best])
                best = k;
        }
        CHECK(labels[i] == best);
    }
    kmf_sum_clusters(labels, n, rows, d, sums);
    for (size_t i = 0; i < (size_t)K * d; i++)
        sum += sums[i];
    for (size_t i = 0; i < d * n; i++)
        expected += rows[i];
    CHECK(sum == expected);
    free(rows);
    free(centroids);
    free(sums);
    free(labels);
    return 0;
}
