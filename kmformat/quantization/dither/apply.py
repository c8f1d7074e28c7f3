"""Remapping with a dither: which pixels take part in it, and which entries they may get.

Under every dither, pixels whose colour is in the palette stay as they are, so flat areas stay flat
and an image of few colours stays whole. What is nearest to a transparent entry becomes that one and
takes no part, and all else gets visible entries, so solid areas get no holes. What is opaque gets
opaque entries and is dithered by itself, so that it does not become translucent.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from kmformat.color.channels import clear_hidden
from kmformat.quantization.remap import remap, solid_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmformat.arrays import U8, Bools
    from kmformat.color.space import ColorSpace
    from kmformat.quantization.dither import Dither


_BAND_PIXELS = 1 << 20


def remap_dithered(
    pixels: U8, palette: U8, dither: Dither, space: ColorSpace, strength: float = 1.0
) -> U8:
    """Return an index for each pixel, so that the palette's colours mix to those of the image.

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) RGB or (height, width, 4) RGBA.
    palette
        uint8, shape (K, same channels), K from 1 to 256.
    dither
        A name in the registry (`kmformat.quantization.dither`).
    space
        Where distances are taken. Dots of opaque colours mix as light, if it knows how, and as
        points otherwise.
    strength
        Share of each error that is made up for, 0 (as with no dither) to 1.

    Returns
    -------
    uint8, shape (height, width)
    """
    return mixed(remap(pixels, palette, space), pixels, palette, dither, space, strength)


def mixed(
    nearest: U8, pixels: U8, palette: U8, dither: Dither, space: ColorSpace, strength: float
) -> U8:
    """Return what `remap_dithered` does, where the nearest entries are known: its `remap`."""
    if dither == "none" or strength == 0:
        return nearest
    moving = _moving(pixels, palette, nearest)
    method = import_module(f"{__package__}.{dither.replace('-', '_')}")
    for colors, part, entries in _parts(pixels, moving, palette):
        if len(entries) > 1 and part.any():
            chosen = palette[entries, : colors.shape[2]]
            found = method.dithered(colors, part, chosen, space, strength)
            np.copyto(nearest, entries[found], where=part)
    return nearest


def _parts(pixels: U8, moving: Bools, palette: U8) -> Iterator[tuple[U8, Bools, U8]]:
    """Yield pixels that are dithered together: their colours, which they are, and their entries."""
    solid = solid_entries(palette)
    if pixels.shape[2] == 3:
        yield pixels, moving, solid
        return
    visible = np.flatnonzero(palette[:, 3]).astype(np.uint8)
    opaque = (pixels[..., 3] == 255) & bool(len(solid))
    yield np.ascontiguousarray(clear_hidden(pixels)[..., :3]), moving & opaque, solid
    yield pixels, moving & ~opaque, visible


def _moving(pixels: U8, palette: U8, nearest: U8) -> Bools:
    """Return which pixels are to be dithered: of no palette colour, and not to be transparent."""
    moving = np.empty(nearest.shape, bool)
    rows = max(1, _BAND_PIXELS // nearest.shape[1])
    for top in range(0, len(nearest), rows):
        band, near = pixels[top : top + rows], nearest[top : top + rows]
        part = (palette[near] != band).any(axis=2)
        if pixels.shape[2] == 4:
            part &= (band[..., 3] > 0) & (palette[:, 3] > 0)[near]
        moving[top : top + rows] = part
    return moving
