"""Metadata: the ICC profile, EXIF and XMP beside a picture's pixels (spec, section 3.5).

They travel byte for byte, but for two things. KMF stores pictures upright, so that an orientation
in EXIF or XMP becomes 1, when it is written and, whoever wrote it, when it is read. And a
resolution that a picture states elsewhere, such as in the pHYs chunk of a PNG, goes into EXIF.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from kmformat.indexed import EXIF_CHUNK, ICC_CHUNK, XMP_CHUNK, Chunk
from kmformat.pictures.colorimetry import profile_made_for
from kmformat.pictures.exif import Resolution, resolution_of, upright, with_resolution
from kmformat.pictures.facts import Facts, facts_of, note
from kmformat.pictures.misread import load

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8

_EXIF_PREFIX = b"Exif\0\0"
"""What JPEG and Pillow put before the TIFF structure that EXIF is."""
_ORIENTATION = 0x0112
_XMP_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:>|\s*=\s*["']))[2-8](?=["'<])""")
DESCRIPTIVE_TAGS = (270, 271, 272, 305, 306, 315, 33432, 34665, 34853)
"""Tags of a TIFF file that describe the picture, and not how the file stores it."""


@dataclass(frozen=True)
class Metadata:
    """What belongs to a picture beside its pixels; None for what there is not.

    Attributes
    ----------
    icc
        ICC profile of the picture's RGB colours; sRGB where there is none.
    exif
        EXIF as a TIFF structure, from its byte order mark on.
    xmp
        XMP packet, UTF-8.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None

    @classmethod
    def of(cls, image: Image.Image) -> Metadata:
        """Return what a Pillow image carries; a profile only if it is one of RGB colours."""
        info = image.info
        icc, xmp, exif = profile_of(image), info.get("xmp"), upright(_exif_of(image))
        if isinstance(xmp, str):
            xmp = xmp.encode()
        return cls(
            icc if icc is not None and is_rgb_profile(icc) else None,
            _resolved(exif, _resolution_beside(image)) or None,
            _upright_xmp(xmp) or None if isinstance(xmp, bytes) else None,
        )

    @classmethod
    def from_chunks(cls, chunks: Iterable[Chunk]) -> Metadata:
        """Return what the chunks of a file carry; of several of one type, the first."""
        first: dict[bytes, bytes] = {}
        for chunk in chunks:
            first.setdefault(chunk.type, chunk.payload)
        exif, xmp = upright(first.get(EXIF_CHUNK, b"")), first.get(XMP_CHUNK, b"")
        return cls(first.get(ICC_CHUNK), exif or None, _upright_xmp(xmp) or None)

    @property
    def dpi(self) -> tuple[float, float] | None:
        """Pixels an inch, across and down; None where EXIF states none."""
        found = None if self.exif is None else resolution_of(self.exif)
        return None if found is None else found.dpi

    def to_chunks(self) -> tuple[Chunk, ...]:
        """Return the chunks that carry this."""
        carried = ((ICC_CHUNK, self.icc), (EXIF_CHUNK, self.exif), (XMP_CHUNK, self.xmp))
        return tuple(Chunk(kind, payload) for kind, payload in carried if payload)

    def to_info(self) -> dict[str, Any]:
        """Return this as Pillow keeps it in `Image.info` and takes it in `Image.save`."""
        exif = None if self.exif is None else _EXIF_PREFIX + self.exif
        held = {"icc_profile": self.icc, "exif": exif, "xmp": self.xmp, "dpi": self.dpi}
        return {name: value for name, value in held.items() if value is not None}


def pillow_info(palette: U8, chunks: Sequence[Chunk]) -> dict[str, Any]:
    """Return what Pillow keeps in `info` of a KMF file: metadata and transparency.

    Other chunks are not kept: they may be about pixels or palette, which Pillow's users change.
    """
    return Metadata.from_chunks(chunks).to_info() | transparency_info(palette)


def transparency_info(palette: U8) -> dict[str, int | bytes]:
    """Return what Pillow keeps in `info` of a palette's alpha: an index, or the alpha of all.

    As for PNG: an index if one entry is transparent and all others are opaque.
    """
    if palette.shape[1] == 3:
        return {}
    alpha = palette[:, 3]
    (clear,) = np.nonzero(alpha < 255)
    if len(clear) == 1 and alpha[clear[0]] == 0:
        return {"transparency": int(clear[0])}
    return {"transparency": alpha.tobytes()}


def is_pillow(image: object) -> TypeGuard[Image.Image]:
    """Tell whether this is a Pillow image, without importing Pillow."""
    pillow: Any = sys.modules.get("PIL.Image")  # if it is not imported, this is not its image
    return pillow is not None and isinstance(image, pillow.Image)


def profile_of(image: Image.Image) -> bytes | None:
    """Return the ICC profile of a Pillow image, of whatever colours; None if there is none.

    One that states other primaries than those of sRGB has the profile that these make.
    """
    if (made := profile_made_for(image)) is not None:
        return made
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else None


def is_rgb_profile(profile: bytes) -> bool:
    """Tell whether an ICC profile is one of RGB colours (ICC.1:2022, section 7.2.6)."""
    return profile[16:20] == b"RGB "


def state_srgb(image: Image.Image) -> None:
    """Take away all that a Pillow image states of its colours, so that they are sRGB."""
    for name in ("icc_profile", "gamma", "chromaticity"):
        image.info.pop(name, None)
    note(image, facts_of(image)._replace(cicp=None))


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of a Pillow image, 1 to 8; 1 if it can't be told."""
    try:
        if image.format == "PNG":
            load(image)  # or Pillow does, whose EXIF may stand behind the pixels
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow's parser raises, and warns of, all kinds on malformed EXIF
        return 1
    return value if value in range(1, 9) else 1


def detached(image: Image.Image) -> Image.Image:
    """Return a copy of a Pillow image that needs its file no more: what it tells is in `info`."""
    facts = facts_of(image)  # before its file is read to the end
    load(image)
    copy = image.copy()
    if facts != Facts():
        note(copy, facts)
    if exif := _exif_of(image):
        copy.info["exif"] = _EXIF_PREFIX + exif
    if _made_up_dpi(image):
        copy.info.pop("dpi", None)
    return copy


def with_dpi(image: Image.Image, dpi: object) -> Image.Image:
    """Return a copy of a Pillow image that states so many pixels an inch, or None, in EXIF too."""
    copy = detached(image)
    exif = with_resolution(_exif_of(copy), Resolution.of_dpi(dpi))
    copy.info |= {"exif": _EXIF_PREFIX + exif, "dpi": dpi}
    return copy


def _resolution_beside(image: Image.Image) -> Resolution | None:
    """Return the resolution that a Pillow image states elsewhere than in EXIF."""
    info = image.info
    if not _made_up_dpi(image) and (found := Resolution.of_dpi(info.get("dpi"))) is not None:
        return found
    if info.get("jfif_unit") == 0:
        return Resolution.of_aspect(info.get("jfif_density"))
    return Resolution.of_aspect(info.get("aspect", info.get("resolution")))


def _made_up_dpi(image: Image.Image) -> bool:
    """Tell whether the resolution in `info` is what Pillow made of EXIF, or of nothing."""
    of_jpeg = image.format in ("JPEG", "MPO")
    return of_jpeg and "exif" in image.info and image.info.get("jfif_unit") not in (1, 2)


def _resolved(exif: bytes, resolution: Resolution | None) -> bytes:
    """Return EXIF with a resolution that is stated beside it, if it is another one.

    One that nobody asked for is not worth the 66 bytes that it takes in a file.
    """
    stated = resolution_of(exif)
    known = stated if stated is None or stated.dpi is None else Resolution.of_dpi(stated.dpi)
    if resolution is None or resolution.is_unasked or resolution == known:
        return exif
    return with_resolution(exif, resolution)


def _exif_of(image: Image.Image) -> bytes:
    """Return EXIF as it stands in the picture, or as Pillow makes it of the tags of a TIFF file."""
    raw = image.info.get("exif")
    if isinstance(raw, bytes):
        return raw.removeprefix(_EXIF_PREFIX)
    from PIL.Image import Exif

    try:
        found, kept = image.getexif(), Exif()
        for tag in DESCRIPTIVE_TAGS:
            value = found.get_ifd(tag) if tag in (34665, 34853) else found.get(tag)
            if value:
                kept[tag] = value
        return kept.tobytes().removeprefix(_EXIF_PREFIX) if len(kept) else b""
    except Exception:  # as above
        return b""


def _upright_xmp(xmp: bytes) -> bytes:
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
