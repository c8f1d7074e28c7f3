"""What an eye sees of small errors: how sensitive it is where, and how it blurs them.

Colours are those of the XYB space of JPEG XL (ISO/IEC 18181-1): light is mixed to the responses of
three kinds of cones, whose cube roots are combined to X (red against green), Y (luminance) and B
(blue). Near the local mean of a picture, small amounts of light are seen in proportion to the slope
of the cube root there, and less in texture, which hides them. So an error is linear in light, which
mixes as dots of a screen do, and yet counts as it is seen.

All is computed in whole numbers, or in single operations that IEEE 754 defines to the bit, so that
pictures are the same on every machine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.color.light import WHITE, light_of, shown_colors
from kmformat.color.oklab import cube_roots
from kmformat.kernels import Viewer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmformat.arrays import U8, Floats, Ints

F32: TypeAlias = npt.NDArray[np.float32]

_CONES = ((19661, 40763, 5112), (15073, 45351, 5112), (15953, 13420, 36163))
"""Cones of light, in 65536ths: rows sum to 1."""
_BIAS = 16291000
"""0.003793: what is added to cones where 2^32 is white, so that dark noise does not count."""
_SHADES = 1 << 16
"""Slopes and roots are tabled for so many responses of cones."""
_STEP = 2048.0
"""Errors are computed in such parts of white's X, Y or B."""

_MEAN_TAPS = (102, 62, 14, 1)
"""Gaussian of deviation 1 pixel, in 256ths: where the local mean is taken."""
_TEXTURE_TAPS = (68, 55, 28, 9, 2)
"""Gaussian of deviation 1.5 pixels, in 256ths: where texture is measured."""
_NOISE = 0.02
"""Deviation of luminance (white is 1) below which there is no texture."""
_TEXTURE_SHARE = 5.2
"""What divides sensitivities, so that they are about 1 in an average picture."""

_MIX = np.array([[2, -2, 0], [0.5, 0.5, 0], [-0.3, -0.3, 0.6]], np.float32)
"""X, Y and B of cones, weighed 4, 1 and 0.6. B counts little, because its slope is steep where
there is little blue: more, and light specks make up for traces of blue in saturated reds."""
_CHROMA_TAPS, _NEAR_TAPS, _FAR_TAPS = (28, 24, 17, 9), (60, 30, 4, 0), (42, 28, 12, 3)
"""How they are blurred in each direction, in 128ths: Gaussians of deviation 1.4 pixels for X and B,
and for Y of 0.6 or, from further away, of 0.95 pixels, convolved with themselves."""
_NEAR_CENTER, _FAR_CENTER = (2458, 1638, 0), (0, 0, 0)
"""What single errors count besides, in 16384ths, so that dots do not stand out near by."""


class EyeView:
    """How eyes see errors: see `state.View`.

    Parameters
    ----------
    strength
        More than 0, up to 1. With less than 1, single errors count (1 - strength) / strength times
        as much besides as they do blurred, so that fewer dots are worth it.
    far
        Whether from further away, where even black and white dots blend.
    """

    price = 4e-5 * _STEP**2 * 128**2
    """Of a bit, for the optimised dither: 0.00004 times what an error of the Y of white counts, if
    that of pixels around is the same. Twice as much takes a tenth off the bytes."""
    prices = 1.25 * price, 6 * price
    """From there to where lines would show."""

    def __init__(self, strength: float = 1.0, *, far: bool = False) -> None:
        luminance = _FAR_TAPS if far else _NEAR_TAPS
        taps = np.array([_CHROMA_TAPS, luminance, _CHROMA_TAPS], np.int32)
        own = taps[:, 0].astype(np.float64) ** 2 * (1 - strength) / strength
        center = np.rint(own + (_FAR_CENTER if far else _NEAR_CENTER))
        self.viewer = Viewer(_MIX, taps, np.minimum(center, 128**2).astype(np.int32))

    def price_among(self, K: int) -> float:
        """Return the price of a bit among K entries: among many, bits gain little for looks."""
        return self.price * (1 + max(0, (K - 1).bit_length() - 4) / 8)

    def values(self, colors: U8) -> F32:
        """Return the cones' responses to opaque colours, (..., 3): float32 from 0 to 1."""
        return (_whole_cones(colors) / 2.0**32).astype(np.float32)

    def colors(self, values: Floats) -> U8:
        """Return the nearest colours, (n, 3), to responses."""
        rows = values.T
        light = [m[0] * rows[0] + m[1] * rows[1] + m[2] * rows[2] for m in _light_of_cones()]
        return shown_colors(np.clip(np.stack(light, axis=-1), 0, 1) * WHITE)

    def sensitivity(self, pixels: U8) -> F32:
        """Return how much an error of each cone counts at each pixel: float32 (height, width, 3).

        `pixels` are uint8 (height, width, 3). A response's error times this, mixed by the viewer's
        matrix, is what is seen, in 2048ths of white.
        """
        found = _whole_cones(pixels)
        roots, slopes = _tables()
        luminance = roots[_shades(found[..., 1])]
        mean, square = _blurred(luminance, _TEXTURE_TAPS), _blurred(luminance**2, _TEXTURE_TAPS)
        texture = np.maximum(square - mean**2, 0) + _NOISE**2
        seen = 1 / (_TEXTURE_SHARE * np.sqrt(np.sqrt(texture)))
        result = np.empty(pixels.shape, np.float32)
        for channel in range(3):
            local = _blurred(found[..., channel], _MEAN_TAPS)
            result[..., channel] = slopes[_shades(local)] * seen
        return result


def _whole_cones(colors: U8) -> Floats:
    """Return responses where white is 2^32, or just below: whole numbers."""
    light = np.moveaxis(light_of(colors), -1, 0)
    return np.stack([m[0] * light[0] + m[1] * light[1] + m[2] * light[2] for m in _CONES], axis=-1)


def _shades(responses: Floats) -> Ints:
    return (responses / (2.0**32 / _SHADES)).astype(np.int64)


@cache
def _tables() -> tuple[Floats, F32]:
    """Return the cube root, 1 for white, and its slope times `_STEP`, for each shade."""
    responses = np.arange(_SHADES, dtype=np.int64) * (2**32 // _SHADES) + _BIAS
    roots = cube_roots(responses) / 65536.0
    return roots, (_STEP / (3 * roots * roots)).astype(np.float32)


@cache
def _light_of_cones() -> tuple[tuple[float, ...], ...]:
    """Return the inverse of the matrix of cones, by cofactors."""
    a, b, c = (np.array(row) / 65536.0 for row in _CONES)
    columns = np.array([_cross(b, c), _cross(c, a), _cross(a, b)])
    determinant = sum((a * columns[0]).tolist())
    return tuple(map(tuple, (columns.T / determinant).tolist()))


def _cross(a: Floats, b: Floats) -> Floats:
    return a[[1, 2, 0]] * b[[2, 0, 1]] - a[[2, 0, 1]] * b[[1, 2, 0]]


def _blurred(values: Floats, taps: Sequence[int]) -> Floats:
    """Return an image blurred by a symmetric filter in 256ths; its border is a mirror."""
    for axis in (0, 1):
        reach = len(taps) - 1
        margin = [(0, 0), (0, 0)]
        margin[axis] = (reach, reach)
        padded, length = np.pad(values, margin, "symmetric"), values.shape[axis]
        along = np.moveaxis(padded, axis, 0)
        total = taps[0] * along[reach : reach + length]
        for i, tap in enumerate(taps[1:], 1):
            total += tap * (along[reach - i : reach - i + length] + along[reach + i :][:length])
        values = np.moveaxis(total, 0, axis) / 256
    return values
