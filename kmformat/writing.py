"""Python's way out: pictures to palettes, indexed images, bytes and files; the policy of encoding.

Strategy: the three steps of `encode` (`to_stored_colors`, `to_indexed`, `to_bytes`) are functions
of their own, so that the command line can time each and use what is between them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kmformat.arguments import color_channels
from kmformat.codec.palette_order import in_packing_order
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.options import Told, takes_options
from kmformat.overviews.options import OverviewOptions
from kmformat.overviews.pyramid import to_file
from kmformat.pictures.icc import in_srgb, without_profile
from kmformat.pictures.metadata import is_pillow
from kmformat.pictures.options import MetadataOptions
from kmformat.quantization.options import DEFAULT_COLORS, QuantizeOptions
from kmformat.quantization.quantizer import own_colors, reduce_colors
from kmformat.quantization.rare_colors import rare_colors
from kmformat.storage.input import File, check_file
from kmformat.storage.output import write_file, write_stream

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.pictures.normalize import AnyImage


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodeOptions(QuantizeOptions, OverviewOptions, MetadataOptions):
    """The options of `kmformat.encode` and `kmformat.save`: all that there are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.palette is None and self.target_psnr is None and self.colors is not None:
            self.check_fit(self.most_colors)

    @property
    def without_metadata(self) -> bool:
        """Whether none is carried."""
        return self.strip or self.small_reader


def with_colors(told: Told) -> Told:
    """Return what options are told with colours in place of what holds them: palette files, say."""
    found = {name: _colors_of(told[name]) for name in ("keep",) if name in told}
    if "palette" in told:
        found["palette"] = _pairs_or_colors(told["palette"])
    return told | found


def _pairs_or_colors(holder: Any) -> Any:
    if _is_path(holder):
        from kmformat.palettes import files

        if (pairs := files.read_pairs(holder)) is not None:
            return pairs
    return _colors_of(holder)


def _is_path(holder: Any) -> bool:
    return isinstance(holder, os.PathLike) or (
        isinstance(holder, str) and color_channels(holder) is None
    )


def _colors_of(holder: Any) -> Any:
    is_path = _is_path(holder)
    if is_path or is_pillow(holder) or isinstance(holder, IndexedImage):
        from kmformat.palettes import files

        return files.read_palette(holder) if is_path else files.palette_of(holder)
    return holder


@takes_options(QuantizeOptions, with_colors)
def quantize(image: AnyImage, options: QuantizeOptions) -> IndexedImage:
    """Reduce an image to a palette and an index for each pixel.

    An image with a palette (an `IndexedImage`, or a Pillow image of mode P or 1) keeps that palette
    and its indices, unless another option asks for other ones. If it has more entries than
    `colors`, those that no pixel uses go first; entries that stay, or that replace others, keep
    their order. A grey picture that looks like a label mask keeps all its levels, unless `colors`
    says less. The metadata of a Pillow image become chunks.

    Every pixel gets its nearest palette entry, ties the lowest, unless it is dithered. Opaque
    pixels get opaque entries, if there are any. An image of no more distinct colours than asked is
    kept exactly, and so is one whose colours are all in the palette. Where there is alpha, fully
    transparent pixels otherwise become (0, 0, 0, 0), whatever their colour, or with init "random"
    may come near that.

    Parameters
    ----------
    image
        A Pillow image; uint8 (height, width), (height, width, 3) or (height, width, 4); or an
        `IndexedImage`.

    Raises
    ------
    ParameterError
        Also where 256 colours do not reach `psnr`.
    PictureError, FormatError, OSError
        A file of `palette` or `keep` can't be read, or a Pillow image turns out damaged.
    """
    return reduce_colors(image, options)


@takes_options(QuantizeOptions, with_colors)
def suggest_keep(image: AnyImage, options: QuantizeOptions) -> U8:
    """Return the colours of areas, however small, that `kmformat.quantize` would show as others.

    Give them, or those of them that matter, as `keep`: each takes an entry from the other colours.

    Parameters
    ----------
    image
        As for `kmformat.quantize`.

    Returns
    -------
    uint8, shape (k, 3) or (k, 4): the most striking first, at most half as many as the palette has
    entries, and none if nothing is lost.
    """
    return rare_colors(image, options)


@takes_options(EncodeOptions, with_colors)
def encode(image: AnyImage, options: EncodeOptions) -> bytes:
    """Reduce an image to a small palette and return it as the bytes of a KMF file.

    An image with a palette (an `IndexedImage`, or a Pillow image of mode P or 1) keeps that palette
    and its indices, unless there are more entries than `colors` or `bits` allow, or another option
    asks for other ones. ICC profile, EXIF and XMP of a Pillow image are carried, and EXIF's
    orientation is applied; all chunks of an `IndexedImage` are.

    Parameters
    ----------
    image
        A Pillow image; uint8 (height, width), (height, width, 3) or (height, width, 4); or an
        `IndexedImage`.

    Raises
    ------
    ParameterError
    PictureError, OSError
        A Pillow image turns out damaged; or `srgb` is asked for, and its profile can't be used.
    PictureError, FormatError, OSError
        A file of `palette` or `keep` can't be read.
    """
    return _encoded(image, options)


@takes_options(EncodeOptions, with_colors)
def save(image: AnyImage, file: File, options: EncodeOptions) -> None:
    """Encode an image to a KMF file.

    Parameters
    ----------
    image
        As for `encode`.
    file
        A path, whose file is replaced only once the new one is complete; or a binary stream.

    Raises
    ------
    ParameterError
        As for `encode`; also if the name is that of another format's files, such as a.png.
    PictureError, FormatError
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


def to_stored_colors(image: AnyImage, options: EncodeOptions) -> AnyImage:
    """Return an image with its colours in the space in which they will be stored."""
    if options.srgb:
        return without_profile(image)
    return in_srgb(image) if options.without_metadata or options.palette is not None else image


def to_indexed(image: AnyImage, options: EncodeOptions) -> IndexedImage:
    """Return an image in as few colours as the options, also those of coding, allow."""
    colors = options.colors
    searched = options.palette is None and colors is None and not options.lossless
    if searched and (most := options.most_entries) is not None:
        own = own_colors(image)
        colors = most if own is not None and own <= most else min(DEFAULT_COLORS, most)
    reduced = reduce_colors(image, replace(options, colors=colors))
    if options.palette is None and not options.plain and own_colors(image) is None:
        reduced = in_packing_order(reduced)  # any order would do
    return replace(reduced, chunks=()) if options.without_metadata else reduced


def _encoded(image: AnyImage, options: EncodeOptions) -> bytes:
    return to_file(to_indexed(to_stored_colors(image, options), options), options)
