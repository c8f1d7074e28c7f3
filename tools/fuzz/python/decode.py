"""The package reads any bytes: all ways give the same image, or the same error.

With native kernels or without them, as KMF_NATIVE says.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

import kmformat
from kmformat.arrays import U8
from kmformat.errors import FormatError, LimitError
from kmformat.pictures.normalize import as_pixels
from tools.fuzz.mutate import changed_file as changed

__all__ = ["changed", "one_input"]

_MAX_PIXELS = 1 << 12


class _Pipe(io.BytesIO):
    """A stream that can't seek."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation


def one_input(data: bytes) -> None:
    """Read a file in every way."""
    try:
        image = kmformat.decode_indexed(data, max_pixels=_MAX_PIXELS, threads=1)
    except (FormatError, LimitError) as error:
        _check_refused(data, error)
    else:
        _check_image(data, image)


def _check_refused(data: bytes, error: FormatError | LimitError) -> None:
    tile = error.tile if isinstance(error, FormatError) else None
    try:
        kmformat.read_info(data, max_pixels=_MAX_PIXELS)
        kmformat.read_one(io.BytesIO(data), max_pixels=_MAX_PIXELS)
        assert tile is not None or error.code == "trailing", f"{error}, but the head is fine"
    except (FormatError, LimitError) as found:
        assert tile is not None or found.code == error.code, f"{error}, and {found} of the head"
    try:
        kmformat.verify(data, max_pixels=_MAX_PIXELS)
        raise AssertionError(f"{error}, but verify finds nothing")
    except (FormatError, LimitError) as found:
        assert str(found) == str(error), f"{error}, and {found} of verify"
    try:
        kmformat.decode(_Pipe(data), max_pixels=_MAX_PIXELS, threads=1)
        raise AssertionError(f"{error}, but not through a pipe")
    except (FormatError, LimitError) as found:
        assert found.code == error.code, f"{error}, and {found} through a pipe"
    try:
        with Image.open(io.BytesIO(data), formats=["KMF"]) as opened:
            if opened.width * opened.height <= _MAX_PIXELS:
                opened.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        pass


def _check_image(data: bytes, image: kmformat.IndexedImage) -> None:
    pixels, (height, width) = image.to_pixels(), image.indices.shape
    kmformat.verify(data)
    info = kmformat.read_info(data)
    assert (info.width, info.height) == (width, height)
    assert kmformat.read_one(io.BytesIO(data + b"more")) == data
    assert np.array_equal(kmformat.decode(data, threads=1), pixels)
    number = sum(data[-4:])
    left, upper = number % width, number % height
    with kmformat.Reader(data, threads=1) as reader:
        assert np.array_equal(reader[upper:, left:], pixels[upper:, left:])
    box = (left, upper, width, upper + 1)
    assert np.array_equal(kmformat.decode(data, box=box), pixels[upper : upper + 1, left:])
    assert np.array_equal(kmformat.decode(_Pipe(data), threads=1), pixels)
    assert np.array_equal(as_pixels(kmformat.open(data)), pixels)
    kmformat.decode(data, scale=0.5, threads=1)
    kmformat.decode_indexed(data, scale=(1 + number % 20, 20), threads=1)
    opened = Image.open(io.BytesIO(data), formats=["KMF"])
    assert np.array_equal(_shown(opened.crop(box), pixels), pixels[upper : upper + 1, left:])
    assert np.array_equal(_shown(opened, pixels), pixels)
    opened = Image.open(io.BytesIO(data), formats=["KMF"])
    opened.draft(None, (2, 2))
    opened.load()


def _shown(image: Image.Image, pixels: U8) -> U8:
    """Return what an image shows, with as many channels as pixels have."""
    return as_pixels(image.convert("RGBA"))[..., : pixels.shape[2]]
