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

import argparse
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import kmformat
from tools.bench.measure import (
    KERNELS,
    WithKernels,
    load_rgb,
    median_seconds,
    picture_files,
    table,
)
from tools.docs.make_picture import scene

U8 = npt.NDArray[np.uint8]
Figures = dict[str, str | float]

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
            "format": name,
            "kernels": kind,
            "bits_per_pixel": 8 * len(formats[name][0]) / image.width / image.height,
            "seconds": times["wall"],
            "ratio_to_png": seconds["PNG" + IN_MODE_P * (IN_MODE_P in name), ""]["wall"]
            / times["wall"],
        }
        for (name, kind), times in seconds.items()
    ]


def tabulate(title: str, figures: list[Figures], megapixels: float) -> str:
    """Return a table with a row for each format, and columns for each kind of kernels."""
    heads = [f"{kind}: ms" for kind in KERNELS]
    rows: list[list[object]] = [[title, "bits/px"]]
    for head in heads:
        rows[0] += [head, "MP/s", "to PNG"]
    for name in dict.fromkeys(str(row["format"]) for row in figures):
        of_format = [row for row in figures if row["format"] == name]
        rows.append([name, f"{of_format[0]['bits_per_pixel']:.3f}"])
        for row in of_format:
            seconds = float(row["seconds"])
            rows[-1] += [
                f"{1000 * seconds:.2f}", f"{megapixels / seconds:.0f}", f"{row['ratio_to_png']:.2f}"
            ]  # fmt: skip
        rows[-1] += [""] * (len(rows[0]) - len(rows[-1]))
    return table(rows)


def main() -> None:
    """Measure each image, and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--colors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    Image.init()
    images = {str(path): load_rgb(path) for path in picture_files(options.images)}
    results = []
    for name, image in (images or {"scene": Image.fromarray(scene(4000, 3000))}).items():
        figures = measure(image, options.colors, options.rounds)
        results += [{"image": name, **row} for row in figures]
        print(tabulate(name, figures, image.width * image.height / 1e6), end="\n\n")
    opening = opening_seconds(max(25, options.rounds))
    print(f"Image.open of 100 megapixels: {1000 * opening:.2f} ms")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
