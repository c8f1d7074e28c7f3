"""Ordered dither: a mix of entries for each colour, laid out by a Bayer matrix of 8x8 pixels.

Each colour is mixed from 64 entries, sorted from dark to light; the pixel's place in the matrix
says which of them it gets. Far entries show as specks in a grid, so each entry's error reaches only
over the longest gap at that entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kmformat import kernels
from kmformat.color.channels import clear_hidden
from kmformat.quantization.dither.palette_grid import PaletteGrid

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Codes, Labels
    from kmformat.color.space import ColorSpace

_SIDE = 8
_MIX = _SIDE * _SIDE
_BLOCK_PIXELS = 1 << 21
_BLOCK_COLORS = 1 << 12


def dithered(pixels: U8, _: Bools, palette: U8, space: ColorSpace, strength: float) -> U8:
    """Return indices by ordered dither for any palette (T. Knoll, US patent 6,606,166, expired).

    A pixel's colour and place decide, and no other pixel: it does not matter which others move.
    `strength`, 0 to 1, is the share of an error that the rest of a mix makes up for.
    """
    height, width = pixels.shape[:2]
    colors = clear_hidden(pixels).reshape(height * width, -1)
    places = np.tile(_bayer(), (1, -(-width // _SIDE)))[:, :width]
    indices, mixes = np.empty(height * width, np.uint8), _Mixes(palette, space, strength)
    rows = max(1, _BLOCK_PIXELS // width)
    for start in range(0, height, rows):
        end = min(start + rows, height)
        part, y = slice(start * width, end * width), np.arange(start, end) % _SIDE
        indices[part] = mixes.pick(colors[part], places[y].reshape(-1))
    return indices.reshape(height, width)


def _bayer() -> Labels:
    """Return the 8x8 matrix of 0..63 of B. E. Bayer, Proc. IEEE ICC (1973)."""
    matrix = np.zeros((1, 1), np.intp)
    while len(matrix) < _SIDE:
        matrix = 4 * matrix
        matrix = np.block([[matrix, matrix + 2], [matrix + 3, matrix + 1]])
    return matrix


class _Mixes:
    """The mixes of colours, made when one first occurs. Colours in cells of 2 levels share one.

    A cell's colour is its upper corner, so that what is opaque stays opaque. Mixes of RGB colours
    are kept, found by a table of all cells; those with alpha are made for each block of pixels.
    """

    def __init__(self, palette: U8, space: ColorSpace, strength: float) -> None:
        self._strength = strength
        lightness = space.lightness(space.points(palette))
        self._rising = np.argsort(lightness, kind="stable").astype(np.uint8)
        self._grid = PaletteGrid(palette[self._rising], space)
        self._mixes = np.zeros((1, _MIX), np.uint8)
        self._rows = np.zeros(1 << 24 if palette.shape[1] == 3 else 0, np.int32)

    def pick(self, colors: U8, places: Labels) -> U8:
        """Return the index (n,) that stands in the mix of each colour at a place, 0 to 63."""
        codes = kernels.color_codes(colors)
        codes |= np.uint32(0x01010101 if colors.shape[1] == 4 else 0x010101)
        where = self._find(codes).astype(np.intp)
        where *= _MIX
        where += places
        return self._mixes.reshape(-1)[where]

    def _find(self, codes: Codes) -> npt.NDArray[np.integer[Any]]:
        """Return in which row the mix of each cell is."""
        if not len(self._rows):
            distinct, _ = kernels.unique_codes(codes.copy())
            self._mixes = self._make(kernels.decode_codes(distinct, 4))
            return np.searchsorted(distinct, codes)
        missing = codes[self._rows[codes] == 0]
        if len(missing):
            distinct, _ = kernels.unique_codes(missing)
            self._rows[distinct] = np.arange(len(distinct)) + len(self._mixes)
            made = self._make(kernels.decode_codes(distinct, 3))
            self._mixes = np.concatenate([self._mixes, made])
        return self._rows[codes]

    def _make(self, colors: U8) -> U8:
        """Return the palette indices, from dark to light, of which colours are mixed: (n, 64).

        One after the other, each is nearest to the colour plus the error of those before.
        """
        mixes, grid = np.empty((len(colors), _MIX), np.uint8), self._grid
        for start in range(0, len(colors), _BLOCK_COLORS):
            part = slice(start, start + _BLOCK_COLORS)
            amounts = np.empty((len(grid.entries), len(colors[part])))
            grid.put(colors[part], amounts)
            values = np.concatenate([amounts, np.ones_like(amounts[:1])])
            for i in range(_MIX):
                mixes[part, i] = nearest = grid.nearest.find(values)
                error = values[:-1] - grid.entries.take(nearest, axis=1)
                reach = grid.reach[nearest]
                error = np.clip(error, -reach, reach)
                values[:-1] = amounts + np.rint(self._strength * error)
        mixes.sort(axis=1)
        return self._rising[mixes]
