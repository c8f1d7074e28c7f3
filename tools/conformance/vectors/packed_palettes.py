"""Test vectors of files whose palette is packed, images and errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tools.conformance.forge.binary import packed_palette
from tools.conformance.forge.compact import PLAIN, Color, Orders
from tools.conformance.forge.container import chunk, forge, tile_crc
from tools.conformance.forge.varints import varint
from tools.conformance.vectors.compact import coded
from tools.conformance.vectors.dense import densely
from tools.conformance.vectors.patterns import (
    Coding,
    Picture,
    Vector,
    file_of,
    flat,
    framed,
    invalid,
    noise,
    numbers,
    patches,
    stored,
    valid,
)

GREYS = [(v, v, v) for v in range(0, 160, 10)]
PACKED = packed_palette(GREYS)
"""The palette that the files with an error have, 48 bytes if it were not packed."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _palettes()
    yield from _files()
    yield from _lengths()
    yield from _ends()
    yield from _order()
    yield from _readers()


def packed_file(picture: Picture, *codings: Coding, more: int = 0, **fields: Any) -> bytes:
    """Return a file of a picture with a packed palette, and so many zeros behind the latter."""
    packed = packed_palette(picture.palette).finish() + bytes(more)
    assert len(packed) < len(picture.colors)
    bits = 8 if len(picture.palette) > 16 else 4
    return file_of(picture, bits, *codings or (stored,), packed=packed, **fields)


def _walk(K: int, step: int, seed: int, channels: int = 3) -> list[Color]:
    """Return colours each of which differs a little from the one before."""
    steps = numbers(K * channels, 2 * step + 1, seed)
    values = [128] * channels
    found: list[Color] = []
    for entry in range(K):
        moved = steps[entry * channels : (entry + 1) * channels]
        values = [(v + each - step) % 256 for v, each in zip(values, moved, strict=True)]
        found.append(tuple(values))
    return found


def _palettes() -> Iterator[Vector]:
    jumps = [(0, v, 0) for v in (0, 1, 3, 7, 15, 31, 63, 127, 255, 1, 129, 2, 130, 0, 0, 0, 0)]
    palettes: dict[str, tuple[Sequence[Color], str]] = {
        "example": ([(0, 0, 0), (255, 255, 255)], "EXAMPLES.md: black and white"),
        "1-black": ([(0, 0, 0)], "a single colour, black"),
        "1-grey": ([(3, 3, 3)], "a single colour, grey"),
        "greys": ([(v, v, v) for v in range(256)], "256 greys"),
        "greys-back": ([(255 - v,) * 3 for v in range(256)], "256 greys, white first"),
        "equal": ([(7, 80, 200)] * 40, "40 equal colours"),
        "green": (jumps, "differences of all sizes, and beyond 255 and 0"),
        "red": ([(v, 0, 0) for v in range(0, 256, 5)], "only red differs: green is as before"),
        "red-and-blue": ([(v % 256, 9, -v % 256) for v in range(0, 600, 9)], "red up, blue down"),
        "walk-3": (_walk(100, 3, 1), "small differences"),
        "walk-40": (_walk(60, 40, 2), "large differences, modulo 256"),
        "alpha": (_walk(64, 4, 3, 4), "RGBA"),
        "alpha-ramp": ([(9, 9, 9, v) for v in range(0, 256, 17)], "RGBA, only alpha differs"),
        "alpha-1": ([(0, 0, 0, 255)], "RGBA, a single colour"),
        "alpha-steps": (
            [(40 * (v % 6), 50 * (v % 5), 60 * (v % 4), 255 * (v % 9 > 0)) for v in range(120)],
            "RGBA, transparent and opaque",
        ),
    }
    for name, (palette, note) in palettes.items():
        picture = Picture(palette, noise(5, 3, len(palette)).rows)
        data = packed_file(picture)
        yield valid(f"palette-{name}", picture, data, "3.1 4.9 4.11 3j", note)
    picture = Picture(GREYS, noise(5, 3, 16).rows)
    data = packed_file(picture, more=PACKED.taken - len(PACKED.finish()))
    note = "as many bytes of a packed palette as a decoder takes"
    yield valid("palette-end-most", picture, data, "4.9a 4.11a", note)
    K = next(k for k in range(1, 256) if len(packed_palette(_walk(k, 60, 4)).finish()) == 3 * k - 1)
    picture = Picture(_walk(K, 60, 4), noise(5, 3, K).rows)
    note = "a packed palette that is a byte shorter than the palette"
    yield valid("palette-byte-shorter", picture, packed_file(picture), "3j 4.11", note)


def _files() -> Iterator[Vector]:
    picture = Picture(GREYS, patches(48, 32, 16).rows)
    orders = Orders(GREYS)
    data = packed_file(
        picture, coded(orders, PLAIN[1], escapes=PLAIN[2]), densely(picture), stored,
        tile_size=(16, 16), chunks=chunk(b"name", b"\1a"), flags=128,
    )  # fmt: skip
    note = "a packed palette, tiles, chunks and the unused bit together"
    yield valid("palette-all-flags", picture, data, "3 3.1 3.4b 2c", note)
    picture = Picture(GREYS, [bytes(8)] * 8)
    for name, coding in (("compact", coded(orders, PLAIN[0])), ("dense", densely(picture))):
        data = packed_file(picture, coding)
        note = f"the checksum of a {name} tile takes in the palette as it is unpacked"
        yield valid(f"palette-{name}", picture, data, "3.4b 4.11", note)
    picture = Picture(GREYS, flat(64, 64).rows)
    yield valid("palette-zstd", picture, packed_file(picture, framed), "3 4.11", "a zstd tile")
    picture = Picture([(0, v, 0) for v in range(128)], flat(127, 1).rows)
    data = packed_file(picture)
    yield valid("palette-128", picture, data, "3 4.11", "128 colours")


def _lengths() -> Iterator[Vector]:
    packed = PACKED.finish()
    size = len(varint(len(packed)))
    for length in (0, 48, 49, 0xFFFFFFFF):
        stands = bytes(min(length, 50))
        data = forge(palette=_bytes(GREYS), packed=stands, packed_length=length)
        note = f"a packed palette of {length} bytes, where 1 to 47 are allowed"
        yield invalid(f"palette-length-{length}", "palette-size", data, "3j 5.6", note)
    data = forge(packed=bytes(9), colors=3)
    note = "a packed palette as long as that of 3 colours"
    yield invalid("palette-length-9", "palette-size", data, "3j 5.6", note)
    data = forge(flags=6, packed=bytes(12), colors=3)
    note = "a packed palette as long as that of 3 colours, RGBA"
    yield invalid("palette-length-alpha-12", "palette-size", data, "3j 5.6", note)
    whole = forge(palette=_bytes(GREYS), packed=packed)
    at = 9 + size
    for left in (0, 1, len(packed)):
        note = f"{left} of {len(packed)} bytes of a packed palette are there, and nothing else"
        yield invalid(f"palette-cut-{left}", "truncated", whole[: at + left], "5.7", note)
    note = "the palette length is not there"
    yield invalid("palette-length-cut", "truncated", whole[:9], "5.4", note)


def _bytes(palette: Sequence[Color]) -> bytes:
    return bytes(channel for color in palette for channel in color)


def _ends() -> Iterator[Vector]:
    data = PACKED.finish()
    taken = PACKED.taken
    ends = {
        "trailing": (data + bytes(taken - len(data) + 1), "a zero more than may be"),
        "trailing-bytes": (data + b"\xff" * 4, "four bytes more"),
        "cut": (b"\0", "a byte of 41 or more"),
    }
    for name, (packed, note) in ends.items():
        file = forge(palette=_bytes(GREYS), packed=packed)
        note = f"a packed palette with {note}"
        yield invalid(f"palette-end-{name}", "palette-end", file, "4.9a 4.11a 5.8", note)


def _order() -> Iterator[Vector]:
    wrong = PACKED.finish() + bytes(9)
    fields: dict[str, Any] = {"palette": _bytes(GREYS), "packed": wrong}
    rows: dict[str, tuple[str, dict[str, Any], str, str]] = {
        "head-checksum-before-palette-end": ("head-checksum", {"head_crc": 0}, "5.8", "checksum"),
        "entry-before-palette-end": ("varint", {"entries": [b"\xa0\0"]}, "5.7 5.8", "entry"),
        "palette-end-before-chunk": ("palette-end", {"chunks": b"?"}, "5.8 5.9", "chunk"),
        "palette-end-before-tables": (
            "palette-end", {"chunks": chunk(b"ORDR", b"?")}, "5.8 5.9", "table",
        ),
        "palette-end-before-method": ("palette-end", {"methods": [7]}, "5.8 5.10", "method"),
        "palette-end-before-trailing": ("palette-end", {"tail": b"?"}, "5.8 5.11", "file's end"),
    }  # fmt: skip
    for name, (error, more, sections, what) in rows.items():
        note = f"a packed palette does not end as it must, and another fault: {what}"
        yield invalid(name, error, forge(**fields, **more), f"{sections} 5a", note)
    data = forge(packed=bytes(12), colors=3, tile_size=(9, 9))
    note = "the tile size and the length of a packed palette"
    name = "tile-size-before-palette-length"
    yield invalid(name, "tile-size", data, "5.6 5a", note)
    data = forge(packed=b"", colors=3)[:10]
    note = "the length of a packed palette is 0, and the head is cut"
    yield invalid("palette-length-before-truncated", "palette-size", data, "5.6 5.7 5a", note)
    good = Picture(GREYS, [bytes(8)] * 8)
    method, tile = densely(good)(good.rows, 8)
    packed = PACKED.finish()
    data = forge(
        flags=3, width=8, height=8, palette=_bytes(GREYS), packed=packed, tiles=[tile],
        methods=[method], tile_crcs=[tile_crc(tile, packed)],
    )  # fmt: skip
    note = "the checksum of a dense tile takes in the palette as it is packed"
    yield invalid("tile-checksum-packed-palette", "tile-checksum", data, "3.4b 5.12", note)


def _readers() -> Iterator[Vector]:
    """Yield files in which a plain reader meets what it refuses, or something else, first."""
    packed = PACKED.finish()
    fields: dict[str, Any] = {"palette": _bytes(GREYS), "packed": packed}
    for name, error, more in (
        ("chunk", "chunk-type", {"chunks": chunk(b"1abc")}),
        ("method", "tile-method", {"methods": [6]}),
        ("trailing", "trailing", {"tail": b"?"}),
        ("checksum", "tile-checksum", {"tile_crcs": [1]}),
    ):
        data = forge(**fields, **more)
        note = f"a packed palette, and then a fault: {error}"
        yield invalid(f"palette-then-{name}", error, data, "1d 5.8", note)
