"""The nearest palette entry of each colour: exact, and of equally near ones the first.

Strategy: |x - c|^2 is least where |c|^2 - 2 c.x is. For whole coordinates these are integers, so
n (|c|^2 - 2 c.x) + k, for n a power of two above every entry's number k, is least at the same c,
and among equals at the lowest k, which stands in its low bits: one matrix product and one minimum
give the number, as long as the type holds all these integers exactly.

Many RGB colours are looked up in a table of all 2^24 of them (16 MB), of which as much is filled as
they need. In a large image, even to list the colours takes longer than to fill the table around
those of a sample, in cells of 8x8x8 colours where only a few palette entries can be nearest. Where
distances are not those of RGB, it is filled for each colour that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kmformat.kernels.counting import color_codes, decode_codes, overlapping_words, unique_codes

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Codes, Floats, Ints, Labels

SMALL_PRODUCT = 1 << 18
"""Matrix products of no more multiplications are computed by one thread.

Above this, OpenBLAS starts all processors on a product that takes microseconds, and where another
program keeps one of them busy, every product waits for it. Sums over all points use einsum, which
has no threads, for the same reason.
"""

_FEW_DISTANCES = 1 << 22
"""Up to so many in all, computing them is faster than setting up a table."""
_BLOCK_PIXELS = 1 << 17
_LARGE_PIXELS = 1 << 20
_SAMPLE_PIXELS = 1 << 18
_SIDE = 8
_UNFILLED = 255


class NearestEntry:
    """Finds the nearest of some entries for points with whole coordinates.

    Parameters
    ----------
    entries
        Shape (K, d), whole numbers; K from 1 to 256. Or several such sets, (sets, K, d).
    weights
        Shape (d,): whole numbers by which the squared difference of each coordinate counts; None
        for 1.
    dtype
        A float type that holds 512 times any squared distance exactly, and half of one more.
    bias
        What is taken from every |c|^2, so that a smaller type will do.

    Attributes
    ----------
    matrix
        Shape (K, d + 1): its product with a point, and a 1 below it, is the score of each entry.
    low
        The power of two below which the number of an entry stands in its score.
    """

    def __init__(
        self,
        entries: npt.NDArray[np.number],
        weights: npt.NDArray[np.number] | None = None,
        dtype: type[np.floating] = np.float64,
        bias: int = 0,
    ) -> None:
        *self._sets, K, d = entries.shape
        self._K = K
        self.low = 1 << max(1, (K - 1).bit_length())
        weighted = entries if weights is None else entries * weights
        matrix = np.empty((*self._sets, K, d + 1), dtype)
        matrix[..., :-1] = -2 * self.low * weighted
        squares = np.einsum("...d,...d->...", entries, weighted) - bias
        matrix[..., -1] = self.low * squares + np.arange(K)
        self.matrix = matrix.reshape(-1, d + 1)
        self.step = max(1, SMALL_PRODUCT // matrix.size)
        """So many points at a time make a product that one thread computes."""

    def find(self, columns: npt.NDArray[np.floating]) -> Labels:
        """Return the numbers of the nearest entries, (n,) or (sets, n), ties the lowest.

        `columns` are the points, (d + 1, n), each with a 1 below it.
        """
        n, rows = columns.shape[1], len(self.matrix)
        smallest = np.empty((*self._sets, n), columns.dtype)
        scores = np.empty(rows * min(n, self.step), columns.dtype)  # one for all blocks
        for start in range(0, n, self.step):
            part = columns[:, start : start + self.step]
            block = scores[: rows * part.shape[1]].reshape(rows, -1)
            np.matmul(self.matrix, part, out=block)
            block = block.reshape(*self._sets, self._K, -1)
            block.min(axis=-2, out=smallest[..., start : start + self.step])
        numbers: Labels = smallest.astype(np.intp)
        numbers &= self.low - 1
        return numbers


class NearestLight(NearestEntry):
    """Finds the nearest of some entries for amounts of light, as the eye responds to them.

    A response is ``opponents @ roots[cones @ light / 65536]``, rounded down in the brackets, and
    what is below 0 or too much there counts as the least and the most that `roots` has. All of
    these are whole numbers, and so are scores: as opponents are a matrix, they go into that of the
    scores.

    Parameters
    ----------
    entries
        Shape (K, 3): the light of the entries, whole numbers; K from 1 to 256.
    cones, opponents
        int64, shape (3, 3).
    roots
        int64, shape (n,). As in `NearestEntry`, float64 must hold 512 times the squared distance
        of any two responses.
    """

    def __init__(self, entries: Floats, cones: Ints, roots: Ints, opponents: Ints) -> None:
        self.cones, self.roots = cones.astype(np.float64), roots.astype(np.float64)
        points = opponents @ self._responses(entries.T)
        super().__init__(points.T, np.ones(3))
        self.matrix[:, :3] = self.matrix[:, :3] @ opponents

    def find(self, columns: npt.NDArray[np.floating]) -> Labels:
        """Return the numbers of the nearest entries, (n,), ties the lowest.

        `columns` are amounts of light, (4, n), each with a 1 below it.
        """
        responses = np.ones_like(columns)
        responses[:3] = self._responses(columns[:3])
        return super().find(responses)

    def _responses(self, light: npt.NDArray[np.floating]) -> Floats:
        excited = (self.cones @ light) * 2.0**-16
        np.clip(excited, 0, len(self.roots) - 1, out=excited)
        return self.roots.take(excited.astype(np.int32))


def nearest_entries(points: Ints, entries: Ints, weights: Ints) -> U8:
    """Return the number of the nearest entry for each point, uint8 (n,).

    Parameters
    ----------
    points, entries
        int64, shapes (n, d) and (K, d), K from 1 to 256; 512 times any squared distance is
        below 2^53.
    weights
        int64, shape (d,): how often the squared difference of each coordinate counts.
    """
    return _nearest(points, NearestEntry(entries, weights), np.float64)


def _nearest(
    points: npt.NDArray[np.integer], entries: NearestEntry, dtype: type[np.floating]
) -> U8:
    columns = np.ones((points.shape[1] + 1, entries.step), dtype)
    numbers = np.empty(len(points), np.uint8)
    for start in range(0, len(points), entries.step):
        block = points[start : start + entries.step]
        columns[:-1, : len(block)] = block.T
        numbers[start : start + entries.step] = entries.find(columns[:, : len(block)])
    return numbers


def nearest_rgb_entries(colors: U8, palette: U8) -> U8:
    """Return the index of the nearest palette entry for each RGB colour, uint8 (n,).

    Parameters
    ----------
    colors, palette
        uint8, shapes (n, 3) and (K, 3), n at least 1 and K from 1 to 256.
    """
    if len(colors) * len(palette) <= _FEW_DISTANCES:
        return _compute(colors, palette)
    if len(colors) <= _LARGE_PIXELS:
        return computed_once(colors, partial(_compute, palette=palette))
    return RgbTable(palette).find(colors)


class RgbTable:
    """Finds the nearest palette entries of RGB colours in part after part of a picture.

    It keeps what it has found. Only one thread may use it.

    Parameters
    ----------
    palette
        uint8, shape (K, 3), K from 1 to 256.
    """

    def __init__(self, palette: U8) -> None:
        self._palette = palette
        self._table, self._filled = np.full(1 << 24, _UNFILLED, np.uint8), np.zeros(1 << 15, bool)

    def find(self, colors: U8) -> U8:
        """Return the index of the nearest entry for each colour, uint8 (n,), n at least 1."""
        table, filled, palette = self._table, self._filled, self._palette
        if not filled.any():
            sample = color_codes(colors[:: max(1, len(colors) // _SAMPLE_PIXELS)])
            _fill_cells(table, filled, sample, palette)
        indices = np.empty(len(colors), np.uint8)
        indices[-1:] = _compute(colors[-1:], palette)
        for start, codes, found in _looked_up(table, colors, indices):
            unknown = np.flatnonzero(found == _UNFILLED)  # or known to be that
            if len(unknown) > len(found) // 16:
                _fill_cells(table, filled, codes[unknown], palette)
                found[unknown] = table[codes[unknown]]
            elif len(unknown):
                found[unknown] = _compute(colors[start + unknown], palette)
        return indices


def mark_colors(colors: U8, marks: U8) -> None:
    """Set the marks, uint8 (2^24,), of RGB colours, uint8 (n, 3), to 1: at their codes."""
    marks[color_codes(colors)] = 1


def look_up_colors(colors: U8, table: U8) -> U8:
    """Return what a table, uint8 (2^24,), has for each RGB colour, uint8 (n, 3): at its code."""
    return table[color_codes(colors)]


def computed_once(colors: U8, compute: Callable[[U8], U8]) -> U8:
    """Return what is computed of each RGB colour, uint8 (n,), where colours repeat.

    Parameters
    ----------
    colors
        uint8, shape (n, 3), n at least 1.
    compute
        Gives numbers, uint8 (k,), for colours, uint8 (k, 3). It gets each colour once, but for the
        last pixel's.
    """
    table, indices = np.empty(1 << 24, np.uint8), np.empty(len(colors), np.uint8)
    for distinct in _distinct_blocks(colors):
        table[distinct] = compute(decode_codes(distinct, 3))
    indices[-1:] = compute(colors[-1:])
    for _ in _looked_up(table, colors, indices):
        pass
    return indices


def _looked_up(table: U8, colors: U8, indices: U8) -> Iterator[tuple[int, Labels, U8]]:
    """Look up all colours but the last in blocks, and yield each: its start, codes and indices."""
    words, buffer = overlapping_words(colors), np.empty(_BLOCK_PIXELS, np.intp)
    for start in range(0, len(words), _BLOCK_PIXELS):
        block = words[start : start + _BLOCK_PIXELS]
        codes, found = buffer[: len(block)], indices[start : start + len(block)]
        np.bitwise_and(block, 0xFFFFFF, out=codes)
        np.take(table, codes, out=found, mode="clip")  # the default mode would copy `found`
        yield start, codes, found


def _distinct_blocks(colors: U8) -> Iterator[Codes]:
    """Yield the codes of all colours, each once, up to 2^17 at a time.

    Few are sorted; among many, which may be most of all colours, those seen are marked.
    """
    if len(colors) <= _LARGE_PIXELS:
        distinct, _ = unique_codes(color_codes(colors))
    else:
        seen, words = np.zeros(1 << 24, bool), overlapping_words(colors)
        for start in range(0, len(words), _BLOCK_PIXELS):
            seen[words[start : start + _BLOCK_PIXELS] & 0xFFFFFF] = True
        distinct = np.flatnonzero(seen).astype(np.uint32)
    for start in range(0, len(distinct), _BLOCK_PIXELS):
        yield distinct[start : start + _BLOCK_PIXELS]


def _compute(colors: U8, palette: U8) -> U8:
    """Return the nearest entry of each RGB colour, computed for every one of them.

    Coordinates are in -128..127, so |c|^2 and |c.x| are at most 49152. With 24576 taken from
    |c|^2, for up to 128 entries all sums stay below 128 (24576 + 2 * 49152) + 128 < 2^24, exact in
    float32; for more, float64 is needed.
    """
    few = len(palette) <= 128
    dtype: type[np.floating] = np.float32 if few else np.float64
    entries, one = _centred(palette).astype(np.int64), np.ones(3, np.int64)
    return _nearest(_centred(colors), NearestEntry(entries, one, dtype, 24576 * few), dtype)


def _centred(colors: U8) -> npt.NDArray[np.int8]:
    """Return colours less 128."""
    return (colors ^ np.uint8(128)).view(np.int8)


def _fill_cells(table: U8, filled: Bools, codes: Codes | Labels, palette: U8) -> None:
    """Fill the table for all colours in the cells of some, unless that is done already."""
    seen = np.zeros_like(filled)
    seen[(codes >> 3 & 0x1F) | (codes >> 6 & 0x3E0) | (codes >> 9 & 0x7C00)] = True
    cells = np.flatnonzero(seen & ~filled)
    filled[cells] = True
    corners = np.stack([cells & 31, cells >> 5 & 31, cells >> 10], axis=1) * _SIDE
    candidates = _candidates(corners, palette)
    counts = candidates.sum(axis=1)
    for count in np.unique(counts).tolist():  # cells with as many candidates go together
        group = np.flatnonzero(counts == count)
        entries = np.nonzero(candidates[group])[1].reshape(-1, count)
        step = max(1, (1 << 18) // (count * _SIDE**3))
        for start in range(0, len(group), step):
            part = slice(start, start + step)
            _fill_alike(table, corners[group[part]], entries[part], palette)


def _candidates(corners: Ints, palette: U8) -> Bools:
    """Return which palette entries may be nearest to a colour in which cell, (cells, K).

    Let f_k = |c_k|^2 - 2 m.c_k, at the middle m of a cell, be least for entry j. At m + t, entry k
    is as near as j only if f_k - f_j <= 2 t.(c_k - c_j), where no part of t exceeds (side - 1) / 2.
    """
    entries = palette.astype(np.int64)
    f = (entries**2).sum(axis=1) - (2 * corners + _SIDE - 1) @ entries.T
    best = f.argmin(axis=1)
    reach = (_SIDE - 1) * np.abs(entries[:, None] - entries).sum(axis=2)
    may: Bools = f - f.min(axis=1, keepdims=True) <= reach[best]
    return may


def _fill_alike(table: U8, corners: Ints, entries: Labels, palette: U8) -> None:
    """Fill cells that have equally many candidates: `entries`, (cells, candidates)."""
    along = np.arange(_SIDE)
    inside = (along[:, None, None] << 16 | along[:, None] << 8 | along).ravel()
    where = (corners @ (1, 1 << 8, 1 << 16))[:, None] + inside
    if entries.shape[1] == 1:
        table[where] = entries.astype(np.uint8)
        return
    # A squared distance is a sum of one term a channel; the index rides in the low 8 bits.
    terms = (corners[:, None, :, None] + along - palette[entries][..., None]).astype(np.int32)
    terms = terms**2 << 8
    red, green, blue = (terms[:, :, channel] for channel in range(3))
    red |= entries[:, :, None].astype(np.int32)
    rest = blue[:, :, :, None] + green[:, :, None, :]
    nearest = (rest[..., None] + red[:, :, None, None, :]).min(axis=1)
    table[where] = (nearest & 255).astype(np.uint8).reshape(where.shape)
