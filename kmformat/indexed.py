"""The indexed image: a palette, for each pixel an index into it, and chunks of metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.storage.input import File

METADATA_CHUNKS = ICC_CHUNK, EXIF_CHUNK, XMP_CHUNK = b"iccp", b"exif", b"xmpp"
"""Types of chunks that are not about palette or indices."""

NAMES_CHUNK = b"name"
"""The type of the chunk that names the palette's entries; it holds for that palette."""
MAX_NAME = 255
"""Bytes of an entry's name in UTF-8, at most."""

MAX_CHUNKS = 256
"""Ancillary chunks of a file, at most (spec, section 3.3)."""


@dataclass(frozen=True)
class Chunk:
    """A typed piece of data beside the image.

    Attributes
    ----------
    type
        Four ASCII letters or digits. The first is a letter: upper case if a reader that does not
        know the type must refuse the file (critical), lower case if it may skip it (ancillary).
    payload
        At most 2^32 - 1 bytes, of any value.
    """

    type: bytes
    payload: bytes

    @property
    def critical(self) -> bool:
        """Whether a reader must know this type."""
        return self.type[:1].isupper()

    @property
    def well_formed(self) -> bool:
        """Whether the type is one at all."""
        kind = self.type
        return len(kind) == 4 and kind.isascii() and kind.isalnum() and kind[:1].isalpha()


@dataclass(frozen=True, eq=False)
class IndexedImage:
    """An image of few colours: what a KMF file holds, and what `encode_indexed` takes.

    Attributes
    ----------
    palette
        uint8, shape (K, 3) RGB or (K, 4) RGBA with straight alpha, K from 1 to 256. sRGB.
    indices
        uint8, shape (height, width), both at least 1, each index below K.
    chunks
        Data carried beside the image, at most 256 of them; kept when a whole file is read and
        written again. Of a part of it, only those of known types are: others may be about pixels.

    Raises
    ------
    ParameterError
        Shape, dtype or an index is not as said.
    """

    palette: U8
    indices: U8
    chunks: tuple[Chunk, ...] = field(default=())

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Raise ParameterError unless all is as said: arrays may have been changed since."""
        palette, indices = self.palette, self.indices
        _check_array("palette", palette, "(K, 3) or (K, 4)")
        _check_array("indices", indices, "(height, width)")
        if palette.shape[1] not in (3, 4) or not 1 <= len(palette) <= 256:
            raise ParameterError(
                f"palette of shape {palette.shape}: expected 1 to 256 colours of 3 or 4 channels"
            )
        if 0 in indices.shape:
            raise ParameterError(f"indices of shape {indices.shape}: there are no pixels")
        if (largest := int(indices.max())) >= len(palette):
            raise ParameterError(f"index {largest} is outside the palette of {len(palette)}")
        if len(self.chunks) > MAX_CHUNKS:
            raise ParameterError(f"{len(self.chunks)} chunks: expected at most {MAX_CHUNKS}")
        for chunk in self.chunks:
            if not isinstance(chunk.type, bytes) or not isinstance(chunk.payload, bytes):
                raise ParameterError(f"chunk {chunk.type!r}: expected a type and payload of bytes")
            if not chunk.well_formed or chunk.critical:
                raise ParameterError(
                    f"chunk type {chunk.type!r}: expected a lower-case letter and "
                    "3 letters or digits"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each palette entry, such as a class of a label mask; "" for one without.

        Empty if there are no names at all.
        """
        return names_of(self.chunks, len(self.palette))

    def with_names(self, names: Sequence[str]) -> IndexedImage:
        """Return the same image with names of its palette's entries, which a KMF file carries.

        Parameters
        ----------
        names
            As many as there are entries, "" for one without, each at most 255 bytes in UTF-8. Or
            none, to remove them.

        Raises
        ------
        ParameterError
        """
        if names and len(names) != len(self.palette):
            raise ParameterError(f"{len(names)} names for a palette of {len(self.palette)} entries")
        others = tuple(chunk for chunk in self.chunks if chunk.type != NAMES_CHUNK)
        named = (_names_chunk(names),) if any(names) else ()
        return replace(self, chunks=(*others, *named))

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.indices.shape[1])

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.indices.shape[0])

    def to_pixels(self) -> U8:
        """Return palette[indices]: uint8, shape (height, width, 3), or 4 if there is alpha."""
        return self.palette[self.indices]

    def to_image(self) -> Image.Image:
        """Return a Pillow image of mode P with the same palette, indices and metadata.

        It is what `Image.open` gives of the KMF file: transparency is in the palette and, as of a
        PNG, in `info`.
        """
        return cast("Image.Image", _above("pictures.formats").to_pillow(self))

    def save(self, file: File, **options: Any) -> None:
        """Write a KMF file: `kmformat.save` of this image, which has the options and errors.

        Palette and indices are kept exactly, unless an option such as `colors` asks for others.
        Pictures in other formats are written by ``to_image().save("a.png")``.
        """
        _above("writing").save(self, file, **options)

    def _repr_png_(self) -> bytes:
        """Show the picture in a notebook."""
        return cast("bytes", _above("report.notebook").image_png(self))

    def _repr_html_(self) -> str:
        """Show the picture and its palette in a notebook."""
        return cast("str", _above("report.notebook").image_html(self))


def metadata_of(chunks: Iterable[Chunk]) -> tuple[Chunk, ...]:
    """Return the chunks that hold for a picture whatever becomes of its palette and indices."""
    return tuple(chunk for chunk in chunks if chunk.type in METADATA_CHUNKS)


def _above(module: str) -> Any:
    """Return a module of a wing that stands above this one, which only a call brings in."""
    return import_module(f"{__package__}.{module}")


def names_of(chunks: Iterable[Chunk], colors: int) -> tuple[str, ...]:
    """Return the names of so many palette entries as chunks say; none if that is malformed."""
    payload = next((chunk.payload for chunk in chunks if chunk.type == NAMES_CHUNK), b"")
    names, position = list[str](), 0
    try:
        while position < len(payload) and len(names) <= colors:  # one more is too many
            start = position + 1
            position = start + payload[position]
            names.append(payload[start:position].decode())
    except UnicodeDecodeError:
        return ()
    return tuple(names) if len(names) == colors and position == len(payload) else ()


def _names_chunk(names: Iterable[str]) -> Chunk:
    payload = b""
    for name in names:
        try:
            text = name.encode()
        except (AttributeError, UnicodeEncodeError):
            raise ParameterError(f"name {name!r}: expected text") from None
        if len(text) > MAX_NAME:
            raise ParameterError(f"name {name!r}: expected at most {MAX_NAME} bytes in UTF-8")
        payload += bytes([len(text)]) + text
    return Chunk(NAMES_CHUNK, payload)


def _check_array(name: str, array: object, expected: str) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim != 2:
        shown = type(array).__name__
        if isinstance(array, np.ndarray):
            shown = f"shape {array.shape}, dtype {array.dtype}"
        raise ParameterError(f"{name} of {shown}: expected an array {expected}, uint8")
