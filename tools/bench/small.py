"""Measure bytes of pictures for small machines: KMF for small readers beside what else they read.

    python -m tools.bench.small [FOLDER or IMAGE ...] [--effort 5 9]

Each folder is a set of pictures, called by its name; pictures given one by one are the set
"images". Without any, the pictures of the gallery are used. Each is scaled to cover 320x240,
480x320 and 800x480 pixels and cut (drawings, of which no dither is made, are only cut, or left out
where they are smaller), and quantised once to 16 colours without a dither. Every program stores
these indices with their palette:

PNG, window 4 KiB    filters none, zlib level 9 with a window of 4 KiB: some 6 KB of memory
GIF                  Pillow's, some 24 KB
LZ4 HC 12            as LVGL stores it: LZ4 of packed indices, and 24 bytes; takes the whole picture
heatshrink 10,5      packed indices, and 8 bytes; 1.2 KB
packed               4 bits an index, and 8 bytes

A table has a row for each program: bytes of all pictures of a set and size, and of all. The memory
of KMF's files is the largest that a small reader takes for one (spec, section 1).
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import kmformat
from kmformat import IndexedImage, kernels
from kmformat.quantization.dither.suited import suited_dither
from tools.bench.measure import load_rgb, picture_files, table
from tools.bench.size_peers import gif

SIZES = ((320, 240), (480, 320), (800, 480))
COLORS = 16
GALLERY = [
    Path(__file__).parents[1] / "docs" / f"gallery-{name}.png" for name in ("lake", "screen")
]


def packed(image: IndexedImage) -> bytes:
    """Return the indices, 4 bits each, without a head."""
    return kernels.pack(image.indices, 4).tobytes()


def png(image: IndexedImage) -> bytes:
    """Return a PNG whose data have a window of 4 KiB, which Pillow does not write."""
    rows = kernels.pack(image.indices, 4)
    filtered = np.concatenate([np.zeros((image.height, 1), np.uint8), rows], axis=1).tobytes()
    packer = zlib.compressobj(9, zlib.DEFLATED, 12, 9)
    data = packer.compress(filtered) + packer.flush()
    head = struct.pack(">IIBBBBB", image.width, image.height, 4, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", image.palette[:, :3].tobytes()),
        (b"IDAT", data),
        (b"IEND", b""),
    )
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    ]
    return b"".join([b"\x89PNG\r\n\x1a\n", *chunks])


def lz4(image: IndexedImage) -> bytes:
    """Return an image of LVGL: 12 bytes of head, 12 of compression, palette of 4 bytes, LZ4."""
    data = import_module("imagecodecs").lz4_encode(bytes(4 * COLORS) + packed(image), 12, hc=True)
    return bytes(24) + bytes(data)


def heatshrink(image: IndexedImage) -> bytes:
    """Return size, palette, and indices by heatshrink with a window of 1 KiB."""
    compress = import_module("heatshrink2").compress
    data = compress(packed(image), window_sz2=10, lookahead_sz2=5)
    return bytes(8) + image.palette.tobytes() + bytes(data)


PEERS: dict[str, Callable[[IndexedImage], bytes]] = {
    "PNG, window 4 KiB": png,
    "GIF": gif,
    "LZ4 HC 12": lz4,
    "heatshrink 10,5": heatshrink,
    "packed": lambda image: bytes(8) + image.palette.tobytes() + packed(image),
}


def pictures_of(path: Path, size: tuple[int, int]) -> Iterator[IndexedImage]:
    """Yield a picture at a size in 16 colours, unless it is a drawing that is smaller."""
    picture = load_rgb(path)
    if suited_dither(np.asarray(picture)) == "none":
        if picture.width < size[0] or picture.height < size[1]:
            return
        picture = picture.crop((0, 0, *size))
    else:
        picture = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    yield kmformat.quantize(picture, colors=COLORS)


def measure(
    sets: dict[str, list[Path]], efforts: Sequence[int]
) -> tuple[list[list[object]], dict[str, int]]:
    """Return rows of bytes, of the sets at all sizes and of all, and the memory of KMF's files."""
    programs = dict(PEERS)
    memory: dict[str, int] = {}

    def kmf(effort: int, image: IndexedImage) -> bytes:
        data = kmformat.encode_indexed(image, small_reader=True, effort=effort)
        need = kmformat.read_info(io.BytesIO(data)).workspace
        memory[f"KMF effort {effort}"] = max(memory.get(f"KMF effort {effort}", 0), need or 0)
        return data

    ours = {f"KMF effort {each}": (lambda image, each=each: kmf(each, image)) for each in efforts}
    columns: list[str] = []
    sums: dict[str, list[int]] = {name: [] for name in (*ours, *programs)}
    for size in SIZES:
        for name, paths in sets.items():
            images = [image for path in paths for image in pictures_of(path, size)]
            columns.append(f"{len(images)} {name} {size[0]}x{size[1]}")
            for program, encode in {**ours, **programs}.items():
                sums[program].append(sum(len(encode(image)) for image in images))
    first = next(iter(ours))
    total = sum(sums[first])
    rows: list[list[object]] = [["bytes", *columns, "all", f"{first} / it"]]
    for name, numbers in sums.items():
        share = f"{total / sum(numbers):.3f}"
        rows.append([name, *(f"{each:,}" for each in numbers), f"{sum(numbers):,}", share])
    return rows, memory


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.small")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FOLDER or IMAGE")
    parser.add_argument("--effort", nargs="+", type=int, default=[5, 9], metavar="N")
    options = parser.parse_args(arguments)
    paths: list[Path] = options.paths or GALLERY
    sets = {path.name: picture_files([path]) for path in paths if path.is_dir()}
    if alone := [path for path in paths if not path.is_dir()]:
        sets["images"] = alone
    rows, memory = measure(sets, options.effort)
    print(table(rows))
    for name, need in memory.items():
        print(f"{name}: at most {need:,} bytes of memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
