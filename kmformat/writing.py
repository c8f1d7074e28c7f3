"""Writing in Python: `encode` and `save`, and the one policy of encoding any picture.

Strategy: the three steps of `encode` (`to_stored_colors`, `to_indexed`, `to_bytes`) are functions
of their own, so that the command line can time each and use what is between them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kmformat.codec.encoder import to_bytes
from kmformat.codec.options import CodingOptions
from kmformat.errors import ParameterError
from kmformat.options import takes_options
from kmformat.pictures.icc import in_srgb, without_profile
from kmformat.pictures.normalize import is_pillow
from kmformat.pictures.options import MetadataOptions
from kmformat.quantization.options import DEFAULT_COLORS, QuantizeOptions
from kmformat.quantization.quantizer import own_colors, reduce_colors
from kmformat.storage.input import File, check_file
from kmformat.storage.output import write_file, write_stream

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.indexed import IndexedImage


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodeOptions(QuantizeOptions, CodingOptions, MetadataOptions):
    """The options of `kmformat.encode` and `kmformat.save`: all that there are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.palette is None and self.target_psnr is None and self.colors is not None:
            self.check_fit(self.most_colors)


@takes_options(EncodeOptions)
def encode(image: Image.Image | U8, options: EncodeOptions) -> bytes:
    """Reduce an image to a small palette and return it as the bytes of a KMF file.

    A Pillow image of mode P or 1 keeps its palette and indices, unless there are more entries than
    `colors` or `bits` allow, or another option asks for other ones. ICC profile, EXIF and XMP of a
    Pillow image are carried, and EXIF's orientation is applied.

    Parameters
    ----------
    image
        A Pillow image; or uint8 (height, width), (height, width, 3) or (height, width, 4).

    Raises
    ------
    ParameterError
    PictureError, OSError
        A Pillow image turns out damaged; or `srgb` is asked for, and its profile can't be used.
    """
    return _encoded(image, options)


@takes_options(EncodeOptions)
def save(image: Image.Image | U8, file: File, options: EncodeOptions) -> None:
    """Encode an image to a KMF file.

    Parameters
    ----------
    image
        A Pillow image; or uint8 (height, width), (height, width, 3) or (height, width, 4).
    file
        A path, whose file is replaced only once the new one is complete; or a binary stream.

    Raises
    ------
    ParameterError
        As for `encode`; also if the name is that of another format's files, such as a.png.
    PictureError
        As for `encode`.
    OSError
        The file can't be written; an old one is left as it was.
    """
    check_file(file, "write")
    if isinstance(file, str | os.PathLike):
        check_suffix(os.fspath(file))
    data = _encoded(image, options)
    if isinstance(file, str | os.PathLike):
        write_file(file, data)
    else:
        write_stream(file, data)


def check_suffix(path: str) -> None:
    """Raise ParameterError if a name is that of a file in another format, such as a.png."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in ("", ".kmf"):
        return
    from PIL import Image

    kind = Image.registered_extensions().get(suffix, "KMF")
    if kind != "KMF":
        raise ParameterError(f"{path}: a name of {kind} files: expected the suffix .kmf")


def to_stored_colors(image: Image.Image | U8, options: EncodeOptions) -> Image.Image | U8:
    """Return an image with its colours in the space in which they will be stored."""
    if not is_pillow(image):
        return image
    if options.srgb:
        return without_profile(image)
    return in_srgb(image) if options.strip or options.palette is not None else image


def to_indexed(image: Image.Image | U8, options: EncodeOptions) -> IndexedImage:
    """Return an image in as few colours as the options, also those of coding, allow."""
    colors = options.colors
    searched = options.palette is None and colors is None and not options.lossless
    if searched and options.bits is not None:
        most, own = 1 << options.bits, own_colors(image)
        colors = most if own is not None and own <= most else min(DEFAULT_COLORS, most)
    reduced = reduce_colors(image, replace(options, colors=colors))
    return replace(reduced, chunks=()) if options.strip else reduced


def _encoded(image: Image.Image | U8, options: EncodeOptions) -> bytes:
    return to_bytes(to_indexed(to_stored_colors(image, options), options), options)
