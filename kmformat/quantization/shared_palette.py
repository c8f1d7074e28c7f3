"""One palette for many images: histograms add up, so only one image is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from kmformat.color.channels import with_equal_channels, without_opaque_alpha
from kmformat.color.space import SRGB
from kmformat.errors import ParameterError
from kmformat.options import takes_options
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels, is_pillow
from kmformat.quantization.effort import search_effort
from kmformat.quantization.histogram import ColorHistogram, distinct_colors
from kmformat.quantization.options import PaletteOptions
from kmformat.quantization.search.palette import search_palette, sort_palette

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8


@takes_options(PaletteOptions)
def build_palette(images: Iterable[Image.Image | U8], options: PaletteOptions) -> U8:
    """Return the palette that serves several images best, each pixel counting the same.

    For one array of pixels, it is the palette that `kmformat.quantize` finds. If all colours of all
    images fit, they are kept exactly. It is in sRGB: colours of a Pillow image are converted by its
    ICC profile, if that can be used.

    Parameters
    ----------
    images
        Images as `kmformat.quantize` takes them, with alpha or without. They are taken one by one.

    Returns
    -------
    uint8, shape (K, 3), or (K, 4) if any image or kept colour is not opaque; K <= colors.

    Raises
    ------
    ParameterError
        Also if there is no image.
    """
    colors, effort = int(options.colors), search_effort(options.effort)
    rng, kept = np.random.default_rng(options.seed), options.kept
    total: ColorHistogram | None = None
    distinct: U8 | None = kept
    for image in _each(images):
        plain = in_srgb(image) if is_pillow(image) else image
        pixels = without_opaque_alpha(as_pixels(plain))
        distinct = _union(distinct, distinct_colors(pixels, colors), colors)
        histogram = ColorHistogram.of(pixels, SRGB, sample=effort.sample_for(colors), rng=rng)
        total = histogram if total is None else total + histogram
    if total is None:
        raise ParameterError("images: expected at least one")
    if distinct is not None:
        return sort_palette(distinct)
    if kept.shape[1] == 4:
        total = total.with_alpha()
    _, kept = with_equal_channels(np.empty((0, total.sums.shape[1]), np.uint8), kept)
    return sort_palette(search_palette(total, colors, effort, rng, kept))


def _each(images: Iterable[Image.Image | U8]) -> Iterable[Image.Image | U8]:
    """Return the images, unless they are rather one: an array's rows would pass for grey images."""
    if not isinstance(images, Iterable) or (isinstance(images, np.ndarray) and images.ndim < 4):
        raise ParameterError(f"images of type {type(images).__name__}: expected several, as a list")
    return images


def _union(known: U8 | None, new: U8 | None, most: int) -> U8 | None:
    """Return the colours of both, or None if they are too many."""
    if known is None or new is None:
        return None
    both = np.unique(np.concatenate(with_equal_channels(known, new)), axis=0)
    return both if len(both) <= most else None
