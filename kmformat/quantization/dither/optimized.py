"""The optimised dither: palette and indices are sought together, for the least that an eye sees.

Strategy: errors count as eyes see them (`halftone.eye`), blurred with those around, and each index
costs the bits that it takes beside its neighbours. First, on a sample of the picture, indices
settle and entries move to suit them, in turn. Then all of the picture settles with that palette,
from the nearest entries on.

Only what is opaque is mixed; what is translucent gets its nearest entry. Relatives: spatial colour
quantisation (J. Puzicha et al., IEEE Trans. Image Processing 9 (2000), 666-682).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.channels import clear_hidden
from kmformat.color.oklab import OKLAB
from kmformat.quantization.halftone.costs import neighbour_costs
from kmformat.quantization.halftone.eye import EyeView
from kmformat.quantization.halftone.state import Halftone, Sample, bands
from kmformat.quantization.remap import remap, solid_entries

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools
    from kmformat.color.space import ColorSpace
    from kmformat.kernels.halftone import F32

_ROUNDS = 8
_FAR = 14
"""Of 255 levels: the mean distance of pixels to the nearest entry above which dots show near by."""
_FLAT_SHARE, _FLAT_PIXELS = 0.005, 16
"""A colour that is flat on so many of the pixels keeps an entry of its own."""


def dithered(pixels: U8, moving: Bools, palette: U8, space: ColorSpace, strength: float) -> U8:
    """Return indices that mix a palette's entries for the eye, at few bits.

    Parameters and result as for `apply.remap_dithered`, and which pixels are `moving`; with alpha,
    indices are the nearest in `space`.
    """
    if pixels.shape[2] == 4:
        return remap(pixels, palette, space)
    view = suited_view(pixels, moving, palette, strength)
    costs, out = _learned_costs(view, pixels, moving, palette), remap(pixels, palette, OKLAB)
    for band, rows in bands(*moving.shape):
        free = moving[rows].copy()
        free[: band.start - rows.start] = False
        indices = out[rows].copy()
        halftone = Halftone(view, pixels[rows], moving[rows], free, indices, palette)
        halftone.settle(2)
        halftone.settle(4, costs)
        out[band] = indices[band.start - rows.start :][: band.stop - band.start]
    return out


def fitted(pixels: U8, palette: U8, keep: U8, strength: float) -> U8:
    """Return a palette that serves the dither best, found from another.

    Parameters
    ----------
    pixels
        uint8 (height, width, 3 or 4).
    palette
        uint8 (K, same channels).
    keep
        uint8 (k, same channels): entries of these colours stay. So do all that are not opaque.
    strength
        As for `apply.remap_dithered`, more than 0.

    Returns
    -------
    uint8 (K, channels): each entry in the place of the one that it came from.
    """
    solid = solid_entries(palette)
    visible = (pixels[..., 3:] == 255).all(axis=2)
    found, kept = palette[solid, :3], kernels.color_codes(keep) if len(keep) else ()
    movable = ~np.isin(kernels.color_codes(palette)[solid], kept)
    if len(solid) < 2 or not visible.any() or not movable.any():
        return palette
    sample = Sample(*visible.shape)
    colors, visible = sample.of(clear_hidden(pixels)[..., :3]), sample.of(visible)
    free = visible & ~(colors[:, :, None] == found[~movable]).all(axis=3).any(axis=2)
    view = suited_view(colors, visible, found, strength)
    indices = remap(colors, found, OKLAB)
    halftone = Halftone(view, colors, visible, free, indices, found)
    price = view.price_among(len(found))
    halftone.settle(2)
    for _ in range(_ROUNDS - 1):
        found = np.where(movable[:, None], halftone.best_palette(movable), found)
        halftone.use(found)
        halftone.settle(2, neighbour_costs(indices, len(found), price))
    result = palette.copy()
    best = halftone.best_palette(movable)
    result[solid, :3] = np.where(movable[:, None], best, found)
    return result


def suited_view(pixels: U8, visible: Bools, palette: U8, strength: float) -> EyeView:
    """Return the view for a palette: from further away if its entries are far from the picture.

    `pixels` and `palette` have three channels, and some pixels are visible.
    """
    sample = Sample(*visible.shape)
    colors = sample.of(pixels)[sample.of(visible)]
    if not len(colors):
        return EyeView(strength)
    off = OKLAB.whole(colors) - OKLAB.whole(palette)[remap(colors[None], palette, OKLAB)[0]]
    distances = np.sqrt((off**2).sum(axis=1)).astype(np.int64)
    return EyeView(strength, far=int(distances.sum()) > _FAR * OKLAB.steps * len(colors))


def with_flat_colors(pixels: U8, keep: U8, colors: int) -> U8:
    """Return colours to keep, and the opaque ones that are flat on much of a picture.

    Flat is a pixel that is like its four neighbours. In all they are at most half of the `colors`
    that there may be, or those to keep; all have as many channels as the pixels.
    """
    height, width, channels = pixels.shape
    codes = kernels.color_codes(pixels.reshape(-1, channels)).reshape(height, width)
    middle = codes[1:-1, 1:-1]
    flat = (middle == codes[:-2, 1:-1]) & (middle == codes[2:, 1:-1])
    flat &= (middle == codes[1:-1, :-2]) & (middle == codes[1:-1, 2:])
    if channels == 4:
        flat &= middle >> np.uint32(24) == 255
    if not flat.any():
        return keep
    found, counts = kernels.unique_codes(middle[flat])
    often = counts >= max(_FLAT_PIXELS, _FLAT_SHARE * codes.size)
    found = found[often][np.argsort(-counts[often], kind="stable")]
    known = kernels.color_codes(keep) if len(keep) else ()
    new = found[~np.isin(found, known)][: max(0, colors // 2 - len(keep))]
    return np.concatenate([keep, kernels.decode_codes(new, channels)])


def _learned_costs(view: EyeView, pixels: U8, moving: Bools, palette: U8) -> F32:
    """Return what indices cost in the picture as it will be, learned on a sample."""
    sample = Sample(*moving.shape)
    colors, moving = sample.of(pixels), sample.of(moving)
    indices, K = remap(colors, palette, OKLAB), len(palette)
    price, halftone = view.price_among(K), Halftone(view, colors, moving, moving, indices, palette)
    halftone.settle(2)
    halftone.settle(2, neighbour_costs(indices, K, price))
    return neighbour_costs(indices, K, price)
