"""One tile: its indices to stored bytes and back, by whichever method suits it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kmformat.compression import compress, decompress
from kmformat.errors import ChecksumError, Code
from kmformat.head import Method
from kmformat.packing import check_packed, pack, row_bytes

U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class StoredTile:
    """The bytes that stand in the file for a tile, and how to read them."""

    method: Method
    data: bytes

    @property
    def entry(self) -> tuple[int, int, int]:
        """What the directory says of this tile: method, length, CRC-32."""
        return self.method, len(self.data), zlib.crc32(self.data)


def encode_tile(indices: U8, bits: int, level: int | None) -> StoredTile:
    """Store indices, shape (height, width), in as few bytes as the method allows.

    `level` is zstd's, 1 to 22, or None to do without. Of equal sizes the simpler method is taken.
    """
    packed = pack(indices, bits).tobytes()
    if level is not None:
        frame = compress(packed, level)
        if len(frame) < len(packed):
            return StoredTile(Method.ZSTD, frame)
    return StoredTile(Method.STORED, packed)


def decode_tile(data: bytes, entry: np.void, shape: tuple[int, int], bits: int, colors: int) -> U8:
    """Return the packed indices of a tile, checked (spec, section 5, steps 12 to 15).

    Parameters
    ----------
    data
        The stored bytes, as many as the directory says.
    entry
        The tile's directory entry.
    shape
        Height and width of the tile, in pixels.

    Returns
    -------
    uint8, shape (height, bytes a row): see `kmformat.packing`. Every index is below `colors`.

    Raises
    ------
    FormatError
    """
    if (crc32 := zlib.crc32(data)) != entry["crc32"]:
        raise ChecksumError(
            Code.TILE_CHECKSUM,
            f"stored bytes have CRC-32 {crc32:08x}, but {int(entry['crc32']):08x} is stated",
        )
    height, width = shape
    stride = row_bytes(width, bits)
    if entry["method"] == Method.ZSTD:
        data = decompress(data, stride * height)
    packed = np.frombuffer(data, np.uint8).reshape(height, stride)
    check_packed(packed, bits, width, colors)
    return packed
