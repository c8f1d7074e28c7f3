"""ICC profiles: colours of a picture to sRGB, by the profile it carries (Pillow's LittleCMS)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from kmformat.errors import PictureError
from kmformat.indexed import ICC_CHUNK, IndexedImage, metadata_of
from kmformat.pictures.facts import is_deep
from kmformat.pictures.metadata import (
    Metadata,
    detached,
    is_pillow,
    is_rgb_profile,
    profile_of,
    state_srgb,
)

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.pictures.normalize import AnyImage

_Image = TypeVar("_Image", bound="AnyImage")


def without_profile(image: _Image) -> _Image:
    """Return an image with its colours in sRGB and no ICC profile of RGB colours.

    An array has none. Indexed images and modes P and PA keep their indices: the colours of the
    palette change. Grey of more than 8 bits stays as it is, and so does a profile of other than RGB
    colours, which `normalize` uses.

    Raises
    ------
    PictureError
        The profile can't be used.
    """
    try:
        if isinstance(image, IndexedImage):
            return cast("_Image", without_icc(image))
        return cast("_Image", _pillow_without_profile(image)) if is_pillow(image) else image
    except ValueError as error:
        raise PictureError(f"the ICC profile can't be converted to sRGB: {error}") from None


def without_icc(image: IndexedImage) -> IndexedImage:
    """Do the same with an indexed image; ValueError if its profile can't be used."""
    icc = Metadata.from_chunks(image.chunks).icc
    if icc is None:
        return image
    chunks = tuple(chunk for chunk in metadata_of(image.chunks) if chunk.type != ICC_CHUNK)
    return IndexedImage(palette_to_srgb(image.palette, icc), image.indices, chunks)


def _pillow_without_profile(image: Image.Image) -> Image.Image:
    profile = profile_of(image)
    if profile is None or not is_rgb_profile(profile):
        return image
    converted = detached(image)
    if not is_deep(image):
        converted = _rgb_to_srgb(converted, profile)
    state_srgb(converted)
    return converted


def in_srgb(image: _Image) -> _Image:
    """Return the same, or the image as it is where its profile can't be used."""
    try:
        return without_profile(image)
    except PictureError:
        return image


def _rgb_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    if image.mode in ("P", "PA"):
        mode = "RGB" if image.palette is None or image.palette.mode != "RGBA" else "RGBA"
        colors = np.array(image.getpalette(mode) or [], np.uint8).reshape(-1, len(mode))
        image.putpalette(palette_to_srgb(colors, profile).tobytes(), mode)
        return image
    alpha = image.has_transparency_data
    plain = image.convert("RGBA" if alpha else "RGB")
    converted = to_srgb(plain.convert("RGB"), profile)
    if alpha:
        converted.putalpha(plain.getchannel("A"))
    converted.info.update(plain.info)
    return converted


def palette_to_srgb(palette: U8, profile: bytes) -> U8:
    """Return colours, (K, 3) or (K, 4), in sRGB; errors as for `to_srgb`."""
    from PIL import Image

    if not len(palette):
        return palette
    strip = Image.fromarray(np.ascontiguousarray(palette[None, :, :3]))
    return np.concatenate([np.asarray(to_srgb(strip, profile))[0], palette[:, 3:]], axis=1)


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
