"""Grey of more than 8 bits, as Pillow has it in modes I;16, I and F, to 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmformat.pictures.colorimetry import srgb_levels
from kmformat.pictures.labels import count_labels

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8, Floats
    from kmformat.pictures.matrix_profile import Curve

_NEARLY_EQUAL = 1e-6
"""Share of white below which floating point counts as the level that it stands for."""


class _Samples(NamedTuple):
    """Samples as they are, and which values are black and white, of which either is the larger."""

    values: Floats
    black: float
    white: float

    @property
    def levels(self) -> Floats:
        """Samples from 0, black, to 1, white; what is beyond is clipped."""
        scaled = (np.nan_to_num(self.values, nan=0) - self.black) / (self.white - self.black)
        return np.asarray(np.clip(scaled, 0, 1))


def to_8_bits(image: Image.Image, grey_range: tuple[int, int], curve: Curve | None = None) -> U8:
    """Return uint8 (height, width) grey, or (height, width, 4) RGBA if a value is transparent.

    White is that of `grey_range` in modes I;16, or 255 in a label mask of no more; 65535 in mode I,
    or 255 if nothing is above; in mode F 1, or 255 if anything is above 1. Samples become sRGB by a
    curve, if there is one.
    """
    samples = _samples(image, grey_range)
    levels = samples.levels if curve is None else srgb_levels(samples.levels, curve)
    grey = np.rint(255 * levels).astype(np.uint8)
    hidden = image.info.get("transparency")
    if not isinstance(hidden, int):
        return grey
    alpha = np.where(samples.values == hidden, 0, 255).astype(np.uint8)
    return np.stack([grey, grey, grey, alpha], axis=2)


def lost_in_8_bits(image: Image.Image, grey_range: tuple[int, int]) -> tuple[str, ...]:
    """Return what grey loses on the way to 8 bits, in words; nothing if it is 8 bits in more."""
    samples = _samples(image, grey_range)
    values, black, white = samples
    low, high = sorted((black, white))
    lost = []
    if np.isnan(values).any():
        lost.append("NaN taken as 0")
    if (values > high).any():
        lost.append(f"values above {high:g} clipped")
    if (values < low).any():
        lost.append(f"values below {low:g} clipped")
    expected = np.rint(255 * samples.levels) * ((white - black) / 255) + black
    inside = np.clip(np.nan_to_num(values, nan=0), low, high)
    if image.mode == "F":
        if (np.abs(inside - expected) > _NEARLY_EQUAL * white).any():
            lost.append("floating point cut to 8 bits")
    elif not np.array_equal(inside, np.rint(expected)):
        lost.append(f"{int(high).bit_length()} bits cut to 8")
    return tuple(lost)


def _samples(image: Image.Image, grey_range: tuple[int, int]) -> _Samples:
    with np.errstate(invalid="ignore"):  # as signalling NaNs are
        values = np.asarray(image, np.float64)
    if image.mode == "F":
        return _Samples(values, 0, 255 if (values > 1).any() else 1)
    if image.mode == "I":
        return _Samples(values, 0, 65535 if (values > 255).any() else 255)
    if grey_range[0] == 0 and values.max() < 256:
        small = values.astype(np.uint8)[..., None].repeat(3, axis=2)
        if count_labels(small) is not None:  # classes, which white of 16 bits would make black
            return _Samples(values, 0, 255)
    return _Samples(values, *grey_range)
