"""A contact sheet: the same picture in several ways, side by side, each with a caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import ParameterError
from kmformat.report.comparison import Comparison
from kmformat.report.drawing import (
    GAP,
    MARGIN,
    grid,
    panel,
    paper,
    row,
    scaled,
    shown_size,
    with_margin,
)

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8

_LARGEST_SIDE = 768
_SLIDE = 16 / 9
_TITLE_SHARE = 0.06
"""Of the width of a panel: the height of its title, which is read from the last row of seats."""
_TITLES = (26, 56)
"""Pixels: the smallest and the largest title."""
_SLIDE_SIZE, _SLIDE_TITLE, _SLIDE_COLUMN = (1920, 1080), 36, 380
"""Pixels of a slide, of its titles, and that a caption needs."""
_EMPTY = 2
"""How much worse an empty place is than a sheet that is not like a slide."""


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
    height, width = _one_size(panels)
    size, _ = shown_size(width, height, _LARGEST_SIDE)
    title = min(max(round(_TITLE_SHARE * size[0]), _TITLES[0]), _TITLES[1])
    least = 10 * title
    drawn = [
        panel(scaled(each.pixels, size), each.title, each.detail, title, least) for each in panels
    ]
    columns = _columns(len(drawn), drawn[0].width / drawn[0].height)
    return with_margin(grid(drawn, columns, GAP))


def draw_slide(panels: Sequence[Panel]) -> Image.Image:
    """Return panels on a slide, 1920 x 1080 pixels, as large as fits; mode RGB.

    A last row that is not full stands in the middle.

    Raises
    ------
    ParameterError
        There is no panel, or their pictures are of several sizes.
    """
    height, width = _one_size(panels)
    room = [side - 2 * MARGIN for side in _SLIDE_SIZE]

    def cell(columns: int) -> tuple[int, int]:
        rows = math.ceil(len(panels) / columns)
        above = 2 * _SLIDE_TITLE + GAP
        return (room[0] + GAP) // columns - GAP - 2, (room[1] + GAP) // rows - GAP - above - 2

    def scale(columns: int) -> float:
        wide, high = cell(columns)
        return min(wide / width, high / height) if wide >= min(_SLIDE_COLUMN, room[0]) else 0

    columns = max(range(1, len(panels) + 1), key=scale)
    times = scale(columns)
    times = float(int(times)) if times > 1 else times  # whole pixels stay squares
    size = max(1, round(times * width)), max(1, round(times * height))
    least = max(size[0], _SLIDE_COLUMN)
    drawn = [
        panel(scaled(each.pixels, size), each.title, each.detail, _SLIDE_TITLE, least)
        for each in panels
    ]
    rows = [row(drawn[i : i + columns], GAP) for i in range(0, len(drawn), columns)]
    whole = paper(*_SLIDE_SIZE)
    top = (whole.height - sum(each.height for each in rows) - GAP * (len(rows) - 1)) // 2
    for each in rows:
        whole.paste(each, ((whole.width - each.width) // 2, top))
        top += each.height + GAP
    return whole


def reduced(pixels: U8) -> U8:
    """Return pixels of a panel as it shows them, if that reduces them: all that a sheet needs."""
    height, width = pixels.shape[:2]
    if max(width, height) <= _LARGEST_SIDE:
        return pixels
    size, _ = shown_size(width, height, _LARGEST_SIDE)
    return np.asarray(scaled(pixels, size))


def _one_size(panels: Sequence[Panel]) -> tuple[int, int]:
    sizes = {each.pixels.shape[:2] for each in panels}
    if len(sizes) != 1:
        raise ParameterError(f"{len(sizes)} sizes of pictures: expected panels of one size")
    ((height, width),) = sizes
    return height, width


def _columns(count: int, shape: float) -> int:
    """Return how many columns of panels are most like a slide, and leave few places empty."""

    def fault(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = 1 - count / (columns * rows)
        return abs(math.log(shape * columns / rows / _SLIDE)) + _EMPTY * empty

    return min(range(1, count + 1), key=fault)


def caption_of(found: Comparison) -> str:
    """Return what a panel says of a picture beside its original: quality, and size if known."""
    parts = [f"PSNR {found.psnr:.1f} dB" if found.mse else "exact"]
    if found.file_bytes is not None:
        parts.append(f"{found.file_bytes:,} bytes")
    return "  ·  ".join(parts)
