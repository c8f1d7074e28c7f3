"""Indices to packed bytes and back, packed bytes straight to colours, and runs of zeros.

Indices of 1, 2, 4 or 8 bits fill each byte from its high bits down; each row starts on a byte, and
the spare bits of its last byte are zero (spec, section 4.1). Three indices a row, 4 bits each::

    byte   0                 1
    bit    7 6 5 4  3 2 1 0  7 6 5 4  3 2 1 0
           index 0  index 1  index 2  0 0 0 0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints

_Number = TypeVar("_Number", int, "Ints")

_BLOCK_UNITS = 1 << 15
"""Units that become colours at a time: their positions and colours stay in cache."""
_WIDE_PIXELS = 1 << 19
"""From so many pixels on, looking up two bytes at a time repays the larger table."""


def row_bytes(width: _Number, bits: int) -> _Number:
    """Return how many bytes a row of `width` indices of `bits` bits takes."""
    return -(-width * bits // 8)


def pack(indices: U8, bits: int) -> U8:
    """Pack indices of shape (height, width), each below 2^bits.

    Returns
    -------
    uint8, shape (height, row_bytes(width, bits))
    """
    if bits == 8:
        return np.ascontiguousarray(indices)
    height, width = indices.shape
    per_byte = 8 // bits
    packed = np.zeros((height, row_bytes(width, bits)), np.uint8)
    for position in range(per_byte):
        column = indices[:, position::per_byte]
        packed[:, : column.shape[1]] |= column << np.uint8(8 - bits * (position + 1))
    return packed


def unpack(packed: U8, bits: int, width: int) -> U8:
    """Unpack rows of `width` indices: the inverse of `pack`. Spare bits are ignored."""
    if bits == 8:
        return packed
    per_byte = 8 // bits
    indices = np.empty((*packed.shape, per_byte), np.uint8)
    for position in range(per_byte):
        np.right_shift(packed, 8 - bits * (position + 1), out=indices[..., position])
    indices &= (1 << bits) - 1
    return indices.reshape(len(packed), -1)[:, :width]


def has_spare_bits(packed: U8, bits: int, width: int) -> bool:
    """Tell whether any bit is set after the last of `width` indices in any row."""
    spare = packed.shape[1] * 8 - width * bits
    return bool(spare and (packed[:, -1] & ((1 << spare) - 1)).any())


def largest_index(packed: U8, bits: int) -> int:
    """Return the largest index in packed rows; spare bits count as more indices."""
    mask = (1 << bits) - 1
    parts = [packed] if bits == 8 else (packed >> shift & mask for shift in range(0, 8, bits))
    return max(int(part.max()) for part in parts)


class ColorTable:
    """The colours that each packed unit stands for, looked up a unit at a time.

    A unit is one byte, or two where that is faster and the image repays the larger table. The
    lookup is the whole of decoding: each writes 1 to 8 pixels.

    Parameters
    ----------
    palette
        uint8, shape (colors, 3) or (colors, 4), colors <= 2^bits. Indices beyond it come out
        as zeros, so check first.
    pixels
        About how many pixels will be looked up.
    """

    def __init__(self, palette: U8, bits: int, pixels: int) -> None:
        colors = np.zeros((1 << bits, palette.shape[1]), np.uint8)
        colors[: len(palette)] = palette
        every_byte = np.arange(256, dtype=np.uint8)[:, None]
        self._bytes = colors[unpack(every_byte, bits, 8 // bits)].reshape(256, -1)
        self._table = self._bytes
        self._unit: np.dtype[np.unsignedinteger[Any]] = np.dtype("u1")
        if bits >= 4 and pixels >= _WIDE_PIXELS:  # below 4 bits the table would outgrow the cache
            pairs = np.empty((256, 256, 2, self._bytes.shape[1]), np.uint8)
            pairs[:, :, 0] = self._bytes  # little-endian: the left byte is the low one
            pairs[:, :, 1] = self._bytes[:, None]
            self._table = pairs.reshape(1 << 16, -1)
            self._unit = np.dtype("<u2")

    def paint(self, packed: U8, out: U8) -> None:
        """Write the colours of packed rows to `out`, shape (height, width, channels)."""
        height, width, channels = out.shape
        row = packed.shape[1] * self._bytes.shape[1] // channels  # pixels, with those of spare bits
        if row == width and out.flags.c_contiguous:
            self._look_up(packed.reshape(-1), out.reshape(-1))
            return
        rows = max(1, 2 * _BLOCK_UNITS // packed.shape[1])
        block = np.empty((min(rows, height), row, channels), np.uint8)
        for top in range(0, height, rows):
            part = packed[top : top + rows]
            painted = block[: len(part)]
            self._look_up(part.reshape(-1), painted.reshape(-1))
            out[top : top + rows] = painted[:, :width]

    def _look_up(self, packed: U8, out: U8) -> None:
        """Write the colours of packed bytes, row after row, to `out`; both have one dimension."""
        whole = len(packed) // self._unit.itemsize * self._unit.itemsize
        units = packed[:whole].view(self._unit)
        entry = self._table.shape[1]
        entries = out[: len(units) * entry].reshape(-1, entry)
        for start in range(0, len(units), _BLOCK_UNITS):
            part = slice(start, start + _BLOCK_UNITS)
            np.take(self._table, units[part], axis=0, out=entries[part], mode="clip")
        if whole < len(packed):
            out[entries.size :] = self._bytes[packed[-1]]


def write_runs(numbers: U8, bits: int) -> U8:
    """Write numbers (n,), each below 2^bits, as runs of zeros (spec, section 4.5).

    In each byte the high 8 - bits bits say how many zeros come first, and the low `bits` bits are
    the number after them.
    """
    longest = (1 << 8 - bits) - 1
    ends = np.flatnonzero(numbers)
    zeros = np.diff(ends, prepend=-1) - 1
    full = zeros >> 8 - bits  # bytes for longest + 1 zeros each, the last of them as the number
    place = np.cumsum(full + 1) - 1
    tail = len(numbers) - 1 - (int(ends[-1]) if len(ends) else -1)
    size = (int(place[-1]) + 1 if len(place) else 0) + -(-tail // (longest + 1))
    runs = np.full(size, longest << bits, np.uint8)
    runs[place] = (zeros & longest) << bits | numbers[ends]
    if tail & longest:
        runs[-1] = ((tail & longest) - 1) << bits
    return runs


def clip(numbers: U8, top: int) -> tuple[U8, U8]:
    """Return numbers (n,) of at most `top`, and by how much those of `top` and more exceed it."""
    clipped = np.minimum(numbers, np.uint8(top))
    return clipped, numbers[clipped == top] - np.uint8(top)


def read_runs(runs: U8, bits: int, count: int) -> U8 | None:
    """Return the `count` numbers that runs stand for, (count,), or None if they are not so many."""
    ends = np.cumsum((runs >> np.uint8(bits)).astype(np.intp) + 1)
    if ends[-1] != count:
        return None
    numbers = np.zeros(count, np.uint8)
    numbers[ends - 1] = runs & np.uint8((1 << bits) - 1)
    return numbers
