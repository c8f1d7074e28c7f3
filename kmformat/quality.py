"""How far a picture of few colours is from the original."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kmformat.indexed import IndexedImage
from kmformat.metric import to_points

U8 = npt.NDArray[np.uint8]

_BLOCK_PIXELS = 1 << 14


def mean_squared_error(pixels: U8, indexed: IndexedImage) -> float:
    """Return the squared error a channel, averaged over channels and pixels.

    Opaque colours are compared as RGB. With alpha, it is the average of the errors seen on black
    and on white (`kmformat.metric`).

    Parameters
    ----------
    pixels
        The original, uint8 (height, width, 3) or (height, width, 4), of the same size.
    """
    palette = indexed.palette
    if pixels.shape[2] > palette.shape[1]:  # an image with alpha channel but nothing transparent
        palette = np.pad(palette, ((0, 0), (0, 1)), constant_values=255)
    flat, indices, total = pixels.reshape(-1, pixels.shape[2]), indexed.indices.ravel(), 0.0
    # float32 holds bytes exactly, but not points with alpha: what is exact would have an error
    entries = to_points(palette).astype(np.float32 if palette.shape[1] == 3 else np.float64)
    for start in range(0, len(flat), _BLOCK_PIXELS):
        block = flat[start : start + _BLOCK_PIXELS]
        points = block if block.shape[1] == 3 else to_points(block)
        error = np.take(entries, indices[start : start + _BLOCK_PIXELS], axis=0)
        np.subtract(points, error, out=error, casting="same_kind")
        total += float(np.einsum("nd,nd->", error, error))
    return total / (3 * len(flat))


def psnr(error: float) -> float:
    """Return the peak signal-to-noise ratio in dB for a mean squared error; infinite for 0."""
    return 10 * math.log10(255**2 / error) if error else math.inf
