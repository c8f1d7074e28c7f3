"""Colours as people give them: checked, and as many channels as the pixels they meet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage

U8 = npt.NDArray[np.uint8]
Color: TypeAlias = str | Sequence[int] | npt.NDArray[np.integer]
"""(r, g, b) or (r, g, b, a), each 0 to 255; or "#rgb", "#rrggbb" or "#rrggbbaa"."""
Colors: TypeAlias = Sequence[Color] | npt.NDArray[np.integer]

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE | re.ASCII)


def given_colors(name: str, colors: Colors) -> U8:
    """Return the different ones of some colours, uint8 (n, 3), or (n, 4) if any is not opaque.

    Raises
    ------
    ParameterError
    """
    if isinstance(colors, str) or not isinstance(colors, Sequence | np.ndarray):
        raise ParameterError(f"{name} {colors!r}: expected a list of colours")
    parsed = [_color(name, color) for color in colors]
    rows = np.array([color + (255,) * (4 - len(color)) for color in parsed], np.uint8)
    return without_opaque_alpha(np.unique(rows.reshape(-1, 4), axis=0))


def _color(name: str, color: object) -> tuple[int, ...]:
    if isinstance(color, str) and _HEX.fullmatch(color):
        digits = color[1:] if len(color) > 4 else "".join(2 * digit for digit in color[1:])
        return tuple(bytes.fromhex(digits))
    if isinstance(color, Sequence | np.ndarray) and not isinstance(color, str | bytes):
        parts = tuple(color)
        if len(parts) in (3, 4):
            return tuple(integer(name, part, 0, 255) for part in parts)
    raise ParameterError(
        f"{name} {color!r}: expected (r, g, b), (r, g, b, a), '#rgb', '#rrggbb' or '#rrggbbaa'"
    )


def check_room(keep: U8, colors: int) -> None:
    """Raise ParameterError unless the colours to keep are at most so many."""
    if len(keep) > colors:
        raise ParameterError(f"keep of {len(keep)} different colours: expected at most {colors}")


def given_palette(palette: U8) -> U8:
    """Return a copy of a palette; ParameterError if it is none that an indexed image can have."""
    return IndexedImage(palette, np.zeros((1, 1), np.uint8)).palette.copy()


def without_opaque_alpha(colors: U8) -> U8:
    """Return colours or pixels, (..., 3 or 4), without alpha if all of them are opaque."""
    if colors.shape[-1] == 4 and colors[..., 3].min(initial=255) == 255:
        return np.ascontiguousarray(colors[..., :3])
    return colors


def alike(pixels: U8, colors: U8) -> tuple[U8, U8]:
    """Return pixels and colours, (..., 3 or 4), both with alpha if either has it."""
    channels = max(pixels.shape[-1], colors.shape[-1])
    return with_channels(pixels, channels), with_channels(colors, channels)


def with_channels(colors: U8, channels: int) -> U8:
    """Return colours or pixels with 3 or 4 channels, at least those that they have."""
    if colors.shape[-1] == channels:
        return colors
    opaque = np.full((*colors.shape[:-1], 1), 255, np.uint8)
    return np.concatenate([colors, opaque], axis=-1)
