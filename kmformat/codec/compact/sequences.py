"""Sequences: small numbers as bytes in one of eight layouts, with zstd as their entropy coder.

A sequence is a varint of ``16 length + 8 compressed + layout``, and then `length` bytes, which are
one zstd frame if `compressed` is 1 (spec, section 4.5)::

    layout   0 1 2 3    8, 4, 2, 1 numbers a byte, of 1, 2, 4, 8 bits, from the high bits down
             4 5 6 7    a run a byte: in its high bits how many zeros come first, in its low 1, 2,
                        3 or 4 bits the number that follows them

Most ranks are 0, so runs leave zstd few bytes to code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.varints import read_varint, varint
from kmformat.codec.zstd_frame import Setting, compress, decompress
from kmformat.errors import Code, FormatError

if TYPE_CHECKING:
    from kmformat.arrays import U8

LAYOUTS = range(8)
PACKED = (0, 1, 2, 3)
BYTES = 3
"""The layout of one number a byte."""
_BITS = (1, 2, 4, 8, 1, 2, 3, 4)


def top_of(layout: int) -> int:
    """Return the largest number that a layout can hold."""
    return (1 << _BITS[layout]) - 1


@dataclass(frozen=True)
class Coder:
    """How hard to try for short sequences.

    Attributes
    ----------
    settings
        Settings of zstd; each is tried on each sequence, and the shortest frame is kept.
    thorough
        Whether to try all layouts, and not only the likely ones.
    """

    settings: tuple[Setting, ...]
    thorough: bool = False


def write_sequence(numbers: U8, layouts: Iterable[int], coder: Coder) -> tuple[bytes, int]:
    """Return numbers in the fewest bytes that one of these layouts gives, and that layout."""
    written = [(_written(numbers, layout, coder), layout) for layout in layouts]
    return min(written, key=lambda each: len(each[0]))


def _written(numbers: U8, layout: int, coder: Coder) -> bytes:
    plain = _lay_out(numbers, layout)
    shortest, compressed = plain, 0
    for setting in coder.settings:
        frame = compress(plain, setting)
        if len(frame) < len(shortest):
            shortest, compressed = frame, 8
    return varint(len(shortest) << 4 | compressed | layout) + shortest


class FieldReader:
    """Reads the fields of a tile or table in order, checked (spec, section 5, step 16)."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0
        self.frames = list[bytes]()
        """The zstd frames of the sequences read so far."""

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        start, self._position = self._position, self._position + size
        if self._position > len(self._data):
            raise FormatError(Code.STREAM_TRUNCATED, "a field runs past the end of its data")
        return self._data[start : self._position]

    def varint(self) -> int:
        """Return the number that the next bytes are (`kmformat.codec.varints`)."""
        return read_varint(lambda: self.take(1)[0])

    def sequence(self, count: int) -> tuple[U8, int]:
        """Return `count` numbers, at least 1, and the layout that they were in."""
        head = self.varint()
        layout, data = head & 7, self.take(head >> 4)
        bits = _BITS[layout]
        if layout in PACKED:
            least = most = -(-count * bits // 8)
        else:
            least, most = -(-count >> 8 - bits), count
        if head & 8:
            self.frames.append(data)
            data = decompress(data, least, most)
        elif not least <= len(data) <= most:
            raise FormatError(
                Code.STREAM_LENGTH, f"{len(data)} bytes for {count} numbers in layout {layout}"
            )
        return _read_out(np.frombuffer(data, np.uint8), layout, count), layout

    def end(self) -> None:
        """Check that nothing is left."""
        if left := len(self._data) - self._position:
            raise FormatError(Code.STREAM_TRAILING, f"{left} bytes are left after the last field")


def _lay_out(numbers: U8, layout: int) -> bytes:
    bits = _BITS[layout]
    if layout in PACKED:
        return kernels.pack(numbers[None], bits).tobytes()
    return kernels.write_runs(numbers, bits).tobytes()


def _read_out(data: U8, layout: int, count: int) -> U8:
    bits = _BITS[layout]
    if layout not in PACKED:
        numbers = kernels.read_runs(data, bits, count)
        if numbers is None:
            raise FormatError(Code.STREAM_LENGTH, f"runs do not make {count} numbers")
        return numbers
    if kernels.has_spare_bits(data[None], bits, count):
        raise FormatError(Code.PADDING, "the spare bits at the end of a stream are not all zero")
    return kernels.unpack(data[None], bits, count).reshape(-1)
