"""The plain view: each pixel's error by itself, as the squared distance in a colour space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels import Viewer

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats
    from kmformat.color.space import ColorSpace
    from kmformat.kernels.halftone import F32

_STEPS = 16
"""Errors are computed in such parts of a level, so that those of stored RGB are exact."""


class PlainView:
    """How errors count where nothing is mixed: see `state.View`."""

    prices = 1.0 * _STEPS**2, 160.0 * _STEPS**2
    """Of 1 to 160 squared levels: at most, pixels get only a little worse."""
    viewer = Viewer(
        mix=np.eye(3, dtype=np.float32),
        taps=np.array([[1, 0, 0, 0]] * 3, np.int32),
        center=np.zeros(3, np.int32),
    )

    def __init__(self, space: ColorSpace) -> None:
        self._space = space

    def values(self, colors: U8) -> F32:
        """Return colours, uint8 (..., 3), as points: float32."""
        points = self._space.points(colors.reshape(-1, 3))
        return points.astype(np.float32).reshape(colors.shape)

    def colors(self, values: Floats) -> U8:
        """Return the nearest colours, (n, 3), to points."""
        return self._space.nearest_colors(values)

    def sensitivity(self, pixels: U8) -> F32:
        """Return the same for all pixels: float32 (height, width, 3)."""
        return np.full(pixels.shape, _STEPS, np.float32)
