"""OKLab: distances as eyes see them.

The space is that of B. Ottosson, "A perceptual color space for image processing" (2020,
https://bottosson.github.io/posts/oklab/). RGB counts as sRGB. Light is mixed to the responses of
the eye's three kinds of cones, whose cube roots are mixed to lightness L, from 0 to 1, and to a,
from green to red, and b, from blue to yellow.

All of it is done in whole numbers, so that points are the same on every machine: light of 16 bits
(`light`), matrices in whole parts of a power of two, and cube roots that are corrected by comparing
cubes, however the machine rounds them. No part of a point is further than 0.2 units of 255 from
that of the formula.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from kmformat.cached import cached_property
from kmformat.color.light import WHITE, light_of, shown_colors
from kmformat.color.space import ColorSpace, LightResponse

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Ints

_CONES = np.array([[27015, 35149, 3372], [13887, 44610, 7039], [5787, 18463, 41286]])
"""The matrix M1 of the source, in 65536ths: cones of light. Rows sum to 1, so white is alike."""
_OPPONENTS = np.array([[215, 813, -4], [2268, -2785, 517], [30, 898, -928]])
"""The matrix M2, in 1024ths, a and b times 1.12. Rows sum to 1 and twice 0: grey has no hue."""
_ROOT_SCALE = 1 << 16
"""Of what cones get, 2^32 has the cube root 2^16."""
_COARSE = 1 << 5
"""With roots of 11 bits, the nearest to light is found exactly in float64 (`kernels.NearestLight`).
"""


class Oklab(ColorSpace):
    """OKLab, with L from 0 to 255 units, and a and b in 1.12 of that; rare hues count for more.

    Both keep hues at 16 colours, measured in `kmformat/docs/PALETTES.md`.
    """

    rare_hues = True
    steps = 257
    weights = (1, 1, 1)
    alpha_divisor = 51

    @cached_property
    def response(self) -> LightResponse:
        """The formula, with roots of 11 bits."""
        cones = np.arange(2 * (WHITE + 1)) << 16
        return LightResponse(_CONES, cube_roots(cones) // _COARSE, _OPPONENTS)

    def whole(self, colors: U8) -> Ints:
        """Return L, and a and b times 1.12, in 65535ths."""
        cones = light_of(colors).astype(np.int64) @ _CONES.T
        lab: Ints = (cube_roots(cones) @ _OPPONENTS.T + 512) >> 10
        return lab

    def nearest_colors(self, points: Floats) -> U8:
        """Return, around the colour that the formula gives, the best of 27."""
        lab = points * self.steps / WHITE
        roots = np.einsum("ij,nj->ni", np.linalg.inv(_OPPONENTS / 1024), lab)
        light = np.einsum("ij,nj->ni", np.linalg.inv(_CONES / 65536), roots**3)
        found = shown_colors(np.clip(light, 0, 1) * WHITE).astype(np.int64)
        around = np.array(
            sorted(product((-1, 0, 1), repeat=3), key=lambda step: np.abs(step).sum())
        )
        tried = np.clip(found[:, None] + around, 0, 255).astype(np.uint8)
        off = self.points(tried.reshape(-1, 3)).reshape(tried.shape) - points[:, None]
        best: U8 = tried[np.arange(len(tried)), (off**2).sum(axis=2).argmin(axis=1)]
        return best

    def lightness(self, points: Floats) -> Floats:
        """Return L; with alpha, that of the coordinates."""
        lightness: Floats = points[:, 0]
        return lightness


def cube_roots(cones: Ints) -> Ints:
    """Return the cube roots, rounded down, of cones times 2^16: 2^16 for 2^32."""
    cubes = cones * _ROOT_SCALE
    roots = np.rint(np.cbrt(cubes.astype(np.float64))).astype(np.int64)
    roots -= roots**3 > cubes
    return roots


OKLAB = Oklab()
"""Distances as eyes see them."""
