"""Measure how fast a picture of 16 colours decodes: KMF beside Pillow's PNG, GIF and WebP.

    python -m tools.bench.decode [IMAGE or FOLDER ...] [--rounds N] [--json FILE]

Each image is quantised once; every format stores the same palette and indices, and is decoded from
bytes in memory. Without images, a painted scene of 12 megapixels is used. A table for each image
has a row for each format, with these columns:

bits/px        size of the file, in bits a pixel
ms             median over the rounds (15) of the time to decode to an RGB array or, in rows that
               end in "in mode P", of `Image.open(...).load()`, which yields indices
MP/s           the same as a rate, in megapixels a second
ratio to PNG   that rate divided by PNG's; in mode P, by that of PNG in mode P

The last line is how long `Image.open` of a KMF file of 100 megapixels takes, without loading it.
The exit status is 1 if a format does not give back the same pixels.
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
from tools.bench.measure import load_rgb, median_seconds, picture_files, table
from tools.docs.make_picture import scene

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


def programs(image: Image.Image) -> dict[str, tuple[bytes, Callable[[], U8]]]:
    """Return the encoded picture in each format, and a function that decodes it.

    Raises
    ------
    SystemExit
        A format does not give back the same pixels.
    """
    indexed = kmformat.quantize(image)
    flat = Image.fromarray(indexed.indices)
    flat.putpalette(indexed.palette.tobytes())
    plain = kmformat.encode_indexed(indexed, fast_decode=True)
    compact = kmformat.encode_indexed(indexed)
    found: dict[str, tuple[bytes, Callable[[], U8]]] = {
        "KMF, plain": (plain, partial(kmformat.decode, plain)),
        "KMF, plain, one thread": (plain, partial(kmformat.decode, plain, threads=1)),
        "KMF, default": (compact, partial(kmformat.decode, compact)),
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


def main() -> None:
    """Measure each image, and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    Image.init()
    images = {str(path): load_rgb(path) for path in picture_files(options.images)}
    results = []
    for name, image in (images or {"scene": Image.fromarray(scene(4000, 3000))}).items():
        megapixels = image.width * image.height / 1e6
        formats = programs(image)
        seconds = median_seconds({key: run for key, (_, run) in formats.items()}, options.rounds)
        rows: list[tuple[object, ...]] = [(name, "bits/px", "ms", "MP/s", "ratio to PNG")]
        for key, (data, _) in formats.items():
            wall = seconds[key]["wall"]
            figures = {
                "bits_per_pixel": 8 * len(data) / 1e6 / megapixels,
                "seconds": wall,
                "ratio_to_png": seconds["PNG" + IN_MODE_P * (IN_MODE_P in key)]["wall"] / wall,
            }
            results.append({"image": name, "format": key} | figures)
            rows.append((
                key, f"{figures['bits_per_pixel']:.3f}", f"{1000 * wall:.1f}",
                f"{megapixels / wall:.0f}", f"{figures['ratio_to_png']:.2f}",
            ))  # fmt: skip
        print(table(rows), end="\n\n")
    opening = opening_seconds(max(25, options.rounds))
    print(f"Image.open of 100 megapixels: {1000 * opening:.2f} ms")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
