"""Measure how fast pictures decode in JavaScript: spec/kmf.js in Node, beside decoders of PNG.

    python -m tools.bench.javascript [IMAGE or FOLDER ...] [--colors N] [--rounds N] [--json FILE]

Each image is quantised once, to --colors (16); every format stores the same palette and indices,
and is decoded from bytes in memory. Without images, a painted scene of 12 megapixels is used. A
table for each image has a row for each format and decoder, with these columns:

bits/px    size of the file, in bits a pixel
ms         median over the rounds (15) of the wall time to decode it
CPU ms     the same of CPU time; that of other threads, which collect garbage, is in it
MP/s       megapixels a second of CPU time
to PNG     that rate divided by that of fast-png

Rows that end in "to RGBA" make colours, all others indices. fast-png is written in JavaScript
alone, as kmf.js is, and leaves indices of 4 bits packed; pngjs decompresses with Node's own zlib,
in C, which browsers lack, and makes RGBA. Both come from npm, and are fetched into a temporary
folder.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

import kmformat
from tools.bench.measure import load_rgb, picture_files, table
from tools.docs.make_picture import scene

NPM_PACKAGES = ("fast-png@6", "pngjs@7")
SCRIPT = Path(__file__).with_suffix(".mjs")
DECODERS = {
    "KMF, plain": ("plain.kmf", "kmf"),
    "KMF, plain, to RGBA": ("plain.kmf", "kmf-rgba"),
    "KMF, default": ("default.kmf", "kmf"),
    "KMF, default, to RGBA": ("default.kmf", "kmf-rgba"),
    "PNG, fast-png": ("picture.png", "fast-png"),
    "PNG, pngjs, to RGBA": ("picture.png", "pngjs"),
}
"""By row, the file and the decoder."""


def write_files(image: Image.Image, colors: int, folder: Path) -> None:
    """Write the picture in each format, in the same colours."""
    indexed = kmformat.quantize(image, colors=colors)
    flat = Image.fromarray(indexed.indices)
    flat.putpalette(indexed.palette.tobytes())
    stored = io.BytesIO()
    flat.save(stored, "PNG")
    for name, data in (
        ("plain.kmf", kmformat.encode_indexed(indexed, fast_decode=True)),
        ("default.kmf", kmformat.encode_indexed(indexed)),
        ("picture.png", stored.getvalue()),
    ):
        (folder / name).write_bytes(data)


def measure(image: Image.Image, colors: int, rounds: int, folder: Path) -> list[dict[str, object]]:
    """Return the figures of each row; the folder has the npm packages."""
    write_files(image, colors, folder)
    times = {}
    for name, (file, decoder) in DECODERS.items():
        command = ("node", str(SCRIPT), str(folder / file), decoder, str(rounds))
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        times[name] = json.loads(done.stdout)
    pixels = image.width * image.height
    return [
        {
            "program": name,
            "bits_per_pixel": 8 * (folder / file).stat().st_size / pixels,
            "ms": times[name]["wall"],
            "cpu_ms": times[name]["cpu"],
            "megapixels_per_cpu_second": pixels / 1000 / times[name]["cpu"],
            "ratio_to_png": times["PNG, fast-png"]["cpu"] / times[name]["cpu"],
        }
        for name, (file, _) in DECODERS.items()
    ]


def main() -> None:
    """Measure each picture that the command line names, or the scene; print tables, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--colors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    images = {str(path): load_rgb(path) for path in picture_files(options.images)}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        npm = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".")
        subprocess.run((*npm, *NPM_PACKAGES), cwd=folder, check=True)
        for name, image in (images or {"scene": Image.fromarray(scene(4000, 3000))}).items():
            figures = measure(image, options.colors, options.rounds, Path(folder))
            results += [{"image": name, **row} for row in figures]
            rows: list[list[object]] = [[name, "bits/px", "ms", "CPU ms", "MP/s", "to PNG"]]
            rows += [
                [row["program"], *(f"{value:.{digits}f}" for value, digits in zip(
                    list(row.values())[1:], (3, 1, 1, 0, 2), strict=True))]
                for row in figures
            ]  # fmt: skip
            print(table(rows), end="\n\n")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
