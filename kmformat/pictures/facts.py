"""What a file says of its samples and colours, and Pillow does not, or not in a copy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kmformat.pictures.containers import avif_bits, avif_cicp, jpeg2000_bits, png_cicp

if TYPE_CHECKING:
    from PIL import Image

_FACTS = "kmf_facts"
"""Where they are kept in `Image.info`."""
_GREY_OF_16_BITS = 0, 65535
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_RAW_16_BITS = re.compile(";16[BLN]")
"""In Pillow's name of samples of 16 bits; BGR;16 is one of pixels of 16 bits."""


class Facts(NamedTuple):
    """What a file says.

    Attributes
    ----------
    grey_range
        Which values are black and white in mode I;16, where Pillow leaves them as they stand in a
        TIFF file: of 12 bits, or with 0 as white.
    bits
        Of a sample of other modes, which Pillow cuts to 8.
    cicp
        Code points of colour primaries, transfer function, matrix and range (Rec. ITU-T H.273);
        None where there are none.
    """

    grey_range: tuple[int, int] = _GREY_OF_16_BITS
    bits: int = 8
    cicp: bytes | None = None


def facts_of(image: Image.Image) -> Facts:
    """Return what the file of a Pillow image says; of one that is loaded, only what still can be.

    Code points are noted in the image's `info`, so that they are known once it is loaded.
    """
    kept = image.info.get(_FACTS)
    if isinstance(kept, Facts):  # and not a text of that name in a PNG
        return kept
    facts = Facts(_grey_range(image), _bits(image), _cicp(image))
    if facts.cicp is not None:
        note(image, facts)
    return facts


def note(image: Image.Image, facts: Facts) -> None:
    """Keep facts in an image's `info`."""
    image.info[_FACTS] = facts


def is_deep(image: Image.Image) -> bool:
    """Tell whether an image is grey of more than 8 bits, as Pillow has it."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _grey_range(image: Image.Image) -> tuple[int, int]:
    tags = getattr(image, "tag_v2", None)
    if tags is None or not image.mode.startswith("I;16"):
        return _GREY_OF_16_BITS
    most = (1 << tags[_BITS_PER_SAMPLE][0]) - 1
    return (most, 0) if tags.get(_PHOTOMETRIC) == 0 else (0, most)


def _bits(image: Image.Image) -> int:
    tags, stream = getattr(image, "tag_v2", None), _unread(image)
    if is_deep(image):
        return 8
    if tags is not None:
        return int(max(tags.get(_BITS_PER_SAMPLE, (8,))))
    if stream is not None and image.format in ("JPEG2000", "AVIF"):
        return jpeg2000_bits(stream) if image.format == "JPEG2000" else avif_bits(stream)
    return max((_bits_of_tile(tile) for tile in getattr(image, "tile", ())), default=8)


def _bits_of_tile(tile: Any) -> int:
    """Return the bits of a sample that one of Pillow's decoders reads."""
    codec, arguments = tile[0], tile[3] if isinstance(tile[3], tuple) else (tile[3],)
    match codec, arguments:
        case "ppm" | "ppm_plain", (str(), int(most)):
            return int(most).bit_length()
        case ("SGI16", _) | ("sgi_rle", (_, _, 2)) | ("bcn", (6, *_)):  # the last is BC6H of DDS
            return 16
        case _, (str(raw), *_) if _RAW_16_BITS.search(raw):
            return 16
    return 8


def _cicp(image: Image.Image) -> bytes | None:
    stream = _unread(image)
    if stream is not None and image.format == "PNG":
        return png_cicp(stream)
    if stream is not None and image.format == "AVIF" and "icc_profile" not in image.info:
        return avif_cicp(stream)
    return None


def _unread(image: Image.Image) -> Any:
    """Return the file of a Pillow image whose pixels are not read yet, else None."""
    stream = getattr(image, "fp", None)
    return stream if stream is not None and getattr(image, "tile", None) else None
