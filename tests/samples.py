"""Pictures made by code, so that no test needs a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from kmformat import IndexedImage

U8 = npt.NDArray[np.uint8]


def photo(height: int = 60, width: int = 80, seed: int = 1) -> U8:
    """Smooth shading, edges and noise, as a photograph has: RGB with many distinct colours."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    layers = [np.sin(9 * x + 4 * y), np.cos(7 * y - 3 * x * y), np.hypot(x - 0.4, y - 0.3) < 0.25]
    shade = np.stack(layers, axis=2) * (60, 50, 70) + (120, 110, 100)
    return np.clip(shade + rng.normal(0, 6, shade.shape), 0, 255).astype(np.uint8)


def icon(size: int = 24) -> U8:
    """A disc with a soft edge on nothing: RGBA; its hidden pixels have colours of their own."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[..., 0] = 10 * (np.arange(size) % 25)
    pixels[..., 1] = 7 * (np.arange(size)[:, None] % 25)
    pixels[..., 3] = np.clip(255 * (size / 2.5 - np.hypot(x, y)) / 4, 0, 255)
    return pixels


def indexed(
    height: int, width: int, colors: int, *, alpha: bool = False, seed: int = 1
) -> IndexedImage:
    """Random palette and indices; the last colour occurs."""
    rng = np.random.default_rng(seed)
    indices = rng.integers(0, colors, (height, width), np.uint8)
    indices[-1, -1] = colors - 1
    return IndexedImage(rng.integers(0, 256, (colors, 3 + alpha), np.uint8), indices)


@st.composite
def indexed_images(draw: st.DrawFn) -> IndexedImage:
    """Any small indexed image, from 1x1 up."""
    return indexed(
        draw(st.integers(1, 19)),
        draw(st.integers(1, 19)),
        draw(st.sampled_from([1, 2, 3, 4, 5, 15, 16, 17, 255, 256])),
        alpha=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
