"""Making overviews, and files that have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count, takewhile
from typing import TYPE_CHECKING

from kmformat.codec.decoder import read_image
from kmformat.codec.encoder import to_bytes
from kmformat.codec.format.container import build_head
from kmformat.codec.format.head import OVERVIEWS_CHUNK, TAIL_CHUNK
from kmformat.codec.format.overviews import Overview, overviews_chunk, overviews_of
from kmformat.codec.levels import smaller
from kmformat.codec.methods import PLAIN
from kmformat.indexed import Chunk, IndexedImage
from kmformat.pictures.reduction import average, majority
from kmformat.quantization.options import QuantizeOptions
from kmformat.quantization.quantizer import reduce_colors

if TYPE_CHECKING:
    from kmformat.codec.format.container import Fetch
    from kmformat.codec.format.head import FileHead
    from kmformat.overviews.options import OverviewOptions

_FIRST = 3
"""The largest overview is 2^-3 of the image: larger ones take more bytes than they are worth."""
_LEAST_SIDE = 256
"""Pixels that the longer side of the smallest overview has, at least."""
_COLORS = 64
"""Of an overview: 16 show bands, and grey bars in place of text."""


def overview_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Return width and height of each overview that an image gets, in pixels, largest first."""
    halves = (smaller((width, height), 0.5**power) for power in count(_FIRST))
    return list(takewhile(lambda size: max(size) >= _LEAST_SIDE, halves))


def to_file(image: IndexedImage, options: OverviewOptions) -> bytes:
    """Return an indexed image as the bytes of a KMF file, with the overviews that options ask for.

    Raises
    ------
    ParameterError
    """
    overviews, tail = _overviews(image, options, 0)
    listed = replace(image, chunks=_with_list(image.chunks, overviews))
    return to_bytes(listed, options, tail)


def with_overviews(head: FileHead, fetch: Fetch, options: OverviewOptions) -> bytes:
    """Return a file, whose head is read, with overviews in place of those that it has.

    All else stays as it is, byte for byte. If all its tiles are plain, so are those of overviews.

    Raises
    ------
    FormatError
        A tile is damaged.
    ParameterError
        The file has as many other chunks as there may be.
    """
    image = read_image(head, fetch, head.header.grid.image, options.threads)
    packed = head.header.packed
    plain = head.tables is None and not packed
    plain = plain and set(head.methods) <= set(PLAIN)
    start, end = _other_tail(head), head.tail_offset
    overviews, data = _overviews(image, replace(options, fast_decode=plain), start)
    replace(image, chunks=_with_list(image.chunks, overviews)).check()
    chunks = _with_list((each for each in head.chunks if each.type != TAIL_CHUNK), overviews)
    built = build_head(
        head.header, head.palette, chunks, head.directory, start + len(data), packed=packed
    )
    return b"".join([built, fetch(head.head_length, end + start), data])


def _overviews(
    image: IndexedImage, options: OverviewOptions, start: int
) -> tuple[list[Overview], bytes]:
    """Return the overviews that options ask for, and their bytes, which begin at `start`."""
    if options.overviews is None:
        return [], b""
    overviews, data = list[Overview](), b""
    for size in overview_sizes(image.width, image.height):
        if options.overviews == "labels":
            smaller_image = IndexedImage(image.palette, majority(image, size))
        else:
            colors = QuantizeOptions(colors=_COLORS, effort=options.effort)
            smaller_image = reduce_colors(average(image, size), colors)
        file = to_bytes(smaller_image, replace(options, bits=None, tile=None))
        overviews.append(Overview(*size, start + len(data), len(file)))
        data += file
    return overviews, data


def _with_list(chunks: Iterable[Chunk], overviews: Sequence[Overview]) -> tuple[Chunk, ...]:
    """Return chunks with a list of overviews, if there are any, in place of the one they have."""
    others = tuple(chunk for chunk in chunks if chunk.type != OVERVIEWS_CHUNK)
    return (*others, overviews_chunk(overviews)) if overviews else others


def _other_tail(head: FileHead) -> int:
    """Return how many bytes of a tail come before the overviews that end it."""
    end = head.tail
    for each in sorted(overviews_of(head), key=lambda each: -each.offset):
        if each.offset + each.length == end:
            end = each.offset
    return end
