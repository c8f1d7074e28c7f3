"""Make the pictures of the gallery: a painted lake and a drawing in 16 colours, in several ways.

    python -m tools.docs.make_gallery     # write tools/docs/gallery-lake.png and gallery-screen.png

For each, the rows of the table in `kmformat/docs/GALLERY.md` are printed: the name of the way, bits
a pixel of the whole file, and SSIMULACRA2, if the package `ssimulacra2` is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kmformat.pictures.ssimulacra2 import ssimulacra2
from tools.docs.make_picture import (
    HEIGHT,
    U8,
    WIDTH,
    Box,
    Floats,
    Panel,
    encoded,
    mix,
    scene,
    sheet,
)

WAYS: dict[str, dict[str, Any]] = {
    "none, sRGB": {"space": "srgb"},
    "none": {},
    "Floyd-Steinberg, sRGB": {"space": "srgb", "dither": "floyd-steinberg"},
    "Floyd-Steinberg": {"dither": "floyd-steinberg"},
    "ordered": {"dither": "ordered"},
    "optimized": {"dither": "optimized"},
    "optimized, lossy 0.1": {"dither": "optimized", "lossy": 0.1},
}
"""Names, and options of `kmformat.encode`; colours are compared in OKLab unless they say sRGB."""
BALLOONS = (
    (0.54, 0.22, 0.060, (40, 170, 60)),
    (0.83, 0.26, 0.045, (30, 90, 220)),
    (0.75, 0.16, 0.036, (225, 30, 40)),
    (0.62, 0.13, 0.024, (250, 215, 40)),
)
"""Each balloon's place, as shares of the width and the height; its radius, as one of the height;
and its colour."""
_FINE = 4
"""The drawing is painted so many times as large, and averaged, for smooth edges."""


def lake(width: int = WIDTH, height: int = HEIGHT) -> U8:
    """Return the README's scene with four balloons, as small things of bright hues, in its sky.

    It is RGB, uint8 (height, width, 3); sides in pixels.
    """
    y, x = np.mgrid[:height, :width] / height
    picture: Floats = scene(width, height).astype(float)
    for across, down, size, color in BALLOONS:
        u, v = (x - across * width / height) / size, (y - down) / size
        u *= np.where(v > 0, 1 + 0.45 * v**2, 1)  # narrower below
        radius = np.hypot(u, np.where(v > 0, v / 1.25, v))
        stripes = 0.78 + 0.22 * np.cos(9 * np.arcsin(np.clip(u / 1.27, -1, 1)))
        light = np.clip(stripes * (0.85 - 0.3 * u - 0.3 * v), 0.2, 1.1)
        picture = mix(picture, light[..., None] * np.array(color), (1 - radius) * size * height)
        basket = np.maximum(abs(u / 1.6) - 0.2, abs(v - 1.62) - 0.2)
        picture = mix(picture, (52, 40, 38), (0.05 - basket) * size * height)
    return np.clip(picture, 0, 255).astype(np.uint8)


def screen() -> U8:
    """Return a drawing of a window with text, buttons and a chart, RGB, uint8 (150, 202, 3)."""
    canvas = Image.new("RGB", (202 * _FINE, 150 * _FINE), "#dfe5ec")
    draw = ImageDraw.Draw(canvas)

    def at(*sides: float) -> list[float]:
        return [side * _FINE for side in sides]

    def text(x: float, y: float, words: str, size: int, color: str) -> None:
        draw.text((x * _FINE, y * _FINE), words, color, ImageFont.load_default(size * _FINE))

    draw.rounded_rectangle(at(8, 9, 194, 145), 6 * _FINE, "#c3cbd6")
    draw.rounded_rectangle(at(7, 6, 193, 142), 6 * _FINE, "white", "#98a2b0", _FINE)
    draw.rounded_rectangle(at(8, 7, 192, 26), 5 * _FINE, "#3b4a63")
    draw.rectangle(at(8, 20, 192, 26), "#3b4a63")
    for x, color in ((14, "#ff5f57"), (26, "#febc2e"), (38, "#28c840")):
        draw.ellipse(at(x, 12, x + 8, 20), color)
    text(56, 8, "Harbour log", 11, "white")
    for number, words in enumerate(("Boats in", "Boats out", "Waiting")):
        text(16, 32 + 16 * number, words, 10, "#20242c")
        draw.rounded_rectangle(at(70, 35 + 16 * number, 98, 44 + 16 * number), 4 * _FINE, "#e8ecf2")
        x, color = (89, "#2f7de1") if number < 2 else (70, "#9aa3af")
        draw.ellipse(at(x, 35 + 16 * number, x + 9, 44 + 16 * number), color)
    for number, (tall, color) in enumerate(
        ((22, "#2f7de1"), (38, "#18a999"), (30, "#f2a33a"), (46, "#d6456b"), (17, "#7a5bd0"))
    ):
        draw.rectangle(at(112 + 15 * number, 82 - tall, 122 + 15 * number, 82), color)
    draw.line(at(108, 82, 188, 82), "#20242c", _FINE)
    for y in range(96, 130):  # a button that is lighter above
        draw.line(at(16, y, 92, y), (86 - y // 3, 190 - y, 270 - y // 2), _FINE)
    text(25, 104, "Weigh anchor", 10, "white")
    draw.polygon(at(112, 122, 180, 122, 170, 134, 122, 134), "#a5482f")
    draw.polygon(at(146, 92, 146, 118, 174, 118), "#f4efe4", "#98a2b0")
    draw.polygon(at(142, 96, 142, 118, 120, 118), "#ffd45c", "#98a2b0")
    draw.line(at(144, 90, 144, 122), "#5b4636", 2 * _FINE)
    pixels: U8 = np.asarray(canvas.reduce(_FINE))
    return pixels


SUBJECTS: dict[str, tuple[Callable[[], U8], Box]] = {
    "lake": (lake, (228, 30, 430, 180)),
    "screen": (screen, (0, 0, 202, 150)),
}
"""Names of files, what paints them, and the part that is shown."""


def panels(picture: U8) -> list[Panel]:
    """Return a picture itself, and in all ways."""
    shown = [encoded(name, picture, **options) for name, options in WAYS.items()]
    return [Panel("original", picture), *shown]


def rows(panels: list[Panel]) -> Iterator[str]:
    """Yield a row of a Markdown table for each panel but the first, which is the original."""
    for panel in panels[1:]:
        score = ssimulacra2(panels[0].pixels, panel.pixels)
        yield f"| {panel.name} | {panel.bits:.2f} | {'' if score is None else f'{score:.1f}'} |"


if __name__ == "__main__":
    for name, (painted, box) in SUBJECTS.items():
        shown = panels(painted())
        sheet(shown, box).save(Path(__file__).with_name(f"gallery-{name}.png"), optimize=True)
        print(name, *rows(shown), sep="\n")
