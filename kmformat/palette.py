"""The palette of an image: a search for the colours that leave the least squared error.

`search_palette` sees only weighted points (a histogram's colours), so its time does not depend on
how many pixels there were.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kmformat.histogram import ColorHistogram
from kmformat.kmeans import Floats, kmeans_init_centroids, run_kmeans
from kmformat.metric import to_colors, to_points

U8 = npt.NDArray[np.uint8]

CLASSIC_ITERATIONS = 10


def classic_palette(
    histogram: ColorHistogram, colors: int, *, iterations: int, rng: np.random.Generator
) -> U8:
    """Return the textbook's palette: random pixels, then so many iterations of Lloyd's algorithm.

    Parameters and result as for `search_palette`.
    """
    points, weights = to_points(histogram.colors), histogram.counts.astype(np.float64)
    initial = kmeans_init_centroids(points, colors, rng, weights=weights)
    return _rounded(run_kmeans(points, initial, iterations, weights=weights).centroids)


def search_palette(histogram: ColorHistogram, colors: int, *, rng: np.random.Generator) -> U8:
    """Return the best palette found for a histogram of more than `colors` colours.

    Returns
    -------
    uint8, shape (K, 3) or (K, 4), K <= colors: entries that round to the same are one.
    """
    points, weights = to_points(histogram.colors), histogram.counts.astype(np.float64)
    initial = kmeans_init_centroids(points, colors, rng, weights=weights)
    return _rounded(run_kmeans(points, initial, 100, weights=weights).centroids)


def sort_palette(palette: U8) -> U8:
    """Return distinct palette entries in the order that files have them.

    By alpha, so that transparent ones come first; then from dark to light (299 R + 587 G + 114 B);
    then by R, G and B.
    """
    palette = np.unique(palette, axis=0)
    luma = palette[:, :3].astype(np.int64) @ (299, 587, 114)
    alpha = palette[:, 3:].T
    return palette[np.lexsort((*palette[:, 2::-1].T, luma, *alpha))]


def _rounded(centroids: Floats) -> U8:
    return np.unique(to_colors(centroids), axis=0)
