"""The whole palette search, from coarse to fine: seeding, Lloyd's algorithm, swaps, rounding.

The search sees only a histogram, so its time does not grow with the image. On cells of similar
colours it seeds centroids by division and improves them by Lloyd's algorithm and swaps; with more
effort it starts again from disturbed centroids (kicks), and searches a second time on finer cells;
last come a few passes on the colours themselves, and rounding to 8 bits. Colours to keep are fixed
centroids all along. `kmformat/docs/PALETTES.md` records what was tried and what each part gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.kmeans import kmeans_init_centroids, run_kmeans
from kmformat.quantization.search.corrections import with_flat_colors, with_solid_entries
from kmformat.quantization.search.lloyd import PointSet, lloyd
from kmformat.quantization.search.local_search import kicked_search, local_search
from kmformat.quantization.search.rare_hues import counted_by_hue
from kmformat.quantization.search.seeding import seed_beside

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats
    from kmformat.color.space import ColorSpace
    from kmformat.quantization.effort import SearchEffort
    from kmformat.quantization.histogram import ColorHistogram

_FEW_POINTS = 4096
"""Up to so many colours, the search runs on the colours themselves, not on cells."""
_SEEDED_POINTS = 16
"""The coarsest cells of which there are so many a palette entry are those to seed on."""
_SEARCHED_POINTS = 64
"""The same for the search."""


def textbook_palette(
    histogram: ColorHistogram, colors: int, *, iterations: int, rng: np.random.Generator
) -> U8:
    """Return the textbook's palette: random pixels, then so many iterations of Lloyd's algorithm.

    Parameters and result as for `search_palette`. The histogram should be of all pixels.
    """
    points, weights = _points(histogram, with_hidden=True)
    initial = kmeans_init_centroids(points, min(colors, len(points)), rng, weights=weights)
    centroids = run_kmeans(points, initial, iterations, weights=weights).centroids
    return _rounded(centroids, histogram.space)


def search_palette(
    histogram: ColorHistogram,
    colors: int,
    effort: SearchEffort,
    rng: np.random.Generator,
    keep: U8 | None = None,
) -> U8:
    """Return the best palette found for a histogram.

    Where there are fully transparent pixels, one entry is theirs, unless there is only one. An
    entry most of whose pixels are opaque is opaque, so that solid shapes do not shine through.

    Parameters
    ----------
    keep
        uint8, shape (k, d), k <= colors and d as in the histogram's points: different colours that
        the palette has exactly as they are. A transparent one serves for transparent pixels.

    Returns
    -------
    uint8, shape (K, 3) or (K, 4), K <= colors: entries that round to the same are one.
    """
    space = histogram.space
    keep = np.empty((0, histogram.sums.shape[1]), np.uint8) if keep is None else keep
    served = keep.shape[1] == 4 and not keep[:, 3].all()
    reserve = bool(histogram.hidden) and not served and colors > max(1, len(keep))
    free = colors - reserve - len(keep)
    points, weights = _points(histogram, with_hidden=not reserve and not len(keep))
    if len(keep) and histogram.step == 1:  # what is kept costs nothing, whatever else there is
        costly = ~np.isin(histogram.codes, kernels.color_codes(keep))
        points, weights = points[costly], weights[costly]
    centroids = points[:free]
    if len(points) > free > 0:
        K, fixed = free + len(keep), space.points(keep)
        counted = counted_by_hue(points, weights, space.hue_power)
        centroids = search_centroids(points, counted, K, effort, rng, fixed)[len(keep) :]
    palette = np.concatenate([keep, _rounded(centroids, space)])
    if palette.shape[1] == 4 and len(points):
        palette = with_solid_entries(palette, len(keep), points, weights, space)
    if len(points):
        flat = with_flat_colors(palette, points, weights, space)
        palette[len(keep) :] = flat[len(keep) :]
    if reserve:
        palette = np.concatenate([np.zeros((1, 4), np.uint8), palette])
    return np.unique(palette, axis=0)


def search_centroids(
    points: Floats,
    weights: Floats,
    K: int,
    effort: SearchEffort,
    rng: np.random.Generator,
    fixed: Floats,
) -> Floats:
    """Return up to K centroids of weighted points (n, d), whose coordinates span about 256 units.

    The first of them are the `fixed` ones, (k, d), fewer than K.
    """
    side = effort.cell if K <= 48 else min(effort.cell, 4)
    enough = min(_SEARCHED_POINTS * K, 768) if K <= 48 else _SEARCHED_POINTS * K
    seeded = searched = PointSet.of(points, weights)
    if len(points) > _FEW_POINTS:
        for cell in (8, 4, 2):
            cells = PointSet.of(*_merge_cells(points, weights, cell))
            if seeded is searched and len(cells) >= _SEEDED_POINTS * K:
                seeded = cells
            if cell <= side and len(cells) >= enough:
                searched = cells
                break
    if len(searched) <= len(seeded):
        seeded = searched
    k, seeds = len(fixed), seed_beside(seeded, fixed - seeded.origin, K)
    seeds += seeded.origin - searched.origin
    patience, kicks, fine_patience, passes = _plan(effort, K, k, len(searched), len(points))
    best = lloyd(searched, seeds, 15, fixed=k, tolerance=1e-4)
    best = local_search(searched, best, patience)
    best = kicked_search(searched, best, patience, kicks, rng)
    if len(searched) == len(points):
        return lloyd(searched, best.centroids, passes, fixed=k).centroids + searched.origin
    centroids = best.centroids + searched.origin
    if fine_patience:
        finer = PointSet.of(*_merge_cells(points, weights, max(1, side // 2)))
        start = lloyd(finer, centroids - finer.origin, 15, fixed=k, tolerance=1e-4)
        centroids = local_search(finer, start, fine_patience).centroids + finer.origin
    most = effort.fine_points if K <= 48 else 2 * effort.fine_points
    finest = PointSet.of(*_thinned(points, weights, most, rng))
    return lloyd(finest, centroids - finest.origin, passes, fixed=k).centroids + finest.origin


def _plan(
    effort: SearchEffort, K: int, fixed: int, searched: int, points: int
) -> tuple[int, int, int, int]:
    """Return patience, kicks, fine_patience and passes (`SearchEffort`) for K centroids.

    A kick takes time in proportion to K n and changes little among many clusters, where swaps pay
    better. Two or three clusters leave little to swap, so they get kicks; few points get both, for
    next to no time. Around fixed centroids estimates are rougher and more swaps fail: twice the
    patience.
    """
    patience, kicks, fine_patience = effort.patience, effort.kicks, effort.fine_patience
    if K > 48:
        patience, kicks = 2 * patience, kicks // 4
        fine_patience = max(fine_patience, effort.patience // 4)
    elif K > 24:
        kicks, fine_patience = max(kicks, patience // 12), max(fine_patience, patience // 4)
    if 3 < K <= 48 and searched == points <= 1024:
        kicks = max(kicks, patience // 3)
    if K - fixed <= 3:
        kicks = max(kicks, 3)
    if fixed:
        patience *= 2
    return patience, kicks, fine_patience, effort.passes


def _points(histogram: ColorHistogram, *, with_hidden: bool) -> tuple[Floats, Floats]:
    points, weights = histogram.points, histogram.weights
    if with_hidden and histogram.hidden:
        points = np.concatenate([histogram.space.points(np.zeros((1, 4), np.uint8)), points])
        weights = np.concatenate([[histogram.hidden], weights])
    return points, weights


def _merge_cells(points: Floats, weights: Floats, side: int) -> tuple[Floats, Floats]:
    """Merge the points in each cell of a grid into their mean; return means and weights."""
    key, size = np.zeros(len(points), np.int64), 1
    for column in points.T:
        position = np.floor(column / side).astype(np.int64)
        position -= position.min()
        span = int(position.max()) + 1
        key, size = key * span + position, size * span
    if size > max(1 << 19, 4 * len(points)):  # too many cells to count each, even empty ones
        used, key = np.unique(key, return_inverse=True)
        size = len(used)
    total = kernels.sum_by(key, weights, size)
    filled = np.flatnonzero(total)
    sums, total = kernels.sum_by(key, points.T * weights, size)[filled], total[filled]
    return sums / total[:, None], total


def _thinned(
    points: Floats, weights: Floats, most: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return all points and weights, or `most` draws at even steps of the summed weight."""
    if len(points) <= most:
        return points, weights
    ends = np.cumsum(weights)
    drawn = np.searchsorted(ends, (np.arange(most) + rng.random()) * (ends[-1] / most))
    numbers, counts = np.unique(np.minimum(drawn, len(points) - 1), return_counts=True)
    return points[numbers], counts.astype(np.float64)


def sort_palette(palette: U8) -> U8:
    """Return distinct palette entries in the order that files have them.

    By alpha, so that transparent ones come first; then from dark to light (299 R + 587 G + 114 B);
    then by R, G and B.
    """
    palette = np.unique(palette, axis=0)
    luma = palette[:, :3].astype(np.int64) @ (299, 587, 114)
    alpha = palette[:, 3:].T
    return palette[np.lexsort((*palette[:, 2::-1].T, luma, *alpha))]


def _rounded(centroids: Floats, space: ColorSpace) -> U8:
    return np.unique(space.colors(centroids), axis=0)
