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

import argparse
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

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

Figures = dict[str, str | float]


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


def tabulate(title: str, figures: list[Figures], megapixels: float) -> str:
    """Return a table with a row for each program, and columns for each kind of kernels."""
    rows: list[list[object]] = [[title, "bits/px"]]
    for kind in KERNELS:
        rows[0] += [f"{kind}: ms", "MP/s"]
    for name in dict.fromkeys(str(row["program"]) for row in figures):
        of_program = [row for row in figures if row["program"] == name]
        rows.append([name, f"{of_program[0]['bits_per_pixel']:.3f}"])
        for row in of_program:
            seconds = float(row["seconds"])
            rows[-1] += [f"{1000 * seconds:.1f}", f"{megapixels / seconds:.1f}"]
        rows[-1] += [""] * (len(rows[0]) - len(rows[-1]))
    return table(rows)


def main() -> None:
    """Measure each image, and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--colors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    images = {str(path): load_rgb(path) for path in picture_files(options.images)}
    results = []
    for name, image in (images or {"scene": Image.fromarray(scene(4000, 3000))}).items():
        figures = measure(image, options.colors, options.rounds)
        results += [{"image": name, **row} for row in figures]
        print(tabulate(name, figures, image.width * image.height / 1e6), end="\n\n")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
