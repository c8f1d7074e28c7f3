"""Where colours are points, and how far apart two of them are.

Opaque colours are points of RGB as they are stored. A colour with alpha is seen on some
background, so two such colours differ by what they look like on black and on white: d^2 is the
mean of the squared distances there. With straight colour c and alpha a in 0..1, that mean is the
plain squared Euclidean distance between the four-dimensional points

    (a c - 255 a / 2  for each channel,  255 a sqrt(3) / 2)

so k-means applies unchanged; opaque colours keep their RGB distances, and the colour of a fully
transparent pixel does not count. To prove it, write u = a c and expand
((u - v)^2 + (u - v - 255 (a - b))^2) / 2 = (u - v - 255 (a - b) / 2)^2 + (255 (a - b) / 2)^2,
summed over three channels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

ALPHA_WEIGHT = 3 * 255 * 255
"""Squared distance per step of alpha, in the units of `scaled_points`."""


def clear_hidden(colors: U8) -> U8:
    """Return RGBA colours with (0, 0, 0, 0) for every fully transparent one; RGB as it is."""
    if colors.shape[-1] == 3:
        return colors
    hidden = colors[..., 3] == 0
    if not colors[hidden].any():
        return colors
    colors = colors.copy()
    colors[hidden] = 0
    return colors


def scaled_points(colors: U8) -> npt.NDArray[np.int64]:
    """Return points (n, 4) of RGBA colours, exact integers, distances 510 times as large.

    The first three are 2 a c - 255 a, in -65025..65025. The fourth is alpha itself: its squared
    differences count ALPHA_WEIGHT times.
    """
    alpha = colors[:, 3:].astype(np.int64)
    return np.concatenate([(2 * colors[:, :3].astype(np.int64) - 255) * alpha, alpha], axis=1)


def to_points(colors: U8) -> Points:
    """Return the points, float64 (n, 3) or (n, 4), of colours, uint8 (n, 3) RGB or (n, 4) RGBA."""
    if colors.shape[1] == 3:
        return colors.astype(np.float64)
    points: Points = scaled_points(colors) * np.array([1, 1, 1, ALPHA_WEIGHT**0.5]) / 510
    return points


def to_colors(points: Points) -> U8:
    """Return the nearest 8-bit colours to points: the inverse of `to_points`, rounded."""
    if points.shape[1] == 4:
        alpha = np.clip(points[:, 3:] * (510 / ALPHA_WEIGHT**0.5), 0, 255)
        colors = points[:, :3] * 255 / np.maximum(alpha, 0.5) + 127.5
        points = np.where(alpha < 0.5, 0, np.concatenate([colors, alpha], axis=1))
    return np.clip(np.rint(points), 0, 255).astype(np.uint8)
