"""Remapping: each pixel to its nearest palette entry, exactly; of equally near ones the first.

What is opaque stays opaque: such pixels get opaque entries, if there are any.

An image has far fewer colours than pixels, so each colour is computed once: in blocks of pixels
where there is alpha, and by a table of all RGB colours where that will do.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmformat.arrays import U8, Labels
    from kmformat.color.space import ColorSpace

_BLOCK_PIXELS = 1 << 17
_FEW_DISTANCES = 1 << 22
"""Up to so many in an image, computing them all is faster than finding its distinct colours."""


def remap(pixels: U8, palette: U8, space: ColorSpace) -> U8:
    """Return the index of the nearest palette entry for each pixel.

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) RGB or (height, width, 4) RGBA.
    palette
        uint8, shape (K, same channels), K from 1 to 256.
    space
        Where distances are taken.

    Returns
    -------
    uint8, shape (height, width)
    """
    return _remapped(pixels, palette, partial(_nearest_entries, space=space))


class Remapper:
    """Remaps part after part of a picture as `remap` does, and keeps what it knows of RGB colours.

    Only one thread may use it. Parameters as for `remap`.
    """

    def __init__(self, palette: U8, space: ColorSpace) -> None:
        self._palette, self._space = palette, space
        self._table: kernels.RgbTable | _ComputedTable | None = None

    def remap(self, pixels: U8) -> U8:
        """Return the index of the nearest palette entry for each pixel, as `remap` does."""
        return _remapped(pixels, self._palette, self._nearest_entries)

    def _nearest_entries(self, colors: U8, palette: U8) -> U8:
        """Do what the function does; opaque colours always come with the same entries."""
        if colors.shape[1] == 4:
            return _nearest_entries(colors, palette, self._space)
        if self._table is None and self._space.stored_rgb:
            self._table = kernels.RgbTable(palette)
        elif self._table is None:
            nearest = partial(_nearest, palette=palette, space=self._space)
            self._table = _ComputedTable(nearest)
        return self._table.find(colors)


class _ComputedTable:
    """Keeps what is computed of each RGB colour, in part after part of a picture.

    Colours are computed in eights of neighbours, so that little needs to be known of what is there
    already. Only one thread may use it.

    Parameters
    ----------
    compute
        Gives numbers, uint8 (k,), for colours, uint8 (k, 3).
    """

    def __init__(self, compute: Callable[[U8], U8]) -> None:
        self._compute, self._marks = compute, np.zeros(1 << 24, np.uint8)
        self._table, self._known = np.empty(1 << 24, np.uint8), np.zeros(1 << 21, bool)

    def find(self, colors: U8) -> U8:
        """Return what is computed of each colour, uint8 (n,), n at least 1."""
        colors = np.ascontiguousarray(colors)
        kernels.mark_colors(colors, self._marks)
        eights: Labels = np.flatnonzero(self._marks.view(np.uint64))
        self._marks.view(np.uint64)[eights] = 0
        new = eights[~self._known[eights]].astype(np.uint32)
        self._known[new] = True
        for start in range(0, len(new), _BLOCK_PIXELS // 8):
            block = new[start : start + _BLOCK_PIXELS // 8]
            codes = np.add.outer(block << np.uint32(3), np.arange(8, dtype=np.uint32)).reshape(-1)
            self._table[codes] = self._compute(kernels.decode_codes(codes, 3))
        return kernels.look_up_colors(colors, self._table)


def _remapped(pixels: U8, palette: U8, nearest: Callable[[U8, U8], U8]) -> U8:
    """Return the nearest palette entries, as `nearest(colors, entries)` finds them."""
    flat = np.ascontiguousarray(pixels).reshape(-1, pixels.shape[2])
    solid = solid_entries(palette)
    if pixels.shape[2] == 3 or not len(solid) or not (opaque := flat[:, 3] == 255).any():
        indices = nearest(flat, palette)
    else:
        indices = np.empty(len(flat), np.uint8)
        colors, entries = flat[opaque, :3], palette[solid, :3]
        indices[opaque] = solid[nearest(colors, entries)]
        if not opaque.all():
            indices[~opaque] = nearest(flat[~opaque], palette)
    return indices.reshape(pixels.shape[:2])


def solid_entries(palette: U8) -> U8:
    """Return the numbers of opaque palette entries, uint8 (k,): those for opaque pixels."""
    return np.flatnonzero((palette[:, 3:] == 255).all(axis=1)).astype(np.uint8)


def _nearest_entries(colors: U8, palette: U8, space: ColorSpace) -> U8:
    """Return the nearest of all palette entries for each colour (n, channels), uint8 (n,)."""
    if colors.shape[1] == 3 and space.stored_rgb:
        return kernels.nearest_rgb_entries(colors, palette)
    repeated = len(colors) * len(palette) > _FEW_DISTANCES
    if colors.shape[1] == 3 and repeated:
        return kernels.computed_once(colors, partial(_nearest, palette=palette, space=space))
    blocks = (colors[i : i + _BLOCK_PIXELS] for i in range(0, len(colors), _BLOCK_PIXELS))
    of_block = _nearest_of_distinct if repeated else _nearest
    return np.concatenate([of_block(block, palette, space) for block in blocks])


def _nearest(colors: U8, palette: U8, space: ColorSpace) -> U8:
    points, entries = space.whole_points(colors), space.whole_points(palette)
    return kernels.nearest_entries(points, entries, space.whole_weights(colors.shape[1]))


def _nearest_of_distinct(colors: U8, palette: U8, space: ColorSpace) -> U8:
    """Return what `_nearest` does, faster where colours repeat."""
    codes = kernels.color_codes(colors)
    distinct, _ = kernels.unique_codes(codes.copy())
    if 4 * len(distinct) > len(codes):
        return _nearest(colors, palette, space)
    indices = _nearest(kernels.decode_codes(distinct, colors.shape[1]), palette, space)
    return indices[np.searchsorted(distinct, codes)]
