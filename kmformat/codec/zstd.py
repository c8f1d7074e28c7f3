"""Method 1, zstd: the packed indices of a tile as one zstd frame (spec, section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.codec import stored
from kmformat.codec.methods import any_size
from kmformat.codec.zstd_frame import decompress

if TYPE_CHECKING:
    from kmformat.codec.format.head import FileHead
    from kmformat.codec.methods import PackedTile

IN_STEP = False
fits = any_size


def decode(data: Sequence[bytes], shape: tuple[int, int], head: FileHead) -> list[PackedTile]:
    """Return tiles from their frames, checked (spec, section 5, steps 13 to 15).

    Parameters
    ----------
    data
        The stored bytes of each tile.
    shape
        (height, width) of the tiles.

    Raises
    ------
    FormatError
        With a code that starts with ``zstd-``, or as for `stored.decode`.
    """
    height, width = shape
    packed_size = height * kernels.row_bytes(width, head.header.bits)
    return stored.decode([decompress(frame, packed_size) for frame in data], shape, head)
