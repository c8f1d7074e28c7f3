"""Colours of other spaces to sRGB, by the ICC profile of the picture (Pillow's LittleCMS)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from kmformat.errors import ParameterError
from kmformat.metadata import is_rgb_profile

if TYPE_CHECKING:
    from PIL import Image


def without_profile(image: Image.Image) -> Image.Image:
    """Return a Pillow image with its colours in sRGB and no ICC profile.

    Modes P and PA keep their indices: the colours of the palette change.

    Raises
    ------
    ParameterError
        The profile can't be used.
    """
    profile = image.info.get("icc_profile")
    if profile is None:
        return image
    converted = image.copy()
    if is_rgb_profile(profile):
        try:
            converted = _rgb_to_srgb(converted, profile)
        except ValueError as error:
            raise ParameterError(f"the ICC profile can't be converted to sRGB: {error}") from None
    converted.info.pop("icc_profile")
    return converted


def _rgb_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    from PIL import Image as PillowImage

    if image.mode not in ("P", "PA"):
        alpha = image.has_transparency_data
        rgba = image.convert("RGBA" if alpha else "RGB")
        converted = to_srgb(rgba.convert("RGB"), profile)
        if alpha:
            converted.putalpha(rgba.getchannel("A"))
        converted.info.update(rgba.info)
        return converted
    colors = image.getpalette("RGB") or []
    strip = PillowImage.frombytes("RGB", (len(colors) // 3, 1), bytes(colors))
    image.putpalette(to_srgb(strip, profile).tobytes(), "RGB")
    return image


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return an image of mode L, RGB or CMYK as RGB, its colours converted from its profile's.

    Raises
    ------
    ValueError
        The profile is malformed, or not one for this mode; or this Pillow lacks LittleCMS.
    """
    from PIL import ImageCms

    try:
        source, target = io.BytesIO(profile), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, ImportError) as error:
        raise ValueError(str(error)) from None
    return cast("Image.Image", converted)  # None is for what is done in place
