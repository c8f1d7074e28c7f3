"""A comparison sheet: a picture beside its original, where they differ, and its palette.

Strategy: whatever is on the sheet (captioned panels, a bar, swatches, figures) is drawn as an image
of its own, and `_row` and `_stack` put images beside and below each other. The panels go in one,
two or three columns, whichever makes the sheet most like a slide.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kmformat.pictures.quality import difference
from kmformat.report.comparison import Comparison

if TYPE_CHECKING:
    from kmformat.arrays import U8

Color = tuple[int, ...]

_PAPER, _INK, _MUTED, _LINE = "#f7f7f7", "#222222", "#6b6b6b", "#c8c8c8"
_CHECK, _CHECK_GREYS = 8, (255, 222)
_MARGIN, _GAP, _NARROW_GAP = 40, 28, 8
_TITLE, _DETAIL, _FIGURE, _LABEL = 22, 16, 26, 13
_LARGEST_SIDE, _SMALL_SIDE, _SMALLEST_COLUMN = 1024, 384, 380
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
    size, scale = _shown_size(comparison.width, comparison.height)
    captions = (
        (names[0], _size(comparison.original_bytes, comparison.original_bits_per_pixel)),
        (names[1], _size(comparison.file_bytes, comparison.bits_per_pixel)),
        _difference_caption(factor, comparison.max_error),
    )
    panels = [
        _panel(_scaled(pixels, size), title, detail)
        for pixels, (title, detail) in zip((original, shown, grey), captions, strict=True)
    ]
    figures = comparison.figures() | scale
    figures = {name: value for name, value in figures.items() if name not in _IN_CAPTIONS}
    arranged = [_arranged(panels, comparison, figures, columns) for columns in (1, 2, 3)]
    best = min(arranged, key=lambda sheet: abs(math.log(sheet.width / sheet.height / _SHAPE)))
    sheet = Image.new("RGB", (best.width + 2 * _MARGIN, best.height + 2 * _MARGIN), _PAPER)
    sheet.paste(best, (_MARGIN, _MARGIN))
    return sheet


def _factor(off: U8) -> int:
    """Return the largest factor that leaves at most a hundredth of the pixels darker than black."""
    counts = Image.fromarray(off).histogram()
    most = int(np.searchsorted(np.cumsum(counts), 0.99 * off.size))
    return next((factor for factor in _FACTORS if factor * most <= 255), 1)


def _shown_size(width: int, height: int) -> tuple[tuple[int, int], dict[str, str]]:
    """Return the size that a picture is shown at, and the figure that says so, if any."""
    longest = max(width, height)
    if longest > _LARGEST_SIDE:
        part = _LARGEST_SIDE / longest
        size = max(1, round(width * part)), max(1, round(height * part))
        return size, {"shown at": f"{100 * part:.2g} %"}
    if (times := _SMALL_SIDE // longest) > 1:
        return (times * width, times * height), {"shown at": f"x{times}"}
    return (width, height), {}


def _size(size: int | None, bits: float | None) -> str:
    return "" if size is None else f"{size:,} bytes  ·  {bits:,.2f} bits a pixel"


def _difference_caption(factor: int, largest: int) -> tuple[str, str]:
    if not largest:
        return "No difference", "every pixel is exact"
    return f"Difference x{factor}", f"white is exact, the largest error is {largest} of 255"


# Layout: every part is an image on paper.


def _paper(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), _PAPER)


def _row(images: Sequence[Image.Image], gap: int) -> Image.Image:
    """Return images beside each other, their tops in line."""
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    row, left = _paper(width, max(image.height for image in images)), 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width + gap
    return row


def _stack(images: Sequence[Image.Image], gap: int) -> Image.Image:
    """Return images below each other, their left edges in line."""
    height = sum(image.height for image in images) + gap * (len(images) - 1)
    stack, top = _paper(max(image.width for image in images), height), 0
    for image in images:
        stack.paste(image, (0, top))
        top += image.height + gap
    return stack


def _grid(images: Sequence[Image.Image], columns: int, gap: int) -> Image.Image:
    rows = [images[start : start + columns] for start in range(0, len(images), columns)]
    return _stack([_row(row, gap) for row in rows], gap)


def _arranged(
    panels: list[Image.Image], comparison: Comparison, figures: dict[str, str], columns: int
) -> Image.Image:
    """Return the panels in columns, and the legend in the place left over, or below them."""
    width = panels[0].width
    if columns == 2:
        return _grid([*panels, _legend(comparison, figures, width)], columns, _GAP)
    width = columns * width + (columns - 1) * _GAP
    return _stack([_grid(panels, columns, _GAP), _legend(comparison, figures, width)], _GAP)


# Parts


def _panel(picture: Image.Image, title: str, detail: str) -> Image.Image:
    """Return a picture with its caption above and a hairline around."""
    top = _TITLE + _DETAIL + 20
    width = max(picture.width + 2, _SMALLEST_COLUMN)
    panel = _paper(width, top + picture.height + 2)
    _write(panel, (0, 0), title, _TITLE, _INK, width)
    _write(panel, (0, _TITLE + 7), detail, _DETAIL, _MUTED, width)
    panel.paste(_outlined(picture), (0, top))
    return panel


def _legend(comparison: Comparison, figures: dict[str, str], width: int) -> Image.Image:
    """Return the figures, and the palette if there is one, most used colours first."""
    parts = [_figures(figures, width)]
    if comparison.palette is not None and comparison.shares is not None:
        used = sorted(zip(comparison.shares, comparison.palette, strict=True), reverse=True)
        count = len(used)
        title = _paper(width, _TITLE + 6)
        _write(title, (0, 0), f"{count} colour{'s' if count > 1 else ''}", _TITLE, _INK, width)
        parts += [_stack([title, _bar(used, width), _swatches(used, width)], 12)]
    return _stack(parts, _GAP)


def _figures(figures: dict[str, str], width: int) -> Image.Image:
    columns = (width + _NARROW_GAP) // (_FIGURE_WIDTH + _NARROW_GAP)
    cells = []
    for name, value in figures.items():
        cell = _paper(_FIGURE_WIDTH, _FIGURE + _DETAIL + 12)
        _write(cell, (0, 0), name, _DETAIL, _MUTED, cell.width)
        _write(cell, (0, _DETAIL + 6), value, _FIGURE, _INK, cell.width)
        cells.append(cell)
    return _grid(cells, columns, _NARROW_GAP)


def _bar(used: list[tuple[float, Color]], width: int) -> Image.Image:
    """Return the colours beside each other, each as wide as its share of the pixels."""
    ends = np.cumsum([share for share, _ in used])
    colors = np.array([color for _, color in used], np.uint8)
    middles = (np.arange(width - 2) + 0.5) / (width - 2) * ends[-1]
    return _outlined(_picture(colors[np.tile(np.searchsorted(ends, middles), (_BAR_HEIGHT, 1))]))


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
        cell = _outlined(_picture(block))
        if labelled:
            text = _paper(each, 2 * _LABEL + 10)
            _write(text, (0, 0), f"#{bytes(color).hex()}", _LABEL, _INK, each)
            _write(text, (0, _LABEL + 3), _percent(share), _LABEL, _MUTED, each)
            cell = _stack([cell, text], 4)
        cells.append(cell)
    return _grid(cells, columns, gap)


def _percent(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def _scaled(pixels: U8, size: tuple[int, int]) -> Image.Image:
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return _picture(pixels)
    how = Image.Resampling.NEAREST if size[0] > width else Image.Resampling.LANCZOS
    return _picture(np.asarray(Image.fromarray(pixels).resize(size, how)))


def _picture(pixels: U8) -> Image.Image:
    """Return pixels as an image, on a chequered ground if they have alpha."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.mode != "RGBA":
        return image
    rows, columns = np.ogrid[: image.height, : image.width]
    squares = (rows // _CHECK + columns // _CHECK) % 2
    ground = Image.fromarray(np.array(_CHECK_GREYS, np.uint8)[squares]).convert("RGB")
    ground.paste(image, mask=image)
    return ground


def _outlined(image: Image.Image) -> Image.Image:
    outlined = Image.new("RGB", (image.width + 2, image.height + 2), _LINE)
    outlined.paste(image, (1, 1))
    return outlined


# Text


def _write(
    image: Image.Image, place: tuple[int, int], text: str, size: int, color: str, width: int
) -> None:
    """Write text in at most `width` pixels; what does not fit is left out in the middle."""
    font = _font(size)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    if isinstance(font, ImageFont.ImageFont):  # it has no other letters
        text = text.encode("latin-1", "replace").decode("latin-1")
    if font.getlength(text) > width:
        lengths = range(len(text))
        kept = bisect_right(lengths, width, key=lambda n: math.ceil(font.getlength(_cut(text, n))))
        text = _cut(text, max(kept - 1, 0))
    ImageDraw.Draw(image).text(place, text, color, font)


def _cut(text: str, kept: int) -> str:
    return text[: (kept + 1) // 2] + "..." + text[len(text) - kept // 2 :]


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    try:
        return ImageFont.load_default(size)
    except ImportError:  # Pillow without FreeType
        return ImageFont.load_default()
