"""KMF files put together byte by byte with `struct`, sharing no code with the package.

Everything can be overridden, and the checksums are then made right again, so that a forged file
breaks just the one rule that a test or test vector is about. Pixels are rows of indices, `bytes`
each, so that a flat picture is the same row many times.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

Rows: TypeAlias = Sequence[bytes]


def forge(
    *,
    magic: bytes = b"\x8bKMF",
    major: int = 1,
    minor: int = 0,
    flags: int = 2,  # four bits an index, nothing else
    colors: int | None = None,
    width: int = 3,
    height: int = 2,
    tile_size: tuple[int, int] | None = None,
    chunks: bytes | None = None,
    chunks_length: int | None = None,
    palette: bytes = bytes(range(9)),
    tiles: Sequence[bytes] = (b"\x01\x20\x21\x00",),
    methods: Sequence[int] = (0,),
    lengths: Sequence[int] | None = None,
    tile_crcs: Sequence[int] | None = None,
    head_crc: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """Return a file: unless told otherwise, 3x2 pixels of 3 colours in one stored tile."""
    flags |= (8 if tile_size else 0) | (16 if chunks is not None else 0)
    count = len(palette) // (4 if flags & 4 else 3) if colors is None else colors
    head = magic + struct.pack("<BBBBII", major, minor, flags, count - 1, width, height)
    head += struct.pack("<II", *tile_size) if tile_size else b""
    if chunks is not None:
        head += struct.pack("<I", len(chunks) if chunks_length is None else chunks_length)
    head += palette + (chunks or b"")
    lengths = [len(tile) for tile in tiles] if lengths is None else lengths
    tile_crcs = [zlib.crc32(tile) for tile in tiles] if tile_crcs is None else tile_crcs
    for entry in zip(methods, lengths, tile_crcs, strict=True):
        head += struct.pack("<BII", *entry)
    head += struct.pack("<I", zlib.crc32(head) if head_crc is None else head_crc)
    return head + b"".join(tiles) + tail


def chunk(kind: bytes, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """Return one chunk, its length possibly a lie."""
    return kind + struct.pack("<I", len(payload) if length is None else length) + payload


def pack(rows: Rows, bits: int) -> bytes:
    """Return packed indices: the left pixel in the high bits, each row from a new byte."""

    @cache
    def packed(row: bytes) -> bytes:
        if bits == 8:
            return row
        binary = "".join(f"{index:0{bits}b}" for index in row)
        binary += "0" * (-len(binary) % 8)
        return int(binary, 2).to_bytes(len(binary) // 8, "big")

    return b"".join(packed(row) for row in rows)


def cut(rows: Rows, tile_size: tuple[int, int]) -> list[list[bytes]]:
    """Return the tiles of a picture, in row order; the last in a row or column may be smaller."""
    width, height = tile_size
    return [
        [row[x : x + width] for row in rows[y : y + height]]
        for y in range(0, len(rows), height)
        for x in range(0, len(rows[0]), width)
    ]
