"""Reading and writing palette files, and taking the palette of a picture or KMF file.

What is no palette file is tried as a KMF file, and then as a picture.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, NamedTuple

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer
from kmformat.codec.format.container import MAGIC
from kmformat.color.channels import clear_hidden
from kmformat.errors import PictureError, naming
from kmformat.indexed import names_of
from kmformat.palettes.devices import device_pairs, device_palette
from kmformat.palettes.formats import (
    MOST_BYTES,
    finished,
    is_palette_file,
    names_in,
    palette_bytes,
    parse_palette,
)
from kmformat.palettes.hex import parse_pairs
from kmformat.pictures.formats import load_picture
from kmformat.pictures.icc import in_srgb, palette_to_srgb
from kmformat.pictures.metadata import Metadata
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.quantization.histogram import distinct_colors
from kmformat.storage.input import (
    PathLike,
    Source,
    opened_file,
    opened_stream,
    read_at_most,
    seekable,
)
from kmformat.storage.output import write_file

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.color.parse import Colors
    from kmformat.pictures.normalize import AnyImage


class NamedPalette(NamedTuple):
    """The palette of a file, and what its entries are called."""

    colors: U8
    names: tuple[str, ...] = ()
    """As many as there are entries, "" for one without; or none."""


def read_palette(file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> U8:
    """Read a palette out of a palette file, a KMF file, or any picture; or take a device's.

    Of a picture with a palette this is that palette, as far as the file has it; of another its
    distinct colours in the order in which they first appear, fully transparent ones being one.
    Colours are converted to sRGB by the ICC profile of a picture or KMF file, if it can be used.

    Parameters
    ----------
    file
        The name of a device (`devices`), such as "pico-8"; a path; a binary stream, which is read
        from where it stands to its end; or bytes. The suffix is that of the path, or of the
        stream's name, if it has one.
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
        It is none of them.
    """
    return read_named_palette(file, max_pixels=max_pixels).colors


def read_named_palette(file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> NamedPalette:
    """Do the same, and read the names of the entries, which .gpl and KMF files have."""
    max_pixels = integer("max_pixels", max_pixels, 1)
    if isinstance(file, str) and (known := device_palette(file)) is not None:
        return NamedPalette(known)
    with opened_stream(file) as stream:
        name = getattr(stream, "name", None)
        name = os.fspath(name) if isinstance(name, str | os.PathLike) else "palette"
        with naming(name):
            found = palette_or_picture(stream, PurePath(name).suffix, max_pixels)
            return found if isinstance(found, NamedPalette) else NamedPalette(palette_of(found))


def read_pairs(file: PathLike) -> U8 | None:
    """Return what a panel shows and what its driver takes, for a panel's name or a .hex file.

    Returns
    -------
    uint8 (K, 2, 3); None for another device, and for a file that does not have two colours a line.

    Raises
    ------
    PictureError, OSError
        The file is malformed, or can't be read.
    ParameterError
        It is neither a device's name nor that of a file.
    """
    if isinstance(file, str) and device_palette(file) is not None:
        return device_pairs(file)
    if PurePath(file).suffix.lower() != ".hex":
        return None
    with opened_stream(file) as stream, naming(os.fspath(file)):
        return parse_pairs(read_at_most(stream, MOST_BYTES))


def palette_of(image: AnyImage) -> U8:
    """Return the palette of an image, or its colours in the order in which they first appear.

    The palette is in sRGB. Colours that are fully transparent count as one.

    Raises
    ------
    PictureError
        It has no palette, and more than 256 colours.
    """
    image = in_srgb(image)
    indexed = as_indexed(image)
    if indexed is not None:
        return finished(indexed.palette)
    colors = distinct_colors(clear_hidden(as_pixels(image)), 256)
    if colors is None:
        raise PictureError("a picture of more than 256 colours: expected a palette")
    return finished(colors)


def palette_or_picture(
    stream: IO[bytes], suffix: str, max_pixels: int
) -> NamedPalette | Image.Image:
    """Return the palette that a file has, or the picture in it if that has none; in sRGB.

    Of a picture or KMF file with a palette, it is all of that palette. Parameters and errors
    as for `read_palette`.
    """
    data = read_at_most(stream, MOST_BYTES)
    if is_palette_file(data, suffix):
        return NamedPalette(parse_palette(data, suffix), names_in(data, suffix))
    stream = seekable(stream, data)
    if data.startswith(MAGIC):
        return _palette_of_kmf(stream, max_pixels)
    rest = io.BytesIO(stream.read()) if stream.tell() else stream  # Pillow starts at the beginning
    image = in_srgb(load_picture(rest, max_pixels).image)
    indexed = as_indexed(image)
    return image if indexed is None else NamedPalette(finished(indexed.palette))


def write_palette(palette: Colors, file: PathLike) -> None:
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


def _palette_of_kmf(stream: IO[bytes], max_pixels: int) -> NamedPalette:
    with opened_file(stream, max_pixels) as (head, _):
        palette, icc = head.palette, Metadata.from_chunks(head.chunks).icc
    if icc is not None:
        with suppress(ValueError):  # a profile that can't be used says nothing
            palette = palette_to_srgb(palette, icc)
    return NamedPalette(finished(palette), names_of(head.chunks, len(palette)))
