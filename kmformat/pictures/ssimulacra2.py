"""SSIMULACRA2, the measure of looks by J. Sneyers, where the package `ssimulacra2` is installed.

    90  hardly ever seen to differ from the original, side by side
    70  high quality          50  medium          30  low; less, down below 0, is worse

It takes some 3 s and 300 MB a megapixel, so only pictures of up to 2^22 pixels are measured.
"""

from __future__ import annotations

import io
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmformat.color.channels import over, with_equal_channels

if TYPE_CHECKING:
    from kmformat.arrays import U8

_LEAST_SIDE = 8
_MOST_PIXELS = 1 << 22


def ssimulacra2(original: U8, shown: U8) -> float | None:
    """Return the score of pixels, uint8 (height, width, 3 or 4), at most 100; None if unmeasured.

    With alpha, it is the lower of the scores seen on black and on white. It is not measured where
    the package is missing, a side is below 8 pixels, or there are more than 2^22 pixels.
    """
    height, width = original.shape[:2]
    fits = min(height, width) >= _LEAST_SIDE and height * width <= _MOST_PIXELS
    if not fits or find_spec("ssimulacra2") is None:
        return None
    original, shown = with_equal_channels(original, shown)
    levels = (0, 255) if original.shape[2] == 4 else (0,)
    backgrounds = [np.full(3, level, np.uint8) for level in levels]
    return min(_score(over(original, back), over(shown, back)) for back in backgrounds)


def _score(original: U8, shown: U8) -> float:
    files = [io.BytesIO(), io.BytesIO()]
    for file, pixels in zip(files, (original, shown), strict=True):
        Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PPM")
    return float(import_module("ssimulacra2").compute_ssimulacra2(*files))
