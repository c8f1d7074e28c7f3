"""Test vectors that are images with compact tiles: layouts, escapes, streams, shapes, runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import (
    FRAMED,
    PLAIN,
    Layout,
    Orders,
    compact,
    head,
    map_chunk,
    orders_chunk,
)
from tools.conformance.forge.container import Rows, pack
from tools.conformance.vectors.patterns import (
    Coding,
    Picture,
    Vector,
    boxes,
    corner,
    corner_tile,
    file_of,
    flat,
    framed,
    given,
    noise,
    numbers,
    palette_of,
    patches,
    stored,
    valid,
)

EXAMPLE = Picture(
    [(0, 0, 0), (255, 255, 255), (200, 30, 30)],
    [bytes(map(int, row)) for row in (
        "11111111", "10011001", "02200220", "02222220",
        "02222220", "10222201", "11022011", "11100111",
    )],
)  # fmt: skip


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _examples()
    yield from _layouts()
    yield from _escapes()
    yield from _streams()
    yield from _shapes()
    yield from _long()
    yield from _runs()
    yield from _lengths()


def coded(orders: Orders, *layouts: Layout, **options: Any) -> Coding:
    """Return the coding as compact tiles, with the options of `forge.compact.compact`."""

    def code(rows: Rows, bits: int) -> tuple[int, bytes]:
        data = compact(rows, orders, layouts, **options)
        assert len(data) < len(pack(rows, bits))
        return 2, data

    return code


def compact_file(
    picture: Picture,
    *layouts: Layout,
    bits: int = 8,
    digits: Sequence[int] | None = None,
    context_map: Sequence[int] | None = None,
    chunks: Callable[[bytes, bytes], bytes] = bytes.__add__,
    streams: int | None = None,
    escapes: Layout = PLAIN[3],
    map_layout: Layout = PLAIN[2],
    **options: Any,
) -> bytes:
    """Return a file whose tiles are all compact.

    Parameters
    ----------
    layouts, context_map, streams, escapes
        As for `forge.compact.compact`.
    bits
        The depth that the head states.
    digits
        The numbers of ORDR; None for default orders.
    chunks
        Makes the chunks of a file of its two tables, ORDR and SMAP, either of which may be empty.
    map_layout
        Of SMAP.
    options
        As for `file_of`.
    """
    orders = Orders(picture.palette, digits)
    code = coded(orders, *layouts, context_map=context_map, streams=streams, escapes=escapes)
    learned = b"" if digits is None else orders_chunk(digits, PLAIN[2])
    mapped = map_chunk(context_map, map_layout, streams=streams) if context_map else b""
    blob = chunks(learned, mapped)
    return file_of(picture, bits, code, chunks=blob or None, **options)


def contexts(K: int, streams: int, seed: int = 7) -> list[int]:
    """Return a pseudo-random map of the contexts of K colours to streams; it names each stream."""
    return [*range(streams), *numbers((4 * K**2 if K <= 16 else 2592) - streams, streams, seed)]


def _examples() -> Iterator[Vector]:
    context_map = [int(context in (0, 16, 32)) for context in range(36)]
    data = compact_file(
        EXAMPLE, PLAIN[1], PLAIN[4], bits=4, context_map=context_map, escapes=PLAIN[0],
        map_layout=PLAIN[0],
    )  # fmt: skip
    sections = "4.4 4.4a 4.4b 4.4c 2d 4.5 4.6 4.7 4.8 5.16 1d"
    yield Vector("compact-example", data, sections, "EXAMPLES.md", EXAMPLE.verdict)
    data = compact_file(EXAMPLE, PLAIN[1], bits=4)
    yield valid("compact-no-tables", EXAMPLE, data, "4.4 4.8 1d", "one stream, default orders")


def _layouts() -> Iterator[Vector]:
    picture, context_map = patches(12, 10, 5), [int(c % 4 > 0) for c in range(100)]
    for layouts, suffix, how in ((PLAIN, "", "uncompressed"), (FRAMED, "-zstd", "compressed")):
        for number, layout in enumerate(layouts):
            data = compact_file(picture, PLAIN[1], layout, context_map=context_map)
            note = f"a stream in layout {number}, {how}"
            yield valid(f"compact-layout-{number}{suffix}", picture, data, "4.5 4.5a 4.5c", note)
    for number in (1, 2, 3, 5, 6, 7):
        name = f"compact-escapes-layout-{number}"
        data = compact_file(picture, PLAIN[4], escapes=PLAIN[number])
        yield valid(name, picture, data, "4.4 4.6", f"an escape sequence in layout {number}")
    data = compact_file(picture, PLAIN[4], escapes=FRAMED[2])
    yield valid("compact-escapes-zstd", picture, data, "4.4 4.6", "a compressed escape sequence")
    picture = noise(11, 9, 5)
    for number in (0, 4):
        data = compact_file(picture, PLAIN[1], escapes=PLAIN[number])
        note = f"an escape sequence of ones and zeros in layout {number}"
        yield valid(f"compact-escapes-layout-{number}", picture, data, "4.4 4.6", note)


def _escapes() -> Iterator[Vector]:
    picture = noise(16, 12, 17)
    data = compact_file(picture, PLAIN[2], escapes=PLAIN[0])
    note = "K = 17: rank 15 of layout 2 is an escape"
    yield valid("compact-escapes-17", picture, data, "4.6 4.6a", note)
    picture = noise(16, 12, 16)
    data = compact_file(picture, PLAIN[2])
    yield valid("compact-no-escapes-16", picture, data, "4.6 4.6a", "K = 16: rank 15 is a rank")
    picture = patches(16, 16, 20)
    for number in (0, 7):
        name, note = f"compact-escapes-from-{number}", f"escapes of 20 colours from layout {number}"
        data = compact_file(picture, PLAIN[number], escapes=PLAIN[3])
        yield valid(name, picture, data, "4.6 4.6a", note)
    picture, context_map = patches(14, 14, 9), contexts(9, 4)
    data = compact_file(
        picture, PLAIN[1], PLAIN[2], PLAIN[4], PLAIN[6], context_map=context_map, escapes=PLAIN[2]
    )
    note = "escapes of four streams in four layouts, of the first stream first"
    yield valid("compact-escapes-of-streams", picture, data, "4.4 4.6", note)
    for K, layout in ((4, 1), (16, 2)):
        picture, context_map = noise(14, 14, K), contexts(K, 2)
        data = compact_file(
            picture, PLAIN[layout], PLAIN[0], context_map=context_map, map_layout=PLAIN[0]
        )
        note = f"escapes in stream 1, none in stream 0: K = {K} in layout {layout}"
        yield valid(f"compact-escapes-beside-{K}", picture, data, "4.6 4.6a", note)
    picture = Picture(palette_of(2), noise(16, 8, 2).rows)
    data = compact_file(picture, PLAIN[1])
    yield valid("compact-wide-2", picture, data, "4.6 4.6a", "K = 2 in layout 1: no escapes")


def _streams() -> Iterator[Vector]:
    picture = patches(13, 11, 6)
    for streams in range(2, 9):
        data = compact_file(picture, PLAIN[2], PLAIN[6], context_map=contexts(6, streams))
        note = f"{streams} streams"
        yield valid(f"compact-{streams}-streams", picture, data, "4.4 4.8 4.8c 4.8d", note)
    some = {"first": (1, 3), "middle": (0, 2, 3), "last": (0, 1), "two-last": (0,), "all-but-last":
            (3,)}  # fmt: skip
    for name, used in some.items():
        context_map = [used[n] for n in numbers(144, len(used), 4)]
        data = compact_file(picture, PLAIN[2], context_map=context_map, streams=4)
        sections, note = "4.4 4.4a 4.4c", f"of 4 streams only {used} have ranks"
        yield valid(f"compact-empty-{name}", picture, data, sections, note)


def _shapes() -> Iterator[Vector]:
    for width, height in ((8, 8), (8, 40), (40, 8), (9, 24), (31, 8)):
        picture = patches(width, height, 5)
        data = compact_file(picture, PLAIN[2], context_map=contexts(5, 2))
        note = f"{width} x {height} pixels"
        yield valid(f"compact-{width}x{height}", picture, data, "4.4 3.4c", note)
    for bits in (1, 2, 4):
        picture = boxes(24, 24, 2)
        data = compact_file(picture, PLAIN[4], bits=bits)
        yield valid(f"compact-{bits}-bit", picture, data, "4.4", f"indices of {bits} bits")
    picture = patches(24, 16, 5)
    data = compact_file(picture, PLAIN[2], context_map=contexts(5, 3), tile_size=(12, 8))
    note = "pixels of other tiles are no neighbours"
    yield valid("compact-tiles", picture, data, "4.4 3.2", note)
    picture = patches(24, 16, 18)
    data = compact_file(picture, PLAIN[6], tile_size=(12, 8))
    yield valid("compact-tiles-18-colours", picture, data, "4.4 3.2", note)
    picture = patches(27, 19, 5)
    code = coded(Orders(picture.palette), PLAIN[2])
    data = file_of(picture, 8, code, stored, stored, code, code, stored, tile_size=(10, 10))
    note = "compact and stored tiles, the last ones 7 wide and 9 high"
    yield valid("compact-and-stored", picture, data, "3.4a 3.4c", note)
    last = coded(Orders(picture.palette), PLAIN[6])
    data = file_of(picture, 8, code, last, tile_size=(14, 19))
    yield valid("compact-ragged", picture, data, "3.2 3.4c", "compact tiles of two widths")


def _long() -> Iterator[Vector]:
    for width, height in ((8, 4096), (65, 4160), (4160, 65)):
        picture = corner(width, height)
        data = file_of(picture, 1, given(corner_tile(width * height)))
        note = f"{width} x {height} pixels: at the limit"
        yield valid(f"compact-{width}x{height}", picture, data, "3.4g 4.4", note)
    picture = corner(4097 + 4096, 8)
    data = file_of(picture, 1, framed, given(corner_tile(8 * 4096)), tile_size=(4097, 8))
    note = "tiles too long, but the last, which is compact, is cut off to 4096 x 8"
    yield valid("compact-cut-to-4096x8", picture, data, "3.4g 3.2", note)


def _by_hand(name: str, picture: Picture, tile: bytes, sections: str, note: str) -> Vector:
    data = file_of(picture, 8, given(tile))
    return valid(f"compact-{name}", picture, data, sections, note)


def _runs() -> Iterator[Vector]:
    zeros = flat(16, 16, 3)
    for number, b in ((4, 1), (5, 2), (6, 3), (7, 4)):
        longest = (1 << 8 - b) - 1
        data = bytes([longest << b]) * (256 >> 8 - b)
        note = f"the longest runs of layout {number}, each with a zero after it"
        yield _by_hand(
            f"longest-runs-{number}", zeros, head(len(data), number) + data, "4.5a 4.5c", note
        )
        frame = z.frame(256, z.repeat(0, 256))
        tile = head(len(frame), number, framed=True) + frame
        note = f"256 numbers in layout {number}, a byte each: the most bytes allowed"
        yield _by_hand(f"shortest-runs-{number}", zeros, tile, "4.5a 4.5c", note)
    square = flat(8, 8, 6)
    note = "the last byte is a run that ends with the number 0"
    yield _by_hand("runs-end-with-zero", square, head(2, 5) + b"\x80\x78", "4.5c", note)
    picture = Picture(square.palette, [*square.rows[:7], bytes(7) + b"\2"])
    rank = Orders(square.palette).order(0, 0).index(2)
    tile = head(2, 6) + bytes([31 << 3, 31 << 3 | rank])
    yield _by_hand("runs-end-with-number", picture, tile, "4.5c", "the last number is not 0")
    frame = z.frame(64, z.repeat(0, 10), z.repeat(0, 54), window=z.window_byte(10), size_flag=2)
    note = "a stream in a frame of two blocks, with a window"
    tile = head(len(frame), 3, framed=True) + frame
    yield _by_hand("two-blocks", square, tile, "4.5 5.13", note)


def _lengths() -> Iterator[Vector]:
    picture = patches(64, 32, 16)
    data = compact_file(picture, PLAIN[2], bits=8)
    note = "a sequence of 1024 bytes: a varint of three"
    yield valid("compact-varint-length", picture, data, "2 2d", note)
    picture = flat(160, 120, 2)
    context_map = [0] * 15 + [1]
    data = compact_file(picture, PLAIN[4], context_map=context_map)
    yield valid("compact-varint-count", picture, data, "2 2d", "19200 ranks: three bytes")
    zeros = flat(4096, 4096)
    frame = z.as_frame(b"\xfe" * (1 << 17))
    tile = b"\x80\x80\x80\x08" + head(len(frame), 4, framed=True) + frame
    data = file_of(zeros, 8, given(tile), chunks=map_chunk([0] * 4, PLAIN[0], streams=2))
    note = "2^24 pixels, as many as may be, all in the first of two streams"
    yield valid("compact-2-24-pixels", zeros, data, "3.4d 2 5b", note)
    zeros, tile = flat((1 << 21) + 9, 8), head(1, 4) + b"\x7e"
    data = file_of(zeros, 1, framed, given(tile), tile_size=((1 << 21) + 1, 8))
    note = "tiles above 2^24 pixels, but the last, which is compact, is cut off to 8 x 8"
    yield valid("compact-cut-below-2-24-pixels", zeros, data, "3.4d 3.2", note)
