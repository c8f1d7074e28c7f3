"""Test vectors with an error in a dense tile, found in step 17 of section 5, or of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.conformance.forge.compact import Color, Orders
from tools.conformance.forge.container import PALETTE, forge, tile_crc
from tools.conformance.forge.dense import Dense
from tools.conformance.vectors.patterns import Picture, Vector, invalid, patches

COLORS = [tuple(PALETTE[at : at + 3]) for at in (0, 3, 6)]
GOOD = Dense(patches(8, 8, 3).rows, Orders(COLORS)).coder.finish()
"""The data of a dense tile of 8 x 8 pixels and the colours of `PALETTE`."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _methods()
    yield from _lengths()
    yield from _checksums()
    yield from _runs()
    yield from _ranks()
    yield from _ends()
    yield from _order()


def dense_tile(
    name: str, error: str, tile: bytes, sections: str, note: str, **fields: Any
) -> Vector:
    """Return the vector of a file of one dense tile; by default it has 8 x 8 pixels."""
    size: dict[str, Any] = {"flags": 3, "width": 8, "height": 8, "tiles": [tile], "methods": [3]}
    return invalid(f"dense-{name}", error, forge(**size | fields), sections, note)


def _methods() -> Iterator[Vector]:
    for width, height in ((4097, 4096), ((1 << 24) + 1, 1), (1, (1 << 24) + 1)):
        note = f"a dense tile of {width} x {height}, above 2^24 pixels"
        name, size = f"method-{width}x{height}", {"width": width, "height": height}
        yield dense_tile(name, "tile-method", b"\0", "3.4d 5.10", note, **size)


def _lengths() -> Iterator[Vector]:
    for length in (0, 64, 65):
        note = f"{length} bytes of a dense tile, where 1 to 63 are allowed"
        yield dense_tile(f"length-{length}", "tile-length", bytes(length), "3.4f 5.10", note)
    note = "a dense tile of one pixel, which has no length that is allowed"
    yield dense_tile("length-1x1", "tile-length", b"\0", "3.4f 5.10", note, width=1, height=1)


def _checksums() -> Iterator[Vector]:
    crcs = {
        "without-palette": (tile_crc(GOOD), "is that of its bytes alone"),
        "palette-last": (tile_crc(PALETTE, GOOD), "has the palette after its bytes"),
    }
    for name, (crc, note) in crcs.items():
        note = f"the checksum of a dense tile {note}"
        yield dense_tile(
            f"checksum-{name}", "tile-checksum", GOOD, "3.4b 5.12", note, tile_crcs=[crc]
        )


def _runs() -> Iterator[Vector]:
    for number, m in ((3, 3), (5, 5), (7, 6), (9, 9), (15, 9)):
        rows = [bytes(m - 1) + b"\1"] * 4
        tile = Dense(rows, Orders(COLORS), run=number).coder.finish()
        note = f"{number} of {m} pixels of a run are alike, and not all"
        name = f"run-{number}-of-{m}"
        yield dense_tile(name, "dense-run", tile, "4.10a 5.17", note, width=m, height=4)


def _ranks() -> Iterator[Vector]:
    rows: dict[str, tuple[int, list[bytes], str]] = {
        "new": (3, [b"\3\0\0\0"] * 4, "rank 2 of 2 new indices"),
        "none-of-1": (1, [b"\1\0\0\0"] * 4, "the only index was asked for"),
        "none-of-2": (2, [b"\0\0\0\0\0\1\0\0", b"\1\0\1\1\0\1\0\2"], "both indices were asked for"),
        "old": (
            14, [bytes(range(8)), bytes(range(8)), bytes([7, 6, 5, 4, 3, 2, 14, 0])], "a rank of g",
        ),
        "most": (6, [b"\6\0\0\0"] * 4, "rank 5 of 5 new indices"),
        "most-of-5": (6, [b"\7\0\0\0"] * 4, "rank 6 of 5 new indices"),
    }  # fmt: skip
    for name, (K, indices, note) in rows.items():
        colors: list[Color] = [(v, v, v) for v in range(K)]
        tile = Dense(indices, Orders(colors)).coder.finish()
        palette = bytes(channel for color in colors for channel in color)
        size = {"width": len(indices[0]), "height": len(indices), "palette": palette}
        yield dense_tile(f"rank-{name}", "dense-rank", tile, "4.10b 5.17", note, **size)


def _ends() -> Iterator[Vector]:
    coder = Dense(patches(8, 8, 3).rows, Orders(COLORS)).coder
    tile = coder.finish()
    ends = {
        "trailing": (tile + bytes(coder.taken - len(tile) + 1), "a zero more than may be"),
        "trailing-byte": (tile + b"\xff" * 4, "four bytes are left that were not taken"),
        "cut": (b"\x84", "one byte, of which a decoder takes 6: a byte fewer than may be"),
    }
    for name, (data, note) in ends.items():
        yield dense_tile(f"end-{name}", "dense-end", data, "4.9a 5.17", note)


def _order() -> Iterator[Vector]:
    three = [(0, 0, 0)] * 3
    palette = bytes(9)
    rank = Dense([b"\3\0\0\0"] * 2, Orders(three)).coder.finish()
    run = Dense([b"\0\0\0\0\0\1"] * 2, Orders(three), run=7).coder.finish()
    size = {"width": 4, "height": 2, "palette": palette}
    for name, tile, error in (("rank", rank, "dense-rank"), ("run", run, "dense-run")):
        wide = size | {"width": 6} if name == "run" else size
        note = f"a {name} is wrong, and bytes are left"
        yield dense_tile(f"{name}-before-end", error, tile + b"\xff" * 5, "5.17 5a", note, **wide)
    note = "the checksum of a dense tile is wrong, and a rank"
    name = "checksum-before-rank"
    yield dense_tile(name, "tile-checksum", rank, "5.12 5.17 5a", note, tile_crcs=[0], **size)
    pairs = {
        "rank-stored": ("dense-rank", (3, rank), (0, bytes([3] * 8))),
        "stored-rank": ("index", (0, bytes([3] * 8)), (3, rank)),
        "end-rank": ("dense-end", (3, bytes(7)), (3, rank)),
    }
    for name, (error, *tiles) in pairs.items():
        data = forge(
            flags=3, width=8, height=2, tile_size=(4, 2), palette=palette,
            methods=[method for method, _ in tiles], tiles=[tile for _, tile in tiles],
        )  # fmt: skip
        note = f"tiles 0 and 1 are wrong: {name.replace('-', ', ')}"
        yield invalid(f"dense-tiles-{name}", error, data, "5a 5.12 5.17", note)
    picture = Picture(COLORS, patches(8, 8, 3).rows)
    data = forge(flags=3, width=8, height=8, palette=picture.colors, tiles=[GOOD], methods=[3])
    note = "a dense tile is cut by a byte"
    yield invalid("dense-cut", "truncated", data[:-1], "5.11", note)
