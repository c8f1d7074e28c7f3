"""A comparison sheet: a picture beside its original, where they differ, and its palette.

Strategy: the panels go in one, two or three columns, whichever makes the sheet most like a slide;
`kmformat.report.drawing` has what all sheets are made of.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmformat.pictures.quality import difference
from kmformat.report.comparison import Comparison
from kmformat.report.drawing import (
    DETAIL,
    GAP,
    INK,
    MUTED,
    TITLE,
    grid,
    outlined,
    panel,
    paper,
    picture,
    scaled,
    shown_size,
    stack,
    with_margin,
    write,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8

Color = tuple[int, ...]

_NARROW_GAP = 8
_FIGURE, _LABEL = 26, 13
_SMALLEST_COLUMN = 380
_FIGURE_WIDTH, _LABEL_WIDTH, _SWATCH_WIDTH = 120, 84, 20
_SWATCH_HEIGHT, _BAR_HEIGHT = 40, 28
_MOST_LABELS = 32
_FACTORS = (64, 32, 16, 8, 4, 2)
_IN_CAPTIONS = ("largest error", "bits a pixel")
_SHAPE = 3 / 2
"""Width to height: between a slide and a page."""


def draw_sheet(
    original: U8,
    shown: U8,
    comparison: Comparison,
    names: tuple[str, str] = ("original", "KMF"),
) -> Image.Image:
    """Return a comparison sheet, mode RGB.

    Pictures of up to 1024 pixels on their longer side are shown pixel by pixel. Larger ones are
    reduced to that, and those of up to 192 are enlarged by an integer factor. What is transparent
    shows a chequered ground. The difference is that of `quality.difference`, times a factor that
    its caption states, and is taken before anything is scaled.

    Parameters
    ----------
    original, shown
        uint8 (height, width, 3) RGB or (height, width, 4) RGBA, of the same size.
    comparison
        What `kmformat.report.comparison.compare` says of them.
    names
        What to call them; a name too long for its column is shortened.

    Raises
    ------
    ParameterError
        The sizes differ.
    """
    off = difference(original, shown)
    factor = _factor(off)
    grey = 255 - np.minimum(off, 255 // factor) * np.uint8(factor)
    size, scale = shown_size(comparison.width, comparison.height)
    captions = (
        (names[0], _size(comparison.original_bytes, comparison.original_bits_per_pixel)),
        (names[1], _size(comparison.file_bytes, comparison.bits_per_pixel)),
        _difference_caption(factor, comparison.max_error),
    )
    panels = [
        panel(scaled(pixels, size), title, detail, least=_SMALLEST_COLUMN)
        for pixels, (title, detail) in zip((original, shown, grey), captions, strict=True)
    ]
    figures = comparison.figures() | scale
    figures = {name: value for name, value in figures.items() if name not in _IN_CAPTIONS}
    arranged = [_arranged(panels, comparison, figures, columns) for columns in (1, 2, 3)]
    best = min(arranged, key=lambda sheet: abs(math.log(sheet.width / sheet.height / _SHAPE)))
    return with_margin(best)


def _factor(off: U8) -> int:
    """Return the largest factor that leaves at most a hundredth of the pixels darker than black."""
    counts = Image.fromarray(off).histogram()
    most = int(np.searchsorted(np.cumsum(counts), 0.99 * off.size))
    return next((factor for factor in _FACTORS if factor * most <= 255), 1)


def _size(size: int | None, bits: float | None) -> str:
    return "" if size is None else f"{size:,} bytes  ·  {bits:,.2f} bits a pixel"


def _difference_caption(factor: int, largest: int) -> tuple[str, str]:
    if not largest:
        return "No difference", "every pixel is exact"
    return f"Difference x{factor}", f"white is exact, the largest error is {largest} of 255"


def _arranged(
    panels: list[Image.Image], comparison: Comparison, figures: dict[str, str], columns: int
) -> Image.Image:
    """Return the panels in columns, and the legend in the place left over, or below them."""
    width = panels[0].width
    if columns == 2:
        return grid([*panels, _legend(comparison, figures, width)], columns, GAP)
    width = columns * width + (columns - 1) * GAP
    return stack([grid(panels, columns, GAP), _legend(comparison, figures, width)], GAP)


def _legend(comparison: Comparison, figures: dict[str, str], width: int) -> Image.Image:
    """Return the figures, and the palette if there is one, most used colours first."""
    parts = [_figures(figures, width)]
    if comparison.palette is not None and comparison.shares is not None:
        used = sorted(zip(comparison.shares, comparison.palette, strict=True), reverse=True)
        count = len(used)
        title = paper(width, TITLE + 6)
        write(title, (0, 0), f"{count} colour{'s' if count > 1 else ''}", TITLE, INK, width)
        parts += [stack([title, _bar(used, width), _swatches(used, width)], 12)]
    return stack(parts, GAP)


def _figures(figures: dict[str, str], width: int) -> Image.Image:
    columns = (width + _NARROW_GAP) // (_FIGURE_WIDTH + _NARROW_GAP)
    cells = []
    for name, value in figures.items():
        cell = paper(_FIGURE_WIDTH, _FIGURE + DETAIL + 12)
        write(cell, (0, 0), name, DETAIL, MUTED, cell.width)
        write(cell, (0, DETAIL + 6), value, _FIGURE, INK, cell.width)
        cells.append(cell)
    return grid(cells, columns, _NARROW_GAP)


def _bar(used: list[tuple[float, Color]], width: int) -> Image.Image:
    """Return the colours beside each other, each as wide as its share of the pixels."""
    ends = np.cumsum([share for share, _ in used])
    colors = np.array([color for _, color in used], np.uint8)
    middles = (np.arange(width - 2) + 0.5) / (width - 2) * ends[-1]
    return outlined(picture(colors[np.tile(np.searchsorted(ends, middles), (_BAR_HEIGHT, 1))]))


def _swatches(used: list[tuple[float, Color]], width: int) -> Image.Image:
    """Return the colours as a grid, with code and share below unless there are too many."""
    labelled = len(used) <= _MOST_LABELS
    gap = _NARROW_GAP if labelled else 2
    most = (width + gap) // ((_LABEL_WIDTH if labelled else _SWATCH_WIDTH) + gap)
    columns = math.ceil(len(used) / math.ceil(len(used) / most))  # rows of the same length
    pitch = min((width + gap) / columns, 2 * _LABEL_WIDTH)
    height = _SWATCH_HEIGHT if labelled else min(round(pitch), _SWATCH_HEIGHT) - 2
    cells = []
    for number, (share, color) in enumerate(used):
        column = number % columns  # together they are as wide as the bar, to the pixel
        each = round((column + 1) * pitch) - round(column * pitch) - gap
        block = np.broadcast_to(np.array(color, np.uint8), (height, each - 2, len(color)))
        cell = outlined(picture(block))
        if labelled:
            text = paper(each, 2 * _LABEL + 10)
            write(text, (0, 0), f"#{bytes(color).hex()}", _LABEL, INK, each)
            write(text, (0, _LABEL + 3), _percent(share), _LABEL, MUTED, each)
            cell = stack([cell, text], 4)
        cells.append(cell)
    return grid(cells, columns, gap)


def _percent(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
