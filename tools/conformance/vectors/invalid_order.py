"""Test vectors of compact tiles with two faults each, of which section 5 meets one first."""

from __future__ import annotations

from collections.abc import Iterator

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import head, packed
from tools.conformance.forge.container import PALETTE, forge, tile_crc
from tools.conformance.forge.varints import varint
from tools.conformance.vectors.invalid_compact import (
    BAD_VARINT,
    RANKS,
    THREE,
    TWO,
    escaped,
    one_tile,
    zeros,
)
from tools.conformance.vectors.patterns import Vector, invalid


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _order()
    yield from _escape_order()
    yield from _tiles()


def _order() -> Iterator[Vector]:
    bad_rank = head(1, 5) + bytes([31 << 2 | 3])  # 32 ranks, the last one 3
    rows: dict[str, tuple[str, bytes, str]] = {
        "rank-before-count": ("rank", varint(32) + bad_rank + BAD_VARINT, "then a bad varint"),
        "rank-before-cut": ("rank", varint(32) + bad_rank, "and nothing after it"),
        "count-before-rank": (
            "stream-length", varint(32) + zeros(32) + varint(33) + bad_rank, "too many, and a rank",
        ),
        "varint-before-rank": (
            "varint", varint(32) + zeros(32) + BAD_VARINT + bad_rank, "then a bad rank",
        ),
        "rank-before-later-length": (
            "rank", varint(32) + bad_rank + varint(33), "and then too many ranks",
        ),
        "length-before-later-rank": (
            "stream-length", varint(32) + head(1, 5) + b"\0" + varint(32) + bad_rank, "a run short",
        ),
        "bytes-before-size": (
            "stream-truncated", varint(32) + head(9, 1) + bytes(8), "9 bytes, not 8, and cut",
        ),
        "bytes-before-zstd": (
            "stream-truncated", varint(32) + head(9, 1, framed=True) + b"?" * 8, "no frame, cut",
        ),
        "padding-before-rank": (
            "padding", varint(3) + head(1, 1) + b"\xc1" + zeros(61), "padding and a rank wrong",
        ),
        "runs-before-rank": (
            "stream-length", varint(32) + head(1, 5) + bytes([30 << 2 | 3]), "runs and a rank",
        ),
        "streams-before-escapes": (
            "rank", varint(32) + head(4, 0) + packed([1] * 32, 1) + varint(32) + bad_rank,
            "a rank of stream 1, and no escape sequence",
        ),
        "count-before-escapes": (
            "varint", varint(32) + head(4, 0) + packed([1] * 32, 1) + BAD_VARINT,
            "a bad varint in stream 1, and no escape sequence",
        ),
        "rank-before-trailing": (
            "rank", varint(32) + zeros(32) + varint(32) + bad_rank + b"\0", "and a byte left",
        ),
        "trailing-before-end": (
            "stream-trailing", varint(0) + varint(64) + zeros(64) + b"\0", "a byte left, no end",
        ),
        "zstd-before-rank": (
            "zstd-data", varint(32) + head(9, 3, framed=True) + z.frame(32, z.raw(b"\xff"))[:9]
            + zeros(32), "a cut frame of bad ranks",
        ),
    }  # fmt: skip
    for name, (error, tile, note) in rows.items():
        yield one_tile(name, error, tile, "4.4 5a", note, chunks=THREE)


def _escape_order() -> Iterator[Vector]:
    wrong = escaped(0, [0, 2])
    note = "an escape that gives no rank, and a byte left"
    yield one_tile("escape-before-trailing", "rank", wrong + b"\0", "4.6a 5a", note)
    first = head(8, 0) + packed([1] * 2 + [0] * 62, 1)
    tile = first + head(1, 1) + b"\x21"
    note = "an escape that gives no rank, and a bit left over"
    yield one_tile("padding-before-escape", "padding", tile, "4.5b 5a", note)
    tile = varint(32) + head(4, 0) + packed([1] * 32, 1) + zeros(32) + head(8, 1) + bytes([255] * 8)
    note = "escapes that give no rank, and stream 0 without an end"
    yield one_tile("escape-before-end", "rank", tile, "4.4b 4.6a 5a", note, chunks=TWO)


def _tiles() -> Iterator[Vector]:
    ends = varint(0) + zeros(64)
    rank = varint(64) + RANKS[:-1] + b"\3"
    good, cut = varint(64) + RANKS, varint(64)
    pairs = {
        "end-varint": ("stream-end", ends, BAD_VARINT),
        "varint-end": ("varint", BAD_VARINT, ends),
        "rank-cut": ("rank", rank, cut),
        "cut-rank": ("stream-truncated", cut, rank),
        "good-end": ("stream-end", good, ends),
        "good-rank": ("rank", good, rank),
    }
    for name, (error, *tiles) in pairs.items():
        note = f"tiles 0 and 1: {name.replace('-', ', ')}"
        data = forge(flags=3, width=16, height=8, tile_size=(8, 8), tiles=tiles, methods=[2, 2],
                     chunks=TWO)  # fmt: skip
        yield invalid(f"compact-tiles-{name}", error, data, "4.4 5a 5.12 5.16", note)
    stored = bytes(63) + b"\3"
    mixed = {
        "index-rank": ("index", (0, stored), (2, rank)),
        "rank-index": ("rank", (2, rank), (0, stored)),
        "end-zstd": ("stream-end", (2, ends), (1, b"?")),
    }
    for name, (error, *coded) in mixed.items():
        note = f"tiles 0 and 1, of other methods: {name.replace('-', ', ')}"
        data = forge(flags=3, width=16, height=8, tile_size=(8, 8), chunks=TWO,
                     methods=[m for m, _ in coded], tiles=[t for _, t in coded])  # fmt: skip
        yield invalid(f"compact-tiles-{name}", error, data, "5a 5.15 5.16", note)
    for name, tile, error in (("end", ends, "stream-end"), ("rank", rank, "rank")):
        note = f"{error} in tile 0, and the checksum of tile 1"
        data = forge(flags=3, width=16, height=8, tile_size=(8, 8), chunks=TWO, methods=[2, 2],
                     tiles=[tile, good], tile_crcs=[tile_crc(tile, PALETTE), 0])  # fmt: skip
        yield invalid(f"compact-tiles-{name}-checksum", error, data, "5.12 5.16 5a", note)
    data = forge(flags=3, width=8, height=8, chunks=TWO, methods=[2], tiles=[rank], tile_crcs=[0])
    note = "the checksum of a compact tile, and a rank"
    yield invalid("compact-checksum-before-rank", "tile-checksum", data, "5.12 5.16 5a", note)
