"""What of a picture is lost or changed on the way into a KMF file, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from kmformat.pictures.colorimetry import level_changes, taken_as_srgb
from kmformat.pictures.containers import png_chunks
from kmformat.pictures.deep import lost_in_8_bits
from kmformat.pictures.facts import facts_of, is_deep
from kmformat.pictures.icc import to_srgb
from kmformat.pictures.metadata import DESCRIPTIVE_TAGS, is_rgb_profile, profile_of

if TYPE_CHECKING:
    from PIL import Image

_CONVERTED = ("CMYK", "YCbCr", "LAB", "HSV")
_MOST_NAMES = 20
_PNG_USED = b"IHDR PLTE IDAT IEND tRNS cICP iCCP sRGB gAMA cHRM pHYs eXIf acTL fcTL fdAT".split()
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_JPEG_USED = (b"JFIF", b"JFXX", b"Exif", b"http://ns.adobe.com/xap/1.0/", b"ICC_PROFILE", b"Adobe")
_IPTC, _PHOTOSHOP = 1028, "photoshop"
_TIFF_USED = {
    *range(254, 260), *range(262, 267), 273, 274, *range(277, 285), 290, 291, 292, 293, 296, 297,
    317, 320, *range(322, 326), 338, 339, 340, 341, 347, *range(512, 522), *range(529, 533), 700,
    34675, *DESCRIPTIVE_TAGS,
}  # fmt: skip
_GEOTIFF = (33550, 33922, 34264, 34735, 34736, 34737)
_TIFF_NAMES = {33723: "IPTC", 34377: "Photoshop resources", 37724: "Photoshop layers"}
_PSD_RESOURCES = {1005: "resolution", 1028: "IPTC", 1036: "thumbnail", 1058: "EXIF", 1060: "XMP"}
_INFO_NAMES = {"comment": "comment", "id_section": "comment", "flashpix": "FlashPix"}
"""What Pillow keeps in `info` of formats that have no names of their own here."""


def changes_of(image: Image.Image) -> tuple[str, ...]:
    """Return what becomes of a Pillow image's samples in 8-bit sRGB, such as "16 bits cut to 8".

    Nothing if all stay as they are. The image is one that `load_picture` read.
    """
    facts, found = facts_of(image), list[str]()
    if is_deep(image):
        found += lost_in_8_bits(image, facts.grey_range)
    elif facts.bits > 8:
        found.append(f"{facts.bits} bits cut to 8")
    if image.mode in _CONVERTED:
        found.append(f"{image.mode} converted to RGB")
    elif (change := level_changes(image)) is not None:
        found.append(f"{change.name} converted to sRGB")
    elif image.mode in ("L", "LA") and _is_changed_by_profile(image):
        found.append("grey converted to sRGB by its profile")
    if (stated := taken_as_srgb(image)) is not None:
        found.append(f"{stated} taken as sRGB")
    return tuple(found)


def left_out_of(image: Image.Image) -> tuple[str, ...]:
    """Return names of what belongs to a picture and is not carried, such as "tEXt Author".

    Frames and pages after the first are not among them. The image is one whose file is open.
    """
    try:
        names = list(dict.fromkeys(_left_out(image)))
    except Exception:  # as of damaged layers, which do not matter
        return ()
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES:] = [f"{len(names) - _MOST_NAMES} more"]
    return tuple(names)


def _left_out(image: Image.Image) -> Iterator[str]:
    stream, tags = getattr(image, "fp", None), getattr(image, "tag_v2", None)
    if image.format == "PNG" and stream is not None:
        yield from _of_png(png_chunks(stream))
    elif image.format in ("JPEG", "MPO"):
        yield from _of_jpeg(image)
    elif tags is not None:
        yield from (_tiff_name(tag) for tag in sorted(tags) if tag not in _TIFF_USED)
    else:
        yield from _of_others(image)


def _is_changed_by_profile(image: Image.Image) -> bool:
    from PIL import Image

    profile = profile_of(image)
    if profile is None or is_rgb_profile(profile):
        return False
    ramp = np.arange(256, dtype=np.uint8)[None]
    try:
        converted = np.asarray(to_srgb(Image.fromarray(ramp), profile))
    except ValueError:
        return False
    return not np.array_equal(converted, np.repeat(ramp[..., None], 3, axis=2))


def _of_png(chunks: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    for kind, data in chunks:
        keyword = data.split(b"\0")[0]
        if kind in _PNG_TEXTS and keyword != _XMP_KEYWORD:
            yield f"{kind.decode()} {keyword.decode('latin-1')}"
        elif kind not in _PNG_USED and kind not in _PNG_TEXTS:
            yield kind.decode("latin-1")


def _of_jpeg(image: Any) -> Iterator[str]:
    for marker, data in image.applist:
        if marker == "COM":
            yield "comment"
        elif marker == "APP13" and _PHOTOSHOP in image.info:
            yield "IPTC" if _IPTC in image.info[_PHOTOSHOP] else "Photoshop resources"
        elif not data.startswith(_JPEG_USED):
            name = data[:_MOST_NAMES].split(b"\0")[0].decode("latin-1")
            yield f"{marker} {name if name.isprintable() else ''}".rstrip()


def _tiff_name(tag: int) -> str:
    from PIL.TiffTags import lookup

    if tag in _TIFF_NAMES:
        return _TIFF_NAMES[tag]
    name = lookup(tag).name
    named = f"tag {tag}" if name == "unknown" else name
    return f"GeoTIFF {named}" if tag in _GEOTIFF else named


def _of_others(image: Any) -> Iterator[str]:
    yield from (name for key, name in _INFO_NAMES.items() if image.info.get(key))
    if len(image.info.get("sizes", ())) > 1:
        yield "other sizes"
    if image.format == "PSD":
        yield f"{len(image.layers)} layers"
        for number, *_ in image.resources:
            if number in _PSD_RESOURCES:
                yield _PSD_RESOURCES[number]
