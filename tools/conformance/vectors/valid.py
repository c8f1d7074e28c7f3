"""Test vectors that are images with stored and zstd tiles."""

from __future__ import annotations

from collections.abc import Iterator

from tools.conformance.forge import zstd as z
from tools.conformance.forge.container import Rows, chunk, forge, pack
from tools.conformance.forge.libzstd_frames import PATCHES_24_24_12, PATCHES_40_30_5
from tools.conformance.forge.varints import varint
from tools.conformance.vectors.patterns import (
    Coding,
    Picture,
    Vector,
    cut_rows,
    file_of,
    flat,
    framed,
    noise,
    numbers,
    palette_of,
    patches,
    stored,
    valid,
)

EXAMPLE = Picture([(0, 1, 2), (3, 4, 5), (6, 7, 8)], [b"\0\1\2", b"\2\1\0"])


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield Vector("example", forge(), "3 4.1 4.2 8 1a 1b 1c", "EXAMPLES.md", EXAMPLE.verdict)
    yield from _depths()
    yield from _sizes()
    yield from _tiles()
    yield from _heads()
    yield from _chunks()
    yield from _frames()
    yield from _windows()
    yield from _libzstd()


def _depths() -> Iterator[Vector]:
    counts = {1: (1, 2), 2: (1, 3, 4), 4: (1, 2, 5, 15, 16), 8: (1, 17, 256)}
    for bits, colors in counts.items():
        for K in colors:
            picture = noise(7, 3, K)
            if K == 256:  # small numbers: the manifest has them in decimal
                picture = Picture([(v, v % 10, v % 9) for v in range(K)], picture.rows)
            if K > 1:
                picture = Picture(picture.palette, [bytes([K - 1]) * 7, *picture.rows[1:]])
            data = file_of(picture, bits, stored)
            note = f"{K} colours in {bits} bits, the last index used"
            yield valid(f"{bits}-bit-{K}-colours", picture, data, "3.1 3d 4.1b 5.15", note)
    for K in (2, 16, 17):
        picture = noise(6, 3, K, alpha=True)
        data = file_of(picture, 4 if K <= 16 else 8, stored)
        yield valid(f"alpha-{K}-colours", picture, data, "3 3.1", f"RGBA, {K} colours")
    picture = Picture([(9, 9, 9)] * 3 + [(1, 2, 3)] * 2, [b"\0\1\2\2"])
    data = file_of(picture, 4, stored)
    yield valid("equal-entries", picture, data, "3i", "equal entries, and entries not used")


def _sizes() -> Iterator[Vector]:
    for bits in (1, 2, 4, 8):
        for width, height in ((1, 1), (1, 9), (9, 1)) if bits in (1, 4) else ((1, 1),):
            picture = noise(width, height, 2)
            data = file_of(picture, bits, stored)
            note = f"{width} x {height} pixels in {bits} bits"
            yield valid(f"{bits}-bit-{width}x{height}", picture, data, "4.1 4.1a 3e 3f", note)
    for bits, widths in ((1, (7, 8, 15, 17)), (2, (3, 4, 5, 6)), (4, (2, 5))):
        for width in widths:
            picture = noise(width, 2, 1 << bits)
            data = file_of(picture, bits, stored)
            note = f"rows of {width} pixels, {-width * bits % 8} bits left over"
            yield valid(f"{bits}-bit-width-{width}", picture, data, "4.1a 5.14", note)
    picture = noise(3, 2, 3)
    data = file_of(picture, 4, stored)
    yield valid("limit-exact", picture, data, "5c", "as many pixels as the limit", max_pixels=6)
    picture = noise(300, 2, 2)
    data = file_of(picture, 1, stored)
    yield valid("width-300", picture, data, "2 2d", "the width takes two bytes, low bits first")
    for width in (127, 128, 16383, 16384, 1 << 21):
        picture = flat(width, 1, 2, 1)
        data = file_of(picture, 8, framed)
        size = -(-width.bit_length() // 7)
        note = f"{width} pixels, of which the varint has {size} bytes"
        yield valid(f"width-{width}", picture, data, "2 2d 3e 5.4", note)
        picture = Picture(picture.palette, [b"\1"] * width)
        data = file_of(picture, 8, framed, stored, tile_size=(1, width - 1))
        note = f"{width} pixels high, in two tiles"
        if width < 1 << 20:
            yield valid(f"height-{width}", picture, data, "2 2d 3f 5.4", note)
    for width in (15, 16, 2047, 2048):
        picture = flat(width, 1, 3, 2)
        data = file_of(picture, 8, stored)
        note = f"a tile of {width} bytes, of which the directory has {len(varint(8 * width))}"
        yield valid(f"entry-{width}", picture, data, "2d 3.4 5.7", note)


def _tiles() -> Iterator[Vector]:
    sizes = ((3, 2), (1, 1), (9, 1), (1, 5), (4, 5), (5, 3))
    for width, height in sizes:
        picture = noise(9, 5, 5)
        data = file_of(picture, 4, stored, tile_size=(width, height))
        note = f"9 x 5 pixels in tiles of {width} x {height}"
        yield valid(f"tiles-{width}x{height}", picture, data, "3.2 3.2a 3.2b 3.4 3h", note)
    for bits in (1, 2, 8):
        picture = noise(9, 5, 2)
        data = file_of(picture, bits, stored, tile_size=(5, 4))
        note = f"tiles of 5 x 4 in {bits} bits: each row of a tile begins a byte"
        yield valid(f"tiles-{bits}-bit", picture, data, "3.2 4.1", note)
    rows = [bytes(20) + row for row in noise(20, 20, 5).rows]
    picture = Picture(palette_of(5), rows)
    data = file_of(picture, 4, framed, stored, tile_size=(20, 10))
    yield valid("mixed-methods", picture, data, "3.4 3.4a 5.13", "zstd and stored tiles")


def _heads() -> Iterator[Vector]:
    for minor in (1, 15):
        note = f"minor version {minor}"
        yield valid(f"minor-{minor}", EXAMPLE, forge(minor=minor), "3c 6", note)
    data = forge(flags=2 | 128)
    yield valid("unused-flag", EXAMPLE, data, "2c 3.1", "bit 7 of the flags is set")
    picture = noise(5, 4, 4, alpha=True)
    data = file_of(
        picture, 2, stored, tile_size=(4, 3), chunks=chunk(b"teSt", b"ab"), minor=9, flags=128
    )
    note = "alpha, tiled, chunks and the unused bit together"
    yield valid("all-flags", picture, data, "3 3.1 2c", note)


def _chunks() -> Iterator[Vector]:
    blobs = {
        "none": (b"", "3", "the chunks length is 0"),
        "unknown": (chunk(b"abcd", b"xyz"), "3.3 3.3d", "an unknown ancillary chunk"),
        "empty": (chunk(b"aB9z"), "3.3a 3.3b", "a chunk without payload"),
        "several": (
            chunk(b"zzzz", b"1") + chunk(b"a000") + chunk(b"zzzz", b"22") + chunk(b"aZz9", b"333"),
            "3.3b 3.3d 5.9", "four ancillary chunks, two of one type",
        ),
        "letters": (
            b"".join(map(chunk, (b"aAAA", b"zZZZ", b"a000", b"z999", b"aaaa", b"zzzz"))),
            "3.3b", "types at both ends of each range of letters and digits",
        ),
        "lower-case-tables": (
            chunk(b"ordr", b"?") + chunk(b"smap") + chunk(b"oRDR", b"??"),
            "3.3d", "ancillary types that differ from the tables' only in case",
        ),
        "iccp": (chunk(b"iccp", b"no profile"), "3.5 3.5b", "a malformed ICC profile"),
        "xmpp": (chunk(b"xmpp", b"\xff\xfe<"), "3.5 3.5b", "an XMP packet that is not UTF-8"),
        "metadata-twice": (
            chunk(b"iccp") + chunk(b"exif") + chunk(b"iccp", b"x") + chunk(b"exif"),
            "3.5 3.5b 3.3e", "ancillary chunks may be there twice",
        ),
        "nested": (chunk(b"abcd", chunk(b"ABCD")), "3.3a 3.3c", "a payload that looks a chunk"),
        "256": (
            chunk(b"abcd") * 255 + chunk(b"TAIL", bytes(8)) + chunk(b"abcd"), "3.3f",
            "256 ancillary chunks, as many as may be, and a critical one",
        ),
        "long": (chunk(b"long", bytes(256)), "3.3a", "a payload whose length takes two bytes"),
    }  # fmt: skip
    for name, (blob, sections, note) in blobs.items():
        yield valid(f"chunks-{name}", EXAMPLE, forge(chunks=blob), sections, note)
    names = {
        "": (b"\3sky\0\7stra\xc3\x9fe", "three entries, one without a name"),
        "-cut": (b"\3sky\0\7stra\xc3\x9f", "the last name is cut"),
        "-few": (b"\3sky\0", "names of 2 of 3 entries"),
        "-many": (b"\0\0\0\1x", "a name more than there are entries"),
        "-no-utf-8": (b"\1\xff\0\0", "a name that is not UTF-8"),
        "-control": (b"\4\x1b[2J\1\0\1\n", "names of control characters"),
        "-empty": (b"", "no names"),
    }
    for name, (payload, note) in names.items():
        data = forge(chunks=chunk(b"name", payload))
        yield valid(f"chunks-name{name}", EXAMPLE, data, "3.5 3.5b", note)
    orientation = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    data = forge(chunks=chunk(b"exif", orientation))
    yield valid("chunks-exif-orientation", EXAMPLE, data, "3.5 3.5a", "orientation 6 turns nothing")
    data = forge(chunks=chunk(b"exif", orientation[:9]))
    yield valid("chunks-exif-cut", EXAMPLE, data, "3.5 3.5b", "a malformed EXIF structure")


def coded_as(frame: bytes) -> Coding:
    """Return the coding by method 1, zstd, that gives this frame for any tile."""

    def code(rows: Rows, bits: int) -> tuple[int, bytes]:
        assert len(frame) < len(pack(rows, bits))
        return 1, frame

    return code


def _framed(name: str, width: int, data: bytes, frame: bytes, sections: str, note: str) -> Vector:
    picture = Picture(palette_of(16), cut_rows(data, width))
    file = file_of(picture, 8, coded_as(frame))
    return valid(f"zstd-{name}", picture, file, sections, note)


def _frames() -> Iterator[Vector]:
    nought, window = z.repeat(0, 100), z.window_byte(10)
    zeros, mixed = bytes(100), bytes(numbers(10, 16, 4)) + bytes(90)
    blocks = (z.raw(mixed[:10]), z.repeat(0, 90))
    frames = {
        "1-byte-size": (zeros, z.frame(100, nought), "4.3e", "single segment, one byte of size"),
        "2-byte-size": (bytes(300), z.frame(300, z.repeat(0, 300)), "4.3e", "2-byte content size"),
        "4-byte-size": (zeros, z.frame(100, nought, size_flag=2), "4.3e", "4-byte content size"),
        "8-byte-size": (zeros, z.frame(100, nought, size_flag=3), "4.3e", "8-byte content size"),
        "least-2-byte-size": (
            bytes(256), z.frame(256, z.repeat(0, 256)), "4.3e", "2-byte content size of 0 + 256",
        ),
        "window": (
            zeros, z.frame(100, nought, size_flag=2, window=window), "4.3f", "a window descriptor",
        ),
        "window-4-byte-size": (
            mixed, z.frame(100, *blocks, size_flag=2, window=window), "4.3f 4.3g", "two blocks",
        ),
        "raw-and-rle": (mixed, z.frame(100, *blocks), "4.3g 4.3h 4.3i 5.13", "raw and RLE blocks"),
        "empty-blocks": (
            mixed, z.frame(100, z.raw(b""), *blocks, z.repeat(3, 0), z.raw(b"")), "4.3g 4.3j",
            "blocks of no bytes, the last one too",
        ),
        "dictionary-0-1-byte": (
            zeros, z.frame(100, nought, dictionary=b"\0"), "4.3c", "a dictionary ID that is 0",
        ),
        "dictionary-0-2-bytes": (
            zeros, z.frame(100, nought, dictionary=bytes(2)), "4.3c", "ID 0 in two bytes",
        ),
        "dictionary-0-4-bytes": (
            zeros, z.frame(100, nought, dictionary=bytes(4), window=window, size_flag=3),
            "4.3c 4.3e", "ID 0 in four bytes, a window descriptor, 8-byte size: the longest header",
        ),
        "unused-bit": (zeros, z.frame(100, nought, bits=16), "4.3b 2c", "descriptor bit 4 is set"),
        "match": (
            mixed[:20] * 5, z.frame(100, z.raw(mixed[:15]), z.match(mixed[15:20], 20, 34),
                                    z.match(mixed[14:20], 20, 20), z.match(mixed[:12], 40, 8)),
            "4.3i", "compressed blocks that repeat what was before",
        ),
        "overlapping-match": (
            b"\1\2" * 150, z.frame(300, z.match(b"\1\2", 2, 298)), "4.3i",
            "a match that overlaps itself",
        ),
    }  # fmt: skip
    for name, (data, frame, sections, note) in frames.items():
        yield _framed(name, len(data) // 2, data, frame, sections, note)
    for bits in (1, 2, 4):
        picture = flat(104, 20, 2, 1)
        file = file_of(picture, bits, framed)
        yield valid(f"zstd-{bits}-bit", picture, file, "4.3 3.4f", f"zstd of {bits}-bit indices")
    picture = flat(11, 8, 2, 0)
    frame = z.frame(16, z.repeat(0, 16))
    file = file_of(picture, 1, coded_as(frame))
    yield valid("zstd-small", picture, file, "3.4f", "10 bytes for packed indices of 16")


def _windows() -> Iterator[Vector]:
    pattern = bytes(numbers(20, 16, 5))
    before = pattern + b"\7" * 1024 + b"\x09" * 1024 + b"\1\2\3\4\5"
    data = before + before[:303]
    blocks: tuple[z.Block, ...] = (z.raw(pattern), z.repeat(7, 1024), z.repeat(9, 1024))
    frame = z.frame(
        len(data), *blocks, z.match(before[-5:], len(before), 303), window=z.window_byte(10)
    )
    note = "a match 2073 bytes back, in a window of 1024"
    yield _framed("match-beyond-window", 12, data, frame, "4.3k", note)
    full = z.frame(1024, z.repeat(5, 1024), window=z.window_byte(10))
    note = "a block as large as the window"
    yield _framed("block-of-window", 32, b"\5" * 1024, full, "4.3g", note)
    odd = z.frame(1152, z.repeat(5, 1152), window=z.window_byte(10, 1))
    note = "a window of 1152 bytes and a block as large: the mantissa counts"
    yield _framed("window-mantissa", 96, b"\5" * 1152, odd, "4.3f 4.3g", note)
    widest = z.frame(300, z.repeat(5, 300), window=z.window_byte(23))
    yield _framed("window-8-mib", 30, b"\5" * 300, widest, "4.3f", "a window of exactly 8 MiB")
    blocks = (z.repeat(0, 128 * z.KIB),) * 64
    picture = flat(4096, 2048)
    file = file_of(picture, 8, coded_as(z.frame(8 * z.MIB, *blocks)))
    note = "a single segment of exactly 8 MiB, in blocks of 128 KiB"
    yield valid("zstd-single-segment-8-mib", picture, file, "4.3f 4.3g 5b", note)
    picture = flat(4096, 2049)
    blocks += (z.repeat(0, 4096),)
    file = file_of(
        picture, 8, coded_as(z.frame(8 * z.MIB + 4096, *blocks, window=z.window_byte(17)))
    )
    note = "content above 8 MiB, in a window of 128 KiB"
    yield valid("zstd-content-above-8-mib", picture, file, "4.3f", note)


def _libzstd() -> Iterator[Vector]:
    """Yield zstd tiles with Huffman codes and FSE tables, as libzstd wrote them."""
    for (width, height, K), frame in (
        ((24, 24, 12), PATCHES_24_24_12),
        ((40, 30, 5), PATCHES_40_30_5),
    ):
        picture = patches(width, height, K)
        file = file_of(picture, 8, coded_as(frame))
        note = "Huffman-coded literals and FSE-coded sequences, by libzstd"
        yield valid(f"zstd-entropy-{K}-colours", picture, file, "4.3 4.3i", note)
