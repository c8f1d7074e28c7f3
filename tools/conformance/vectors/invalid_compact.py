"""Test vectors with an error in a compact tile, all found in step 16 of section 5.

Most are files of 8 x 8 pixels and three colours: 64 ranks, which in layout 1 (2 bits each) take 16
bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import PLAIN, head, map_chunk, packed
from tools.conformance.forge.container import forge
from tools.conformance.forge.varints import MALFORMED, varint
from tools.conformance.vectors.invalid_tables import sequence_faults
from tools.conformance.vectors.patterns import Vector, invalid

RANKS = head(16, 1) + bytes(16)
"""A sequence of 64 zeros in layout 1."""
MAP = [0] * 36
"""All contexts of three colours in stream 0."""
TWO, THREE = (map_chunk(MAP, PLAIN[0], streams=streams) for streams in (2, 3))
"""The chunk SMAP of that map, which states two or three streams."""
SECTIONS = {
    "stream-truncated": "4.4 4.5", "varint": "2d", "stream-length": "4.5a 4.5c", "padding": "4.5b"
}  # fmt: skip
"""What of the spec each error tries."""
FEW = ("bytes-huge", "none", "zstd-short")
"""Those of `sequence_faults` that are tried wherever a sequence stands."""
BAD_VARINT = b"\x81\0"
"""The number 1 in two bytes, where one is enough."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _sequences()
    yield from _varints()
    yield from _sizes()
    yield from _counts()
    yield from _ranks()
    yield from _escapes()
    yield from _ends()


def zeros(count: int) -> bytes:
    """Return a sequence of 1 to 64 zeros in two bytes: a single run of layout 5."""
    return head(1, 5) + bytes([count - 1 << 2])


def one_tile(
    name: str,
    error: str,
    tile: bytes,
    sections: str,
    note: str,
    *,
    chunks: bytes | None = None,
    K: int = 3,
    **size: Any,
) -> Vector:
    """Return the vector of a file of one compact tile; by default it has 8 x 8 pixels."""
    size = {"width": 8, "height": 8} | size
    data = forge(flags=3, palette=bytes(3 * K), methods=[2], tiles=[tile], chunks=chunks, **size)
    return invalid(f"compact-{name}", error, data, f"{sections} 5.16", note)


def _sequences() -> Iterator[Vector]:
    places: dict[str, tuple[int, bytes, bytes | None, str]] = {
        "only": (64, b"", None, "the only stream"),
        "last": (27, varint(37) + zeros(37), TWO, "the last stream"),
        "escapes": (27, head(8, 0) + packed([1] * 27 + [0] * 37, 1), None, "escapes"),
    }
    for place, (count, before, chunks, where) in places.items():
        for fault, (error, tile, note) in sequence_faults(count, before).items():
            short = place == "escapes" and "-" not in fault
            if tile and (place == "last" or fault in FEW or short):
                sections = "5.13 4.5" if error.startswith("zstd") else SECTIONS[error]
                note = f"{where}: {note}"
                yield one_tile(f"{place}-{fault}", error, tile, sections, note, chunks=chunks)


def _varints() -> Iterator[Vector]:
    rows = {
        "cut-1": ("stream-truncated", b"\x80", "one byte, to be continued"),
        "cut-4": ("stream-truncated", b"\x80" * 4, "four bytes, to be continued"),
        "5-continued": ("varint", b"\x80" * 5, "the fifth byte is to be continued, and the last"),
        "zero-third": ("varint", b"\x91\x82\0" + bytes(17), "three bytes where two are enough"),
    }
    rows |= {name: ("varint", tile, note) for name, (tile, note) in MALFORMED.items()}
    for name, (error, tile, note) in rows.items():
        yield one_tile(f"varint-{name}", error, tile, "2d", note)
        if name in ("cut-4", "5-continued", "fifth-16", "0-in-5"):
            note = f"the length of a stream: {note}"
            yield one_tile(f"count-{name}", error, tile, "2d 4.4", note, chunks=TWO)
    rest = {"cut": ("stream-truncated", b"\x80"), "long": ("varint", b"\x81\0")}
    rest["missing"] = "stream-truncated", b""
    for name, (error, more) in rest.items():
        note = f"the length of the second of three streams: {name}"
        tile = varint(1) + zeros(1) + more
        yield one_tile(f"second-count-{name}", error, tile, "2d 4.4", note, chunks=THREE)
    wrapped = varint((1 << 32) + 16 * 16 + 1) + bytes(16)
    note = "a sequence of 2^28 + 16 bytes, of which 16 are there"
    yield one_tile("length-2-32", "varint", wrapped, "2a 2d", note)


def _sizes() -> Iterator[Vector]:
    """Yield sequences of a size in bytes that their layout does not allow: packed, then runs."""
    for layout, size in ((0, 8), (1, 16), (2, 32)):
        for wrong in (size - 1, size + 1):
            note = f"{wrong} bytes of 64 numbers in layout {layout}"
            tile = head(wrong, layout) + bytes(wrong)
            yield one_tile(f"size-{layout}-{wrong}", "stream-length", tile, "4.5 4.5a", note)
            frame = z.frame(wrong, z.repeat(0, wrong))
            tile = head(len(frame), layout, framed=True) + frame
            name = f"size-{layout}-{wrong}-zstd"
            yield one_tile(name, "zstd-content-size", tile, "4.5 4.5a", note)
    for wrong in (63, 65):
        frame = z.frame(wrong, z.repeat(0, wrong))
        tile = head(len(frame), 3, framed=True) + frame
        note = f"{wrong} bytes of 64 numbers in layout 3"
        yield one_tile(f"size-3-{wrong}-zstd", "zstd-content-size", tile, "4.5 4.5a", note)
    for layout, least in ((5, 1), (6, 2), (7, 4)):
        for wrong in {least - 1, 65}:
            frame = z.frame(wrong, z.repeat(0, wrong))
            tile = head(len(frame), layout, framed=True) + frame
            note = f"{wrong} bytes of 64 numbers in layout {layout}: {least} to 64 are allowed"
            name = f"runs-{layout}-{wrong}-zstd"
            yield one_tile(name, "zstd-content-size", tile, "4.5 4.5a", note)
            if wrong < least:
                note = f"{wrong} bytes of 64 numbers in layout {layout}"
                tile = head(wrong, layout) + b"\xf8" * wrong
                yield one_tile(f"runs-{layout}-{wrong}", "stream-length", tile, "4.5a", note)
    frame = z.frame(2, z.repeat(31 << 3, 2))
    tile = head(len(frame), 6, framed=True) + frame
    note = "2 bytes of 72 numbers in layout 6: 3 to 72 are allowed"
    name = "runs-6-2-of-72-zstd"
    yield one_tile(name, "zstd-content-size", tile, "4.5 4.5a", note, width=9)
    tile = varint(4) + head(5, 5) + bytes(5) + zeros(60)
    note = "five bytes for four numbers in layout 5"
    yield one_tile("runs-above-count", "stream-length", tile, "4.5a", note, chunks=TWO)
    for layout, run, few in ((4, 62, 62), (5, 63, 62), (6, 31, 30), (7, 15, 14)):
        b, count = layout - 3, 64 // (run + 1) or 1
        data = bytes([run << b] * (count - 1) + [few << b])
        note = f"runs of layout {layout} make a number too few"
        yield one_tile(
            f"runs-{layout}-few", "stream-length", head(count, layout) + data, "4.5c", note
        )
        data = bytes([run << b] * count + [0] + [0] * (layout == 4))
        note = f"runs of layout {layout} make a number too many"
        tile = head(len(data), layout) + data
        yield one_tile(f"runs-{layout}-many", "stream-length", tile, "4.5c", note)


def _counts() -> Iterator[Vector]:
    for count in (65, 128, 1 << 31, (1 << 32) - 1):
        note = f"a stream of {count} ranks in a tile of 64"
        tile = varint(count) + RANKS
        yield one_tile(f"count-{count}", "stream-length", tile, "4.4a 2a 5b", note, chunks=TWO)
    for second in (25, 64, (1 << 32) - 40):
        tile = varint(40) + zeros(40) + varint(second) + zeros(24)
        note = f"streams of 40 and {second} ranks in a tile of 64"
        name = f"count-second-{second}"
        yield one_tile(name, "stream-length", tile, "4.4a 2a", note, chunks=THREE)
    note = "a stream of 65 ranks, and nothing more"
    tile = varint(65)
    yield one_tile("count-alone", "stream-length", tile, "4.4a 5a", note, chunks=TWO)
    note = "one rank is left for the last stream, whose sequence is missing"
    tile = varint(63) + zeros(63)
    yield one_tile("no-last", "stream-truncated", tile, "4.4", note, chunks=TWO)


def _ranks() -> Iterator[Vector]:
    """Yield tiles with a rank of K or more, in layouts that have no escapes at K colours."""
    rows = ((1, 3, 3), (2, 3, 3), (2, 3, 15), (2, 15, 15), (5, 3, 3), (6, 3, 7), (6, 7, 7),
            (7, 3, 15), (0, 1, 1), (4, 1, 1), (1, 2, 2), (1, 1, 3), (7, 1, 15))  # fmt: skip
    for layout, K, rank in rows:
        if layout < 4:
            data = packed([0] * 63 + [rank], 1 << layout)
        else:
            b = layout - 3
            run = (1 << 8 - b) - 1
            data = bytes([run << b] * (63 // (run + 1)) + [(63 % (run + 1)) << b | rank])
        note = f"rank {rank} of {K} colours in layout {layout}"
        tile = head(len(data), layout) + data
        yield one_tile(f"rank-{layout}-{K}-{rank}", "rank", tile, "4.6a", note, K=K)
    for K, rank in ((3, 3), (17, 17), (17, 255), (255, 255)):
        frame = z.frame(64, z.repeat(0, 63), z.raw(bytes([rank])))
        tile = head(len(frame), 3, framed=True) + frame
        note = f"rank {rank} of {K} colours in layout 3"
        yield one_tile(f"rank-3-{K}-{rank}", "rank", tile, "4.6a", note, K=K)


def escaped(layout: int, escapes: Sequence[int]) -> bytes:
    """Return a tile of 64 ranks in a packed layout: these escapes, then zeros."""
    top = (1 << (1 << layout)) - 1
    data = packed([top] * len(escapes) + [0] * (64 - len(escapes)), 1 << layout)
    return head(len(data), layout) + data + head(len(escapes), 3) + bytes(escapes)


def _escapes() -> Iterator[Vector]:
    rows = ((0, 3, 2), (0, 3, 255), (1, 5, 2), (1, 5, 253), (2, 17, 2), (2, 17, 241), (2, 17, 255))
    for layout, K, number in rows:
        top = (1 << (1 << layout)) - 1
        note = f"an escape of {top} + {number}, of {K} colours"
        name = f"escape-{layout}-{K}-{number}"
        yield one_tile(name, "rank", escaped(layout, [0, number]), "4.6a", note, K=K)
    tile = escaped(0, [0, 1])
    size = len(head(2, 3))
    note = "one number for two escapes"
    yield one_tile(
        "escapes-few", "stream-length", tile[: -2 - size] + head(1, 3) + b"\0", "4.5a", note
    )
    note = "three numbers for two escapes"
    more = tile[: -2 - size] + head(3, 3) + bytes(3)
    yield one_tile("escapes-many", "stream-length", more, "4.5a", note)
    yield one_tile(
        "escapes-missing", "stream-truncated", tile[: -2 - size], "4.4", "no escape sequence"
    )
    note = "an escape sequence, though there are no escapes"
    yield one_tile("escapes-unasked", "stream-trailing", RANKS + head(1, 0) + b"\0", "4.4c", note)
    note = "K = 2: rank 1 of layout 0 is no escape, and yet there is a sequence"
    yield one_tile("escapes-2-colours", "stream-trailing", tile, "4.6 4.4c", note, K=2)
    streams = (varint(32) + head(4, 0) + packed([1] * 32, 1)) + head(4, 0) + packed([1] * 32, 1)
    tile = streams + head(16, 1) + packed([0] * 63 + [2], 2)
    note = "the last of 64 escapes of two streams is 1 + 2 of 3 colours"
    yield one_tile("escapes-second-stream", "rank", tile, "4.6a 4.4", note, chunks=TWO)
    tile = streams + head(8, 0) + packed([0] * 64, 1) + b"\0"
    note = "a byte after the escapes"
    yield one_tile("escapes-trailing", "stream-trailing", tile, "4.4c", note, chunks=TWO)


def _ends() -> Iterator[Vector]:
    yield one_tile("trailing", "stream-trailing", RANKS + b"\0", "4.4c", "a byte is left")
    tile = varint(64) + RANKS
    note = "no rank is left for the last stream, and yet there is a sequence"
    yield one_tile(
        "trailing-sequence", "stream-trailing", tile + zeros(1), "4.4c", note, chunks=TWO
    )
    for first in (0, 1, 63):
        tile = varint(first) + (zeros(first) if first else b"") + zeros(64 - first)
        note = f"the map takes 64 ranks of stream 0, which has {first}"
        yield one_tile(f"end-{first}", "stream-end", tile, "4.4b", note, chunks=TWO)
    full = varint(64) + zeros(64)
    chunks = map_chunk([1, *MAP[1:]], PLAIN[0])
    note = "the map takes all ranks of stream 1, which has none"
    yield one_tile("end-last", "stream-end", full, "4.4b", note, chunks=chunks)
    many = map_chunk([0] * 2592, PLAIN[4], streams=2)
    tile = varint(63) + zeros(63) + zeros(1)
    note = "stream 0 has 63 of the 64 ranks, 17 colours"
    yield one_tile("end-17-colours", "stream-end", tile, "4.4b", note, chunks=many, K=17)
