"""Colours and palettes as people write them, such as "#ff8000": checked, and made arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.arguments import COLOR_TEXT, color_channels, integer
from kmformat.color.channels import without_opaque_alpha
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage

if TYPE_CHECKING:
    from kmformat.arrays import U8

Color: TypeAlias = str | Sequence[int] | npt.NDArray[np.integer]
"""(r, g, b) or (r, g, b, a), each 0 to 255; or "#rgb", "#rrggbb", "#rrggbbaa" or a name of CSS."""
Colors: TypeAlias = Sequence[Color] | npt.NDArray[np.integer]


def parse_colors(name: str, colors: Colors) -> U8:
    """Return colours in their order, uint8 (n, 3), or (n, 4) if any is not opaque.

    Raises
    ------
    ParameterError
        Naming the argument `name`.
    """
    if isinstance(colors, str | bytes) or not isinstance(colors, Sequence | np.ndarray):
        raise ParameterError(f"{name} {colors!r}: expected a list of colours, or a path")
    parsed = [_color(name, color) for color in colors]
    rows = np.array([color + (255,) * (4 - len(color)) for color in parsed], np.uint8)
    return without_opaque_alpha(rows.reshape(-1, 4))


def as_palette(colors: Colors) -> U8:
    """Return a new palette of colours, or of an array that is one already, with its alpha.

    Raises
    ------
    ParameterError
        No indexed image can have it.
    """
    given = isinstance(colors, np.ndarray) and colors.dtype == np.uint8
    palette = np.array(colors) if given else parse_colors("palette", colors)
    return IndexedImage(palette, np.zeros((1, 1), np.uint8)).palette


def _color(name: str, color: object) -> tuple[int, ...]:
    if isinstance(color, str):
        if (channels := color_channels(color)) is not None:
            return channels
    elif isinstance(color, Sequence | np.ndarray) and not isinstance(color, bytes):
        parts = tuple(color)
        if len(parts) in (3, 4):
            return tuple(integer(name, part, 0, 255) for part in parts)
    raise ParameterError(f"{name} {color!r}: expected (r, g, b), (r, g, b, a), {COLOR_TEXT}")
