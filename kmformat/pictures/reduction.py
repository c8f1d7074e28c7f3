"""Smaller copies of indexed images: averages in linear light, or the index that most pixels have.

A window of the image is cut into as many equal areas as the copy has pixels. Each pixel of the copy
is made of its area, edges that cut pixels of the image included::

    image   |   |   |   |   |   |   |   |        7 pixels
    copy    |        |        |        |         3 areas of 2 1/3
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kmformat import kernels
from kmformat.color.light import light_of, shown_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats
    from kmformat.indexed import IndexedImage

Window: TypeAlias = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels, which may lie between them."""
_AT_A_TIME = 1 << 17
"""Pixels of the image, and numbers that are computed with, at a time: they stay in cache."""


def average(image: IndexedImage, size: tuple[int, int], window: Window | None = None) -> U8:
    """Return a smaller copy whose pixels are averages of colours in linear light.

    Where there is alpha, colours count as far as they show.

    Parameters
    ----------
    size
        Width and height of the copy, each at least 1 and at most that of the window.
    window
        The part of the image to copy; unless told, all of it.

    Returns
    -------
    uint8, shape (height, width, channels of the palette)
    """
    left, upper, right, lower = window or (0, 0, image.width, image.height)
    light = light_of(image.palette)
    # blocks of whole pixels, as large as fit into an area, are averaged first: that is quick
    side = max(1, int(min((right - left) / size[0], (lower - upper) / size[1])))
    rows, columns = _edges(upper, lower, size[1]) / side, _edges(left, right, size[0]) / side
    out = np.empty((size[1], size[0], light.shape[1]), np.uint8)
    for part, ys, xs in _parts(rows, columns, side * side, 1 if side == 1 else len(light)):
        indices = image.indices[_reach(ys, side), _reach(xs, side)]
        means = light[indices] if side == 1 else _block_means(indices, light, side)
        means = _mean_areas(_mean_areas(means, ys).swapaxes(0, 1), xs).swapaxes(0, 1)
        out[part] = shown_colors(means)
    return out


def majority(image: IndexedImage, size: tuple[int, int], window: Window | None = None) -> U8:
    """Return the indices of a smaller copy, each the one that most of its pixels have.

    Of equally frequent ones it is the lowest. A pixel of the image belongs to the area that its
    middle lies in. Parameters are those of `average`.

    Returns
    -------
    uint8, shape (height, width)
    """
    left, upper, right, lower = window or (0, 0, image.width, image.height)
    rows, columns = _whole_edges(upper, lower, size[1]), _whole_edges(left, right, size[0])
    out = np.empty((size[1], size[0]), np.uint8)
    for part, ys, xs in _parts(rows, columns, 1, len(image.palette)):
        indices = image.indices[_reach(ys, 1), _reach(xs, 1)]
        heights, widths = np.diff(ys).astype(np.int64), np.diff(xs).astype(np.int64)
        counts = kernels.count_areas(indices, len(image.palette), heights, widths)
        out[part] = counts.argmax(axis=2)
    return out


def _edges(start: float, end: float, count: int) -> Floats:
    """Return where equal lengths begin and end, so many from `start` to `end`."""
    edges: Floats = np.arange(count + 1) * (end - start) / count + start
    return edges


def _whole_edges(start: float, end: float, count: int) -> Floats:
    """Return the same between pixels: each pixel is part of the length that has its middle.

    A single length has all pixels that it touches, if it is shorter than one.
    """
    if count == 1:
        return np.array([np.floor(start), np.ceil(end)])
    return np.floor(_edges(start, end, count) + (0.5 + 1e-6))  # a middle on an edge is after it


def _parts(
    rows: Floats, columns: Floats, pixels: int, values: int
) -> Iterator[tuple[tuple[slice, slice], Floats, Floats]]:
    """Cut a grid of areas into parts: yield where each lies in it, and the edges of its areas.

    `pixels` and `values` say how much one unit of the edges, squared, takes.
    """
    high, wide = (max(1.0, (edges[-1] - edges[0]) / (len(edges) - 1)) for edges in (rows, columns))
    most = max(1, int(_AT_A_TIME / max(pixels * high * wide, values)))
    across = min(most, len(columns) - 1)
    down = max(1, most // across)
    for y in range(0, len(rows) - 1, down):
        for x in range(0, len(columns) - 1, across):
            ys, xs = rows[y : y + down + 1], columns[x : x + across + 1]
            yield (slice(y, y + down), slice(x, x + across)), ys, xs


def _reach(edges: Floats, side: int) -> slice:
    """Return the pixels of the blocks that lie between edges, given in blocks."""
    return slice(int(edges[0]) * side, int(np.ceil(edges[-1])) * side)


def _block_means(indices: U8, light: Floats, side: int) -> Floats:
    """Return the mean light of blocks; those at the edge of the image may be cut off."""
    heights, widths = (
        np.minimum(side, length - np.arange(0, length, side)) for length in indices.shape
    )
    counts = kernels.count_areas(indices, len(light), heights, widths)
    means: Floats = (counts @ light) / (heights[:, None, None] * widths[:, None])
    return means  # sums of whole numbers are exact


def _mean_areas(values: Floats, edges: Floats) -> Floats:
    """Return means between edges along the first axis, which begins with the block of the first."""
    inside = edges - int(edges[0])
    if np.array_equal(inside, np.arange(len(values) + 1)):
        return values
    return kernels.mean_spans(values, inside)
