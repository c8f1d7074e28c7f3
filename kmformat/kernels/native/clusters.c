/* Clusters of points: see kmformat/kernels/clusters.py. All doubles are whole numbers, and exact. */

#include "kernels.h"

enum { BLOCK = 64 };

/* The score of a centroid c is count (|c|^2 - 2 c.x) + its number: as in kmformat/kernels/nearest.py,
   the least tells the nearest, and its low bits which it is. */
static void score_factors(const double *centroid, unsigned d, unsigned number, double count,
                          double *factors)
{
    double square = 0;
    for (unsigned i = 0; i < d; i++) {
        factors[i] = -2 * count * centroid[i];
        square += centroid[i] * centroid[i];
    }
    factors[d] = count * square + number;
}

WIDE void kmf_nearest_centroids(const double *rows, size_t n, unsigned d, const double *centroids,
                           unsigned K, int64_t *labels)
{
    int64_t count = 2;
    double factors[MOST_CENTROIDS][5];
    while (count < K)
        count *= 2;
    for (unsigned k = 0; k < K; k++)
        score_factors(centroids + k * d, d, k, (double)count, factors[k]);
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t size = n - start < BLOCK ? n - start : BLOCK;
        const double *x = rows + start, *y = x + n, *z = y + n, *last = rows + (d - 1) * n + start;
        double least[BLOCK];
        for (unsigned k = 0; k < K; k++) {
            const double *f = factors[k];
            for (size_t i = 0; i < size; i++) {
                double score = f[d] + f[0] * x[i] + f[1] * y[i] + f[2] * z[i];
                if (d == 4)
                    score += f[3] * last[i];
                least[i] = k && least[i] < score ? least[i] : score;
            }
        }
        for (size_t i = 0; i < size; i++)
            labels[start + i] = (int64_t)least[i] & (count - 1);
    }
}

void kmf_sum_clusters(const int64_t *labels, size_t n, const double *values, unsigned m, double *sums)
{
    for (size_t i = 0; i < n; i++)
        for (unsigned j = 0; j < m; j++)
            sums[(size_t)labels[i] * m + j] += values[j * n + i];
}
