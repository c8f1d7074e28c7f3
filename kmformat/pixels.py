"""Pictures as people have them to pixels as the codec wants them, uint8 RGB or RGBA, and back."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kmformat.errors import KmfError, ParameterError
from kmformat.metric import clear_hidden

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]

_LOSSY = {"JPEG", "MPO"}
"""Formats whose users know that colours change a little."""


class PictureError(KmfError):
    """A picture can't be read by Pillow, or not be written in the format asked for."""


def as_pixels(image: Image.Image | npt.NDArray[np.uint8]) -> U8:
    """Return the pixels of an image: uint8, (height, width, 3) RGB or (height, width, 4) RGBA.

    Parameters
    ----------
    image
        A Pillow image of any mode, which is turned upright as its EXIF orientation says, and of
        which only the first frame counts. White is 65535 in modes I;16 and, if anything is above
        255, I; in mode F it is 1, or 255 if anything is above 1. What is whiter is white. Or an
        array, uint8, of shape (height, width) grey, (height, width, 3) RGB, or (height, width, 4)
        RGBA with straight alpha.

    Raises
    ------
    ParameterError
        Anything else, or an image without pixels.
    """
    pillow: Any = sys.modules.get("PIL.Image")  # if it is not imported, this is not its image
    if pillow is not None and isinstance(image, pillow.Image):
        image = _from_pillow(image)
    if not isinstance(image, np.ndarray):
        raise ParameterError(
            f"image of type {type(image).__name__}: expected a Pillow image or a NumPy array"
        )
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


def _from_pillow(image: Image.Image) -> U8:
    from PIL import ExifTags, ImageOps

    if 0 in image.size:
        raise ParameterError(f"image of {image.width} x {image.height}: it has no pixels")
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    try:
        return np.asarray(image if image.mode == mode else image.convert(mode))
    except ValueError as error:
        raise ParameterError(f"image of mode {image.mode}: {error}") from None


def _from_deep(image: Image.Image) -> U8:
    """Return the pixels of grey with more than 8 bits, which Pillow itself would clip to 255."""
    values = np.asarray(image, np.float64)
    if image.mode == "F":
        values = np.where(np.isnan(values), 0, values)
        white = 1 if values.max() <= 1 else 255
    else:
        white = 255 if image.mode == "I" and values.max() <= 255 else 65535
    grey = np.rint(np.clip(values * (255 / white), 0, 255)).astype(np.uint8)
    hidden = image.info.get("transparency")
    if not isinstance(hidden, int):
        return grey
    alpha = np.where(values == hidden, 0, 255).astype(np.uint8)
    return np.stack([grey, grey, grey, alpha], axis=2)


def to_picture(pixels: U8, kind: str) -> bytes:
    """Return pixels, (height, width, 3) or (height, width, 4), as a picture in a Pillow format.

    Raises
    ------
    PictureError
        The format can't hold them. Many would hold something else without a word: smaller, or
        without transparency. So what is written is read back and compared, but for the small
        changes of JPEG, and for formats that Pillow only writes, such as PDF.
    """
    from PIL import Image

    buffer = io.BytesIO()
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    try:
        Image.fromarray(pixels).save(buffer, kind, **options)
    except (OSError, ValueError, KeyError) as error:
        raise PictureError(f"can't be written as {kind}: {error}") from None
    if kind != "PNG" and (change := _change(pixels, buffer, kind)):
        raise PictureError(f"can't be written as {kind}: {change}")
    return buffer.getvalue()


def _change(pixels: U8, picture: io.BytesIO, kind: str) -> str | None:
    """Return what writing a picture changed, or None."""
    from PIL import Image

    try:
        with Image.open(picture, formats=[kind]) as image:
            back = np.asarray(image.convert("RGBA"))
    except (OSError, KeyError):
        return None
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
