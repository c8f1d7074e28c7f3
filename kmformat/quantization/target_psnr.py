"""Find the number of colours K such that K colours reach a target PSNR and K - 1 do not.

The search keeps a number that failed and one that reached the target, ever closer together. Each
trial quantises the image, so the next one is not halfway: decibels grow about as the logarithm of
the number of colours, by which they are interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.pictures.quality import mean_squared_error, psnr

if TYPE_CHECKING:
    from kmformat.arrays import U8

_FIRST = 16
_STEEPNESS = 3.0
"""Decibels that twice as many colours gain: about so many on photographs (2.4 to 3.6)."""
_GUESSES = 6
"""After so many, the number tried is halfway after all."""


def fewest_colors(
    pixels: U8,
    quantized: Callable[[int], IndexedImage],
    target: float,
    least: int,
    exact: int | None,
) -> IndexedImage:
    """Return the image of the fewest colours that reaches a quality.

    Parameters
    ----------
    pixels
        What images are compared with, as `kmformat.pictures.quality` does it.
    quantized
        Gives the image of up to so many colours.
    target
        PSNR to be reached, dB.
    least
        How many colours there must be at least.
    exact
        How many colours give the image exactly, if that is known; `least` or more.

    Raises
    ------
    ParameterError
        256 colours do not reach it.
    """
    failed, reached = (least - 1, -math.inf), (257 if exact is None else exact, math.inf)
    best, tried = None, 0
    while reached[0] - failed[0] > 1:
        colors = _guess(failed, reached, target)
        if tried >= _GUESSES:
            colors = (failed[0] + reached[0]) // 2
        image, tried = quantized(colors), tried + 1
        quality = psnr(mean_squared_error(pixels, image))
        if quality >= target:
            reached, best = (colors, quality), image
        else:
            failed = (colors, quality)
    if reached[0] > 256:
        raise ParameterError(f"psnr {target:g}: 256 colours reach {failed[1]:.2f} dB")
    return quantized(reached[0]) if best is None else best


def _guess(failed: tuple[int, float], reached: tuple[int, float], target: float) -> int:
    """Return what number may just reach the target, given (colours, dB) on both sides of it."""
    (below, worse), (above, better) = failed, reached
    if math.isfinite(worse) and math.isfinite(better):
        doublings = math.log2(above / below) * (target - worse) / (better - worse)
        wanted = math.log2(below) + doublings
    elif math.isfinite(worse):
        wanted = math.log2(below) + (target - worse) / _STEEPNESS
    elif math.isfinite(better):
        wanted = math.log2(above) - (better - target) / _STEEPNESS
    else:
        wanted = math.log2(_FIRST)
    return min(max(math.ceil(2 ** min(wanted, 8)), below + 1), above - 1)
