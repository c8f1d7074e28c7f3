"""Test vectors, all images, at the bounds of what small readers must read, and just beyond."""

from __future__ import annotations

from collections.abc import Iterator

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import FRAMED
from tools.conformance.vectors.compact import compact_file
from tools.conformance.vectors.patterns import (
    Picture,
    Vector,
    cut_rows,
    file_of,
    flat,
    numbers,
    palette_of,
    stored,
    valid,
)
from tools.conformance.vectors.valid import coded_as


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _plain()
    yield from _logs()
    yield from _compact()


def _plain() -> Iterator[Vector]:
    sides = {"4096-bytes": (64, 64), "4104-bytes": (72, 57)}
    for name, (width, height) in sides.items():
        size = width * height
        frame = z.frame(size, z.repeat(0, size))
        data = file_of(flat(width, height), 8, coded_as(frame))
        note = f"a zstd tile whose packed size is {size} bytes, in a single segment"
        yield valid(f"small-{name}", flat(width, height), data, "1e 4.3", note)
    for name, eighths in (("4096", 0), ("4608", 1)):
        window = z.window_byte(12, eighths)
        frame = z.frame(8192, *[z.repeat(0, 4096)] * 2, window=window)
        data = file_of(flat(128, 64), 8, coded_as(frame))
        note = f"a zstd tile of 8192 bytes with a window of {name}"
        yield valid(f"small-window-{name}", flat(128, 64), data, "1e 4.3f", note)
    picture = flat(80, 60, 17)
    data = file_of(picture, 8, stored)
    yield valid("small-stored", picture, data, "1e", "17 colours in a stored tile of 4800 bytes")


def _logs() -> Iterator[Vector]:
    rows = bytes(numbers(20, 16, 9))
    picture = Picture(palette_of(16), cut_rows(rows * 5, 10))
    for log in (5, 7, 8, 9):
        frame = z.frame(100, z.raw(rows), z.match(b"", 20, 34, log=log), z.match(b"", 20, 34),
                        z.match(b"", 20, 12))  # fmt: skip
        data = file_of(picture, 8, coded_as(frame))
        note = f"a block whose FSE table has 2^{log} entries"
        yield valid(f"small-log-{log}", picture, data, "1e 4.3 4.3i", note)


def _compact() -> Iterator[Vector]:
    for width, height, bits, layout in ((64, 64, 8, 3), (65, 64, 8, 3), (128, 64, 4, 3),
                                        (104, 79, 1, 3), (256, 128, 1, 4)):  # fmt: skip
        picture = flat(width, height, 2 if bits == 1 else 16)
        data = compact_file(picture, FRAMED[layout], bits=bits)
        packed = height * -(-width * bits // 8)
        held = width * height // (1 if layout == 3 else 128)
        note = f"a compact tile whose packed size is {packed} bytes, of a frame that holds {held}"
        yield valid(f"small-compact-{packed}-{held}", picture, data, "1e 4.4 4.5", note)
