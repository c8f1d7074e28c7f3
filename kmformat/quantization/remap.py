"""Remapping: each pixel to its nearest palette entry, exactly; of equally near ones the first.

An image has far fewer colours than pixels, so each colour is computed once: in blocks of pixels
where there is alpha, and by a table of all RGB colours where that will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels

if TYPE_CHECKING:
    from kmformat.arrays import U8
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
    flat = np.ascontiguousarray(pixels).reshape(-1, pixels.shape[2])
    if pixels.shape[2] == 3 and space.stored_rgb:
        indices = kernels.nearest_rgb_entries(flat, palette)
    else:
        repeated = len(flat) * len(palette) > _FEW_DISTANCES
        blocks = (flat[i : i + _BLOCK_PIXELS] for i in range(0, len(flat), _BLOCK_PIXELS))
        nearest = _nearest_of_distinct if repeated else _nearest
        indices = np.concatenate([nearest(block, palette, space) for block in blocks])
    return indices.reshape(pixels.shape[:2])


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
