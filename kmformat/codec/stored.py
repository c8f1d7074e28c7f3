"""Method 0, stored: the packed indices of a tile as they are (spec, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.methods import PackedTile, any_size
from kmformat.errors import Code, FormatError

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.format.head import FileHead

IN_STEP = False
fits = any_size


def decode(data: Sequence[bytes], shape: tuple[int, int], head: FileHead) -> list[PackedTile]:
    """Return tiles from their packed indices, checked (spec, section 5, steps 14 and 15).

    Parameters
    ----------
    data
        Of each tile as many bytes as its packed size.
    shape
        (height, width) of the tiles.

    Raises
    ------
    FormatError
    """
    height, width = shape
    bits, colors = head.header.bits, head.header.colors
    tiles = [np.frombuffer(packed, np.uint8).reshape(height, -1) for packed in data]
    for rows in tiles:
        check_packed(rows, bits, width, colors)
    return [PackedTile(rows, bits) for rows in tiles]


def check_packed(rows: U8, bits: int, width: int, colors: int) -> None:
    """Check that spare bits are zero and that every index is below `colors`.

    Raises
    ------
    FormatError
        With code ``padding`` or ``index``.
    """
    if kernels.has_spare_bits(rows, bits, width):
        raise FormatError(Code.PADDING, "the spare bits at the end of a row are not all zero")
    if colors < 1 << bits and (largest := kernels.largest_index(rows, bits)) >= colors:
        raise FormatError(Code.INDEX, f"index {largest} is outside the palette of {colors} colours")
