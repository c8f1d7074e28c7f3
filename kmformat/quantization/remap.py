"""Each pixel to its nearest palette colour: exact, whatever the image (ties to the lowest index).

Strategy: `_compute` computes. For a colour x, |x - c|^2 is least where |c|^2 - 2 c.x is. These are
integers, so n (|c|^2 - 2 c.x) + k, for n a power of two above every index k, is least at the same
c, and among equals at the lowest k, which stands in its low bits: one matrix product and one
minimum give the index, as long as the type holds all these integers exactly.

An image has far fewer colours than pixels, so each colour of a larger image is computed once: with
alpha, block by block; otherwise into a table of all 2^24 colours (16 MB), in which the pixels are
looked up. In a large image, even to list the colours takes longer than to fill the table around
those of a sample, in cells of 8x8x8 colours where only a few palette entries can be nearest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kmformat.color.space import ALPHA_WEIGHT, clear_hidden, scaled_points
from kmformat.kernels.sums import SMALL_PRODUCT
from kmformat.quantization.histogram import (
    Codes,
    color_codes,
    decode_codes,
    overlapping_words,
    unique_codes,
)

U8 = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_FEW_DISTANCES = 1 << 22
"""Up to so many in all, computing them is faster than setting up a table."""
_BLOCK_PIXELS = 1 << 17
_LARGE_PIXELS = 1 << 20
_SAMPLE_PIXELS = 1 << 18
_SIDE = 8
_UNFILLED = 255


def map_to_palette(pixels: U8, palette: U8) -> U8:
    """Return the index of the nearest palette entry for each pixel (`kmformat.color.space`).

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) RGB or (height, width, 4) RGBA.
    palette
        uint8, shape (K, same channels), K from 1 to 256.

    Returns
    -------
    uint8, shape (height, width)
    """
    flat = np.ascontiguousarray(pixels).reshape(-1, pixels.shape[2])
    if len(flat) * len(palette) <= _FEW_DISTANCES:
        indices = _compute(flat, palette)
    elif pixels.shape[2] == 4:
        blocks = range(0, len(flat), _BLOCK_PIXELS)
        parts = [_compute_each_once(flat[i : i + _BLOCK_PIXELS], palette) for i in blocks]
        indices = np.concatenate(parts)
    else:
        indices = _look_up(flat, palette)
    return indices.reshape(pixels.shape[:2])


def _compute(colors: U8, palette: U8) -> U8:
    """Return the index of the nearest palette entry for each colour, (n,)."""
    K, d = len(palette), colors.shape[1]
    low = 1 << max(1, (K - 1).bit_length())
    entries, scale, bias = _coordinates(palette), np.array([1, 1, 1, ALPHA_WEIGHT][:d]), 0
    # Opaque, low <= 128: coordinates are in -128..127, so |c|^2 and |c.x| are at most 49152; taking
    # 24576 from |c|^2, all sums stay below 128 (24576 + 2 * 49152) + 128 < 2^24, exact in float32.
    # Otherwise below 256 * 3 * 4 * 65025^2 < 2^44, exact in float64.
    dtype: type[np.floating] = np.float64
    if d == 3 and low <= 128:
        dtype, bias = np.float32, 24576
    offsets = low * ((entries**2 * scale).sum(axis=1) - bias) + np.arange(K)
    matrix = np.concatenate([-2 * low * entries * scale, offsets[:, None]], axis=1).astype(dtype)
    step = SMALL_PRODUCT // (K * (d + 1))
    columns = np.ones((d + 1, step), dtype)
    indices = np.empty(len(colors), np.uint8)
    for start in range(0, len(colors), step):
        block = colors[start : start + step]
        columns[:-1, : len(block)] = _coordinates(block).T
        smallest = (matrix @ columns[:, : len(block)]).min(axis=0)
        indices[start : start + step] = smallest.astype(np.int64) & (low - 1)
    return indices


def _coordinates(colors: U8) -> Ints:
    """Return points with exact integer coordinates, (n, d)."""
    if colors.shape[1] == 4:
        return scaled_points(clear_hidden(colors))
    return colors.astype(np.int64) - 128


def _compute_each_once(colors: U8, palette: U8) -> U8:
    """Return what `_compute` does, faster where colours repeat."""
    codes = color_codes(colors)
    distinct, _ = unique_codes(codes.copy())
    if 4 * len(distinct) > len(codes):
        return _compute(colors, palette)
    indices = _compute(decode_codes(distinct, colors.shape[1]), palette)
    return indices[np.searchsorted(distinct, codes)]


def _look_up(colors: U8, palette: U8) -> U8:
    """Return what `_compute` does for many RGB colours, by way of a table of all colours."""
    indices = np.empty(len(colors), np.uint8)
    indices[-1:] = _compute(colors[-1:], palette)
    words = overlapping_words(colors)  # all but the last
    if len(colors) <= _LARGE_PIXELS:
        table, filled = np.empty(1 << 24, np.uint8), None
        distinct, _ = unique_codes(color_codes(colors))
        table[distinct] = _compute(decode_codes(distinct, 3), palette)
    else:
        table, filled = np.full(1 << 24, _UNFILLED, np.uint8), np.zeros(1 << 15, bool)
        sample = color_codes(colors[:: len(colors) // _SAMPLE_PIXELS])
        _fill_cells(table, filled, sample, palette)
    buffer = np.empty(_BLOCK_PIXELS, np.intp)
    for start in range(0, len(words), _BLOCK_PIXELS):
        block = words[start : start + _BLOCK_PIXELS]
        codes, found = buffer[: len(block)], indices[start : start + len(block)]
        np.bitwise_and(block, 0xFFFFFF, out=codes)
        np.take(table, codes, out=found, mode="clip")  # the default mode would copy `found`
        if filled is not None:  # an index of 255 may be one that is not known yet
            unknown = np.flatnonzero(found == _UNFILLED)
            if len(unknown) > len(found) // 16:
                _fill_cells(table, filled, codes[unknown], palette)
                found[unknown] = table[codes[unknown]]
            elif len(unknown):
                found[unknown] = _compute(colors[start + unknown], palette)
    return indices


def _fill_cells(table: U8, filled: npt.NDArray[np.bool_], codes: Codes | Ints, palette: U8) -> None:
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


def _candidates(corners: Ints, palette: U8) -> npt.NDArray[np.bool_]:
    """Return which palette entries may be nearest to a colour in which cell, (cells, K).

    Let f_k = |c_k|^2 - 2 m.c_k, at the middle m of a cell, be least for entry j. At m + t, entry k
    is as near as j only if f_k - f_j <= 2 t.(c_k - c_j), where no part of t exceeds (side - 1) / 2.
    """
    entries = palette.astype(np.int64)
    f = (entries**2).sum(axis=1) - (2 * corners + _SIDE - 1) @ entries.T
    best = f.argmin(axis=1)
    reach = (_SIDE - 1) * np.abs(entries[:, None] - entries).sum(axis=2)
    may: npt.NDArray[np.bool_] = f - f.min(axis=1, keepdims=True) <= reach[best]
    return may


def _fill_alike(table: U8, corners: Ints, entries: Ints, palette: U8) -> None:
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
