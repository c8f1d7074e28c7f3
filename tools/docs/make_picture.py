"""Paint the README's picture: a part of a scene beside 16 colours of it, at twice its size.

    python -m tools.docs.make_picture               # write tools/docs/picture.png
    python -m tools.docs.make_picture scene.png     # write the scene alone to scene.png

The scene is computed from noise, so that it is nobody's photograph. It is also the picture that the
benchmarks use when they are given none. Nothing is printed. The first needs oxipng, which the extra
`bench` has.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import kmformat

Floats = npt.NDArray[np.float64]

U8: TypeAlias = npt.NDArray[np.uint8]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

WIDTH, HEIGHT, GAP, LABEL = 480, 320, 8, 20
"""Pixels: the sides of the scene, the gap between panels, and the height of a label."""
BOX: Box = (247, 70, 346, 220)
"""The part of the scene that is shown: sky, the sun and mountains."""


def fractal(shape: tuple[int, ...], rng: np.random.Generator, decay: float) -> Floats:
    """Return noise of amplitudes 1 / frequency^decay, with mean 0 and standard deviation 1."""
    axes = np.meshgrid(*(np.fft.fftfreq(n) * n for n in shape), indexing="ij")
    frequency = np.sqrt(sum(axis**2 for axis in axes))
    frequency.flat[0] = np.inf
    noise = np.fft.ifftn(np.fft.fftn(rng.normal(size=shape)) / frequency**decay).real
    scaled: Floats = noise / noise.std()
    return scaled


def mix(low: Floats, high: npt.ArrayLike, amount: Floats) -> Floats:
    """Blend two colours or pictures; `amount`, (height, width), is the share of `high`, 0 to 1."""
    share = np.clip(amount, 0, 1)[..., None]
    blended: Floats = low * (1 - share) + np.asarray(high, float) * share
    return blended


def scene(width: int = WIDTH, height: int = HEIGHT, seed: int = 12) -> U8:
    """Return a lake among mountains at sunset, RGB, uint8 (height, width, 3); sides in pixels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / height
    aspect, shore = width / height, 0.68
    sun = np.hypot(x - 0.62 * aspect, y - 0.42)
    sky = mix(np.array([40.0, 52, 110]), (250, 170, 110), 1.9 * y - 0.05)
    sky = mix(sky, (255, 226, 150), np.exp(-7 * sun))
    sky = mix(sky, (255, 250, 225), (0.052 - sun) * 90)
    clouds = fractal((height, width), rng, 1.7)
    clouds = np.clip(clouds[:, ::1] * 0.5 + 0.1 * np.sin(18 * y) - 0.25, 0, 0.8)
    picture = mix(sky, (236, 120, 112), clouds * (1 - y))
    haze = np.array([196.0, 128, 120])
    for depth, (base, rise, color) in enumerate(
        [(0.56, 0.050, (120, 92, 120)), (0.61, 0.045, (72, 62, 96)), (0.66, 0.03, (34, 40, 52))]
    ):
        ridge = base - rise * fractal((2 * width,), rng, 1.15 + 0.1 * depth)[:width]
        shade = mix(haze, color, (y - ridge) * (5 + 4 * depth) + 0.35 + 0.2 * depth)
        shade += 5 * fractal((height, width), rng, 1.0)[..., None]
        picture = mix(picture, shade, (y > ridge).astype(float))
    line = int(shore * height)
    mirrored = picture[line - 1 - (np.arange(height - line) * 0.95).astype(int)]
    ripples = (4 * rng.normal(size=(height - line, width)) * y[line:]).astype(int)
    columns = np.clip(np.arange(width) + ripples, 0, width - 1)
    water = np.take_along_axis(mirrored, columns[..., None], axis=1)
    picture[line:] = mix(water, (26, 40, 74), 0.25 + 0.9 * (y[line:] - shore))
    picture += rng.normal(0, 2.5, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Panel:
    """A picture as one way of encoding it shows it, and what that takes.

    Attributes
    ----------
    name
        What is written above the panel.
    pixels
        RGB, uint8 (height, width, 3).
    bits
        Bits a pixel of the whole file, or None for the picture itself.
    """

    name: str
    pixels: U8
    bits: float | None = None

    @property
    def label(self) -> str:
        """The name, and the bits a pixel."""
        return self.name if self.bits is None else f"{self.name}: {self.bits:.2f} bits a pixel"


def encoded(name: str, picture: U8, **options: Any) -> Panel:
    """Return a panel of a picture that is encoded in 16 colours, with options of `kmformat.encode`.

    The palette is sought in OKLab, unless the options say otherwise.
    """
    data = kmformat.encode(picture, colors=16, **{"space": "oklab"} | options)
    return Panel(name, kmformat.decode(data), 8 * len(data) / (picture.size // 3))


def png(name: str, picture: U8) -> Panel:
    """Return a panel of a picture in 16 colours by Pillow's median cut, in a PNG by oxipng -o 6."""
    oxipng = importlib.import_module("oxipng")
    reduced, file = Image.fromarray(picture).quantize(16), io.BytesIO()
    reduced.save(file, "PNG")
    data = oxipng.optimize_from_memory(file.getvalue(), level=6)
    return Panel(name, np.asarray(reduced.convert("RGB")), 8 * len(data) / (picture.size // 3))


def sheet(panels: Sequence[Panel], box: Box, columns: int = 2) -> Image.Image:
    """Return panels in columns: the box of each, every pixel shown as 2 x 2, and its label."""
    left, top, right, bottom = box
    wide, high = 2 * (right - left) + GAP, 2 * (bottom - top) + GAP + LABEL
    rows = -(-len(panels) // columns)
    canvas = Image.new("RGB", (columns * wide - GAP, rows * high - GAP), "white")
    draw = ImageDraw.Draw(canvas)
    for number, panel in enumerate(panels):
        x, y = number % columns * wide, number // columns * high
        draw.text((x, y), panel.label, "black", ImageFont.load_default(14))
        part = panel.pixels[top:bottom, left:right].repeat(2, axis=0).repeat(2, axis=1)
        canvas.paste(Image.fromarray(part), (x, y + LABEL))
    return canvas


def ways(picture: U8) -> list[Panel]:
    """Return the panels of the README's picture."""
    return [
        Panel("original", picture),
        png("PNG, Pillow", picture),
        encoded("KMF, no dither", picture),
        encoded("KMF, dithered", picture, dither="optimized"),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Image.fromarray(scene()).save(sys.argv[1])
    else:
        path = Path(__file__).with_name("picture.png")
        sheet(ways(scene()), BOX, columns=4).save(path, optimize=True)
