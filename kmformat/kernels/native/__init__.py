"""The kernels that are compiled, from the C beside this, to the module `kmformat._native`.

Each has the name, the arguments and the results of the NumPy kernel that it stands for, which says
what they mean. Here the arrays for results are made; C checks all sizes. Front door:
`kmformat.kernels`. May import: the NumPy kernels.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels.packing import row_bytes

if TYPE_CHECKING:
    from kmformat import _native
    from kmformat.arrays import U8
else:
    _native = import_module("kmformat._native")


def pack(indices: U8, bits: int) -> U8:
    if bits == 8:
        return np.ascontiguousarray(indices)
    height, width = indices.shape
    packed = np.empty((height, row_bytes(width, bits)), np.uint8)
    _native.pack(_rows(indices), bits, packed)
    return packed


def unpack(packed: U8, bits: int, width: int) -> U8:
    if bits == 8:
        return packed
    indices = np.empty((len(packed), width), np.uint8)
    _native.unpack(_rows(packed), bits, width, indices)
    return indices


class ColorTable:
    def __init__(self, palette: U8, bits: int, _: int) -> None:
        self._palette, self._bits = np.zeros((1 << bits, palette.shape[1]), np.uint8), bits
        self._palette[: len(palette)] = palette

    def paint(self, packed: U8, out: U8) -> None:
        _native.paint(_rows(packed), self._bits, self._palette, out)


def write_runs(numbers: U8, bits: int) -> U8:
    runs = np.empty_like(numbers)
    return runs[: _native.write_runs(numbers, bits, runs)]


def read_runs(runs: U8, bits: int, count: int) -> U8 | None:
    numbers = np.empty(count, np.uint8)
    return numbers if _native.read_runs(runs, bits, numbers) else None


def _rows(array: U8) -> U8:
    """Return an array whose rows are each in one piece, as C takes them."""
    return array if array.strides[-1] == 1 else np.ascontiguousarray(array)
