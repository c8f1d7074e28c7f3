"""Each pixel to its nearest palette colour: exact, whatever the image (ties to the lowest index).

Strategy: for a pixel x, |x - c|^2 is least where |c|^2 - 2 c.x is. All are integers, so
n (|c|^2 - 2 c.x) + k, for n a power of two above every index k, is least at the same c, and
among equals at the lowest k, which stands in its low bits. One matrix product and one minimum over
rows thus give the index, as long as the floating-point type holds all these integers exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kmformat.metric import ALPHA_WEIGHT, clear_hidden, scaled_points

U8 = npt.NDArray[np.uint8]

_BLOCK_PIXELS = 1 << 13
"""Pixels mapped at a time: with 16 rows of float32 the work fits in half a megabyte of cache."""


def map_to_palette(pixels: U8, palette: U8) -> U8:
    """Return the index of the nearest palette entry for each pixel (`kmformat.metric`).

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
    channels, count = pixels.shape[2], len(palette)
    flat = pixels.reshape(-1, channels)
    entries = _coordinates(palette).astype(np.int64)
    scale = np.array([1, 1, 1, ALPHA_WEIGHT][:channels])
    low = 1 << max(1, (count - 1).bit_length())
    rows = np.concatenate(
        [
            -2 * low * (entries * scale),
            (low * (entries * entries * scale).sum(axis=1) + np.arange(count))[:, None],
        ],
        axis=1,
    )
    # Opaque and low <= 32: |n (|c|^2 - 2 c.x)| <= 32 * 3 * 255^2 * 2 < 2^24, exact in float32.
    # Otherwise at most 256 * 3 * (2 * 65025)^2 * 2 < 2^46, exact in float64.
    dtype = np.float32 if channels == 3 and low <= 32 else np.float64
    matrix = rows.astype(dtype)
    columns = np.ones((channels + 1, _BLOCK_PIXELS), dtype)
    products = np.empty((count, _BLOCK_PIXELS), dtype)
    indices = np.empty(len(flat), np.uint8)
    for start in range(0, len(flat), _BLOCK_PIXELS):
        block = flat[start : start + _BLOCK_PIXELS]
        n = len(block)
        columns[:-1, :n] = _coordinates(block).T
        nearest = np.matmul(matrix, columns, out=products).min(axis=0)[:n]
        indices[start : start + n] = nearest.astype(np.int64) & (low - 1)
    return indices.reshape(pixels.shape[:2])


def _coordinates(colors: U8) -> npt.NDArray[np.integer]:
    """Return points with exact integer coordinates: RGB as it is, for the caller to widen."""
    return colors if colors.shape[1] == 3 else scaled_points(clear_hidden(colors))
