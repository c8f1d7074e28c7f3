"""Pictures as people have them to pixels as the codec wants them: uint8 RGB or RGBA."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]


def as_pixels(image: Image.Image | npt.NDArray[np.uint8]) -> U8:
    """Return the pixels of an image: uint8, (height, width, 3) RGB or (height, width, 4) RGBA.

    Parameters
    ----------
    image
        A Pillow image of any mode, which is turned upright as its EXIF orientation says; or an
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
    if image.mode.startswith("I;16"):  # Pillow would clip to 255; 65535 is white
        return np.rint(np.asarray(image) * np.float32(255 / 65535)).astype(np.uint8)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    try:
        return np.asarray(image if image.mode == mode else image.convert(mode))
    except ValueError as error:
        raise ParameterError(f"image of mode {image.mode}: {error}") from None
