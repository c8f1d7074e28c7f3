"""Test vectors with errors in the head, in the lengths of tiles, and in packed indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tools.conformance.forge.container import PALETTE, chunk, forge, pack, tile_crc
from tools.conformance.forge.varints import MALFORMED
from tools.conformance.forge.zstd import as_frame
from tools.conformance.vectors.patterns import (
    Vector,
    corner,
    corner_tile,
    file_of,
    given,
    invalid,
)

MAX = 0xFFFFFFFF
"""The largest number that a varint can tell."""
LONGEST = (1 << 29) - 1
"""The largest length that the directory can tell."""
SOME = forge()
"""A file without a fault: 3 x 2 pixels of 3 colours, in one stored tile; 31 bytes."""
FULL = forge(
    flags=4, palette=bytes(8), width=300, height=1, tile_size=(200, 1),
    chunks=chunk(b"teSt", b"abc"), tiles=[bytes(25), bytes(13)], methods=[0, 0],
)  # fmt: skip
"""A file without a fault and with every optional field: two 1-bit tiles, RGBA, and a chunk."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _first_bytes()
    yield from _cut()
    yield from _flags_and_size()
    yield from _header_numbers()
    yield from _directory_numbers()
    yield from _limits()
    yield from _tile_sizes()
    yield from _checksums()
    yield from _methods()
    yield from _long_tiles()
    yield from _tile_lengths()
    yield from _ends()
    yield from _packed()


def _first_bytes() -> Iterator[Vector]:
    for place in range(4):
        wrong = bytearray(SOME)
        wrong[place] ^= 0x20
        note = f"byte {place} of the magic is wrong"
        yield invalid(f"magic-byte-{place}", "magic", bytes(wrong), "3a 5.1 1b", note)
    rows = {
        "magic-7-bits": (forge(magic=b"\x0bKMF"), "the high bit of the first byte is lost"),
        "magic-png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG file"),
        "magic-one-byte": (b"K", "one byte, which is wrong"),
        "magic-third-byte-last": (b"\x8bKN", "three bytes, of which the last is wrong"),
        "magic-before-version": (forge(magic=b"KMF!", major=9), "magic and version are wrong"),
    }
    for name, (data, note) in rows.items():
        yield invalid(name, "magic", data, "3a 5.1 5a", note)
    for length in range(5):
        what = "the file is empty" if not length else f"{length} bytes of the magic and no more"
        sections = "5.1" if length < 4 else "5.2"
        yield invalid(f"cut-at-{length}", "truncated", SOME[:length], sections, what)
    for major in (0, 2, 15):
        data = forge(major=major)
        yield invalid(f"version-{major}", "version", data, "3b 5.2 6", f"major version {major}")
    data = forge(major=0, minor=1)
    yield invalid("version-0-1", "version", data, "3b 3c 5.2", "major version 0, minor version 1")
    note = "major version 2, and nothing after it"
    yield invalid("version-last-byte", "version", forge(major=2)[:5], "5.2 5a", note)
    note = "major version 2, and a reserved flag"
    yield invalid("version-before-reserved", "version", forge(major=2, flags=66), "5.2 5a", note)


def _cut() -> Iterator[Vector]:
    ends = {
        5: "version", 6: "flags", 7: "colours", 8: "width's first byte", 9: "width", 10: "height",
        11: "tile width's first byte", 12: "tile width", 13: "tile height", 14: "chunks length",
        15: "first colour byte", 22: "palette", 26: "chunk type", 30: "chunk length",
        32: "payload but a byte", 33: "chunks", 34: "first tile's number but a byte",
        35: "first tile's number", 36: "numbers of tiles", 39: "first checksum but a byte",
        40: "first tile's checksum", 44: "checksums of tiles", 46: "head checksum but two bytes",
        47: "head checksum but a byte", 48: "head checksum", 73: "first tile",
    }  # fmt: skip
    steps = {5: "5.3", 6: "5.4", 14: "5.7", 48: "5.11"}
    for length, after in ends.items():
        step = steps[max(start for start in steps if start <= length)]
        note = f"a file with all optional fields, cut after its {after}"
        yield invalid(f"cut-full-at-{length}", "truncated", FULL[:length], f"{step} 3", note)
    assert len(FULL) == 86


def _flags_and_size() -> Iterator[Vector]:
    for flag in (64, 96):
        name, note = f"reserved-{flag}", f"reserved flags {flag:#x}"
        yield invalid(name, "reserved", forge(flags=2 | flag), "2b 3.1 5.3", note)
    ends = {6: "nothing after it", 7: "no width", 8: "no height"}
    for length, note in ends.items():
        data = forge(flags=66)[:length]
        note = f"a reserved flag, and {note}"
        yield invalid(f"reserved-last-{length}", "reserved", data, "5.3 5.4 5a", note)
    data = forge(flags=66, width=MALFORMED["2-32"][0])
    note = "a reserved flag, and a width of 2^32"
    yield invalid("reserved-before-varint", "reserved", data, "5.3 5.4 5a", note)
    data = forge(flags=66, width=0)
    note = "a reserved flag, and no width"
    yield invalid("reserved-before-dimensions", "reserved", data, "5.3 5.4 5a", note)
    for width, height in ((0, 2), (3, 0), (0, MAX), (MAX, 0)):
        data = forge(width=width, height=height)
        name, note = f"dimensions-{width}x{height}", f"an image of {width} x {height} pixels"
        yield invalid(name, "dimensions", data, "3e 3f 5.4 5a", note)
    data = forge(width=0, tile_size=(1, 1), flags=0)
    note = "no width, a tile size beyond it, and too many colours"
    yield invalid("dimensions-before-tile-size", "dimensions", data, "5.4 5.6 5a", note)


def _header_numbers() -> Iterator[Vector]:
    """Yield malformed varints before the palette."""
    fields: dict[str, Callable[[bytes], dict[str, Any]]] = {
        "width": lambda number: {"width": number},
        "height": lambda number: {"height": number},
        "tile-width": lambda number: {"tile_size": (number, 1)},
        "tile-height": lambda number: {"tile_size": (3, number)},
        "chunks-length": lambda number: {"chunks": b"", "chunks_length": number},
        "palette-length": lambda number: {"packed": b"\0", "packed_length": number},
    }
    for field, place in fields.items():
        for name, (number, note) in MALFORMED.items():
            if field == "width" or name in ("zero-last", "2-32", "six-bytes"):
                data, note = forge(**place(number)), f"{field.replace('-', ' ')}: {note}"
                yield invalid(f"{field}-{name}", "varint", data, "2d 5.4", note)
    for count, error in ((4, "truncated"), (5, "varint")):
        data = SOME[:7] + b"\x80" * count
        note = f"the width's first {count} bytes, to be continued, and no more"
        yield invalid(f"width-continued-{count}", error, data, "2d 5.4", note)
    rows = {
        "before-dimensions": (forge(width=0, height=b"\x82\0"), "no width"),
        "before-later": (forge(width=b"\x83\0")[:9], "the height is not there"),
        "before-limit": (forge(width=MAX, height=MAX, tile_size=(1, b"\x81\0")), "too many pixels"),
        "before-palette-size": (forge(flags=0, height=b"\x82\0"), "3 colours in 1 bit"),
    }
    for name, (data, note) in rows.items():
        note = f"a malformed varint, and {note}"
        yield invalid(f"header-varint-{name}", "varint", data, "5.4 5a", note)
    data = forge(width=0, height=b"\x80")[:9]
    note = "no width, and the height is cut"
    yield invalid("truncated-before-dimensions", "truncated", data, "5.4 5a", note)


def _directory_numbers() -> Iterator[Vector]:
    """Yield malformed varints in the directory."""
    for name, (data, note) in MALFORMED.items():
        note = f"length and method of the tile: {note}"
        yield invalid(f"entry-{name}", "varint", forge(entries=[data]), "2d 3.4 5.7", note)
    tiles: dict[str, Any] = {"width": 30, "height": 1, "tile_size": (1, 1), "tiles": [b"\0"] * 30,
                             "methods": [0] * 30}  # fmt: skip
    for tile in (0, 17, 29):
        entries = [b"\x08"] * 30
        entries[tile] = b"\x88\0"
        note = f"length and method of tile {tile} of 30: a last byte of 0"
        data = forge(entries=entries, **tiles)
        yield invalid(f"entry-of-tile-{tile}", "varint", data, "2d 3.4 5.7", note)
    long: dict[str, Any] = {"entries": [b"\xa0\0"]}
    head = len(SOME) - 4
    rows = {
        "before-head-checksum": (forge(head_crc=0, **long), "a wrong head checksum"),
        "before-cut": (forge(**long)[:head], "the head is cut, but as long as the shortest"),
        "before-chunks": (forge(chunks=b"?", **long), "a wrong chunk"),
    }
    rows["before-method"] = (
        forge(tile_size=(3, 1), tiles=[b"\1\x20", b"\x21\0"], methods=[0, 0],
              entries=[b"\x17", b"\x90\0"]),
        "another tile of an unknown method",
    )  # fmt: skip
    for name, (data, note) in rows.items():
        note = f"a malformed varint in the directory, and {note}"
        yield invalid(f"entry-{name}", "varint", data, "5.7 5a", note)
    data = forge(**long)[: head - 1]
    note = "a malformed varint in the directory, and fewer bytes than the shortest head has"
    yield invalid("truncated-before-entry", "truncated", data, "5.7 5a 5b", note)
    whole = forge(width=200, height=1, tiles=[bytes(100)])
    note = "the head lacks a byte, but is as long as the shortest"
    yield invalid("head-cut-beyond-shortest", "truncated", whole[:-101], "5.7", note)


def _limits() -> Iterator[Vector]:
    sizes = ((1 << 14, (1 << 14) + 1), (MAX, MAX), (1 << 16, 1 << 16), (1, MAX), ((1 << 31) + 1, 2))
    for width, height in sizes:
        data = forge(width=width, height=height)
        name, note = f"limit-{width}x{height}", f"{width} x {height} pixels"
        yield invalid(name, "limit", data, "5c 5.5 2a 5b 7", note)
    note = "6 pixels, where 5 are allowed"
    yield invalid("limit-given", "limit", SOME, "5c 5.5", note, max_pixels=5)
    data = forge(width=1 << 16, height=1 << 16, tile_size=(1, 1))
    note = "2^32 pixels in tiles of 1 x 1"
    yield invalid("limit-before-directory", "limit", data, "5.5 5b", note)
    data = forge(width=1 << 16, height=1 << 16, tile_size=(0, 0), flags=0)
    note = "too many pixels, a tile size of 0 and too many colours"
    yield invalid("limit-before-tile-size", "limit", data, "5.5 5.6 5a", note)
    data = forge(width=1 << 14, height=1 << 14, lengths=[1 << 27])
    note = "as many pixels as the limit, and no tile data"
    yield invalid("limit-reached", "truncated", data[:-4], "5c 5.11 5b", note)
    data = forge(width=1 << 20, height=1 << 20, tile_size=(1, 1))
    note = "a directory of 5 x 2^40 bytes or more is not there"
    yield invalid("directory-huge", "truncated", data, "2a 5.7 5b", note, max_pixels=1 << 40)


def _tile_sizes() -> Iterator[Vector]:
    sizes = ((0, 2), (3, 0), (4, 1), (2, 3), (MAX, 1), (1, MAX), (3, 2))
    for width, height in sizes:
        data = forge(tile_size=(width, height))
        name, note = f"tile-size-{width}x{height}", f"3 x 2 pixels in tiles of {width} x {height}"
        label = "3.2b" if (width, height) == (3, 2) else "3.2a"
        yield invalid(name, "tile-size", data, f"{label} 5.6 3.2", note)
    shape: dict[str, Any] = {"width": 1 << 15, "height": 1 << 14}
    rows: tuple[tuple[str, tuple[int, int] | None, dict[str, Any]], ...] = (
        ("one-tile", None, shape),
        ("tiled", (1 << 15, 1 << 14), {"width": 1 << 15, "height": 1 << 15}),
        ("just", ((1 << 28) + 1, 1), {"width": (1 << 28) + 1, "height": 2}),
        ("2-32", (1 << 16, 1 << 16), {"width": (1 << 16) + 1, "height": 1 << 16}),
    )
    for name, tile, size in rows:
        data = forge(tile_size=tile, tiles=(), methods=(), **size)
        note = "a tile of more than 2^28 pixels"
        sections = "3.2c 5.6 2a 5b"
        yield invalid(f"tile-size-{name}", "tile-size", data, sections, note, max_pixels=1 << 34)
    data = forge(tile_size=(9, 9), flags=0)[:12]
    note = "the tile size is wrong, there are too many colours, and the palette is cut"
    yield invalid("tile-size-before-palette-size", "tile-size", data, "5.6 5.7 5a", note)
    data = forge(flags=0, tiles=(), methods=(), **shape)
    note = "a tile of more than 2^28 pixels, and 3 colours in 1 bit"
    name = "tile-size-one-tile-before-palette-size"
    yield invalid(name, "tile-size", data, "3.2c 5.6 5a", note, max_pixels=1 << 34)
    for bits, K in ((1, 3), (2, 5), (4, 17)):
        data = forge(flags=bits.bit_length() - 1, palette=bytes(3 * K))
        name, note = f"palette-size-{bits}-bit-{K}", f"{K} colours in {bits} bits"
        yield invalid(name, "palette-size", data, "3d 5.6", note)
    note = "3 colours in 1 bit, and the palette is cut"
    yield invalid("palette-size-before-truncated", "palette-size", forge(flags=0)[:10], "5a", note)


def _checksums() -> Iterator[Vector]:
    wrong = {"zero": 0, "one-bit": int.from_bytes(SOME[23:27], "little") ^ 1 << 31}
    wrong["big-endian"] = int.from_bytes(SOME[23:27], "big")
    for name, crc in wrong.items():
        note = f"the head checksum: {name.replace('-', ' ')}"
        data = forge(head_crc=crc)
        yield invalid(f"head-checksum-{name}", "head-checksum", data, "3g 5.8 1b", note)
    damaged = bytearray(SOME)
    damaged[9] ^= 1
    note = "a colour is damaged"
    yield invalid("head-checksum-palette", "head-checksum", bytes(damaged), "3g 5.8", note)
    data = forge(head_crc=0)[:26]
    note = "the head checksum is wrong and cut"
    yield invalid("truncated-before-head-checksum", "truncated", data, "5.7 5.8 5a", note)
    data = forge(head_crc=0, chunks=b"?", methods=[7])
    note = "the head checksum, a chunk and a method are wrong"
    yield invalid("head-checksum-before-chunks", "head-checksum", data, "5.8 5.9 5a", note)
    data = forge(tile_crcs=[0])
    yield invalid("tile-checksum", "tile-checksum", data, "3.4b 5.12", "the tile checksum is 0")
    data = forge(tile_size=(3, 1), tiles=[b"\1\x20", b"\x21\0"], methods=[0, 0],
                 tile_crcs=[0x1234, 0x1234])  # fmt: skip
    yield invalid("tile-checksums", "tile-checksum", data, "3.4b 5.12", "both tile checksums")
    yield from _palette_checksums()
    data = forge(tiles=[b"\3\x21\x21\1"], tile_crcs=[1])
    note = "the checksum, padding and an index of a tile are wrong"
    yield invalid("tile-checksum-before-padding", "tile-checksum", data, "5.12 5.14 5a", note)


def _palette_checksums() -> Iterator[Vector]:
    """Yield tiles whose checksums take in the palette and should not, or should and do not."""
    tile, other = corner_tile(64), bytes([*PALETTE[:-1], 9])
    compact: dict[str, Any] = {"flags": 3, "width": 8, "height": 8, "methods": [2], "tiles": [tile]}
    crcs = {
        "without-palette": (tile_crc(tile), "is that of its bytes alone"),
        "palette-last": (tile_crc(PALETTE, tile), "has the palette after its bytes"),
        "other-palette": (tile_crc(tile, other), "is by a palette with another last colour"),
    }
    for name, (crc, note) in crcs.items():
        data = forge(tile_crcs=[crc], **compact)
        note = f"the checksum of a compact tile {note}"
        yield invalid(f"tile-checksum-{name}", "tile-checksum", data, "3.4b 4.7 5.12", note)
    frame = as_frame(bytes(64))
    for name, plain in {
        "stored": forge(tile_crcs=[tile_crc(b"\1\x20\x21\0", PALETTE)]),
        "zstd": forge(**compact | {"methods": [1], "tiles": [frame]},
                      tile_crcs=[tile_crc(frame, PALETTE)]),
    }.items():  # fmt: skip
        note = f"the checksum of a {name} tile takes in the palette"
        yield invalid(f"tile-checksum-{name}-palette", "tile-checksum", plain, "3.4b 5.12", note)


def _methods() -> Iterator[Vector]:
    for method in (4, 7):
        data = forge(methods=[method])
        yield invalid(f"method-{method}", "tile-method", data, "3.4a 5.10 6", f"method {method}")
    for width, height in ((7, 8), (8, 7), (1, 100), (7, 7)):
        data = forge(width=width, height=height, methods=[2], flags=3, tiles=[b"\1"])
        note = f"a compact tile of {width} x {height}"
        name = f"method-compact-{width}x{height}"
        yield invalid(name, "tile-method", data, "3.4c 5.10", note)
    data = forge(width=15, height=8, tile_size=(8, 8), methods=[2, 2], flags=3, tiles=[b"\1"] * 2)
    note = "the last tile is compact, and 7 wide"
    yield invalid("method-compact-ragged", "tile-method", data, "3.4c 5.10", note)
    for width, height in ((4097, 4096), (513, 1 << 15)):
        data = forge(width=width, height=height, methods=[2], flags=3, tiles=[b"\1"])
        note = f"a compact tile of {width} x {height}, above 2^24 pixels"
        name = f"method-compact-{width}x{height}"
        yield invalid(name, "tile-method", data, "3.4d 5.10", note)
    data = forge(tile_size=(3, 1), tiles=[b"", b"\x21\0"], methods=[0, 7])
    note = "the length of tile 0 and the method of tile 1 are wrong"
    yield invalid("method-before-length", "tile-method", data, "5.10 5a", note)
    data = forge(methods=[7], lengths=[99])
    note = "the method is unknown, and the data are cut"
    yield invalid("method-before-truncated", "tile-method", data, "5.10 5.11 5a", note)


def _long_tiles() -> Iterator[Vector]:
    """Yield compact tiles that are too long and have no other fault, and one that has."""
    for width, height in ((8, 4097), (4097, 8), (65, 4161), (4161, 65), (8, 1 << 21)):
        data = file_of(corner(width, height), 1, given(corner_tile(width * height)))
        note = f"a compact tile of {width} x {height}: too long"
        yield invalid(f"method-compact-{width}x{height}", "tile-method", data, "3.4g 5.10", note)
    picture = corner(65 + 64, 4097)
    codings = (given(corner_tile(width * 4097)) for width in (65, 64))
    data = file_of(picture, 1, *codings, tile_size=(65, 4097))
    note = "two compact tiles, of which the last is cut off to 64 x 4097"
    yield invalid("method-compact-cut-thin", "tile-method", data, "3.4g 3.2 5.10", note)
    data = file_of(corner(8, 4097), 1, given(b""))
    note = "a compact tile is too long, and has no bytes"
    yield invalid("method-compact-before-length", "tile-method", data, "3.4g 5.10 5a", note)


def _tile_lengths() -> Iterator[Vector]:
    for length in (0, 3, 5, LONGEST):
        data = forge(tiles=[bytes(min(length, 9))], lengths=[length])
        note = f"{length} bytes stored, where 4 are due"
        yield invalid(f"length-stored-{length}", "tile-length", data, "3.4e 5.10 5b", note)
    for method, width, height in ((1, 40, 1), (2, 8, 8)):
        packed = width * height // 2
        for length in (0, packed, packed + 1):
            data = forge(methods=[method], tiles=[bytes(length)], width=width, height=height)
            note = f"{length} bytes by method {method}, where 1 to {packed - 1} are allowed"
            name = f"length-method-{method}-{length}"
            yield invalid(name, "tile-length", data, "3.4f 5.10", note)
    data = forge(tiles=[b"\1\x20\x21"], lengths=[99])
    note = "the length is wrong, and the data are cut"
    yield invalid("length-before-truncated", "tile-length", data, "5.10 5.11 5a", note)
    data = forge(tile_size=(3, 1), tiles=[b"\1\x20", b"\x21"], methods=[0, 0], tile_crcs=[0, 0])
    note = "the length of tile 1 and the checksum of tile 0 are wrong"
    yield invalid("length-before-checksum", "tile-length", data, "5.10 5.12 5a", note)


def _ends() -> Iterator[Vector]:
    for left in (0, 3):
        note = f"{left} of 4 bytes of the tile are there"
        data = SOME[: len(SOME) - 4 + left]
        yield invalid(f"tile-cut-{left}", "truncated", data, "3h 5.11 1b", note)
    yield invalid("trailing", "trailing", SOME + b"\0", "3h 5.11", "a byte after the image")
    yield invalid("trailing-file", "trailing", SOME * 2, "3h 5.11", "two files")
    data = forge(tile_crcs=[0])
    note = "the tile's checksum is wrong, and the last byte missing"
    yield invalid("truncated-before-checksum", "truncated", data[:-1], "5.11 5.12 5a", note)
    note = "the tile's checksum is wrong, and a byte follows it"
    yield invalid("trailing-before-checksum", "trailing", data + b"\0", "5.11 5.12 5a", note)
    side = 1 << 14
    data = forge(
        flags=3, width=side, height=17 * side, tile_size=(side, side), tiles=[b""] * 17,
        lengths=[(1 << 28) - 1] * 16 + [16], methods=[1] * 17,
    )  # fmt: skip
    note = "17 tiles of 2^32 bytes together, and none of them there"
    yield invalid("lengths-2-32", "truncated", data, "2a 5.11 5b", note, max_pixels=1 << 33)


def _packed() -> Iterator[Vector]:
    for bits, width in ((1, 7), (1, 9), (2, 3), (4, 3)):
        rows = [bytes(width)] * 2
        for row, bit in ((0, 0), (1, -width * bits % 8 - 1)):  # the lowest such bit and the highest
            packed = bytearray(pack(rows, bits))
            packed[(row + 1) * len(packed) // 2 - 1] |= 1 << bit
            data = forge(flags=bits.bit_length() - 1, width=width, palette=bytes(6),
                         tiles=[bytes(packed)])  # fmt: skip
            name = f"padding-{bits}-bit-width-{width}-row-{row}"
            note = f"a bit left over in row {row} is set"
            yield invalid(name, "padding", data, "4.1a 5.14 1b", note)
    data = forge(width=4, tile_size=(3, 2), tiles=[b"\1\x20\x21\0", b"\0\1"], methods=[0, 0])
    yield invalid(
        "padding-ragged", "padding", data, "4.1a 5.14", "a bit left over in the last tile"
    )
    data = forge(width=199, height=1, tiles=[as_frame(b"\1" * 100)], methods=[1])
    yield invalid("padding-zstd", "padding", data, "4.1a 5.14", "a bit left over in a zstd tile")
    for bits, K in ((1, 1), (2, 1), (2, 3), (4, 3), (4, 15), (8, 3), (8, 17), (8, 255)):
        for index in sorted({K, (1 << bits) - 1}):
            wrong = bytes(index if x == K % 3 else 0 for x in range(3))
            data = forge(
                flags=bits.bit_length() - 1,
                palette=bytes(3 * K),
                tiles=[pack([bytes(3), wrong], bits)],
            )
            note = f"index {index} of {K} colours in {bits} bits"
            name = f"index-{bits}-bit-{K}-colours-{index}"
            yield invalid(name, "index", data, "4.1b 5.15 1b", note)
    data = forge(width=200, height=1, tiles=[as_frame(b"\x03" * 100)], methods=[1])
    yield invalid("index-zstd", "index", data, "4.1b 5.15", "an index outside, in a zstd tile")
    data = forge(tiles=[b"\3\x20\x21\1"])
    note = "an index in the first row and padding in the second are wrong"
    yield invalid("padding-before-index", "padding", data, "5.14 5.15 5a", note)
    yield from _two_tiles()


def _two_tiles() -> Iterator[Vector]:
    tiles = {
        "padding-index": ("padding", b"\1\x21", b"\3\0"),
        "index-padding": ("index", b"\3\x20", b"\1\1"),
    }
    for name, (error, *pair) in tiles.items():
        data = forge(tile_size=(3, 1), tiles=pair, methods=[0, 0])
        note = f"tile 0 and 1 are wrong: {name.replace('-', ', ')}"
        yield invalid(f"tiles-{name}", error, data, "5.14 5.15 5a", note)
    crc = tile_crc(b"\3\x20")
    data = forge(tile_size=(3, 1), tiles=[b"\3\x20", b"\1\0"], methods=[0, 0], tile_crcs=[crc, 0])
    note = "an index of tile 0, and the checksum of tile 1"
    yield invalid("tiles-index-checksum", "index", data, "5.12 5.15 5a", note)
