"""KMF files put together byte by byte with `struct`, sharing no code with the package.

Everything can be overridden, and the checksums are then made right again, so that a forged file
breaks just the one rule that a test is about.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import zstandard


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
    head += struct.pack("<I", len(chunks)) if chunks is not None else b""
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


def in_zstd(frame: bytes, packed_size: int = 100) -> bytes:
    """Return a file whose one tile, of so many bytes when packed, is this frame."""
    return forge(width=2 * packed_size, height=1, tiles=[frame], methods=[1])


def zstd_frame(data: bytes, **options: object) -> bytes:
    """Return a zstd frame, with whatever python-zstandard can be asked for."""
    return zstandard.ZstdCompressor(**options).compress(data)  # type: ignore[arg-type]


def raw_frame(
    data: bytes,
    *,
    content_size: int | None = None,
    window_log: int = 20,
    dictionary: int = 0,
    descriptor_bits: int = 0,
    block_type: int = 0,
) -> bytes:
    """Return a zstd frame put together by hand: one last block, of `data` as it is.

    It has an 8-byte content size, and a dictionary ID if that is not 0 (RFC 8878, section 3.1.1).
    """
    frame = b"\x28\xb5\x2f\xfd" + bytes([0xC0 | descriptor_bits | bool(dictionary)])
    frame += bytes([window_log - 10 << 3]) + (bytes([dictionary]) if dictionary else b"")
    frame += struct.pack("<Q", len(data) if content_size is None else content_size)
    return frame + (1 | block_type << 1 | len(data) << 3).to_bytes(3, "little") + data
