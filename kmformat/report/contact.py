"""A contact sheet: the same picture in several ways, side by side, each with a caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import ParameterError
from kmformat.report.comparison import Comparison
from kmformat.report.drawing import GAP, grid, panel, scaled, shown_size, with_margin

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8

_LARGEST_SIDE = 768
_SLIDE = 16 / 9
_TITLE_SHARE = 0.06
"""Of the width of a panel: the height of its title, which is read from the last row of seats."""
_TITLES = (26, 56)
"""Pixels: the smallest and the largest title."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture of a contact sheet.

    Attributes
    ----------
    pixels
        uint8 (height, width, 3) RGB or (height, width, 4) RGBA.
    title, detail
        What stands above it; what is too long is shortened.
    """

    pixels: U8
    title: str
    detail: str = ""


def draw_contact_sheet(panels: Sequence[Panel]) -> Image.Image:
    """Return panels in rows, in as many columns as make the sheet most like a slide; mode RGB.

    Pictures of up to 768 pixels on their longer side are shown pixel by pixel, larger ones reduced
    to that, and those of up to 192 enlarged by an integer factor.

    Raises
    ------
    ParameterError
        There is no panel, or their pictures are of several sizes.
    """
    sizes = {each.pixels.shape[:2] for each in panels}
    if len(sizes) != 1:
        raise ParameterError(f"{len(sizes)} sizes of pictures: expected panels of one size")
    ((height, width),) = sizes
    size, _ = shown_size(width, height, _LARGEST_SIDE)
    title = min(max(round(_TITLE_SHARE * size[0]), _TITLES[0]), _TITLES[1])
    least = 10 * title
    drawn = [
        panel(scaled(each.pixels, size), each.title, each.detail, title, least) for each in panels
    ]
    columns = _columns(len(drawn), drawn[0].width / drawn[0].height)
    return with_margin(grid(drawn, columns, GAP))


def reduced(pixels: U8) -> U8:
    """Return pixels of a panel as it shows them, if that reduces them: all that a sheet needs."""
    height, width = pixels.shape[:2]
    if max(width, height) <= _LARGEST_SIDE:
        return pixels
    size, _ = shown_size(width, height, _LARGEST_SIDE)
    return np.asarray(scaled(pixels, size))


def _columns(count: int, shape: float) -> int:
    """Return how many columns of panels are most like a slide, and leave few places empty."""

    def fault(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(shape * columns / rows / _SLIDE)) + 1 - count / (columns * rows)

    return min(range(1, count + 1), key=fault)


def caption_of(found: Comparison) -> str:
    """Return what a panel says of a picture beside its original: quality, and size if known."""
    parts = [f"PSNR {found.psnr:.1f} dB" if found.mse else "exact"]
    if found.file_bytes is not None:
        parts.append(f"{found.file_bytes:,} bytes")
    return "  ·  ".join(parts)
