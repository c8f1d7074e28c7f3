"""Test vectors with an error in the frame of a zstd tile, all found in step 13 of section 5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.conformance.forge import zstd as z
from tools.conformance.forge.container import forge
from tools.conformance.vectors.patterns import Vector, invalid

DATA = bytes([1, 2, 3, 0, 1, 2, 3, 0, 0, 0])
"""The first 10 of the 100 bytes that most frames here hold; the rest are zeros."""
BLOCKS = (z.raw(DATA), z.repeat(0, 90))
"""Those 100 bytes."""
GOOD = z.frame(100, *BLOCKS)
"""A frame of those blocks, without a fault."""
NOUGHT = z.repeat(0, 100)
"""A block of 100 zeros."""
WIDE = 8 * z.MIB
"""The largest window allowed, in bytes."""
WINDOW = z.window_byte(10)
"""The window descriptor of 1 KiB."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    for name, (error, frame, sections, note) in (_headers() | _blocks()).items():
        yield _of_frame(name, error, frame, sections, note)
    yield from _large()
    yield from _order()


def _of_frame(name: str, error: str, frame: bytes, sections: str, note: str) -> Vector:
    data = forge(flags=3, palette=bytes(12), width=20, height=5, methods=[1], tiles=[frame])
    return invalid(f"zstd-{name}", error, data, f"{sections} 5.13", note)


Faults = dict[str, tuple[str, bytes, str, str]]
"""By the name of the vector: the error, the frame, what it tries, and the note."""


def _headers() -> Faults:
    longest = z.frame(100, NOUGHT, dictionary=bytes(4), window=WINDOW, size_flag=3)
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"skip"
    faults: Faults = {
        f"header-cut-{length}": (
            "zstd-frame",
            longest[:length],
            "4.3a 1b",
            f"the first {length} bytes of a frame header",
        )
        for length in (3, 4, 5, 6, 10, 17)
    }
    faults |= {
        f"short-header-cut-{flag}": (
            "zstd-frame",
            z.frame(300, size_flag=flag)[:-1],
            "4.3a",
            "the last byte of a size cut",
        )
        for flag in (1, 2, 3)
    }
    magics = {
        "next": (b"\x29\xb5\x2f\xfd", "one more than zstd"),
        "legacy": (b"\x27\xb5\x2f\xfd", "the magic number of zstd 0.7"),
        "legacy-0-2": (b"\x22\xb5\x2f\xfd", "the magic number of zstd 0.2"),
        "dictionary": (b"\x37\xa4\x30\xec", "the magic number of a dictionary"),
        "big-endian": (z.MAGIC[::-1], "the magic number backwards"),
    }  # fmt: skip
    for name, (magic, note) in magics.items():
        frame = z.frame(100, *BLOCKS, magic=magic)
        faults[f"magic-{name}"] = "zstd-frame", frame, "4.3a", note
    faults |= {
        "skippable": ("zstd-frame", skippable, "4.3a", "a skippable frame"),
        "skippable-first": ("zstd-frame", skippable + GOOD, "4.3a", "a skippable frame, then zstd"),
        "without-header-size": (
            "zstd-frame", z.MAGIC + b"\x20", "4.3a", "single-segment, and its content size cut",
        ),
        "reserved-bit": ("zstd-frame", z.frame(100, *BLOCKS, bits=8), "4.3b 2b", "reserved bit"),
        "checksum": (
            "zstd-checksum", z.frame(100, *BLOCKS, bits=4) + b"\x12\x34\x56\x78", "4.3d",
            "the checksum flag",
        ),
        "size-absent": (
            "zstd-content-size", z.frame(0, *BLOCKS, window=WINDOW, size_flag=0), "4.3e",
            "no content size",
        ),
        "size-absent-100": (
            "zstd-content-size",
            z.frame(0, z.compressed(bytes(12)), NOUGHT, window=WINDOW, size_flag=0), "4.3e",
            "no content size, and a block header whose first byte is 100",
        ),
    }  # fmt: skip
    for ID in (b"\1", b"\0\1", b"\xff\xff", b"\0\0\0\x80"):
        frame = z.frame(100, *BLOCKS, dictionary=ID)
        name, note = f"dictionary-{ID.hex()}", f"a dictionary ID of {len(ID)} bytes"
        faults[name] = "zstd-dictionary", frame, "4.3c", note
    for size in (0, 99, 101, 356, 100 + (1 << 32), 100 + (1 << 60), (1 << 64) - 1):
        window = WINDOW if size % 2 else None
        frame = z.frame(size, *BLOCKS, window=window, size_flag=1 if size == 356 else 3)
        note = f"a content size of {size}, where 100 is due"
        faults[f"size-{size}"] = "zstd-content-size", frame, "4.3e 5b 2a 7", note
    for log, eighths in ((23, 1), (24, 0), (27, 0), (31, 7), (32, 0), (41, 7)):
        frame = z.frame(100, *BLOCKS, window=z.window_byte(log, eighths), size_flag=2)
        note = f"a window of 2^{log} x {8 + eighths}/8 bytes"
        faults[f"window-{log}-{eighths}"] = "zstd-window", frame, "4.3f 5b", note
    return faults


def _blocks() -> Faults:
    reserved = z.Block(z.RESERVED, 10, DATA)
    frames = {
        "no-block": (z.frame(100), "4.3h", "a header, and nothing after it"),
        "block-header-cut": (z.frame(100, *BLOCKS)[:-2], "4.3h", "a cut block header"),
        "raw-cut": (z.frame(100, z.raw(DATA, size=100)), "4.3h", "a raw block past the end"),
        "raw-cut-by-one": (z.frame(10 + 90, z.raw(bytes(80), size=81)), "4.3h", "a byte past it"),
        "rle-cut": (GOOD[:-1], "4.3h", "the byte to repeat is missing"),
        "compressed-cut": (
            z.frame(100, z.raw(DATA), z.match(b"\0", 4, 34))[:-1], "4.3h", "a compressed block cut",
        ),
        "no-last": (z.frame(100, *BLOCKS, ended=False), "4.3h", "no block is marked as the last"),
        "no-last-cut": (
            z.frame(100, *BLOCKS, ended=False) + b"\0", "4.3h", "and a byte of a header follows",
        ),
        "reserved-block": (z.frame(100, reserved), "4.3g", "a block of the reserved type"),
        "reserved-block-second": (
            z.frame(100, z.repeat(0, 90), reserved), "4.3g", "the second block is of reserved type",
        ),
        "reserved-block-empty": (
            z.frame(100, *BLOCKS[:1], z.Block(z.RESERVED, 0, b""), z.repeat(0, 90)), "4.3g",
            "a block of the reserved type and no bytes",
        ),
        "rle-above-content": (
            z.frame(100, z.repeat(0, 101)), "4.3g 4.3i", "a block above the single segment",
        ),
        "short": (z.frame(100, z.raw(DATA), z.repeat(0, 89)), "4.3i", "99 bytes in blocks"),
        "empty": (z.frame(100, z.raw(b"")), "4.3i", "a frame of one empty block"),
        "long": (z.frame(100, *BLOCKS, z.repeat(0, 1)), "4.3i", "101 bytes in blocks"),
        "match-short": (
            z.frame(100, z.raw(DATA), z.match(b"\0", 4, 34), z.repeat(0, 54)), "4.3i",
            "99 bytes, some by a match",
        ),
        "match-long": (
            z.frame(100, z.raw(DATA), z.match(b"\0", 4, 34), z.repeat(0, 56)), "4.3i", "101 bytes",
        ),
        "match-too-far": (
            z.frame(100, z.raw(DATA), z.match(b"\0", 12, 20), z.repeat(0, 69)), "4.3i 1b",
            "a match back before the frame",
        ),
        "compressed-empty": (
            z.frame(100, z.compressed(b""), NOUGHT), "4.3i", "a compressed block of no bytes",
        ),
        "compressed-literals": (
            z.frame(100, z.compressed(b"\x20\1"), z.repeat(0, 96)), "4.3i",
            "a compressed block with fewer literals than it states",
        ),
        "compressed-treeless": (
            z.frame(100, z.compressed(b"\x43\2\1\0\0\0"), z.repeat(0, 96)), "4.3i",
            "literals of an earlier tree that there is not",
        ),
        "compressed-no-end-mark": (
            z.frame(100, z.raw(DATA), z.compressed(b"\x08\0\1\x54\1\3\x1f\0"), z.repeat(0, 55)),
            "4.3i", "a bit stream without its end mark",
        ),
    }  # fmt: skip
    trailing = {
        "trailing": (GOOD + b"\0", "4.3j", "a byte after the frame"),
        "trailing-frame": (GOOD * 2, "4.3j", "two frames"),
        "trailing-empty-frame": (GOOD + z.frame(0, z.raw(b"")), "4.3j", "an empty second frame"),
        "trailing-skippable": (
            GOOD + b"\x50\x2a\x4d\x18" + bytes(4), "4.3j", "a skippable frame after the frame",
        ),
        "trailing-block": (
            z.frame(100, NOUGHT) + z.block_bytes(z.raw(b""), last=True), "4.3j",
            "a block after the last",
        ),
    }  # fmt: skip
    return {k: ("zstd-data", *v) for k, v in frames.items()} | {
        k: ("zstd-trailing", *v) for k, v in trailing.items()
    }


def _large() -> Iterator[Vector]:
    """Yield larger frames, of zeros, whose window or one of whose blocks is too large."""
    many = z.repeat(0, 128 * z.KIB)
    rows: dict[str, tuple[str, int, int, tuple[z.Block, ...], dict[str, Any], str, str]] = {
        "single-segment": (
            "zstd-window", 4096, 2100, (many,) * 65 + (z.repeat(0, 4096 * 2100 - 65 * (1 << 17)),),
            {}, "4.3f 5b", "a single segment above 8 MiB",
        ),
        "single-segment-by-one": (
            "zstd-window", WIDE + 1, 1, (many,) * 64 + (z.repeat(0, 1),),
            {}, "4.3f", "a single segment of 8 MiB and a byte",
        ),
        "rle-above-window": (
            "zstd-data", 1025, 1, (z.repeat(0, 1025),), {"window": WINDOW, "size_flag": 1},
            "4.3g", "an RLE block of 1025 bytes in a window of 1024",
        ),
        "raw-above-window": (
            "zstd-data", 2000, 1, (z.raw(bytes(1025)), z.repeat(0, 975)),
            {"window": WINDOW, "size_flag": 1}, "4.3g",
            "a raw block of 1025 bytes in a window of 1024",
        ),
        "block-above-mantissa": (
            "zstd-data", 1153, 1, (z.repeat(0, 1153),),
            {"window": z.window_byte(10, 1), "size_flag": 1}, "4.3g",
            "a block of 1153 bytes in a window of 1152",
        ),
        "block-above-128-kib": (
            "zstd-data", 4096, 100, (z.repeat(0, (1 << 17) + 1), many, many, z.repeat(0, 16383)),
            {}, "4.3g", "a block of 128 KiB and a byte in a single segment",
        ),
        "block-above-128-kib-window": (
            "zstd-data", 4096, 100, (z.repeat(0, (1 << 17) + 1), many, many, z.repeat(0, 16383)),
            {"window": z.window_byte(20)}, "4.3g", "a block of 128 KiB and a byte in a window",
        ),
    }  # fmt: skip
    for name, (error, width, height, blocks, options, sections, note) in rows.items():
        frame = z.frame(width * height, *blocks, **options)
        data = forge(flags=3, width=width, height=height, methods=[1], tiles=[frame])
        yield invalid(f"zstd-{name}", error, data, f"{sections} 5.13", note)


def _order() -> Iterator[Vector]:
    bad_block = z.Block(z.RESERVED, 10, DATA)
    wide = z.window_byte(24)
    rows = {
        "frame-before-dictionary": (
            "zstd-frame", z.frame(100, *BLOCKS, dictionary=b"\1", bits=8),
            "the reserved bit and a dictionary",
        ),
        "frame-before-checksum": (
            "zstd-frame", z.frame(100, *BLOCKS, bits=12), "the reserved bit and a checksum",
        ),
        "cut-before-dictionary": (
            "zstd-frame", z.frame(100, dictionary=b"\1")[:-1], "a dictionary, and the size cut",
        ),
        "cut-before-checksum": (
            "zstd-frame", z.frame(100, bits=4)[:-1], "the checksum flag, and the size cut",
        ),
        "dictionary-before-checksum": (
            "zstd-dictionary", z.frame(100, *BLOCKS, dictionary=b"\1", bits=4),
            "a dictionary and a checksum",
        ),
        "checksum-before-size": (
            "zstd-checksum", z.frame(99, *BLOCKS, bits=4), "a checksum and another size",
        ),
        "checksum-before-size-absent": (
            "zstd-checksum", z.frame(0, *BLOCKS, window=WINDOW, size_flag=0, bits=4),
            "a checksum and no content size",
        ),
        "size-before-window": (
            "zstd-content-size", z.frame(99, *BLOCKS, window=wide, size_flag=2),
            "another size, and a window of 16 MiB",
        ),
        "size-before-huge-window": (
            "zstd-content-size", z.frame(99, *BLOCKS, window=0xFF, size_flag=2),
            "another size, and the largest window that there is",
        ),
        "dictionary-before-huge-window": (
            "zstd-dictionary", z.frame(100, *BLOCKS, window=0xFF, size_flag=2, dictionary=b"\1"),
            "a dictionary, and the largest window that there is",
        ),
        "window-before-data": (
            "zstd-window", z.frame(100, bad_block, window=wide, size_flag=2),
            "a window of 16 MiB, and a block of the reserved type",
        ),
        "data-before-trailing": (
            "zstd-data", z.frame(100, bad_block) + b"\0",
            "a block of the reserved type as the last, and a byte after it",
        ),
        "size-of-block-before-trailing": (
            "zstd-data", z.frame(100, z.repeat(0, 101)) + b"\0", "too large a block, and a byte",
        ),
        "trailing-before-data": (
            "zstd-trailing", z.frame(100, z.raw(DATA), z.compressed(b"")) + b"\0",
            "a compressed block of no bytes, and a byte after the last",
        ),
        "trailing-before-long": (
            "zstd-trailing", z.frame(100, z.repeat(0, 101), window=WINDOW, size_flag=2) + b"\0",
            "a block above the content size but not the window, and a byte",
        ),
        "trailing-before-short": (
            "zstd-trailing", z.frame(100, z.raw(DATA)) + b"\0", "10 bytes of 100, and a byte",
        ),
        "second-block-before-first": (
            "zstd-data", z.frame(100, z.compressed(b"\xff" * 9), bad_block),
            "a corrupt block, and one of the reserved type",
        ),
    }  # fmt: skip
    for name, (error, frame, note) in rows.items():
        yield _of_frame(name, error, frame, "4.3 5a", note)
    large = z.frame(2000, z.compressed(bytes(1025)), window=WINDOW) + b"\0"
    data = forge(flags=3, width=2000, height=1, methods=[1], tiles=[large])
    note = "a compressed block of 1025 bytes in a window of 1024, and a byte"
    yield invalid("zstd-large-compressed-before-trailing", "zstd-data", data, "4.3g 5.13 5a", note)
    short = z.frame(100, z.raw(DATA), z.repeat(3, 89))
    data = forge(palette=bytes(9), width=200, height=1, methods=[1], tiles=[short],
                 tile_crcs=[0])  # fmt: skip
    note = "the tile's checksum is wrong, and its frame too short"
    yield invalid("zstd-checksum-before-frame", "tile-checksum", data, "5.12 5.13 5a", note)
    frame = z.frame(100, z.raw(b"\xff" * 10), z.repeat(0, 89))
    data = forge(width=199, height=1, methods=[1], tiles=[frame])
    note = "a frame too short, of indices outside the palette"
    yield invalid("zstd-data-before-index", "zstd-data", data, "5.13 5.15 5a", note)
