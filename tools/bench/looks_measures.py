"""Measures of looks for `tools.bench.looks`: FLIP, and PSNR of blurred pictures.

SSIMULACRA2 is `kmformat.pictures.ssimulacra2`. Pictures are uint8 (height, width, 3), sRGB.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

PIXELS_A_DEGREE = 67.0
"""A screen 0.7 m wide of 3840 pixels, 0.7 m away: FLIP's own choice."""
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _XYZ.sum(axis=1)


def light(pixels: U8) -> Floats:
    """Return linear light, 0 to 1."""
    values = np.arange(256) / 255
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    found: Floats = curve[pixels]
    return found


def blurred_psnr(original: U8, shown: U8, deviation: float = 1.5) -> float:
    """Return the PSNR in dB of both pictures blurred in light, as from further away."""

    def seen(pixels: U8) -> Floats:
        values = _gaussian(light(pixels), deviation)
        return np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)

    error = float(((seen(original) - seen(shown)) ** 2).mean())
    return -10 * math.log10(error) if error else math.inf


def flip(original: U8, shown: U8) -> float:
    """Return the mean FLIP difference, 0 to 1: less is better.

    P. Andersson et al., "FLIP: A Difference Evaluator for Alternating Images", Proc. ACM on
    Computer Graphics and Interactive Techniques 3/2 (2020), whose names and constants these are.
    """
    reference, test = (_opponents(light(pixels)) for pixels in (original, shown))
    color = _color_difference(_perceived(reference), _perceived(test))
    feature = _feature_difference(reference[..., 0], test[..., 0])
    return float((color ** (1 - feature)).mean())


def _opponents(linear: Floats) -> Floats:
    """Return YCxCz of linear RGB."""
    X, Y, Z = np.moveaxis(linear @ _XYZ.T / _WHITE, -1, 0)
    return np.stack([116 * Y - 16, 500 * (X - Y), 200 * (Y - Z)], axis=-1)


def _perceived(opponents: Floats) -> Floats:
    """Return L*a*b* of what is left by the contrast sensitivity of eyes, Hunt-adjusted."""
    # weight and width in degrees of each Gaussian, of each channel
    filters = (((1, 0.0047),), ((1, 0.0053),), ((34.1, 0.04), (13.5, 0.025)))
    seen = np.empty_like(opponents)
    for channel, parts in enumerate(filters):
        weights = np.array([a * math.sqrt(math.pi / b) * b for a, b in parts])
        blurred = [
            _gaussian(opponents[..., channel], math.sqrt(b / 2) / math.pi * PIXELS_A_DEGREE)
            for _, b in parts
        ]
        seen[..., channel] = np.tensordot(weights / weights.sum(), np.stack(blurred), 1)
    Y = (seen[..., 0] + 16) / 116
    relative = np.stack([Y + seen[..., 1] / 500, Y, Y - seen[..., 2] / 200], axis=-1)
    linear = np.clip(relative * _WHITE @ np.linalg.inv(_XYZ).T, 0, 1)
    return _hunt_lab(linear)


def _hunt_lab(linear: Floats) -> Floats:
    relative = linear @ _XYZ.T / _WHITE
    delta = 6 / 29
    roots = np.where(relative > delta**3, np.cbrt(relative), relative / (3 * delta**2) + 4 / 29)
    L = 116 * roots[..., 1] - 16
    a, b = 500 * (roots[..., 0] - roots[..., 1]), 200 * (roots[..., 1] - roots[..., 2])
    return np.stack([L, 0.01 * L * a, 0.01 * L * b], axis=-1)


def _hyab(one: Floats, other: Floats) -> Floats:
    difference = one - other
    found: Floats = np.abs(difference[..., 0]) + np.hypot(difference[..., 1], difference[..., 2])
    return found


def _color_difference(reference: Floats, test: Floats) -> Floats:
    """Return HyAB distances to the power 0.7, most of the range left to those below 40 %."""
    power, share, target = 0.7, 0.4, 0.95
    green, blue = (_hunt_lab(np.array(color, np.float64)) for color in ((0, 1, 0), (0, 0, 1)))
    most = _hyab(green, blue) ** power
    difference, limit = _hyab(reference, test) ** power, share * most
    above = target + (difference - limit) / (most - limit) * (1 - target)
    return np.where(difference < limit, target / limit * difference, np.clip(above, 0, 1))


def _feature_difference(reference: Floats, test: Floats) -> Floats:
    """Return how different edges and points are."""
    deviation = 0.5 * 0.082 * PIXELS_A_DEGREE
    radius = math.ceil(3 * deviation)
    x = np.arange(-radius, radius + 1.0)
    smooth = np.exp(-(x**2) / (2 * deviation**2))
    edge, point = -x * smooth, ((x / deviation) ** 2 - 1) * smooth
    smooth /= smooth.sum()
    differences = []
    for kernel in (edge, point):
        kernel = np.where(kernel > 0, kernel / kernel[kernel > 0].sum(), kernel)
        kernel = np.where(kernel < 0, kernel / -kernel[kernel < 0].sum(), kernel)
        sizes = []
        for luminance in (reference, test):
            Y = (luminance + 16) / 116
            across = _along(_along(Y, kernel, 1), smooth, 0)
            down = _along(_along(Y, kernel, 0), smooth, 1)
            sizes.append(np.hypot(across, down))
        differences.append(np.abs(sizes[0] - sizes[1]))
    found: Floats = np.sqrt(np.maximum(*differences) / math.sqrt(2))
    return found


def _gaussian(values: Floats, deviation: float) -> Floats:
    """Return an image blurred by a Gaussian of so many pixels."""
    radius = math.ceil(3 * deviation)
    kernel = np.exp(-(np.arange(-radius, radius + 1.0) ** 2) / (2 * deviation**2))
    kernel /= kernel.sum()
    return _along(_along(values, kernel, 0), kernel, 1)


def _along(values: Floats, kernel: Floats, axis: int) -> Floats:
    """Return an image filtered along an axis; at its border it goes on as it is there."""
    ndimage: Any = import_module("scipy.ndimage")
    found: Floats = ndimage.correlate1d(values, kernel, axis, mode="nearest")
    return found
