"""RGB or RGBA: alpha added where it is missing, and left out where everything is opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8


def without_opaque_alpha(colors: U8) -> U8:
    """Return colours or pixels, (..., 3 or 4), without alpha if all of them are opaque."""
    if colors.shape[-1] == 4 and colors[..., 3].min(initial=255) == 255:
        return np.ascontiguousarray(colors[..., :3])
    return colors


def with_channels(colors: U8, channels: int) -> U8:
    """Return colours or pixels with 3 or 4 channels, at least those that they have."""
    if colors.shape[-1] >= channels:
        return colors
    opaque = np.full((*colors.shape[:-1], 1), 255, np.uint8)
    return np.concatenate([colors, opaque], axis=-1)


def with_equal_channels(one: U8, other: U8) -> tuple[U8, U8]:
    """Return two arrays of colours or pixels, (..., 3 or 4), both with alpha if either has it."""
    channels = max(one.shape[-1], other.shape[-1])
    return with_channels(one, channels), with_channels(other, channels)


def over(colors: U8, background: U8 | None) -> U8:
    """Return colours or pixels, (..., 3 or 4), as they are seen on an opaque background, (3,).

    Without a background, or alpha, they stay as they are. Alpha counts as Pillow has it, on values
    as they are stored.
    """
    if background is None or colors.shape[-1] == 3:
        return colors
    alpha = colors[..., 3:].astype(np.uint16)
    mixed = colors[..., :3] * alpha + background * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


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
