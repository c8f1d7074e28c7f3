"""One palette for many images: histograms add up, so only one image is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer
from kmformat.color.parse import Colors, alike, check_room, given_colors, without_opaque_alpha
from kmformat.color.space import to_points
from kmformat.effort import DEFAULT_EFFORT, effort_of
from kmformat.errors import ParameterError
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels, is_pillow
from kmformat.quantization.histogram import ColorHistogram, distinct_colors
from kmformat.quantization.quantizer import DEFAULT_COLORS
from kmformat.quantization.search.palette import sample_size, search_palette, sort_palette

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]


def build_palette(
    images: Iterable[Image.Image | U8],
    *,
    colors: int = DEFAULT_COLORS,
    keep: Colors = (),
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
) -> U8:
    """Return the palette that serves several images best, each pixel counting the same.

    For one array of pixels, it is the palette that `kmformat.quantize` finds. If all colours of all
    images fit, they are kept exactly. It is in sRGB: colours of a Pillow image are converted by its
    ICC profile, if that can be used.

    Parameters
    ----------
    images
        Images as `kmformat.quantize` takes them, with alpha or without. They are taken one by one.
    colors, keep, effort, seed
        See `kmformat.quantize`.

    Returns
    -------
    uint8, shape (K, 3), or (K, 4) if any image or kept colour is not opaque; K <= colors.

    Raises
    ------
    ParameterError
        Also if there is no image.
    """
    colors, rng = integer("colors", colors, 1, 256), np.random.default_rng(integer("seed", seed, 0))
    search, kept = effort_of(effort), given_colors("keep", keep)
    check_room(kept, colors)
    total: ColorHistogram | None = None
    distinct: U8 | None = kept
    for image in _each(images):
        plain = in_srgb(image) if is_pillow(image) else image
        pixels = without_opaque_alpha(as_pixels(plain))
        distinct = _joined(distinct, distinct_colors(pixels, colors), colors)
        histogram = ColorHistogram.of(pixels, sample=sample_size(search, colors), rng=rng)
        total = histogram if total is None else _sum(total, histogram)
    if total is None:
        raise ParameterError("images: expected at least one")
    if distinct is not None:
        return sort_palette(distinct)
    if kept.shape[1] == 4:
        total = _with_alpha(total)
    _, kept = alike(np.empty((0, total.sums.shape[1]), np.uint8), kept)
    return sort_palette(search_palette(total, colors, search, rng, kept))


def _each(images: Iterable[Image.Image | U8]) -> Iterable[Image.Image | U8]:
    """Return the images, unless they are rather one: an array's rows would pass for grey images."""
    if not isinstance(images, Iterable) or (isinstance(images, np.ndarray) and images.ndim < 4):
        raise ParameterError(f"images of type {type(images).__name__}: expected several, as a list")
    return images


def _joined(known: U8 | None, new: U8 | None, most: int) -> U8 | None:
    """Return the colours of both, or None if they are too many."""
    if known is None or new is None:
        return None
    both = np.unique(np.concatenate(alike(known, new)), axis=0)
    return both if len(both) <= most else None


def _sum(one: ColorHistogram, other: ColorHistogram) -> ColorHistogram:
    if one.sums.shape[1] != other.sums.shape[1]:
        one, other = _with_alpha(one), _with_alpha(other)
    return one + other


def _with_alpha(histogram: ColorHistogram) -> ColorHistogram:
    """Return a histogram with alpha: its colours, if they have none, are opaque."""
    weights, sums = histogram.weights, histogram.sums
    if sums.shape[1] == 4:
        return histogram
    opaque_black = to_points(np.array([[0, 0, 0, 255]], np.uint8))
    sums = np.pad(sums, ((0, 0), (0, 1))) + weights[:, None] * opaque_black
    codes = histogram.codes | np.uint32((256 - histogram.step) << 24)
    return ColorHistogram(histogram.step, codes, weights, sums)
