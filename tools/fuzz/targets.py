"""All targets of fuzzing: what each says is in its module or C file.

A target is a row of `TARGETS`. Those that read KMF files begin with the vectors in spec/vectors and
some files more, those that read pictures and palettes with some that are made here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

import numpy as np
from PIL import Image

from kmformat import IndexedImage, encode, encode_indexed
from kmformat.palettes.formats import SUFFIXES, palette_bytes
from tools.conformance.runner import VECTORS
from tools.fuzz.building import kernel_fuzzer, reader_fuzzer

Command = Callable[[], list[str]]
"""Builds a target, and returns the command that runs it."""
Seeds = Callable[[int], Iterator[bytes]]
"""Yields what a target begins with, inputs of at most so many bytes."""


@dataclass(frozen=True)
class Target:
    """A target.

    Attributes
    ----------
    runs
        How many executions take some seconds: with the seeds, all of which are executed first.
    most
        Bytes of an input.
    environment
        Of its process.
    """

    name: str
    command: Command
    runs: int
    seeds: Seeds
    most: int = 4096
    environment: dict[str, str] = field(default_factory=dict)


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
    for kind in (
        "PNG",
        "GIF",
        "TIFF",
        "WEBP",
        "TGA",
        "ICO",
        "BMP",
        "PCX",
        "PPM",
        "JPEG",
        "SGI",
        "IM",
    ):
        for mode in ("1", "L", "LA", "P", "I;16", "RGB", "RGBA", "CMYK"):
            stream = io.BytesIO()
            try:
                made = image.convert(mode) if mode in ("LA", "RGBA") else plain.convert(mode)
                made.save(stream, kind, **icc)
            except (OSError, ValueError, KeyError):  # a format without this mode
                continue
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


def _in_python(name: str) -> Command:
    return lambda: [sys.executable, "-m", "tools.fuzz.guided", name]


def _reader(*defines: str) -> tuple[str, Command]:
    name = "-".join(["c", *(define.removeprefix("KMF_").lower() for define in defines)])
    name = name.replace("_", "-")
    return name, lambda: [str(reader_fuzzer(name, *defines))]


def _kernel(name: str) -> tuple[str, Command]:
    return f"kernel-{name}", lambda: [str(kernel_fuzzer(f"kernel-{name}", name))]


_WAYS: tuple[dict[str, Any], ...] = (
    {"effort": 2},
    {"effort": 7},
    {"fast_decode": True},
    {"fast_decode": True, "tile": (60, 10)},
    {"smallest": True},
)
_NATIVE, _NUMPY = {"KMF_NATIVE": "1"}, {"KMF_NATIVE": "0"}
TARGETS = (
    Target("decode", _in_python("decode"), 3000, files, environment=_NATIVE),
    Target("decode-numpy", _in_python("decode"), 700, some_files, environment=_NUMPY),
    Target("agree", _in_python("agree"), 1000, some_files),
    Target("encode", _in_python("encode"), 200, nothing, 400),
    Target("streams", _in_python("streams"), 200, nothing, 400),
    Target("palettes", _in_python("palettes"), 5000, palettes),
    Target("pictures", _in_python("pictures"), 700, pictures),
    Target(*_reader(), 10_000, files),
    Target(*_reader("KMF_SMALL_ZSTD"), 10_000, files),
    Target(*_reader("KMF_SMALL"), 10_000, files),
    *(
        Target(*_kernel(name), runs, nothing, 512)
        for name, runs in {
            "packing": 20_000, "orders": 4000, "wavefront": 10_000, "counting": 10_000,
            "dense": 4000, "packed_palette": 10_000, "nearest": 2000, "diffusion": 10_000,
            "clusters": 4000, "halftone": 4000,
        }.items()
    ),
)  # fmt: skip
