"""Reading and writing palette files, and taking the palette of a picture or KMF file.

What is no palette file is tried as a KMF file, and then as a picture.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.arguments import DEFAULT_MAX_PIXELS, integer
from kmformat.codec.format.container import MAGIC
from kmformat.color.channels import clear_hidden
from kmformat.errors import LimitError, PictureError, naming
from kmformat.palettes.formats import (
    MOST_BYTES,
    finished,
    is_palette_file,
    palette_bytes,
    parse_palette,
)
from kmformat.pictures.formats import load_picture
from kmformat.pictures.icc import in_srgb, palette_to_srgb
from kmformat.pictures.metadata import Metadata
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.storage.input import File, PathLike, check_file, opened_file
from kmformat.storage.output import write_file

if TYPE_CHECKING:
    from kmformat.arrays import U8

_MOST_PIPED = 1 << 28
"""Bytes of a stream that can't seek, all of which must be in memory."""
_BLOCK_PIXELS = 1 << 16


def read_palette(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> U8:
    """Read a palette out of a palette file, a KMF file, or any picture that Pillow reads.

    Of a picture with a palette this is that palette, as far as the file has it; of another its
    distinct colours in the order in which they first appear, fully transparent ones being one.
    Colours are converted to sRGB by the ICC profile of a picture or KMF file, if it can be used.

    Parameters
    ----------
    file
        A path, or a binary stream, which is read from where it stands to its end. Its name, if it
        has one, gives the suffix.
    max_pixels
        The most pixels that a picture or KMF file may have.

    Returns
    -------
    uint8, shape (K, 3) RGB, or (K, 4) RGBA if any is not opaque; K 1 to 256.

    Raises
    ------
    PictureError, FormatError, LimitError
        The file is malformed, of no known kind, or too large; or it has more than 256 colours. The
        message names the file.
    OSError
        It can't be read.
    ParameterError
        It is neither a path nor an open binary stream.
    """
    check_file(file, "read")
    max_pixels = integer("max_pixels", max_pixels, 1)
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as stream:
            return read_palette(stream, max_pixels=max_pixels)
    name = getattr(file, "name", None)
    name = os.fspath(name) if isinstance(name, str | os.PathLike) else "palette"
    suffix = PurePath(name).suffix
    with naming(name):
        start = file.tell() if _can_seek(file) else None
        data = _read_at_most(file, MOST_BYTES)
        if is_palette_file(data, suffix):
            return parse_palette(data, suffix)
        if start is not None:
            file.seek(start)
        else:
            data += _read_at_most(file, _MOST_PIPED)
            if len(data) > _MOST_PIPED:
                raise LimitError(f"more than {_MOST_PIPED:,} bytes")
            file = io.BytesIO(data)
        if data.startswith(MAGIC):
            return finished(_palette_of_kmf(file, max_pixels))
        return finished(_palette_of_picture(file, max_pixels))


def write_palette(palette: U8, file: PathLike) -> None:
    """Write a palette in the format that the suffix of a path names: see `palette_bytes`.

    Raises
    ------
    ParameterError
        The suffix is unknown, or its format can't hold the palette.
    OSError
        The file can't be written; an old one is left as it was.
    """
    path = PurePath(file)
    write_file(file, palette_bytes(palette, path.suffix, path.stem))


def _can_seek(stream: IO[bytes]) -> bool:
    return hasattr(stream, "seekable") and stream.seekable()


def _read_at_most(stream: IO[bytes], most: int) -> bytes:
    """Return what follows in a stream, up to one byte more than `most`."""
    parts, rest = list[bytes](), most + 1
    while rest > 0 and (part := stream.read(min(rest, MOST_BYTES))):
        parts.append(part)
        rest -= len(part)
    return b"".join(parts)


def _palette_of_kmf(stream: IO[bytes], max_pixels: int) -> U8:
    with opened_file(stream, max_pixels) as (head, _):
        palette, icc = head.palette, Metadata.from_chunks(head.chunks).icc
    if icc is not None:
        with suppress(ValueError):  # a profile that can't be used says nothing
            palette = palette_to_srgb(palette, icc)
    return palette


def _palette_of_picture(stream: IO[bytes], max_pixels: int) -> U8:
    rest = io.BytesIO(stream.read()) if stream.tell() else stream  # Pillow starts at the beginning
    image = in_srgb(load_picture(rest, max_pixels).image)
    indexed = as_indexed(image)
    palette = colors_in_order(as_pixels(image), 256) if indexed is None else indexed.palette
    if palette is None:
        raise PictureError("a picture of more than 256 colours: expected a palette")
    return palette


def colors_in_order(pixels: U8, most: int) -> U8 | None:
    """Return the distinct colours of pixels in the order in which they first appear.

    None if there are more than `most`. Fully transparent ones count as one.
    """
    flat = pixels.reshape(-1, pixels.shape[2])
    found: dict[int, None] = {}  # keeps its order
    for start in range(0, len(flat), _BLOCK_PIXELS):
        codes = kernels.color_codes(clear_hidden(flat[start : start + _BLOCK_PIXELS]))
        distinct, _ = kernels.unique_codes(codes.copy())  # far faster than with their positions
        if not found.keys() >= set(distinct.tolist()):
            distinct, first = np.unique(codes, return_index=True)
            found |= dict.fromkeys(distinct[np.argsort(first)].tolist())
        if len(found) > most:
            return None
    return kernels.decode_codes(np.array(list(found), np.uint32), pixels.shape[2])
