"""The way back to a smaller image: from an overview in the tail, if one serves, or the tiles.

An overview, or level, shows all of the image, whatever its size: of one half as wide, the pixel at
x is that of 2 x and 2 x + 1 (spec, section 3.6).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from kmformat.codec.decoder import chunks_of, read_head, read_image, read_pixels
from kmformat.codec.format.container import check_pixels, check_tiles
from kmformat.codec.format.head import Box
from kmformat.codec.format.overviews import overviews_of
from kmformat.errors import FormatError
from kmformat.indexed import IndexedImage
from kmformat.pictures.reduction import average, majority

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.format.container import Fetch
    from kmformat.codec.format.head import FileHead, TileGrid
    from kmformat.pictures.reduction import Window

_ANY_SIZE = 1 << 64


@dataclass(frozen=True)
class View:
    """What to read: a part of an image, made smaller.

    Attributes
    ----------
    box
        The part, in pixels of the image.
    scale
        The factor of width and height, more than 0 and at most 1.
    max_pixels
        The most pixels of what is decoded: an overview or the image, or the tiles of a part.
    max_tiles
        The most tiles of the image, which is known to have no more, and of an overview.
    threads
        How many tiles to decode at a time; None for one each processor.
    """

    box: Box
    scale: float
    max_pixels: int
    max_tiles: int | None
    threads: int | None


def view_pixels(head: FileHead, fetch: Fetch, view: View) -> U8:
    """Return the colours of a view, as `kmformat.decode` does; smaller ones in averages."""
    if view.scale == 1:
        check_pixels(head.header.grid, view.max_pixels, view.box)
        return read_pixels(head, fetch, view.box, view.threads)
    return average(*_read(head, fetch, view))


def view_image(head: FileHead, fetch: Fetch, view: View) -> IndexedImage:
    """Return palette, indices and chunks of a view, as `kmformat.decode_indexed` does.

    In a smaller one, each index is the one that most pixels have, and overviews serve if they have
    the palette of the image.
    """
    if view.scale == 1:
        check_pixels(head.header.grid, view.max_pixels, view.box)
        return read_image(head, fetch, view.box, view.threads)
    indices = majority(*_read(head, fetch, view, head.palette))
    return IndexedImage(head.palette, indices, chunks_of(head, unchanged=False))


def overview_for(
    head: FileHead, fetch: Fetch, size: tuple[int, int]
) -> tuple[FileHead, Fetch] | None:
    """Return the smallest overview that is at least as wide and high as `size`, in pixels.

    It comes as a file of its own: its head, and a function that fetches its bytes. None if there is
    no such overview, or it is malformed: the image serves instead.
    """
    width, height = size
    large = (each for each in overviews_of(head) if each.width >= width and each.height >= height)
    least = min(large, key=lambda each: each.width * each.height, default=None)
    if least is None:
        return None
    origin, length = head.tail_offset + least.offset, least.length

    def fetch_inside(start: int, end: int) -> bytes:
        return fetch(origin + start, origin + min(end, length))

    with suppress(FormatError):
        found = read_head(fetch_inside, length, _ANY_SIZE)
        if (found.header.grid.width, found.header.grid.height) == (least.width, least.height):
            return found, fetch_inside
    return None


def fitting(size: tuple[int, int], into: tuple[int, int]) -> float:
    """Return the factor, at most 1, by which an image gets into a width and height."""
    return min(1.0, into[0] / size[0], into[1] / size[1])


def smaller(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return width and height of a smaller image: rounded down, at least 1."""
    scale *= 1 + 1e-12  # so that 0.29 of 100 pixels are 29
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _read(
    head: FileHead, fetch: Fetch, view: View, palette: U8 | None = None
) -> tuple[IndexedImage, tuple[int, int], Window]:
    """Read what a view shows of the smallest level that has enough pixels.

    With the image come the size that it is to be made, and the window of it that is in view. Passed
    over are damaged overviews, and if a palette is told, those that have another one.
    """
    image, box = head.header.grid, view.box
    enough = smaller((image.width, image.height), view.scale)
    size = (
        max(1, box.width * enough[0] // image.width),
        max(1, box.height * enough[1] // image.height),
    )

    def window(level: TileGrid) -> Window:
        left, right = (x * level.width / image.width for x in (box.left, box.right))
        upper, lower = (y * level.height / image.height for y in (box.upper, box.lower))
        return left, upper, right, lower

    def read(head: FileHead, fetch: Fetch) -> tuple[IndexedImage, tuple[int, int], Window]:
        left, upper, right, lower = window(head.header.grid)
        part = Box(int(left), int(upper), ceil(right), ceil(lower))
        check_tiles(head.header.grid, view.max_tiles)
        check_pixels(head.header.grid, view.max_pixels, part)
        inside = left - part.left, upper - part.upper, right - part.left, lower - part.upper
        return read_image(head, fetch, part, view.threads), size, inside

    found = overview_for(head, fetch, enough)
    if found is not None and (palette is None or np.array_equal(found[0].palette, palette)):
        with suppress(FormatError):
            return read(*found)
    return read(head, fetch)
