"""Where the pixels of a large image come from: anything that is read in blocks, as an array is."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from kmformat.errors import ParameterError
from kmformat.storage.mapped import mapped_file

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.format.head import Box


class Blocks(Protocol):
    """What `encode_to` reads: ``source[rows, columns]``, of two slices, gives pixels.

    They are uint8, (height, width) grey, or (height, width, channels), 3 for RGB or 4 for RGBA with
    straight alpha; or anything that NumPy makes such an array of.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def dtype(self) -> Any: ...  # noqa: D102
    def __getitem__(self, key: tuple[slice, slice], /) -> Any: ...


def blocks_of(source: Any) -> Blocks:
    """Return what is read in blocks of a source: an array of any kind, a slide or a raster dataset.

    Raises
    ------
    ParameterError
        It has no pixels, or not of 8 bits and 1, 3 or 4 channels.
    """
    if hasattr(source, "read_region") and hasattr(source, "dimensions"):
        source = _Slide(source)
    elif hasattr(source, "window_transform") and hasattr(source, "read"):
        source = _Raster(source)
    if not (hasattr(source, "shape") and hasattr(source, "dtype")):
        raise ParameterError(
            f"source of type {type(source).__name__}: expected an array, or what has shape, dtype "
            "and source[rows, columns]"
        )
    shape = tuple(source.shape)
    if np.dtype(source.dtype) != np.uint8:
        raise ParameterError(f"source of dtype {source.dtype}: expected uint8")
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (3, 4)) or 0 in shape:
        raise ParameterError(
            f"source of shape {shape}: expected (height, width), (height, width, 3) or "
            "(height, width, 4), with pixels"
        )
    return cast("Blocks", source)


def channels_of(source: Blocks) -> int:
    """Return how many channels `read_block` gives: 3 or 4."""
    return int(source.shape[2]) if len(source.shape) == 3 else 3


def read_block(source: Blocks, box: Box) -> U8:
    """Return the pixels in a box, uint8 (height, width, 3), or 4 with alpha.

    Raises
    ------
    ParameterError
        The source gives something else.
    """
    part = source[box.slices()]
    if hasattr(part, "compute"):  # of Dask, by this thread: its workers may be waiting for us
        part = part.compute(scheduler="synchronous")
    pixels = np.asarray(part)
    expected = (box.height, box.width, *source.shape[2:])
    if pixels.dtype != np.uint8 or pixels.shape != expected:
        raise ParameterError(
            f"source gave {pixels.dtype} of shape {pixels.shape} for rows {box.upper} to "
            f"{box.lower} and columns {box.left} to {box.right}: expected uint8 of {expected}"
        )
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels)


def chunk_size(source: Blocks) -> tuple[int, int]:
    """Return (width, height) of what the source itself reads at a time, 1 x 1 if it doesn't say."""
    chunks = getattr(source, "chunks", None)
    if not isinstance(chunks, tuple) or len(chunks) < 2:
        return 1, 1
    height, width = (max(each) if isinstance(each, tuple) else each for each in chunks[:2])
    return int(width), int(height)


def sent(source: Blocks) -> Blocks | None:
    """Return a source as other processes can have it; None if blocks must be read for them."""
    if (mapped := mapped_file(source)) is not None:
        return mapped
    if isinstance(source, np.ndarray) or hasattr(source, "id"):  # HDF5 counts what is open by id
        return None
    import pickle

    try:
        pickle.dumps(source)
    except Exception:  # whatever a class of others raises for it
        return None
    return source


class _Slide:
    """A slide of OpenSlide, or of a library that follows it: its level 0, as RGBA."""

    dtype = np.dtype(np.uint8)

    def __init__(self, slide: Any) -> None:
        self._slide = slide
        width, height = slide.dimensions
        self.shape = (height, width, 4)

    def __getitem__(self, key: tuple[slice, slice]) -> Any:
        rows, columns = key
        size = columns.stop - columns.start, rows.stop - rows.start
        return np.asarray(self._slide.read_region((columns.start, rows.start), 0, size))


class _Raster:
    """A dataset of rasterio, of 1, 3 or 4 bands."""

    def __init__(self, dataset: Any) -> None:
        self._dataset, self._lock = dataset, Lock()  # for one thread at a time
        bands = () if dataset.count == 1 else (dataset.count,)
        self.shape, self.dtype = (dataset.height, dataset.width, *bands), dataset.dtypes[0]
        height, width = dataset.block_shapes[0]
        self.chunks = (height, width)

    def __getitem__(self, key: tuple[slice, slice]) -> Any:
        rows, columns = key
        with self._lock:
            bands = self._dataset.read(
                window=((rows.start, rows.stop), (columns.start, columns.stop))
            )
        return bands[0] if len(bands) == 1 else np.moveaxis(bands, 0, 2)
