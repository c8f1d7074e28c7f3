"""Any Pillow image or array, of any mode and depth, to 8-bit RGB or RGBA, or to its palette."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.errors import ParameterError, PictureError
from kmformat.indexed import Chunk, IndexedImage, metadata_of
from kmformat.pictures.colorimetry import level_changes, srgb_levels
from kmformat.pictures.deep import to_8_bits
from kmformat.pictures.facts import facts_of, is_deep
from kmformat.pictures.icc import to_srgb
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import (
    Metadata,
    is_pillow,
    is_rgb_profile,
    orientation_of,
    profile_of,
)
from kmformat.pictures.misread import load

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.pictures.matrix_profile import Curve


@dataclass(frozen=True, eq=False)
class TrueColor:
    """What a Pillow image without a palette becomes, taken out once: it is needed no more.

    Attributes
    ----------
    pixels
        uint8, (height, width, 3) or (height, width, 4).
    chunks
        Its metadata.
    changes
        What became of its samples, as `changes_of` says.
    """

    pixels: U8
    chunks: tuple[Chunk, ...]
    changes: tuple[str, ...]


AnyImage: TypeAlias = "Image.Image | IndexedImage | TrueColor | npt.NDArray[np.uint8]"
"""What every function takes that takes an image."""
_TRANSPOSITIONS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""What turns a picture of each EXIF orientation upright: numbers of Pillow's `Image.Transpose`."""
_BAND_PIXELS = 1 << 20
BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)


def as_pixels(image: AnyImage) -> U8:
    """Return the pixels of an image: uint8, (height, width, 3) RGB or (height, width, 4) RGBA.

    Parameters
    ----------
    image
        A Pillow image of any mode from which Pillow gets to RGB. It is turned upright as its EXIF
        orientation says, and only its current frame counts. Grey and CMYK become sRGB by their ICC
        profile, if there is one that can be used, and all colours by a transfer function that the
        picture states without one, such as PNG's gAMA; a profile of RGB colours changes nothing.
        White is 65535 in modes I;16, or what a TIFF file says, and, if anything is above 255, I; it
        is 255 in a label mask whose classes are no more; in mode F it is 1, or 255 if anything is
        above 1. What is whiter is white. Or an array, uint8,
        of shape (height, width) grey, (height, width, 3) RGB, or (height, width, 4) RGBA with
        straight alpha. Or an indexed image.

    Raises
    ------
    ParameterError
        Anything else, or an image without pixels.
    PictureError, OSError
        A Pillow image turns out damaged when it is loaded.
    """
    if isinstance(image, IndexedImage):
        image.check()
        return image.to_pixels()
    if isinstance(image, TrueColor):
        return image.pixels
    if is_pillow(image):
        facts, change = facts_of(image), level_changes(image)  # while its file is open
        image = _rgb_of(_upright(image), facts.grey_range, None if change is None else change.curve)
    if not isinstance(image, np.ndarray):
        raise ParameterError(
            f"image of type {type(image).__name__}: expected a Pillow image, a NumPy array or "
            "an IndexedImage"
        )
    if "numpy.ma" in sys.modules and isinstance(image, np.ma.MaskedArray):
        raise ParameterError("image with a mask: expected an array without, such as image.filled()")
    if image.dtype != np.uint8:
        raise ParameterError(f"image of dtype {image.dtype}: expected uint8")
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise ParameterError(
            f"image of shape {image.shape}: expected (height, width), (height, width, 3) "
            "or (height, width, 4)"
        )
    if 0 in image.shape:
        raise ParameterError(f"image of shape {image.shape}: it has no pixels")
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    return np.ascontiguousarray(image)


def as_indexed(image: object) -> IndexedImage | None:
    """Return an indexed image itself; or one of a Pillow image of mode P or 1, upright.

    None for any other image: it has no palette of its own. Of a Pillow image the palette is kept
    whole, with entries that no pixel uses; it has alpha where the image has any, in its palette or
    `transparency`.
    """
    if isinstance(image, IndexedImage):
        image.check()
        return image
    if not is_pillow(image) or image.mode not in ("P", "1"):
        return None
    chunks, change = chunks_of(image), level_changes(image)
    image = _upright(image)
    if image.mode not in ("P", "1"):  # as of a GIF whose palette has no room for what it needs
        return None
    indices = np.asarray(image, np.uint8)
    palette = _palette_of(image)
    if change is not None:
        palette = _with_levels_changed(palette, change.curve)
    missing = int(indices.max()) + 1 - len(palette)
    if missing > 0:  # as Pillow has it, they are black
        black = np.zeros((missing, palette.shape[1]), np.uint8)
        black[:, 3:] = 255
        palette = np.concatenate([palette, black])
    return IndexedImage(palette, indices, chunks)


def chunks_of(image: object) -> tuple[Chunk, ...]:
    """Return the metadata of an image, which hold for whatever is made of it; an array has none."""
    if isinstance(image, IndexedImage):
        return metadata_of(image.chunks)
    if isinstance(image, TrueColor):
        return image.chunks
    if not is_pillow(image):
        return ()
    facts_of(image)  # while its file is open
    _load(image, orientation_of(image))  # some formats have metadata behind the pixels
    return Metadata.of(image).to_chunks()


def taken_out(image: AnyImage) -> AnyImage:
    """Return all that is needed of a Pillow image: `as_indexed` of it, or its true colours.

    Others are returned themselves. Errors as for `as_pixels`.
    """
    if not is_pillow(image):
        return image
    return as_indexed(image) or TrueColor(as_pixels(image), chunks_of(image), changes_of(image))


def _upright(image: Image.Image) -> Image.Image:
    from PIL.Image import Transpose

    if 0 in image.size:
        raise ParameterError(f"image of {image.width} x {image.height}: it has no pixels")
    _load(image, orientation_of(image))
    if image.im.size != image.size:  # Pillow turns a TIFF, but forgets to in mode P
        image = image.copy()
    if image.mode in ("P", "PA") and image.palette is None:  # as of an odd ICNS
        image = image.convert("RGBA")
    orientation = orientation_of(image)  # loading a TIFF has turned it already
    return image if orientation == 1 else image.transpose(Transpose(_TRANSPOSITIONS[orientation]))


def _load(image: Image.Image, orientation: int = 1) -> None:
    name = getattr(image, "filename", None)
    try:
        if orientation > 4 and name:  # of a file that it maps, Pillow turns only the size
            image.filename = ""  # type: ignore[attr-defined]
        load(image)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise all kinds on malformed pictures
        raise PictureError(f"the image can't be loaded: {error}") from None
    finally:
        if name:
            image.filename = name  # type: ignore[attr-defined]


def _palette_of(image: Image.Image) -> U8:
    hidden = image.info.get("transparency")
    if image.mode == "1":
        colors, hidden = BLACK_AND_WHITE.copy(), 1 if hidden else hidden
    else:
        colors = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
    if not image.has_transparency_data:
        return colors
    if hidden is None:
        return np.array(image.getpalette("RGBA") or [], np.uint8).reshape(-1, 4)
    alpha = np.full(len(colors), 255, np.uint8)
    if isinstance(hidden, bytes):
        stated = np.frombuffer(hidden, np.uint8)[: len(alpha)]
        alpha[: len(stated)] = stated
    elif isinstance(hidden, int) and hidden >= 0:
        alpha[hidden : hidden + 1] = 0
    else:
        raise ParameterError(f"transparency {hidden!r}: expected an index, or bytes")
    return np.concatenate([colors, alpha[:, None]], axis=1)


def _rgb_of(image: Image.Image, grey_range: tuple[int, int], curve: Curve | None) -> U8:
    if is_deep(image):
        return to_8_bits(image, grey_range, curve)
    if curve is None and (converted := _by_profile(image)) is not None:
        return converted
    mode = "RGBA" if image.has_transparency_data else "RGB"
    try:
        pixels = _in_bands(image, mode)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"image of mode {image.mode}: {error}") from None
    return pixels if curve is None else _with_levels_changed(pixels, curve)


def _with_levels_changed(colors: U8, curve: Curve) -> U8:
    """Return colours of a curve in sRGB; alpha stays."""
    table = np.rint(255 * srgb_levels(np.arange(256) / 255, curve)).astype(np.uint8)
    return np.concatenate([table[colors[..., :3]], colors[..., 3:]], axis=-1)


def _in_bands(image: Image.Image, mode: str) -> U8:
    """Return the pixels of an image in mode RGB or RGBA, converted in bands of rows.

    For all of it, Pillow takes twice the memory of what it gives.
    """
    width, height = image.size
    pixels = np.empty((height, width, len(mode)), np.uint8)
    rows = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, rows):
        band = image
        if rows < height:
            band = image.crop((0, top, width, min(top + rows, height)))
        pixels[top : top + rows] = np.asarray(band if band.mode == mode else band.convert(mode))
    return pixels


def _by_profile(image: Image.Image) -> U8 | None:
    """Return the sRGB colours of grey or CMYK by the image's profile, or None if it has none.

    A profile that can't be used counts as none: what is left is Pillow's own formula.
    """
    profile = profile_of(image)
    if image.mode not in ("L", "LA", "CMYK") or profile is None or is_rgb_profile(profile):
        return None
    try:
        colors = np.asarray(to_srgb(image.convert("L") if image.mode == "LA" else image, profile))
    except ValueError:
        return None
    if not image.has_transparency_data:
        return colors
    return np.concatenate([colors, np.asarray(image.convert("LA"))[..., 1:]], axis=2)
