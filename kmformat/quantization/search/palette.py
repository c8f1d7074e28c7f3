"""The whole palette search, from coarse to fine: seeding, Lloyd's algorithm, swaps, rounding.

The search sees only a histogram, so its time does not grow with the image. On cells of similar
colours it seeds centroids by division and improves them by Lloyd's algorithm and swaps; with more
effort it starts again from disturbed centroids (kicks), and searches a second time on finer cells;
last come a few passes on the colours themselves, and rounding to 8 bits. Colours to keep are fixed
centroids all along. `kmformat/docs/PALETTES.md` records what was tried and what each part gives.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.kmeans import kmeans_init_centroids, run_kmeans
from kmformat.quantization.search.corrections import with_flat_colors, with_solid_entries
from kmformat.quantization.search.lloyd import lloyd
from kmformat.quantization.search.local_search import kicked_search, local_search
from kmformat.quantization.search.points import PointSet
from kmformat.quantization.search.rare_hues import counted_by_hue
from kmformat.quantization.search.seeding import seed_beside

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats
    from kmformat.quantization.effort import SearchEffort
    from kmformat.quantization.histogram import ColorHistogram

_FEW_POINTS = 4096
"""Up to so many colours, the search runs on the colours themselves, not on cells."""
_SEEDED_POINTS = 16
"""The coarsest cells of which there are so many a palette entry are those to seed on."""
_SEARCHED_POINTS = 64
"""The same for the search."""
_FIRST_PASSES = 8
"""Passes of Lloyd's algorithm before swaps: those begin before it has converged."""


def textbook_palette(histogram: ColorHistogram, colors: int, *, iterations: int, seed: int) -> U8:
    """Return the textbook's palette: random pixels, then so many iterations of Lloyd's algorithm.

    Parameters and result as for `search_palette`. The histogram should be of all pixels.
    """
    points, weights = _points(histogram, with_hidden=True)
    initial = kmeans_init_centroids(points, min(colors, len(points)), seed, weights=weights)
    centroids = run_kmeans(points, initial, iterations, weights=weights).centroids
    return histogram.space.colors(centroids)


def search_palette(
    histogram: ColorHistogram,
    colors: int,
    effort: SearchEffort,
    seed: int,
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
    if not len(points):
        palette = keep
    else:
        whole = PointSet.of(points, weights)
        centroids = whole.coordinates.T[:free]
        if len(points) > free > 0:
            counted = counted_by_hue(points, weights) if space.rare_hues else weights
            searched = whole if counted is weights else PointSet.of(points, counted)
            K, fixed = free + len(keep), whole.units(space.points(keep))
            centroids = search_centroids(searched, K, effort, seed, fixed)[len(keep) :]
        found = kernels.unique_colors(space.colors(whole.levels(centroids)))
        palette = np.concatenate([keep, found])
        palette = with_solid_entries(palette, len(keep), whole, space)
        palette[len(keep) :] = with_flat_colors(palette, whole, space)[len(keep) :]
    if reserve:
        palette = np.concatenate([np.zeros((1, 4), np.uint8), palette])
    return kernels.unique_colors(palette)


def search_centroids(
    points: PointSet, K: int, effort: SearchEffort, seed: int, fixed: Floats
) -> Floats:
    """Return up to K centroids (K, d) of points, in units, of which the first are the `fixed` ones.

    Of those, (k, d), there are fewer than K.
    """
    side = effort.cell if K <= 48 else min(effort.cell, 4)
    enough = min(_SEARCHED_POINTS * K, 768) if K <= 48 else _SEARCHED_POINTS * K
    seeded = searched = points
    if len(points) > _FEW_POINTS:
        for cell in (8, 4, 2):
            cells = points.merged(cell)
            if seeded is points and len(cells) >= _SEEDED_POINTS * K:
                seeded = cells
            if cell <= side and len(cells) >= enough:
                searched = cells
                break
    if len(searched) <= len(seeded):
        seeded = searched
    k, rng = len(fixed), Random(int(seed))  # noqa: S311
    patience, kicks, fine_patience, passes = _plan(effort, K, k, len(searched), len(points))
    seeds = seed_beside(seeded, fixed, K)
    best = lloyd(searched, seeds[None], _FIRST_PASSES, fixed=k, tolerance=1e-4)
    best = local_search(searched, best, patience)
    best = kicked_search(searched, best, patience, kicks, rng)
    if searched is not points and fine_patience:
        finer = points.merged(max(1, side // 2))
        best = lloyd(finer, best.centroids, _FIRST_PASSES, fixed=k, tolerance=1e-4)
        best = local_search(finer, best, fine_patience)
    most = effort.fine_points if K <= 48 else 2 * effort.fine_points
    finest = points if searched is points else points.thinned(most, rng)
    centroids: Floats = lloyd(finest, best.centroids, passes, fixed=k).centroids[0]
    return centroids


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
    few = searched == points <= 1024
    if 3 < K <= 48 and few:
        kicks = max(kicks, patience // 6)
    if K - fixed <= 3:
        kicks = max(kicks, 16 if few else 3)
    if fixed:
        patience *= 2
    return patience, kicks, fine_patience, effort.passes


def _points(histogram: ColorHistogram, *, with_hidden: bool) -> tuple[Floats, Floats]:
    points, weights = histogram.points, histogram.weights
    if with_hidden and histogram.hidden:
        points = np.concatenate([histogram.space.points(np.zeros((1, 4), np.uint8)), points])
        weights = np.concatenate([[histogram.hidden], weights])
    return points, weights


def sort_palette(palette: U8) -> U8:
    """Return distinct palette entries in the order that files have them.

    By alpha, so that transparent ones come first; then from dark to light (299 R + 587 G + 114 B);
    then by R, G and B.
    """
    palette = kernels.unique_colors(palette)
    luma = palette[:, :3].astype(np.int64) @ (299, 587, 114)
    alpha = palette[:, 3:].T
    return palette[np.lexsort((*palette[:, 2::-1].T, luma, *alpha))]
