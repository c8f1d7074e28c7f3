"""The colours that a picture states without an ICC profile: PNG's gAMA, cHRM and cICP, AVIF's nclx.

Strategy: a transfer function alone makes a table of 256 levels, by which samples become sRGB.
Other primaries than those of sRGB, whose colours sRGB may not hold, make an ICC profile, which the
picture has from then on as if it had come with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kmformat.pictures.facts import facts_of, is_deep
from kmformat.pictures.matrix_profile import Curve, matrix_to_xyz, rgb_profile

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import Floats
    from kmformat.pictures.matrix_profile import Chromaticities


class Colorimetry(NamedTuple):
    """What colours mean.

    Attributes
    ----------
    curve
        From samples to light.
    primaries
        x and y of white, red, green and blue (CIE 1931), as in PNG's cHRM; those of sRGB if None.
    name
        What states it.
    """

    curve: Curve
    primaries: Chromaticities | None
    name: str


_SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT709_CURVE = Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_SRGB_GAMMA = 2.2
"""The power that stands for sRGB in gAMA, so that gAMA of 0.45455 changes nothing."""
_LEAST_CHANGE = 0.05
"""Of a power, below which nobody sees that it is not that of sRGB, as libpng has it."""
_LEAST_DISTANCE = 0.01
"""Of x or y, the same."""
_D65 = 0.3127, 0.329
_SRGB = (*_D65, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_OF_601 = (*_D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07)
# Code points of Rec. ITU-T H.273, tables 2 and 3.
_PRIMARIES: dict[int, Chromaticities] = {
    1: _SRGB,
    4: (0.31, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: _OF_601,
    7: _OF_601,
    9: (*_D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (*_D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
_CURVES = {
    1: _BT709_CURVE, 4: Curve(2.2), 5: Curve(2.8), 6: _BT709_CURVE, 8: Curve(1.0), 13: _SRGB_CURVE,
    14: _BT709_CURVE, 15: _BT709_CURVE, 17: Curve(2.6),
}  # fmt: skip
_UNSPECIFIED = 2
_INTEROPERABILITY = 0xA005
_HDR = {16: "PQ (HDR)", 18: "HLG (HDR)"}


def colorimetry_of(image: Image.Image) -> Colorimetry | None:
    """Return what a Pillow image states of its colours, None if they are sRGB or it has a profile.

    As PNG has it, cICP goes before a profile, that before sRGB, and sRGB before gAMA and cHRM.
    """
    info, cicp = image.info, facts_of(image).cicp
    if cicp is not None and (found := _of_code_points(cicp)) is not None:
        return _unless_srgb(*found, "cICP")
    if isinstance(info.get("icc_profile"), bytes) or isinstance(info.get("srgb"), int):
        return None
    gamma, primaries = info.get("gamma"), _primaries(info.get("chromaticity"))
    if isinstance(gamma, float) and 0.01 <= gamma <= 100:
        return _unless_srgb(Curve(1 / gamma), primaries, "gAMA")
    return _unless_srgb(_SRGB_CURVE, primaries, "cHRM")


def taken_as_srgb(image: Image.Image) -> str | None:
    """Return what an image without a profile states of its colours and is not followed, or None.

    Adobe RGB that only EXIF states (DCF 2.0, R03) stays in EXIF: viewers do not follow it either.
    """
    cicp = facts_of(image).cicp
    if isinstance(image.info.get("icc_profile"), bytes) or colorimetry_of(image) is not None:
        return None
    if cicp is not None and _UNSPECIFIED not in cicp[:2] and _of_code_points(cicp) is None:
        return _HDR.get(cicp[1], "cICP " + "-".join(map(str, cicp)))
    return "Adobe RGB of EXIF" if _is_adobe_rgb(image) else None


def level_changes(image: Image.Image) -> Colorimetry | None:
    """Return by what the levels of an image become sRGB, None if they stay.

    They do where the primaries are those of sRGB, and where there is only grey.
    """
    found = colorimetry_of(image)
    if found is None or (found.primaries is not None and not _is_grey(image)):
        return None
    return found if _changes_levels(found.curve) else None


def profile_made_for(image: Image.Image) -> bytes | None:
    """Return an ICC profile of the colours that an image states, if not all of them are in sRGB."""
    found = colorimetry_of(image)
    if found is None or found.primaries is None or _is_grey(image):
        return None
    matrix = matrix_to_xyz(found.primaries)
    return None if matrix is None else rgb_profile(matrix, found.curve, found.name)


def srgb_levels(levels: npt.NDArray[Any], curve: Curve) -> Floats:
    """Return the levels in sRGB of samples of a curve, both 0 to 1.

    A plain power goes by that which stands for sRGB, so that 1/2.2 changes nothing.
    """
    if curve.is_power:
        return np.asarray(levels ** (curve.g / _SRGB_GAMMA), np.float64)
    linear = np.where(levels >= curve.d, (curve.a * levels + curve.b) ** curve.g, curve.c * levels)
    low = linear <= 0.0031308
    return np.where(low, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def _of_code_points(cicp: bytes) -> tuple[Curve, Chromaticities] | None:
    """Return what code points mean, None if they are not known, or of high dynamic range."""
    primaries, transfer, *rest = cicp
    curve = _CURVES.get(transfer)
    if primaries not in _PRIMARIES or curve is None or rest != [0, 1]:
        return None
    return curve, _PRIMARIES[primaries]


def _unless_srgb(curve: Curve, primaries: Chromaticities, name: str) -> Colorimetry | None:
    if np.abs(np.subtract(primaries, _SRGB)).max() >= _LEAST_DISTANCE:
        return Colorimetry(curve, primaries, name)
    return Colorimetry(curve, None, name) if _changes_levels(curve) else None


def _primaries(stated: object) -> Chromaticities:
    """Return primaries as Pillow has them in `info`; those of sRGB if they make no sense."""
    if isinstance(stated, tuple) and all(isinstance(value, float) for value in stated):
        return _SRGB if matrix_to_xyz(stated) is None else stated
    return _SRGB


def _is_adobe_rgb(image: Image.Image) -> bool:
    exif = image.info.get("exif")
    if not isinstance(exif, bytes) or b"R03\0" not in exif:
        return False
    try:
        return image.getexif().get_ifd(_INTEROPERABILITY).get(1) == "R03"
    except Exception:  # Pillow's parser raises all kinds on malformed EXIF
        return False


def _changes_levels(curve: Curve) -> bool:
    if curve.is_power:
        return abs(curve.g / _SRGB_GAMMA - 1) > _LEAST_CHANGE
    return curve != _SRGB_CURVE


def _is_grey(image: Image.Image) -> bool:
    return image.mode in ("1", "L", "LA") or is_deep(image)
