"""Pictures in other formats, such as PNG and TIFF, through Pillow; of several frames, the first.

All that can go wrong is one clear error. What becomes of a picture that was read is the business of
`kmformat.pictures.normalize`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kmformat.color.channels import clear_hidden
from kmformat.errors import LimitError, PictureError
from kmformat.indexed import IndexedImage
from kmformat.pictures.exif import is_resolution_only
from kmformat.pictures.icc import palette_to_srgb, without_icc
from kmformat.pictures.losses import left_out_of
from kmformat.pictures.metadata import (
    Metadata,
    detached,
    pillow_info,
    profile_of,
)
from kmformat.pictures.normalize import BLACK_AND_WHITE

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

    from kmformat.arrays import U8
    from kmformat.indexed import Chunk, IndexedImage

_LOSSY = {"JPEG", "MPO"}
"""Formats whose users know that colours change a little."""

_RAW_EXIF = {"PNG", "JPEG", "MPO", "WEBP"}
"""Formats into which EXIF goes as it is."""
_RESOLUTION_OF_ITS_OWN = {"PNG", "BMP", "DIB", "TIFF", "PDF"}
"""Formats that hold a resolution without EXIF, and not only in whole pixels an inch as JPEG."""
_XMP_TAG = 700
"""Where TIFF keeps XMP (XMP specification, part 3)."""


_BYTES_A_PIXEL = 12
"""Memory that a picture takes, at most, while it is read, reduced and compared."""
_RUN_PROGRAMS = {"EPS": "Ghostscript"}
"""Formats that Pillow reads by another program, which would run whatever the file says."""


class Loaded(NamedTuple):
    """A picture that was read.

    Attributes
    ----------
    image
        It needs its file no more.
    several
        Whether more frames or pages follow.
    left_out
        Names of what else belongs to the picture and is not carried, such as "tEXt Author".
    """

    image: Image.Image
    several: bool
    left_out: tuple[str, ...]


def load_picture(stream: IO[bytes], max_pixels: int) -> Loaded:
    """Read a picture in a format that Pillow itself reads; of several frames or pages, the first.

    EPS is refused, for which Pillow would run Ghostscript. Pillow's own limit holds as well
    (`Image.MAX_IMAGE_PIXELS`), and its warnings are not held back.

    Raises
    ------
    PictureError, LimitError
        It is no picture, or damaged, or has more pixels than `max_pixels` or Pillow's limit.
    OSError
        It can't be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _opened(stream) as image:
            if image.width * image.height > max_pixels:
                raise LimitError(
                    f"picture of {image.width} x {image.height} pixels exceeds the limit "
                    f"max_pixels = {max_pixels}"
                )
            _check_memory(image.width * image.height)
            left_out = left_out_of(image)
            return Loaded(detached(image), _has_several(image), left_out)
    except (LimitError, PictureError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise LimitError("the picture exceeds Pillow's limit, Image.MAX_IMAGE_PIXELS") from None
    except UnidentifiedImageError as error:
        unknown = str(error).startswith("cannot identify")
        message = "not a picture in a format that Pillow reads" if unknown else str(error)
        raise PictureError(message) from None
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise all kinds on malformed pictures
        if isinstance(error, OSError) and error.errno:
            raise
        message = str(error)
        if not message or message.startswith("decoder error"):  # as Pillow says at a loss
            message = "its data are damaged"
        raise PictureError(f"not a readable picture: {message}") from None


def _check_memory(pixels: int) -> None:
    """Raise LimitError if so many pixels take more memory than this machine has, where it says."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # as on Windows
        return
    if pixels * _BYTES_A_PIXEL > memory:
        raise LimitError(
            f"picture of {pixels:,} pixels: it takes about {pixels * _BYTES_A_PIXEL >> 20:,} MiB, "
            f"but there are {memory >> 20:,} MiB of memory"
        )


def _opened(stream: IO[bytes]) -> ImageFile:
    """Open a picture, of which no pixels are read yet, in any format that runs no program."""
    from PIL import Image, UnidentifiedImageError

    Image.preinit()  # the usual formats, which are enough for most
    for _ in range(2):
        try:
            harmless = [name for name in Image.ID if name not in _RUN_PROGRAMS]
            return Image.open(stream, formats=harmless)
        except UnidentifiedImageError:
            if not Image.init():  # the others are there already
                break
    for name, program in _RUN_PROGRAMS.items():
        with suppress(UnidentifiedImageError), Image.open(stream, formats=[name]):
            raise PictureError(f"{name} is not read: {program} would run what the file says")
    raise UnidentifiedImageError("cannot identify")


def _has_several(image: Image.Image) -> bool:
    """Tell whether there is a second frame or page, without a look at those after it."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # the frames after the first may be damaged: they do not matter
        return False


def to_pillow(image: IndexedImage) -> Image.Image:
    """Return an indexed image as a Pillow image of mode P, as `Image.open` gives that of a file."""
    from PIL import Image

    shown = Image.fromarray(image.indices).copy()  # or it would change with the array
    shown.putpalette(image.palette.tobytes(), "RGB" if image.palette.shape[1] == 3 else "RGBA")
    shown.info.update(pillow_info(image.palette, image.chunks))
    return shown


def to_picture(image: IndexedImage, kind: str) -> bytes:
    """Return an indexed image as a picture in a Pillow format, with the metadata that fits there.

    Palette and order are kept wherever the format holds them (PNG, GIF, BMP, TIFF, PCX, TGA and
    others); the rest get RGB or RGBA. Colours are converted to sRGB where the format holds no ICC
    profile.

    Raises
    ------
    PictureError
        The format can't hold it. Many would hold something else without a word: smaller, or
        without transparency. So what is written is read back and compared, but for the small
        changes of JPEG, and for formats that Pillow only writes, such as PDF.
    """
    metadata = Metadata.from_chunks(image.chunks)
    if kind == "PNG":  # holds all that there is
        return saved(to_pillow(image), kind, metadata)
    pixels = image.to_pixels()
    for shown in _with_palette(image, kind):
        with suppress(PictureError):  # many formats hold no palette, or none with this alpha
            data = saved(shown, kind, metadata)
            written = _read_back(data, kind)
            if (
                written is not None
                and written.mode in ("P", "1", "L")  # in mode L it is a palette of all levels
                and not _change(pixels, written, kind)
            ):
                return _with_its_colors(data, written, image, kind)
    return colors_to_picture(pixels, image.chunks, kind)


def colors_to_picture(pixels: U8, chunks: Sequence[Chunk], kind: str) -> bytes:
    """Do the same with pixels, (height, width, 3 or 4), and chunks of metadata."""
    from PIL import Image

    metadata = Metadata.from_chunks(chunks)
    data = saved(Image.fromarray(pixels), kind, metadata)
    written = _read_back(data, kind)
    if written is not None and (change := _change(pixels, written, kind)):
        raise PictureError(f"can't be written as {kind}: {change}")
    if (profile := _lost_profile(metadata, written)) is not None:
        with suppress(ValueError):  # a profile that can't be used says nothing
            colors = palette_to_srgb(pixels.reshape(-1, pixels.shape[2]), profile)
            others = replace(metadata, icc=None).to_chunks()
            return colors_to_picture(colors.reshape(pixels.shape), others, kind)
    return data


def _with_palette(image: IndexedImage, kind: str) -> Iterator[Image.Image]:
    """Yield the Pillow images that have an indexed image's palette, in the order to try them."""
    from PIL import Image

    yield to_pillow(image)
    if kind not in _LOSSY and np.array_equal(image.palette, BLACK_AND_WHITE):
        # which BMP, PBM and XBM hold in mode 1 only
        shown = Image.fromarray(image.indices.astype(bool))
        shown.info.update(pillow_info(image.palette, image.chunks))
        yield shown


def _read_back(data: bytes, kind: str) -> Image.Image | None:
    """Return a picture that was just written, or None where Pillow only writes the format."""
    from PIL import Image

    try:
        written = Image.open(io.BytesIO(data), formats=[kind])
        written.load()
    except (OSError, KeyError):
        return None
    return written


def _with_its_colors(data: bytes, written: Image.Image, image: IndexedImage, kind: str) -> bytes:
    """Return what was written, or the same in sRGB if it does not hold the image's ICC profile."""
    if _lost_profile(Metadata.from_chunks(image.chunks), written) is not None:
        with suppress(ValueError):  # a profile that can't be used says nothing
            return to_picture(without_icc(image), kind)
    return data


def _lost_profile(metadata: Metadata, written: Image.Image | None) -> bytes | None:
    """Return the ICC profile of a picture that what was written does not hold, or None."""
    return metadata.icc if written is None or profile_of(written) is None else None


def saved(image: Image.Image, kind: str, metadata: Metadata | None = None) -> bytes:
    """Return what Pillow writes of an image in a format, with the metadata that fits there.

    Raises
    ------
    PictureError
        It can't.
    """
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind, **_options(kind, metadata or Metadata()))
    except MemoryError:
        raise
    except Exception as error:  # Pillow's encoders raise all kinds at what they do not foresee
        raise PictureError(f"can't be written as {kind}: {error}") from None
    return buffer.getvalue()


def _options(kind: str, metadata: Metadata) -> dict[str, Any]:
    """Return what Pillow's writer of a format is told beside the picture."""
    from PIL.Image import Exif
    from PIL.PngImagePlugin import PngInfo

    options = metadata.to_info()
    if kind in _RESOLUTION_OF_ITS_OWN and "dpi" in options and is_resolution_only(metadata.exif):
        del options["exif"]
    if kind not in _RAW_EXIF and "exif" in options:
        try:
            parsed = Exif()
            parsed.load(options.pop("exif"))
            options["exif"] = parsed
        except Exception:  # malformed: what can't be parsed can't be written into other structures
            options.pop("exif", None)
    if kind == "PNG" and metadata.xmp is not None:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", metadata.xmp.decode(errors="replace"))
    elif kind == "TIFF" and metadata.xmp is not None:
        options.setdefault("exif", Exif())[_XMP_TAG] = metadata.xmp
    elif kind == "WEBP":
        options |= {"lossless": True, "exact": True}
    elif kind == "GIF":
        options["optimize"] = False  # it would sort the palette
    return options


def _change(pixels: U8, written: Image.Image, kind: str) -> str | None:
    """Return what writing a picture changed, or None; `written` is what was read again."""
    back = np.asarray(written.convert("RGBA"))
    height, width = back.shape[:2]
    if (height, width) != pixels.shape[:2]:
        return f"it would become {width} x {height} pixels"
    if pixels.shape[2] == 3:
        back = back[..., :3]
    elif not np.array_equal(back[..., 3], pixels[..., 3]):
        return "it would lose its transparency"
    if kind not in _LOSSY and not np.array_equal(clear_hidden(back), clear_hidden(pixels)):
        return "its colours would change"
    return None
