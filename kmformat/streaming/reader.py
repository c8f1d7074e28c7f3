"""A file that stays open and is read in parts, and one that is decoded into an array in parts."""

from __future__ import annotations

import operator
import os
from contextlib import ExitStack
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer
from kmformat.cached import cached_property
from kmformat.codec.decoder import read_pixels
from kmformat.codec.fetching import TileCache
from kmformat.codec.format.container import check_pixels
from kmformat.codec.format.head import Box
from kmformat.codec.format.info import Info, info_of
from kmformat.codec.small import small_workspace
from kmformat.errors import ParameterError
from kmformat.reading import checked_box, region_of
from kmformat.storage.input import ANY_SIZE, opened_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kmformat.arrays import U8
    from kmformat.codec.format.container import Fetch
    from kmformat.codec.format.head import FileHead
    from kmformat.reading import AnyBox
    from kmformat.storage.input import Source

_Part: TypeAlias = "int | slice | EllipsisType | None"
_CACHE_BYTES = 1 << 25
_STEP_PIXELS = 1 << 24
"""So many pixels, or a row of tiles, are decoded at a time into a target."""


class Target(Protocol):
    """What `decode_to` fills: an array, a memmap, or a zarr or HDF5 dataset."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    def __setitem__(self, key: tuple[slice, slice], pixels: U8) -> None: ...


class Reader:
    """A KMF file that is read in parts, as an array is: ``reader[rows, columns]``.

    It reads the head of the file once. Each part then costs the tiles that it touches, and those
    decoded last are kept. Many threads may use it. It can be sent to other processes, which open
    the file for themselves, if `file` is a path or bytes. It is a context manager, which closes the
    file.

    Parameters
    ----------
    file
        A path, a binary stream that can seek, or bytes, as for `kmformat.decode`.
    max_pixels
        The most pixels that the tiles of a part may have; the image may have any number.
    max_tiles
        The most tiles that the image may have; any number unless told.
    threads
        How many tiles to decode at a time; unless told, one for each processor.
    cache
        Bytes of decoded tiles that are kept, one for each pixel or less; 0 to keep none.

    Raises
    ------
    FormatError, LimitError
        The head of the file is malformed, or has too many tiles. Tiles are checked when they are
        read.
    OSError
        It can't be read.
    """

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(
        self,
        file: Source,
        *,
        max_pixels: int = DEFAULT_MAX_PIXELS,
        max_tiles: int | None = None,
        threads: int | None = None,
        cache: int = _CACHE_BYTES,
    ) -> None:
        self._max_pixels = integer("max_pixels", max_pixels, 1)
        self._threads = threads if threads is None else integer("threads", threads, 1)
        self._made_of = file, max_pixels, max_tiles, threads, cache
        self._cache = TileCache(integer("cache", cache, 0))
        self._closing = ExitStack()
        self._opened: tuple[FileHead, Fetch] | None = self._closing.enter_context(
            opened_file(file, ANY_SIZE, region_of(None, max_tiles))
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels): 3 channels, RGB, or with alpha 4, RGBA."""
        head, _ = self._open()
        return head.header.grid.height, head.header.grid.width, head.palette.shape[1]

    @property
    def chunks(self) -> tuple[int, int, int]:
        """The shape of a tile: parts that are made of whole tiles are read fastest."""
        head, _ = self._open()
        return head.header.grid.tile_height, head.header.grid.tile_width, self.shape[2]

    @cached_property
    def info(self) -> Info:
        """What the file says of itself, as `kmformat.read_info` does."""
        head, fetch = self._open()
        return info_of(head, small_workspace(head, fetch))

    def read(self, box: AnyBox | None = None) -> U8:
        """Return the pixels in a box, (left, upper, right, lower), half open; or all of them.

        Returns
        -------
        uint8, shape (height, width, channels) of the box.

        Raises
        ------
        FormatError, OSError
            A tile is damaged, or can't be read.
        LimitError
            The tiles have too many pixels.
        ParameterError
            The box is not inside the image, or empty; or the reader is closed.
        """
        head, fetch = self._open()
        region = checked_box(head.header.grid, box)
        check_pixels(head.header.grid, self._max_pixels, region)
        return read_pixels(head, fetch, region, self._threads, self._cache)

    def __getitem__(self, key: _Part | tuple[_Part, ...]) -> U8:
        rows, columns, *rest = _full(key if isinstance(key, tuple) else (key,))
        (upper, lower, row), (left, right, column) = (
            _range_of(part, length)
            for part, length in zip((rows, columns), self.shape, strict=False)
        )
        if left >= right or upper >= lower:
            shape = max(0, lower - upper), max(0, right - left), self.shape[2]
            return np.empty(shape, np.uint8)[row, column, *rest]
        return self.read((left, upper, right, lower))[row, column, *rest]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is False:
            raise ValueError("pixels of a KMF file are decoded: there is nothing to share")
        return self.read().astype(self.dtype if dtype is None else dtype, copy=False)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[U8]:
        return map(self.__getitem__, range(len(self)))

    def close(self) -> None:
        """Close the file; it is not read from then on."""
        self._opened = None
        self._closing.close()

    def __enter__(self) -> Reader:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., Reader], tuple[Any, ...]]:
        file = self._made_of[0]
        if not isinstance(file, str | os.PathLike | bytes | bytearray):
            raise TypeError(f"Reader of {type(file).__name__}: only those of a path can be pickled")
        return _reopened, self._made_of

    def _open(self) -> tuple[FileHead, Fetch]:
        if self._opened is None:
            raise ParameterError("the Reader is closed")
        return self._opened


def decode_to(
    file: Source,
    target: Target,
    *,
    box: AnyBox | None = None,
    max_pixels: int | None = None,
    max_tiles: int | None = None,
    threads: int | None = None,
) -> None:
    """Decode a KMF file into an array that need not fit into memory, some tiles at a time.

    Parameters
    ----------
    file
        A path, a binary stream that can seek, or bytes, as for `kmformat.decode`.
    target
        Takes ``target[rows, columns] = pixels``, uint8 (height, width, 3), or 4 with alpha: a NumPy
        array or memmap, or a dataset of zarr or h5py. Its shape is that of the image or the box, as
        `kmformat.Reader` tells it.
    box
        The part to decode, as for `kmformat.decode`.
    max_pixels
        The most pixels that the image, or the box in whole tiles, may have; any number unless told,
        since the target is there already.
    max_tiles
        The most tiles that the image may have; any number unless told.
    threads
        How many tiles to decode at a time; unless told, one for each processor.

    Raises
    ------
    FormatError, LimitError, OSError
        As for `kmformat.decode`; parts of the target may be written then.
    ParameterError
        The box is not inside the image, or the target is of another shape.
    """
    limit = ANY_SIZE if max_pixels is None else integer("max_pixels", max_pixels, 1)
    with Reader(file, threads=threads, max_pixels=limit, max_tiles=max_tiles, cache=0) as reader:
        head, _ = reader._open()
        grid = head.header.grid
        region = checked_box(grid, box)
        check_pixels(grid, limit, region)
        expected = (region.height, region.width, reader.shape[2])
        if tuple(target.shape) != expected:
            raise ParameterError(f"target of shape {tuple(target.shape)}: expected {expected}")
        for part in _steps(region, grid.tile_width, grid.tile_height):
            target[part.slices(region[:2])] = reader.read(part)


def _steps(region: Box, tile_width: int, tile_height: int) -> list[Box]:
    """Return parts of a region: whole tiles side by side, about `_STEP_PIXELS` of them or one."""
    width = max(1, _STEP_PIXELS // (tile_width * tile_height)) * tile_width
    tops = [
        region.upper,
        *range((region.upper // tile_height + 1) * tile_height, region.lower, tile_height),
    ]
    lefts = [region.left, *range((region.left // width + 1) * width, region.right, width)]
    return [
        Box(left, top, right, lower)
        for top, lower in zip(tops, [*tops[1:], region.lower], strict=True)
        for left, right in zip(lefts, [*lefts[1:], region.right], strict=True)
    ]


def _reopened(
    file: Source, max_pixels: int, max_tiles: int | None, threads: int | None, cache: int
) -> Reader:
    return Reader(file, max_pixels=max_pixels, max_tiles=max_tiles, threads=threads, cache=cache)


def _full(key: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """Return a key with a part for each of the three axes."""
    given = len(key) - (Ellipsis in key)
    if given > 3 or any(part is None for part in key):
        raise IndexError(f"index {key}: expected at most rows, columns and channels")
    gap = (slice(None),) * (3 - given)
    at = key.index(Ellipsis) if Ellipsis in key else len(key)
    return (*key[:at], *gap, *key[at + 1 :])


def _range_of(part: Any, length: int) -> tuple[int, int, Any]:
    """Return the first and the end of what a part of a key touches, and the key inside of that."""
    if isinstance(part, slice):
        found = range(*part.indices(length))
        if not found:
            return 0, 0, slice(None)
        low, high = min(found[0], found[-1]), max(found[0], found[-1])
        return low, high + 1, slice(None, None, found.step)
    number = operator.index(part)
    if not -length <= number < length:
        raise IndexError(f"index {number}: expected {-length} to {length - 1}")
    return number % length, number % length + 1, 0
