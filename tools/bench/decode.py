"""Measure how fast a picture decodes: KMF, with native and NumPy kernels, beside Pillow's formats.

    python -m tools.bench.decode [IMAGE or FOLDER ...] [--colors N] [--rounds N] [--json FILE]

Each image is quantised once, to --colors (16); every format stores the same palette and indices,
and is decoded from bytes in memory. Without images, a painted scene of 12 megapixels is used. A
table for each image has a row for each format, with these columns:

bits/px    size of the file, in bits a pixel
ms         median over the rounds (15) of the time to decode to an RGB array or, in rows that end
           in "in mode P", of `Image.open(...).load()`, which yields indices
MP/s       the same as a rate, in megapixels a second
to PNG     that rate divided by PNG's; in mode P, by that of PNG in mode P

These three are there for native kernels, if they are built, and for NumPy's; other formats use
neither. The last line is how long `Image.open` of a KMF file of 100 megapixels takes, without
loading it. The exit status is 1 if a format does not give back the same pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

import kmformat
from tools.bench.measure import KERNELS, Figures, WithKernels, median_seconds, run_benchmark

U8 = npt.NDArray[np.uint8]

IN_MODE_P = ", in mode P"
"""How the names of those rows end in which Pillow loads indices and does not convert them."""


def decode_with_pillow(data: bytes) -> U8:
    """Return the pixels of a picture that Pillow reads, RGB, uint8 (height, width, 3)."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def load_with_pillow(data: bytes) -> U8:
    """Return the indices of a picture of mode P, uint8 (height, width): loaded, not converted."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return np.asarray(image)


def opening_seconds(rounds: int) -> float:
    """Return the median seconds that `Image.open` takes for a KMF file of 100 megapixels."""
    indices = np.arange(100_000_000, dtype=np.uint32).reshape(10_000, 10_000).astype(np.uint8)
    palette = np.arange(48, dtype=np.uint8).reshape(16, 3)
    data = kmformat.encode_indexed(
        kmformat.IndexedImage(palette, indices & np.uint8(15)), fast_decode=True
    )
    Image.MAX_IMAGE_PIXELS = None
    run = {"open": lambda: Image.open(io.BytesIO(data))}
    return median_seconds(run, rounds)["open"]["wall"]


def programs(image: Image.Image, colors: int) -> dict[str, tuple[bytes, Callable[[], U8]]]:
    """Return the encoded picture in each format, and a function that decodes it.

    Raises
    ------
    SystemExit
        A format does not give back the same pixels.
    """
    indexed = kmformat.quantize(image, colors=colors)
    flat = Image.fromarray(indexed.indices)
    flat.putpalette(indexed.palette.tobytes())
    plain = kmformat.encode_indexed(indexed, fast_decode=True)
    compact = kmformat.encode_indexed(indexed)
    found: dict[str, tuple[bytes, Callable[[], U8]]] = {
        "KMF, plain": (plain, partial(kmformat.decode, plain)),
        "KMF, plain, one thread": (plain, partial(kmformat.decode, plain, threads=1)),
        "KMF, default": (compact, partial(kmformat.decode, compact)),
        "KMF, default, one thread": (compact, partial(kmformat.decode, compact, threads=1)),
    }
    for kind in ("PNG", "GIF", "WEBP"):
        if kind in Image.SAVE:
            stored = io.BytesIO()
            flat.save(stored, kind, lossless=True)  # an option of WebP only
            found[kind] = (stored.getvalue(), partial(decode_with_pillow, stored.getvalue()))
    for name, data in (("KMF, plain", plain), ("KMF, default", compact), ("PNG", found["PNG"][0])):
        found[f"{name}{IN_MODE_P}"] = (data, partial(load_with_pillow, data))
    for name, (stored_bytes, decode) in found.items():
        expected = indexed.indices if name.endswith(IN_MODE_P) else indexed.to_pixels()
        if not np.array_equal(decode(), expected):
            raise SystemExit(f"{name} does not give the same pixels ({len(stored_bytes)} bytes)")
    return found


def measure(image: Image.Image, colors: int, rounds: int) -> list[Figures]:
    """Return the figures of each format, and of KMF's those of each kind of kernels."""
    formats = programs(image, colors)
    runs: dict[tuple[str, str], Callable[[], object]] = {}
    for name, (_, decode) in formats.items():
        for kind in KERNELS if name.startswith("KMF") else ("",):
            runs[name, kind] = WithKernels(kind, decode) if kind else decode
    seconds = median_seconds(runs, rounds)
    return [
        {
            "program": name,
            "kernels": kind,
            "bits_per_pixel": 8 * len(formats[name][0]) / image.width / image.height,
            "seconds": times["wall"],
            "ratio_to_png": seconds["PNG" + IN_MODE_P * (IN_MODE_P in name), ""]["wall"]
            / times["wall"],
        }
        for (name, kind), times in seconds.items()
    ]


COLUMNS: dict[str, Callable[[Figures], str]] = {
    "ms": lambda row: f"{1000 * float(row['seconds']):.2f}",
    "MP/s": lambda row: f"{row['megapixels_per_second']:.0f}",
    "to PNG": lambda row: f"{row['ratio_to_png']:.2f}",
}

if __name__ == "__main__":
    run_benchmark(__doc__, 15, measure, COLUMNS)
    print(f"Image.open of 100 megapixels: {1000 * opening_seconds(25):.2f} ms")
