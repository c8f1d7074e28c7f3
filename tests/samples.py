"""Pictures, colours and streams made by code, so that no test needs a file."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from kmformat import IndexedImage
from kmformat.arrays import U8, Floats
from kmformat.codec import plan
from kmformat.color.channels import with_channels
from kmformat.color.space import SRGB
from kmformat.kernels import PairOrders
from kmformat.quantization.remap import remap

# Pixels


def photo(height: int = 60, width: int = 80, seed: int = 1) -> U8:
    """Smooth shading, edges and noise, as a photograph has: RGB with many distinct colours."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    layers = [np.sin(9 * x + 4 * y), np.cos(7 * y - 3 * x * y), np.hypot(x - 0.4, y - 0.3) < 0.25]
    shade = np.stack(layers, axis=2) * (60, 50, 70) + (120, 110, 100)
    return np.clip(shade + rng.normal(0, 6, shade.shape), 0, 255).astype(np.uint8)


def soft(height: int, width: int) -> U8:
    """Smooth shading without noise or edges: RGB, where few colours show as bands."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    layers = [0.5 + 0.4 * np.sin(5 * x + 2 * y), 0.3 + 0.3 * x, 0.7 - 0.4 * y]
    pixels: U8 = np.rint(255 * np.stack(layers, axis=2)).astype(np.uint8)
    return pixels


def icon(size: int = 24) -> U8:
    """A disc with a soft edge on nothing: RGBA; its hidden pixels have colours of their own."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[..., 0] = 10 * (np.arange(size) % 25)
    pixels[..., 1] = 7 * (np.arange(size)[:, None] % 25)
    pixels[..., 3] = np.clip(255 * (size / 2.5 - np.hypot(x, y)) / 4, 0, 255)
    return pixels


def noise(height: int, width: int, channels: int, seed: int) -> U8:
    """Random colours; with alpha, a quarter is transparent and a quarter opaque."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8)
    if channels == 4:
        some = rng.integers(0, 4, (height, width))
        pixels[some == 0, 3], pixels[some == 1, 3] = 0, 255
    return pixels


def noisy(pixels: U8, amount: float = 12) -> U8:
    """The same with an error of some levels in each channel."""
    noise = np.random.default_rng(7).normal(0, amount, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


# Colours

ODD = ["#ff0000", "#ffffff", "#000000"]
"""Colours that `photo` lacks."""


def random_colors(n: int, channels: int, seed: int, *, steps: int = 256) -> U8:
    """Random colours; with few steps a channel, many of them alike or equally far apart."""
    values = np.linspace(0, 255, steps).astype(np.uint8)
    return np.random.default_rng(seed).choice(values, (n, channels))


def rows(colors: U8) -> set[tuple[int, ...]]:
    """Which colours there are, in whatever order."""
    return {tuple(color) for color in colors.tolist()}


def background_distance(x: U8, y: U8) -> Floats:
    """Squared distance of RGBA colours, by composing them on black and on white."""
    squares = []
    for background in (0, 255):
        shown = [
            c[..., :3] * (c[..., 3:] / 255) + background * (1 - c[..., 3:] / 255) for c in (x, y)
        ]
        squares.append(((shown[0] - shown[1]) ** 2).sum(axis=-1))
    return np.asarray(np.mean(squares, axis=0))


# Indexed images


def solid_only(colors: U8, palette: U8, distances: Any) -> Any:
    """Distances (n, K), infinite from opaque colours to other entries if there are opaque ones."""
    solid = with_channels(palette, 4)[:, 3] == 255
    barred = (with_channels(colors, 4)[:, 3] == 255)[:, None] & ~solid
    return np.where(barred & solid.any(), np.inf, distances)


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


tile_sizes = st.none() | st.tuples(st.integers(1, 25), st.integers(1, 25))


def random_indices(height: int, width: int, colors: int, seed: int = 0) -> U8:
    """Indices below a number of colours, (height, width)."""
    return np.random.default_rng(seed).integers(0, colors, (height, width), np.uint8)


def random_case(K: int, height: int, width: int, seed: int) -> tuple[U8, U8]:
    """Palette and indices; small indices are frequent, so that tables have something to learn."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (K, int(rng.choice([3, 4]))), np.uint8)
    indices = rng.integers(0, K, (2, height, width), np.uint8)
    return palette, indices.min(axis=0)


@contextmanager
def without_dense() -> Iterator[None]:
    """While this lasts, small tiles are coded like large ones: none dense. Decorates tests, too."""
    before = plan.DENSE_PIXELS
    plan.DENSE_PIXELS = 0
    try:
        yield
    finally:
        plan.DENSE_PIXELS = before


def neighbours(indices: U8) -> Iterator[tuple[int, int, int, int]]:
    """Each pixel with those above it, to its left, and above that; outside, all are 0."""
    padded = np.pad(indices, ((1, 0), (1, 0)))
    for y, row in enumerate(indices.tolist()):
        for x, index in enumerate(row):
            yield index, int(padded[y, x + 1]), int(padded[y + 1, x]), int(padded[y, x])


def all_orders(orders: U8 | PairOrders) -> U8:
    """Orders, or ranks, of all pairs of neighbours, (K, K, K)."""
    if not isinstance(orders, PairOrders):
        return orders
    K = len(orders.distances)
    with orders.lent() as table:
        orders.make(table, np.arange(K * K))
        return table[0].reshape(K, K, K)


def same(one: IndexedImage, other: IndexedImage) -> bool:
    """Whether two indexed images have the same palette and indices."""
    return np.array_equal(one.palette, other.palette) and np.array_equal(one.indices, other.indices)


def settled(pixels: U8, palette: U8) -> Any:
    """Which pixels keep their nearest entry under every dither."""
    still = (pixels[:, :, None] == palette).all(axis=3).any(axis=2)
    if pixels.shape[2] == 4:
        still |= (pixels[..., 3] == 0) | (palette[remap(pixels, palette, SRGB), 3] == 0)
    return still


# Pillow images and profiles


def pillow_photo(**info: object) -> Image.Image:
    """A small photograph that carries something."""
    image = Image.fromarray(photo(10, 16))
    image.info.update(info)
    return image


def reopened(image: Image.Image, **options: object) -> Image.Image:
    """The image as it is read after it was saved as KMF."""
    stream = io.BytesIO()
    image.save(stream, "KMF", **options)
    return Image.open(stream)


@cache
def profile(space: str) -> bytes:
    """An ICC profile of a space that LittleCMS knows, such as sRGB or LAB."""
    from PIL import ImageCms

    made = ImageCms.createProfile(space)  # type: ignore[arg-type]
    return ImageCms.ImageCmsProfile(made).tobytes()


def wide_gamut() -> bytes:
    """The sRGB profile with red and blue exchanged, so that conversion shows."""
    swapped = bytearray(profile("sRGB"))
    tags = {bytes(swapped[i : i + 4]): i for i in range(132, 132 + 12 * swapped[131], 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        swapped[blue + 4 : blue + 12], swapped[red + 4 : red + 12],
    )  # fmt: skip
    return bytes(swapped)


# Streams


class Raw(io.RawIOBase):
    """A stream that can seek, but reads and writes a few bytes at a time."""

    def __init__(self, data: bytes = b"") -> None:
        self.source = io.BytesIO(data)

    def tell(self) -> int:
        return self.source.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self.source.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        return self.source.read(min(size, 7) if size > 0 else size)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.source.write(data[:7])


class Pipe(io.RawIOBase):
    """A stream that only goes forward, a few bytes at a time, and counts them."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._source.read(min(size, 7) if size > 0 else size)

    @property
    def position(self) -> int:
        return self._source.tell()


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder's files, and not their permissions: a checkout may be read-only."""
    for path in source.rglob("*"):
        if path.is_file():
            copied = target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())


# Files of other formats, made byte by byte where Pillow writes no such


def png(pixels: Any, *chunks: tuple[bytes, bytes], palette: bytes = b"") -> bytes:
    """A PNG of uint8 or uint16 samples: grey, RGB or RGBA, or indices; chunks stand before IDAT."""
    height, width = pixels.shape[:2]
    kind = 3 if palette else {1: 0, 2: 4, 3: 2, 4: 6}[pixels.size // (height * width)]
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, kind, 0, 0, 0)
    colors = [(b"PLTE", palette)] if palette else []
    parts = [(b"IHDR", header), *chunks, *colors, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in parts:
        checksum = zlib.crc32(name + data)
        out += struct.pack(">I4s", len(data), name) + data + struct.pack(">I", checksum)
    return out


def gama(gamma: float) -> tuple[bytes, bytes]:
    """The gAMA chunk of a PNG."""
    return b"gAMA", struct.pack(">I", round(100000 * gamma))


def chrm(*values: float) -> tuple[bytes, bytes]:
    """The cHRM chunk of a PNG: x and y of white, red, green and blue."""
    return b"cHRM", struct.pack(">8I", *(round(100000 * value) for value in values))


SRGB_PRIMARIES = 0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06
ADOBE_PRIMARIES = 0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06
