"""Paint the README's picture: a scene, the same in 16 colours, and its palette.

    python -m tools.docs.make_picture scene.png     # the scene alone
    python -m tools.docs.make_picture               # tools/docs/picture.png, the sheet

The scene is made here from noise and arithmetic, so it is nobody's photograph.
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


def fractal(shape: tuple[int, ...], rng: np.random.Generator, decay: float) -> Floats:
    """Noise whose spectrum falls with frequency to the power of `decay`; mean 0, deviation 1."""
    axes = np.meshgrid(*(np.fft.fftfreq(n) * n for n in shape), indexing="ij")
    frequency = np.sqrt(sum(axis**2 for axis in axes))
    frequency.flat[0] = np.inf
    noise = np.fft.ifftn(np.fft.fftn(rng.normal(size=shape)) / frequency**decay).real
    scaled: Floats = noise / noise.std()
    return scaled


def mix(low: Floats, high: npt.ArrayLike, amount: Floats) -> Floats:
    """Blend two colours or pictures, `amount` (height, width) of the second."""
    share = np.clip(amount, 0, 1)[..., None]
    blended: Floats = low * (1 - share) + np.asarray(high, float) * share
    return blended


def scene(width: int = WIDTH, height: int = HEIGHT, seed: int = 12) -> npt.NDArray[np.uint8]:
    """Return a lake among mountains at sunset, uint8 (height, width, 3)."""
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
    """Return the scene beside itself in 16 colours, with the palette below."""
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
