"""Linear light: colours as amounts of light, which may be averaged, and back.

Colours count as sRGB; a profile with another curve changes averages a little. Amounts are whole
numbers, so that sums of them are exact, and the same on every machine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats

WHITE = 65535
"""The light of white. The two darkest levels are 20 apart."""


def light_of(colors: U8) -> Floats:
    """Return the light of colours, (..., 3); with alpha, (..., 4), it counts as far as they show.

    R, G and B run from 0 to 65535, or with alpha to 255 times that, and alpha to 255.
    """
    light = np.rint(WHITE * _linear(np.arange(256.0)))[colors]
    if colors.shape[-1] == 4:
        light[..., 3:] = colors[..., 3:]
        light[..., :3] *= light[..., 3:]
    return light


def shown_colors(light: Floats) -> U8:
    """Return the nearest colours to amounts of light: the inverse of `light_of`.

    What is fully transparent becomes (0, 0, 0, 0).
    """
    if light.shape[-1] == 3:
        return _levels()[np.rint(light).astype(np.intp)]
    alpha = light[..., 3:]
    hidden = alpha < 0.5
    straight = light[..., :3] / np.where(hidden, 1, alpha)
    shown = _levels()[np.rint(np.where(hidden, 0, straight)).astype(np.intp)]
    return np.concatenate([shown, np.rint(alpha).astype(np.uint8) * ~hidden], axis=-1)


def _linear(levels: Floats) -> Floats:
    """Return the light, 0 to 1, of levels from 0 to 255 (IEC 61966-2-1)."""
    values = levels / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@cache
def _levels() -> U8:
    """Return the level that each amount of light, 0 to 65535, is nearest to."""
    between = WHITE * _linear(np.arange(0.5, 255))
    return np.searchsorted(between, np.arange(WHITE + 1)).astype(np.uint8)
