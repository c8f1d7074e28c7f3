"""The list of overviews, smaller copies of the image in the tail of its file (spec, section 3.6).

Each entry is width u32, height u32, offset u64 from the end of the tile data, and length u64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from struct import Struct
from typing import TYPE_CHECKING

from kmformat.codec.format.head import OVERVIEWS_CHUNK
from kmformat.indexed import Chunk

if TYPE_CHECKING:
    from kmformat.codec.format.head import FileHead

_ENTRY = Struct("<IIQQ")
_MOST = 32
"""Entries that count: by halves, there are no more."""


@dataclass(frozen=True)
class Overview:
    """A smaller copy of an image: a whole KMF file in the tail of that of the image.

    Attributes
    ----------
    width, height
        In pixels.
    offset
        Where it begins, in bytes from the end of the image's tile data.
    length
        Bytes of it.
    """

    width: int
    height: int
    offset: int
    length: int


def overviews_of(head: FileHead) -> tuple[Overview, ...]:
    """Return the overviews that a file lists, in its order.

    Passed over is what does not lie in the tail, or is no smaller than the image.
    """
    payload = next((each.payload for each in head.chunks if each.type == OVERVIEWS_CHUNK), b"")
    count, image = min(_MOST, len(payload) // _ENTRY.size), head.header.grid
    listed = (Overview(*_ENTRY.unpack_from(payload, _ENTRY.size * i)) for i in range(count))
    return tuple(
        each
        for each in listed
        if 0 < each.width <= image.width
        and 0 < each.height <= image.height
        and each.width * each.height < image.width * image.height
        and each.offset + each.length <= head.tail
    )


def overviews_chunk(overviews: Sequence[Overview]) -> Chunk:
    """Return the chunk that lists overviews: the inverse of `overviews_of`."""
    return Chunk(OVERVIEWS_CHUNK, b"".join(_ENTRY.pack(*astuple(each)) for each in overviews))
