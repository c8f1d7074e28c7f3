"""What sheets are made of: images on paper, beside and below each other, and text.

Strategy: whatever is on a sheet (captioned panels, a bar, swatches, figures) is drawn as an image
of its own, and `row` and `stack` put images beside and below each other.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from kmformat.arrays import U8

PAPER, INK, MUTED, LINE = "#f7f7f7", "#222222", "#6b6b6b", "#c8c8c8"
MARGIN, GAP = 40, 28
TITLE, DETAIL = 22, 16
"""Pixels: sizes of text."""
_CHECK, _CHECK_GREYS = 8, (255, 222)
LARGEST_SIDE, _SMALL_SIDE = 1024, 384


def with_margin(whole: Image.Image) -> Image.Image:
    """Return a sheet: what stands on it, with a margin around."""
    sheet = paper(whole.width + 2 * MARGIN, whole.height + 2 * MARGIN)
    sheet.paste(whole, (MARGIN, MARGIN))
    return sheet


def shown_size(
    width: int, height: int, largest: int = LARGEST_SIDE
) -> tuple[tuple[int, int], dict[str, str]]:
    """Return the size that a picture is shown at, and the figure that says so, if any.

    Its longer side is at most `largest`; a small picture is enlarged by an integer factor.
    """
    longest = max(width, height)
    if longest > largest:
        part = largest / longest
        size = max(1, round(width * part)), max(1, round(height * part))
        return size, {"shown at": f"{100 * part:.2g} %"}
    if (times := _SMALL_SIDE // longest) > 1:
        return (times * width, times * height), {"shown at": f"x{times}"}
    return (width, height), {}


def paper(width: int, height: int) -> Image.Image:
    """Return an empty part of a sheet."""
    return Image.new("RGB", (width, height), PAPER)


def row(images: Sequence[Image.Image], gap: int) -> Image.Image:
    """Return images beside each other, their tops in line."""
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    whole, left = paper(width, max(image.height for image in images)), 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width + gap
    return whole


def stack(images: Sequence[Image.Image], gap: int) -> Image.Image:
    """Return images below each other, their left edges in line."""
    height = sum(image.height for image in images) + gap * (len(images) - 1)
    whole, top = paper(max(image.width for image in images), height), 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height + gap
    return whole


def grid(images: Sequence[Image.Image], columns: int, gap: int) -> Image.Image:
    """Return images in rows of so many columns."""
    rows = [images[start : start + columns] for start in range(0, len(images), columns)]
    return stack([row(each, gap) for each in rows], gap)


def panel(
    image: Image.Image, title: str, detail: str, size: int = TITLE, least: int = 0
) -> Image.Image:
    """Return a picture with its caption above and a hairline around, at least so wide.

    `size` is that of the title in pixels; the detail is smaller.
    """
    small = size * DETAIL // TITLE
    top = size + small + 20
    width = max(image.width + 2, least)
    captioned = paper(width, top + image.height + 2)
    write(captioned, (0, 0), title, size, INK, width)
    write(captioned, (0, size + 7), detail, small, MUTED, width)
    captioned.paste(outlined(image), (0, top))
    return captioned


def scaled(pixels: U8, size: tuple[int, int]) -> Image.Image:
    """Return pixels as an image of a size: enlarged by whole pixels, or reduced smoothly."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return picture(pixels)
    how = Image.Resampling.NEAREST if size[0] > width else Image.Resampling.LANCZOS
    return picture(np.asarray(Image.fromarray(pixels).resize(size, how)))


def picture(pixels: U8) -> Image.Image:
    """Return pixels as an image, on a chequered ground if they have alpha."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.mode != "RGBA":
        return image
    rows, columns = np.ogrid[: image.height, : image.width]
    squares = (rows // _CHECK + columns // _CHECK) % 2
    ground = Image.fromarray(np.array(_CHECK_GREYS, np.uint8)[squares]).convert("RGB")
    ground.paste(image, mask=image)
    return ground


def outlined(image: Image.Image) -> Image.Image:
    """Return an image with a hairline around, a pixel on each side."""
    framed = Image.new("RGB", (image.width + 2, image.height + 2), LINE)
    framed.paste(image, (1, 1))
    return framed


# Text


def write(
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
