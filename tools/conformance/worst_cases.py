"""What the files cost that cost most for their size: CPU time and memory of decoding, as a table.

    python -m tools.conformance.worst_cases [--json FILE] [-- COMMAND...]

Every file keeps all rules of the spec, and is as small as it can be for the work that it makes. The
package decodes each in a process of its own; so does COMMAND, if it is there, a decoder that speaks
as `tools.conformance.runner` says. A line is printed for each file:

    bytes     of the file
    s, MiB    CPU seconds and peak memory of decoding it with the package, start of Python included
    s, MiB    the same for COMMAND

The exit status is 1 if a file of less than 10 KB takes the package more than 10 s or 600 MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import zstandard

from kmformat import kernels
from tools.conformance.forge.compact import head
from tools.conformance.forge.container import chunk, forge, tile_crc
from tools.conformance.forge.varints import varint

SMALL_BYTES, MOST_SECONDS, MOST_MIB = 10_000, 10.0, 600.0
LARGEST_TILE = 1 << 24
"""Pixels of a compact or dense tile, at most."""
TWO_COLORS = bytes(6)
MANY_COLORS = bytes((7 * i + i // 256) % 256 for i in range(768))
DEPTH = {1: 0, 2: 1, 4: 2, 8: 3}


def frame(data: bytes) -> bytes:
    """Return data as the smallest zstd frame that KMF takes."""
    log = min(23, max(10, len(data).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, window_log=log, source_size=len(data)
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(data)


def first_ranks(pixels: int, layout: int) -> bytes:
    """Return a compact tile of one stream in which every rank is 0, in a layout of runs, 4 to 7."""
    bits = layout - 3
    data = bytes([(1 << 8) - (1 << bits)]) * (pixels >> (8 - bits))
    framed = frame(data)
    shorter = len(framed) < len(data)
    body = framed if shorter else data
    return head(len(body), layout, framed=shorter) + body


def comb(width: int, height: int) -> bytes:
    """Return a dense tile of upright lines, in which every pixel is asked for."""
    indices = np.tile(np.array([[0, 1]], np.uint8), (height, width // 2))
    return kernels.encode_dense(indices, np.zeros((2, 2), np.uint16))


def tiled(
    method: int, tile: bytes, tile_size: tuple[int, int], grid: tuple[int, int], bits: int,
    palette: bytes = TWO_COLORS,
) -> bytes:  # fmt: skip
    """Return a file of the same tile again and again, in a grid of (columns, rows)."""
    (width, height), (columns, rows) = tile_size, grid
    count, tiles = columns * rows, columns * rows > 1
    flags = DEPTH[bits] | 8 * tiles
    start = b"\x8bKMF" + bytes([0x10, flags, len(palette) // 3 - 1])
    numbers = [width * columns, height * rows, *(tile_size if tiles else ())]
    start += b"".join(map(varint, numbers)) + palette
    checksum = tile_crc(tile, palette if method in (2, 3) else b"")
    start += varint(8 * len(tile) + method) * count + struct.pack("<I", checksum) * count
    return start + struct.pack("<I", zlib.crc32(start)) + tile * count


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield each file, and what is in it."""
    zeros = first_ranks(LARGEST_TILE, 4)
    yield "16 compact tiles of 4096 x 4096, 2 colours", tiled(2, zeros, (4096, 4096), (4, 4), 8)
    many = first_ranks(LARGEST_TILE, 7)
    yield (
        "16 compact tiles of 4096 x 4096, 256 colours",
        tiled(2, many, (4096, 4096), (4, 4), 8, MANY_COLORS),
    )
    thin = first_ranks(8 * 4096, 4)
    yield "200 compact tiles of 8 x 4096", tiled(2, thin, (8, 4096), (200, 1), 8)
    yield "200 compact tiles of 4096 x 8", tiled(2, thin, (4096, 8), (1, 200), 8)
    long = first_ranks(512 * 32768, 4)
    yield "16 compact tiles of 512 x 32768", tiled(2, long, (512, 32768), (16, 1), 8)
    yield "16 compact tiles of 32768 x 512", tiled(2, long, (32768, 512), (1, 16), 8)
    aspect = first_ranks(64 * 4096, 4)
    yield "220 compact tiles of 64 x 4096", tiled(2, aspect, (64, 4096), (220, 1), 8)
    yield "one of 8 x 8, 256 colours", tiled(2, first_ranks(64, 7), (8, 8), (1, 1), 8, MANY_COLORS)
    lines = comb(4096, 4096)
    for count in (6, 16):
        yield f"{count} dense tiles of 4096 x 4096", tiled(3, lines, (4096, 4096), (count, 1), 1)
    yield (
        "one zstd tile of 2^28 pixels, 8 bits",
        tiled(1, frame(bytes(1 << 28)), (16384, 16384), (1, 1), 8),
    )
    yield (
        "one zstd tile of 2^28 pixels, 1 bit",
        tiled(1, frame(bytes(1 << 25)), (16384, 16384), (1, 1), 1),
    )
    yield "256 zstd tiles of 2^20 x 1", tiled(1, frame(bytes(1 << 20)), (1 << 20, 1), (1, 256), 8)
    yield "100,000 stored tiles of 1 x 1", tiled(0, b"\0", (1, 1), (1000, 100), 8)
    yield "65,536 compact tiles of 8 x 8", tiled(2, first_ranks(64, 7), (8, 8), (256, 256), 8)
    yield "65,536 zstd tiles of 64 x 64", tiled(1, frame(bytes(4096)), (64, 64), (256, 256), 8)
    yield (
        "a chunk of EXIF, 16 MB",
        forge(chunks=chunk(b"exif", b"II*\0\x08\0\0\0" + bytes(1 << 24))),
    )


def cost(command: Sequence[str], path: Path) -> tuple[float, float]:
    """Return CPU seconds and MiB at the peak that a command takes for a file.

    Raises
    ------
    RuntimeError
        It fails.
    """
    process = subprocess.Popen([*command, str(path)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError(f"{command} fails on {path.name}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(arguments: list[str] | None = None) -> int:
    """Measure all; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance.worst_cases",
        usage="%(prog)s [--json FILE] [-- COMMAND...]",
    )
    parser.add_argument("--json", type=Path, help="write the figures to FILE as well")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args(arguments)
    package = [sys.executable, "-c", "import kmformat, sys; kmformat.read_indexed(sys.argv[1])"]
    commands = [package, *([options.command] if options.command else [])]
    figures, failed = [], False
    print(f"{'file':48}{'bytes':>12}" + f"{'s':>9}{'MiB':>8}" * len(commands))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.kmf"
        for name, data in cases():
            path.write_bytes(data)
            costs = [cost(command, path) for command in commands]
            print(f"{name:48}{len(data):12,}" + "".join(f"{s:9.2f}{mib:8.0f}" for s, mib in costs))
            figures.append({"file": name, "bytes": len(data), "costs": costs})
            (seconds, mib), small = costs[0], len(data) < SMALL_BYTES
            failed |= small and (seconds > MOST_SECONDS or mib > MOST_MIB)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
