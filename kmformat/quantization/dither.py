"""Dithering: palette entries mixed from pixel to pixel, so that areas have the right mean colour.

    none             each pixel its nearest entry: the smallest files, and steps in smooth shades
    floyd-steinberg  the error of a pixel goes to its neighbours: the best picture of the three
    ordered          a mix for each colour, laid out in 8x8 pixels: the same colour at the same
                     place always has the same index, as animations need it; the smaller files
                     where the palette is sparse, such as black and white

Under both, pixels whose colour is in the palette stay as they are, so flat areas stay flat and an
image of few colours stays whole. What is nearest to a transparent entry becomes that one and takes
no part, and all else gets visible entries, so solid areas get no holes.

Strategy: both add errors to points of `kmformat.color.space` in whole 16ths of a level, so that sums and
scores are exact and the result is the same on every machine. A colour outside of the palette's hull
has an error that no mix can settle: it would grow without end and spill on the neighbours. So no
coordinate of an error exceeds half the length of a gap that one must cross to get from entry to
entry, which is an edge of their minimum spanning tree. Floyd-Steinberg allows for the longest of
all. The ordered dither shows far entries as specks in a grid, and allows for the longest there is
at the entry in question.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from kmformat.color.space import clear_hidden, to_points
from kmformat.errors import ParameterError
from kmformat.kernels.sums import SMALL_PRODUCT, Floats
from kmformat.quantization.histogram import Codes, color_codes, decode_codes, unique_codes
from kmformat.quantization.remap import map_to_palette

U8 = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Grid = npt.NDArray[np.float64]
"""Points in 16ths, whole numbers: one column each, (d, n)."""

Dither: TypeAlias = Literal["none", "floyd-steinberg", "ordered"]
DITHERS: tuple[Dither, ...] = get_args(Dither)

_KEPT = 31 / 32
"""Of each error, so much is passed on: less noise in areas outside of the palette's hull.

The price: in black and white, the darkest and lightest 4 levels show no dots.
"""
_MARGIN = 16
"""So many rows and columns of mirror image are dithered first, to start with settled errors."""
_MOST_ERROR = 128.0
"""Half the range of a channel: what black and white need."""
_SIDE = 8
_MIX = _SIDE * _SIDE
_LUMA = (0.299, 0.587, 0.114)
_BLOCK_PIXELS = 1 << 21
_BLOCK_COLORS = 1 << 12


def map_with_dither(pixels: U8, palette: U8, dither: Dither) -> U8:
    """Return an index for each pixel, so that the palette's colours mix to those of the image.

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) RGB or (height, width, 4) RGBA.
    palette
        uint8, shape (K, same channels), K from 1 to 256.
    dither
        How: see the head of this module.

    Returns
    -------
    uint8, shape (height, width)

    Raises
    ------
    ParameterError
        There is no such dither.
    """
    if dither not in DITHERS:
        raise ParameterError(f"dither {dither!r}: expected one of {', '.join(DITHERS)}")
    nearest = map_to_palette(pixels, palette)
    if dither == "none":
        return nearest
    moving = _moving(pixels, palette, nearest)
    visible = np.flatnonzero(palette[:, 3:].all(axis=1)).astype(np.uint8)
    if len(visible) < 2 or not moving.any():
        return nearest
    entries = palette[visible]
    diffuse = dither == "floyd-steinberg"
    mixed = _diffuse(pixels, moving, entries) if diffuse else _order(pixels, entries)
    return np.where(moving, visible[mixed], nearest)


def _moving(pixels: U8, palette: U8, nearest: U8) -> Bools:
    """Return which pixels are to be dithered: of no palette colour, and not to be transparent."""
    moving = np.zeros(nearest.shape, bool)
    for channel in range(pixels.shape[2]):
        moving |= palette[:, channel][nearest] != pixels[..., channel]
    if pixels.shape[2] == 4:
        moving &= (pixels[..., 3] > 0) & (palette[:, 3] > 0)[nearest]
    return moving


class _Entries:
    """A palette on the grid, and which entry is nearest to what.

    For whole v, n (|c|^2 - 2 c.v) + k is a whole number, least for the nearest entry c and among
    equals for the lowest index k, which stands in its low bits (as in `kmformat.quantization.remap`). With
    coordinates of c below 2^12, those of v below 2^13 and n up to 256, all is exact in float64.
    """

    def __init__(self, palette: U8) -> None:
        K, self.d = palette.shape
        self._low = 1 << max(1, (K - 1).bit_length())
        self.grid = np.empty((self.d, K))
        self.put(palette, self.grid)
        self.reach = np.floor(16 * np.minimum(_MOST_ERROR, _gaps(palette) / 2))
        offsets = self._low * (self.grid**2).sum(axis=0) + np.arange(K)
        self._matrix = np.concatenate([-2 * self._low * self.grid, offsets[None]]).T
        self._step = SMALL_PRODUCT // self._matrix.size

    def put(self, colors: U8, grid: Grid) -> None:
        """Write colours, uint8 (n, d), as points of the grid, (d, n)."""
        if self.d == 3:
            np.multiply(colors.T, 16.0, out=grid)
            grid -= 2048
        else:
            np.rint(16 * to_points(colors).T, out=grid)

    def nearest(self, values: Grid) -> Ints:
        """Return the nearest entry, ties the lowest, to columns of which the last row is ones."""
        smallest = np.empty(values.shape[1])
        for start in range(0, len(smallest), self._step):
            part = slice(start, start + self._step)
            (self._matrix @ values[:, part]).min(axis=0, out=smallest[part])
        indices: Ints = smallest.astype(np.intp)
        indices &= self._low - 1
        return indices


def _gaps(palette: U8) -> Floats:
    """Return each entry's longest edge in the palette's minimum spanning tree (Prim, 1957)."""
    points = to_points(palette)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    gaps, outside = np.zeros(len(points)), np.arange(1, len(points))
    closest = np.zeros(len(points), np.intp)  # of the entries in the tree
    while len(outside):
        lengths = distances[outside, closest[outside]]
        at = lengths.argmin()
        new = outside[at]
        ends = [new, closest[new]]
        gaps[ends] = np.maximum(gaps[ends], lengths[at])
        outside = np.delete(outside, at)
        closer = outside[distances[outside, new] < distances[outside, closest[outside]]]
        closest[closer] = new
    return gaps


def _diffuse(pixels: U8, moving: Bools, palette: U8) -> U8:
    """Return indices by error diffusion: Floyd and Steinberg, Proc. SID 17/2 (1976), 75-77.

    A pixel needs the errors of those at its left and upper right, at least. So all (x, y) of equal
    t = x + 2 y can go together, and need only errors of t - 1, t - 2 and t - 3. In memory, pixels
    of equal t are one slice, because from one to the next it is always width - 2 pixels.
    """
    margin = ((_MARGIN, 0), (_MARGIN, _MARGIN))
    active = np.pad(moving, margin, "symmetric")
    height, width = active.shape
    colors = np.pad(pixels, (*margin, (0, 0)), "symmetric").reshape(height * width, -1)
    active, indices = active.reshape(-1), np.empty(height * width, np.uint8)
    entries = _Entries(palette)
    reach = entries.reach.max()
    # Errors of row y are in column y + 1; column 0, and rows out of the picture, stay zero.
    errors = np.zeros((4, entries.d, height + 1))
    values, sums = np.ones((entries.d + 1, height)), np.empty_like(errors[0])
    for t in range(width + 2 * (height - 1)):
        top, end = max(0, (t - width + 2) // 2), min(height - 1, t // 2) + 1
        first, last = t + top * (width - 2), t + (end - 1) * (width - 2)
        front = slice(first, last + 1, width - 2)
        takes_part = active[front].astype(np.float64)
        now, left, above, before = (errors[(t - i) % 4] for i in range(4))
        value, error = values[:-1, : end - top], now[:, top + 1 : end + 1]
        entries.put(colors[front], value)

        # 7 from the left, 3 from the upper right, 5 from above, 1 from the upper left
        total = np.multiply(left[:, top + 1 : end + 1], 7, out=sums[:, top:end])
        total += np.multiply(left[:, top:end], 3, out=error)
        total += np.multiply(above[:, top:end], 5, out=error)
        total += before[:, top:end]
        total *= _KEPT / 16
        np.rint(total, out=total)
        total *= takes_part
        value += total

        nearest = entries.nearest(values[:, : end - top])
        indices[front] = nearest
        np.subtract(value, entries.grid.take(nearest, axis=1), out=error)
        np.minimum(error, reach, out=error)
        np.maximum(error, -reach, out=error)
        error *= takes_part
        now[:, top] = 0  # the row above may have ended
    return np.ascontiguousarray(indices.reshape(height, width)[_MARGIN:, _MARGIN:-_MARGIN])


def _order(pixels: U8, palette: U8) -> U8:
    """Return indices by ordered dither for any palette (T. Knoll, US patent 6,606,166, expired).

    Each colour is mixed from 64 entries, sorted from dark to light; the pixel's place in a Bayer
    matrix says which of them it gets.
    """
    height, width = pixels.shape[:2]
    colors = clear_hidden(pixels).reshape(height * width, -1)
    places = np.tile(_bayer(), (1, -(-width // _SIDE)))[:, :width]
    indices, mixes = np.empty(height * width, np.uint8), _Mixes(palette)
    rows = max(1, _BLOCK_PIXELS // width)
    for start in range(0, height, rows):
        end = min(start + rows, height)
        part, y = slice(start * width, end * width), np.arange(start, end) % _SIDE
        indices[part] = mixes.pick(colors[part], places[y].reshape(-1))
    return indices.reshape(height, width)


def _bayer() -> Ints:
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

    def __init__(self, palette: U8) -> None:
        self._by_luma = np.argsort(to_points(palette)[:, :3] @ _LUMA, kind="stable").astype(
            np.uint8
        )
        self._entries = _Entries(palette[self._by_luma])
        self._mixes = np.zeros((1, _MIX), np.uint8)
        self._rows = np.zeros(1 << 24 if palette.shape[1] == 3 else 0, np.int32)

    def pick(self, colors: U8, places: Ints) -> U8:
        """Return the index (n,) that stands in the mix of each colour at a place, 0 to 63."""
        codes = color_codes(colors)
        codes |= np.uint32(0x01010101 if colors.shape[1] == 4 else 0x010101)
        where = self._find(codes).astype(np.intp)
        where *= _MIX
        where += places
        return self._mixes.reshape(-1)[where]

    def _find(self, codes: Codes) -> npt.NDArray[np.integer[Any]]:
        """Return in which row the mix of each cell is."""
        if not len(self._rows):
            distinct, _ = unique_codes(codes.copy())
            self._mixes = self._make(decode_codes(distinct, 4))
            return np.searchsorted(distinct, codes)
        missing = codes[self._rows[codes] == 0]
        if len(missing):
            distinct, _ = unique_codes(missing)
            self._rows[distinct] = np.arange(len(distinct)) + len(self._mixes)
            made = self._make(decode_codes(distinct, 3))
            self._mixes = np.concatenate([self._mixes, made])
        return self._rows[codes]

    def _make(self, colors: U8) -> U8:
        """Return the palette indices, from dark to light, of which colours are mixed: (n, 64).

        One after the other, each is nearest to the colour plus the error of those before.
        """
        mixes, entries = np.empty((len(colors), _MIX), np.uint8), self._entries
        for start in range(0, len(colors), _BLOCK_COLORS):
            part = slice(start, start + _BLOCK_COLORS)
            points = np.empty((entries.d, len(colors[part])))
            entries.put(colors[part], points)
            values = np.concatenate([points, np.ones_like(points[:1])])
            for i in range(_MIX):
                mixes[part, i] = nearest = entries.nearest(values)
                error = values[:-1] - entries.grid.take(nearest, axis=1)
                reach = entries.reach[nearest]
                values[:-1] = points + np.clip(error, -reach, reach)
        mixes.sort(axis=1)
        return self._by_luma[mixes]
