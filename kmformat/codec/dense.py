"""Method 3, dense: indices go through an adaptive coder (spec, sections 4.9 and 4.10).

The kernels do the work; here is what they need to know of the palette, and what is wrong by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.codec.methods import PackedTile
from kmformat.errors import Code, FormatError

if TYPE_CHECKING:
    from kmformat.arrays import Bools, Ints
    from kmformat.codec.format.head import FileHead

IN_STEP = False
MAX_PIXELS = 1 << 24
_FAULTS = {
    kernels.BAD_RUN: (Code.DENSE_RUN, "a run of pixels is longer than it can be"),
    kernels.BAD_RANK: (Code.DENSE_RANK, "a rank is not that of any colour left"),
    kernels.BAD_END: (Code.DENSE_END, "the data do not end where the last pixel does"),
}


def fits(widths: Ints, heights: Ints) -> Bools:
    """Return which tiles may be dense, bool (tiles,)."""
    may: Bools = widths * heights <= MAX_PIXELS
    return may


def decode(data: Sequence[bytes], shape: tuple[int, int], head: FileHead) -> list[PackedTile]:
    """Return tiles from their decisions, checked (spec, section 5, step 17), a byte an index.

    Raises
    ------
    FormatError
    """
    tiles = []
    for each in data:
        indices = kernels.decode_dense(each, shape, head.color_distances)
        if isinstance(indices, int):
            raise FormatError(*_FAULTS[indices])
        tiles.append(PackedTile(indices, 8))
    return tiles
