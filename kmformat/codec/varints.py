"""Varints: numbers below 2^32, seven bits a byte, low bits first (spec, section 2).

Bit 7 is set in all bytes but the last, and the last of several is not 0: each number has one form.
The head of a file and the data of compact tiles have single ones, the directory one for each tile,
which NumPy reads and writes together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import Code, FormatError

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints

MOST_BYTES = 5
"""No varint is longer."""
_MOST_LAST = 15
"""The largest fifth byte: that of 2^32 - 1."""
_LEAST = 1 << 7 * np.arange(1, MOST_BYTES)
"""The least numbers of 2, 3, 4 and 5 bytes."""
_FEW = 16
"""So many numbers are read faster one by one than by NumPy."""
_MALFORMED = "a number takes more bytes than it needs, or is not below 2^32"


def varint(value: int) -> bytes:
    """Return a number as a varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint_size(value: int) -> int:
    """Return how many bytes a number takes."""
    return max(1, -(-value.bit_length() // 7))


def read_varint(next_byte: Callable[[], int]) -> int:
    """Return the number whose bytes come one by one.

    Raises
    ------
    FormatError
        It is malformed. What `next_byte` raises is passed on.
    """
    value = 0
    for place in range(MOST_BYTES):
        byte = next_byte()
        value |= (byte & 127) << 7 * place
        if byte < 128:
            if (place and not byte) or (place == MOST_BYTES - 1 and byte > _MOST_LAST):
                break
            return value
    raise FormatError(Code.VARINT, _MALFORMED)


def varints(values: Ints) -> bytes:
    """Return numbers, int64 (n,), as varints one after the other."""
    place = np.arange(MOST_BYTES)
    last = (varint_sizes(values) - 1)[:, None]
    parts = values[:, None] >> 7 * place & 127 | np.where(place < last, 128, 0)
    return parts[place <= last].astype(np.uint8).tobytes()


def varint_sizes(values: Ints) -> Ints:
    """Return how many bytes each of some numbers, int64 (n,), takes."""
    return np.searchsorted(_LEAST, values, side="right") + 1


def read_varints(data: U8, count: int) -> tuple[Ints, int]:
    """Return the numbers that begin some bytes, int64 (count,), and how many bytes they take.

    Parameters
    ----------
    data
        At least ``MOST_BYTES * count`` bytes, which no well-formed numbers exceed.

    Raises
    ------
    FormatError
        One of them is malformed.
    """
    if count <= _FEW:
        each = iter(data[: MOST_BYTES * count].tolist())
        few = [read_varint(each.__next__) for _ in range(count)]
        return np.array(few, np.int64), sum(map(varint_size, few))
    ends = np.flatnonzero(data[: MOST_BYTES * count] < 128)[:count] + 1
    starts = np.concatenate([np.zeros(1, ends.dtype), ends[:-1]])
    sizes = ends - starts
    last = data[ends - 1]
    wrong = (sizes > MOST_BYTES) | ((sizes > 1) & (last == 0))
    wrong |= (sizes == MOST_BYTES) & (last > _MOST_LAST)
    if len(ends) < count or wrong.any():
        raise FormatError(Code.VARINT, _MALFORMED)
    values = np.zeros(count, np.int64)
    for place in range(MOST_BYTES):
        there = np.flatnonzero(sizes > place)
        values[there] |= (data[starts[there] + place] & np.int64(127)) << 7 * place
    return values, int(ends[-1])
