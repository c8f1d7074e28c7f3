"""One tile: its indices to stored bytes and back, by whichever method suits it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kmformat.codec.compact.streams import decode_compact
from kmformat.codec.format.head import Head, Method
from kmformat.codec.zstd import Setting, compress, decompress
from kmformat.errors import ChecksumError, Code
from kmformat.kernels.packing import check_packed, pack, row_bytes

U8 = npt.NDArray[np.uint8]

_QUICK = Setting(3)


@dataclass(frozen=True)
class StoredTile:
    """The bytes that stand in the file for a tile, and how to read them."""

    method: Method
    data: bytes

    def __len__(self) -> int:
        return len(self.data)

    @property
    def entry(self) -> tuple[int, int, int]:
        """What the directory says of this tile: method, length, CRC-32."""
        return self.method, len(self.data), zlib.crc32(self.data)


def encode_plain(
    indices: U8, bits: int, level: int | None, *, rival: int | None = None, hopeless: float = 1.0
) -> StoredTile:
    """Store indices, shape (height, width), packed and, where that is smaller, compressed.

    Parameters
    ----------
    level
        zstd's, 1 to 22, or None to do without.
    rival, hopeless
        If the tile can be had in `rival` bytes, and zstd's level 3 takes more than `hopeless` times
        as many, no other level is tried.
    """
    packed = pack(indices, bits).tobytes()
    frame = packed
    if level is not None:
        frame = compress(packed, _QUICK if rival is not None else Setting(level))
        if rival is not None and level != _QUICK.level and len(frame) <= hopeless * rival:
            frame = min(frame, compress(packed, Setting(level)), key=len)
    if len(frame) < len(packed):
        return StoredTile(Method.ZSTD, frame)
    return StoredTile(Method.STORED, packed)


def decode_tiles(data: Sequence[bytes], numbers: Sequence[int], head: Head) -> list[U8]:
    """Return the packed indices of tiles, checked (spec, section 5, steps 12 to 16).

    Parameters
    ----------
    data
        The stored bytes of each, as many as the directory says.
    numbers
        Which tiles they are. Several must all be compact, and of one shape: they are decoded
        in step, which is faster.

    Returns
    -------
    uint8, shape (height, bytes a row) each: see `kmformat.kernels.packing`. All indices are in the palette.

    Raises
    ------
    FormatError
        Of several tiles at fault, the error need not be of the first.
    """
    header, entry = head.header, head.directory[numbers[0]]
    for number, stored in zip(numbers, data, strict=True):
        stated, actual = int(head.directory["crc32"][number]), zlib.crc32(stored)
        if actual != stated:
            raise ChecksumError(
                Code.TILE_CHECKSUM,
                f"stored bytes have CRC-32 {actual:08x}, but {stated:08x} is stated",
            )
    box = header.grid.box(numbers[0])
    if entry["method"] == Method.COMPACT:
        indices = decode_compact(data, (box.height, box.width), head.tables)
        return [pack(tile, header.bits) for tile in indices]
    (plain,) = data
    stride = row_bytes(box.width, header.bits)
    if entry["method"] == Method.ZSTD:
        plain = decompress(plain, stride * box.height)
    packed = np.frombuffer(plain, np.uint8).reshape(box.height, stride)
    check_packed(packed, header.bits, box.width, header.colors)
    return [packed]
