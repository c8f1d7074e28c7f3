"""What targets begin with: inputs of at most so many bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice, product
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from kmformat import IndexedImage, encode, encode_indexed
from kmformat.palettes.formats import SUFFIXES, palette_bytes
from tools.conformance.runner import VECTORS

Seeds: TypeAlias = Callable[[int], Iterator[bytes]]
"""Yields inputs, of at most so many bytes."""
_WAYS: tuple[dict[str, Any], ...] = (
    {"effort": 2},
    {"effort": 7},
    {"fast_decode": True},
    {"fast_decode": True, "tile": (60, 10)},
    {"smallest": True},
)
_KINDS = ("PNG", "GIF", "TIFF", "WEBP", "TGA", "ICO", "BMP", "PCX", "PPM", "JPEG", "SGI", "IM")


def vectors(most: int) -> Iterator[bytes]:
    """Yield all vectors, valid and invalid."""
    for path in sorted(VECTORS.glob("*.kmf")):
        if path.stat().st_size <= most:
            yield path.read_bytes()


def files(most: int) -> Iterator[bytes]:
    """Yield all vectors, and files that the package writes: of noise, and one with overviews.

    Noise in few and in many colours has more of zstd: matches, and Huffman codes whose weights are
    compressed.
    """
    yield from vectors(most)
    rng = np.random.default_rng(1)
    for colors, options in product((3, 16, 17, 130, 256), _WAYS):
        indices = np.minimum(rng.exponential(colors / 6, (40, 60)), colors - 1).astype(np.uint8)
        indices[20:] = indices[:20] if colors % 2 else indices[20:]
        image = IndexedImage(rng.integers(0, 256, (colors, 3), np.uint8), indices)
        data = encode_indexed(image, threads=1, **options)
        if len(data) <= most:
            yield data
    bars = np.arange(4096, dtype=np.uint8).reshape(2, 2048) // 8 % 3
    yield encode(IndexedImage(np.eye(3, dtype=np.uint8), bars), overviews="labels", threads=1)


def some_files(most: int) -> Iterator[bytes]:
    """Yield a fifth of them, for targets that are slow."""
    return islice(files(most), 0, None, 5)


def pictures(most: int) -> Iterator[bytes]:
    """Yield small pictures in many formats and modes."""
    shades = Image.radial_gradient("L").resize((20, 14))
    image = Image.merge("RGBA", [shades, shades.rotate(90), shades.rotate(180), shades])
    plain = image.convert("RGB")
    icc = {"icc_profile": b"not a profile", "dpi": (72, 72)}
    for kind, mode in product(_KINDS, ("1", "L", "LA", "P", "I;16", "RGB", "RGBA", "CMYK")):
        stream = io.BytesIO()
        made = image.convert(mode) if mode in ("LA", "RGBA") else plain.convert(mode)
        with suppress(OSError, ValueError, KeyError):  # a format without this mode
            made.save(stream, kind, **icc)
            if len(stream.getvalue()) <= most:
                yield stream.getvalue()


def palettes(most: int) -> Iterator[bytes]:
    """Yield a palette in each format, after the number of its suffix."""
    colors = [(n, 255 - 2 * n, 7 * n % 256) for n in range(0, 100, 7)]
    for number, suffix in enumerate(SUFFIXES, start=1):
        data = bytes([number]) + palette_bytes(colors, suffix, "A name")
        if len(data) <= most:
            yield data


def nothing(_: int) -> Iterator[bytes]:
    """Yield an input from which all others come."""
    yield bytes(range(1, 60))
