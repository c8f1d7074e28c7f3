"""Measure how fast pictures are encoded: KMF, with native and NumPy kernels, beside Pillow's PNG.

    python -m tools.bench.encode [IMAGE or FOLDER ...] [--colors N] [--rounds N] [--json FILE]

Without images, a painted scene of 12 megapixels is used. A table for each image has a row for each
way to make up to --colors (16) of it and store them in memory, with these columns:

bits/px    size of the file, in bits a pixel
ms         median over the rounds (5) of the time from a Pillow RGB image to bytes
MP/s       the same as a rate, in megapixels a second

The last two are there for native kernels, if they are built, and for NumPy's. "Pillow, PNG" is
Pillow's own median cut, which takes less time and gives larger errors (`tools.bench.palette`). The
exit status is 1 if the two kinds of kernels, or one thread and several, give different bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from PIL import Image

import kmformat
from tools.bench.measure import KERNELS, Figures, WithKernels, median_seconds, run_benchmark


def png_by_pillow(image: Image.Image, colors: int) -> bytes:
    """Return a picture reduced and stored by Pillow alone."""
    stored = io.BytesIO()
    image.quantize(colors).save(stored, "PNG")
    return stored.getvalue()


def programs(image: Image.Image, colors: int) -> dict[str, Callable[[], bytes]]:
    """Return functions that encode a picture, by name."""
    encode = partial(kmformat.encode, image, colors=colors)
    return {
        "KMF": encode,
        "KMF, one thread": partial(encode, threads=1),
        "KMF, effort 1": partial(encode, effort=1),
        "KMF, fast_decode": partial(encode, fast_decode=True),
        "KMF, Floyd-Steinberg": partial(encode, dither="floyd-steinberg"),
        "Pillow, PNG": partial(png_by_pillow, image, colors),
    }


def measure(image: Image.Image, colors: int, rounds: int) -> list[Figures]:
    """Return the figures of each program, and of KMF's those of each kind of kernels.

    Raises
    ------
    SystemExit
        What is written depends on the kernels or on the number of threads.
    """
    runs: dict[tuple[str, str], Callable[[], object]] = {}
    sizes: dict[str, int] = {}
    for name, encode in programs(image, colors).items():
        kinds = list(KERNELS) if name.startswith("KMF") else [""]
        files = set()
        for kind in kinds:
            run = WithKernels(kind, encode) if kind else encode
            if isinstance(run, WithKernels):
                run.prepare()
            files.add(encode())
            runs[name, kind] = run
        sizes[name] = len(next(iter(files)))
        if len(files) > 1 or sizes[name] != sizes.get(name.removesuffix(", one thread")):
            raise SystemExit(f"{name}: different files of {sorted(map(len, files))} bytes")
    return [
        {
            "program": name,
            "kernels": kind,
            "bits_per_pixel": 8 * sizes[name] / image.width / image.height,
            "seconds": times["wall"],
        }
        for (name, kind), times in median_seconds(runs, rounds).items()
    ]


COLUMNS: dict[str, Callable[[Figures], str]] = {
    "ms": lambda row: f"{1000 * float(row['seconds']):.1f}",
    "MP/s": lambda row: f"{row['megapixels_per_second']:.1f}",
}

if __name__ == "__main__":
    run_benchmark(__doc__, 5, measure, COLUMNS)
