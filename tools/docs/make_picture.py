"""Paint the README's picture: a scene, the same scene in 16 colours, and the palette below.

    python -m tools.docs.make_picture               # write tools/docs/picture.png
    python -m tools.docs.make_picture scene.png     # write the scene alone to scene.png

The scene is computed from noise, so that it is nobody's photograph. It is also the picture that the
benchmarks use when they are given none. Nothing is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import kmformat

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT, MARGIN, SWATCH = 480, 320, 12, 30
"""Pixels: the sides of the scene, the margin around each part, and the height of the palette."""


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


def scene(width: int = WIDTH, height: int = HEIGHT, seed: int = 12) -> npt.NDArray[np.uint8]:
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


def sheet() -> Image.Image:
    """Return the README's picture: the scene, the same in 16 colours, and the palette below."""
    original = scene()
    data = kmformat.encode(original)
    canvas = Image.new("RGB", (2 * WIDTH + 3 * MARGIN, HEIGHT + 3 * MARGIN + SWATCH), "white")
    canvas.paste(Image.fromarray(original), (MARGIN, MARGIN))
    canvas.paste(Image.fromarray(kmformat.decode(data)), (2 * MARGIN + WIDTH, MARGIN))
    palette = kmformat.decode_indexed(data).palette
    edges = np.linspace(MARGIN, canvas.width - MARGIN, len(palette) + 1).astype(int)
    top = HEIGHT + 2 * MARGIN
    for color, left, right in zip(palette.tolist(), edges, edges[1:], strict=False):
        canvas.paste(tuple(color), (left, top, right, top + SWATCH))
    return canvas


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Image.fromarray(scene()).save(sys.argv[1])
    else:
        sheet().save(Path(__file__).with_name("picture.png"), optimize=True)
