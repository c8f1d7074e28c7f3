"""Rare but important colours: small areas that a palette shows in quite another colour.

Squared error counts pixels, so a dot on a map or a small country may lose its colour to shades of
what is large. Who knows that it matters, keeps it (`keep`); here is what there is to keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.channels import clear_hidden, over, with_equal_channels, without_opaque_alpha
from kmformat.color.space import SRGB
from kmformat.pictures.normalize import as_pixels
from kmformat.quantization.quantizer import reduce_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Floats, Ints
    from kmformat.pictures.normalize import AnyImage
    from kmformat.quantization.options import QuantizeOptions

_LOST = 60
"""Levels: a pixel that is so far from its entry is seen in another colour."""
_ALIKE = 24
"""Levels in any channel: neighbours that differ by no more are of one area."""
_LEAST_PIXELS = 4
"""An area of fewer pixels is a speck."""


def rare_colors(image: AnyImage, options: QuantizeOptions) -> U8:
    """Return the colours of areas that the palette shows as others: `kmformat.suggest_keep`."""
    found = reduce_colors(image, options)
    pixels = without_opaque_alpha(over(as_pixels(image), options.background_color))
    pixels, palette = with_equal_channels(clear_hidden(pixels), found.palette)
    colors = pixels[_in_areas(pixels, _lost(pixels, palette[found.indices]))]
    if not len(colors):
        return colors
    means, counts = _shades(colors)
    return _striking(means, counts, SRGB.points(palette), max(1, len(palette) // 2))


def _lost(pixels: U8, shown: U8) -> Bools:
    """Return which pixels are shown in quite another colour."""
    lost: Bools = np.any(
        _difference(pixels, shown) > _LOST / 2, axis=2
    )  # far fewer are worth a closer look
    distances = SRGB.points(pixels[lost]) - SRGB.points(shown[lost])
    lost[lost] = (distances**2).sum(axis=1) > _LOST**2
    return lost


def _in_areas(pixels: U8, lost: Bools) -> Bools:
    """Return which of the lost pixels have two neighbours or more of the same area."""
    neighbours = np.zeros(lost.shape, np.uint8)
    for one, other in (((slice(1, None),), (slice(-1),)),
                       ((slice(None), slice(1, None)), (slice(None), slice(-1)))):  # fmt: skip
        alike = lost[one] & lost[other]
        alike &= (_difference(pixels[one], pixels[other]) <= _ALIKE).all(axis=2)
        neighbours[one] += alike
        neighbours[other] += alike
    return neighbours > 1


def _difference(one: U8, other: U8) -> U8:
    difference: U8 = np.maximum(one, other) - np.minimum(one, other)
    return difference


def _shades(colors: U8) -> tuple[Floats, Ints]:
    """Return the mean point in each cell of 16 levels, and how many of the colours are there."""
    cells = kernels.color_codes(colors & np.uint8(0xF0))
    _, numbers, counts = np.unique(cells, return_inverse=True, return_counts=True)
    means = kernels.sum_by(numbers, SRGB.points(colors).T, len(counts)) / counts[:, None]
    return means[counts >= _LEAST_PIXELS], counts[counts >= _LEAST_PIXELS]


def _striking(means: Floats, counts: Ints, entries: Floats, most: int) -> U8:
    """Return up to `most` colours that are far from all entries and from each other.

    The next is always the one of most error, where the square root of its pixels counts, so that
    a small area of a hue of its own goes before a large one that is only a little off.
    """
    chosen: list[Floats] = []
    distances = ((means[:, None] - entries) ** 2).sum(axis=2).min(axis=1)
    while len(chosen) < most and (distances > _LOST**2 / 2).any():
        best = int((distances * counts**0.5).argmax())
        chosen.append(means[best])
        distances = np.minimum(distances, ((means - means[best]) ** 2).sum(axis=1))
    return SRGB.colors(np.array(chosen).reshape(-1, means.shape[1]))
