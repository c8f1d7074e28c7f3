"""KMF files put together byte by byte with `struct`, sharing no code with the package.

Every field can be set to any value. Checksums are computed from the result unless they are set too,
so that a forged file breaks only the rule that a test or test vector is about.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from tools.conformance.forge.varints import varint

Rows: TypeAlias = Sequence[bytes]
"""Pixels: the indices of each row, a byte each. A flat picture may repeat one row object."""

PALETTE = bytes(range(9))
"""The three colours that a forged file has if it is told no others."""


def forge(
    *,
    magic: bytes = b"\x8bKMF",
    major: int = 1,
    minor: int = 0,
    flags: int = 2,  # four bits an index, nothing else
    colors: int | None = None,
    width: int | bytes = 3,
    height: int | bytes = 2,
    tile_size: tuple[int | bytes, int | bytes] | None = None,
    chunks: bytes | None = None,
    chunks_length: int | bytes | None = None,
    palette: bytes = PALETTE,
    packed: bytes | None = None,
    packed_length: int | bytes | None = None,
    tiles: Sequence[bytes] = (b"\x01\x20\x21\x00",),
    methods: Sequence[int] = (0,),
    lengths: Sequence[int] | None = None,
    entries: Sequence[bytes] | None = None,
    tile_crcs: Sequence[int] | None = None,
    head_crc: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """Return a file. By default it has 3 x 2 pixels of 3 colours, in one stored tile.

    Fields are those of the spec, section 3, and are written as they are given, however wrong.

    Parameters
    ----------
    major, minor
        The high and the low half of the version byte, each 0 to 15.
    flags
        The flags byte; those for tile size, chunks and a packed palette are set where these are
        given.
    chunks
        The bytes of all chunks; None for a file without the chunks length.
    width, height, tile_size, chunks_length
        Numbers, or the bytes that stand in their places.
    packed
        What the file has in place of the palette, packed; None for a palette as it is.
    colors, chunks_length, packed_length, lengths, tile_crcs, head_crc
        What the file states of palette entries, of bytes, and as checksums; None for what is true.
    entries
        What stands in the directory for length and method of each tile, if that is no varint.
    tiles, methods
        The stored bytes of each tile, and its method: 0 stored, 1 zstd, 2 compact, 3 dense.
    tail
        Bytes after the last tile.
    """
    flags |= (8 if tile_size else 0) | (16 if chunks is not None else 0)
    flags |= 32 if packed is not None else 0
    count = len(palette) // (4 if flags & 4 else 3) if colors is None else colors
    head = magic + bytes([major << 4 | minor, flags, count - 1])
    numbers = [width, height, *(tile_size or ())]
    if chunks is not None:
        numbers.append(len(chunks) if chunks_length is None else chunks_length)
    if packed is not None:
        numbers.append(len(packed) if packed_length is None else packed_length)
    head += b"".join(n if isinstance(n, bytes) else varint(n) for n in numbers)
    head += (palette if packed is None else packed) + (chunks or b"")
    lengths = [len(tile) for tile in tiles] if lengths is None else lengths
    if tile_crcs is None:
        tile_crcs = [
            tile_crc(tile, palette if method in (2, 3) else b"")
            for tile, method in zip(tiles, methods, strict=True)
        ]
    if entries is None:
        pairs = zip(lengths, methods, strict=True)
        entries = [varint(8 * length + method) for length, method in pairs]
    head += b"".join(entries) + struct.pack(f"<{len(tile_crcs)}I", *tile_crcs)
    head += struct.pack("<I", zlib.crc32(head) if head_crc is None else head_crc)
    return head + b"".join(tiles) + tail


def tile_crc(tile: bytes, palette: bytes = b"") -> int:
    """Return the checksum of a tile's bytes; of a compact or dense one, of palette and these."""
    return zlib.crc32(palette + tile)


def chunk(kind: bytes, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """Return one chunk; `length` is what it states, if that is not its payload's."""
    return kind + struct.pack("<I", len(payload) if length is None else length) + payload


def pack(rows: Rows, bits: int) -> bytes:
    """Return packed indices of 1 to 8 bits: the left in the high bits, each row on a new byte."""

    @cache
    def packed(row: bytes) -> bytes:
        if bits == 8:
            return row
        binary = "".join(f"{index:0{bits}b}" for index in row)
        binary += "0" * (-len(binary) % 8)
        return int(binary, 2).to_bytes(len(binary) // 8, "big")

    return b"".join(packed(row) for row in rows)


def cut(rows: Rows, tile_size: tuple[int, int]) -> list[list[bytes]]:
    """Return the rows of each tile of a picture, in row order; those at the edge may be smaller."""
    width, height = tile_size
    return [
        [row[x : x + width] for row in rows[y : y + height]]
        for y in range(0, len(rows), height)
        for x in range(0, len(rows[0]), width)
    ]
