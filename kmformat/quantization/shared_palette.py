"""One palette for many images: histograms add up, so only one image is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.channels import with_equal_channels, without_opaque_alpha
from kmformat.errors import ParameterError
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels
from kmformat.quantization.effort import search_effort
from kmformat.quantization.histogram import ColorHistogram, distinct_colors
from kmformat.quantization.options import PaletteOptions
from kmformat.quantization.search.palette import search_palette, sort_palette

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.pictures.normalize import AnyImage


@dataclass(frozen=True, eq=False)
class Survey:
    """The colours of some images; surveys add up.

    Sums round, so the same images give the same palette only where they are added in one order.

    Attributes
    ----------
    distinct
        All colours of the images, if they are no more than the palette may have; or None.
    histogram
        Of all of their pixels, or samples of them.
    most
        How many colours the palette may have.
    """

    distinct: U8 | None
    histogram: ColorHistogram
    most: int

    def __add__(self, other: Survey) -> Survey:
        distinct = _union(self.distinct, other.distinct, self.most)
        return Survey(distinct, self.histogram + other.histogram, self.most)


def survey(image: AnyImage, options: PaletteOptions) -> Survey:
    """Return the survey of one image."""
    colors, effort = int(options.colors), search_effort(options.effort)
    pixels = without_opaque_alpha(as_pixels(in_srgb(image)))
    histogram = ColorHistogram.of(
        pixels, options.color_space, sample=effort.sample_for(colors), seed=options.seed
    )
    return Survey(distinct_colors(pixels, colors), histogram, colors)


def shared_palette(surveys: Iterable[Survey], options: PaletteOptions) -> U8:
    """Return the palette that serves the images of surveys best: `kmformat.build_palette`."""
    colors, kept = int(options.colors), options.kept
    surveys = iter(surveys)
    if (first := next(surveys, None)) is None:
        raise ParameterError("images: expected at least one")
    total = reduce(Survey.__add__, surveys, first)
    if (distinct := _union(kept, total.distinct, colors)) is not None:
        return sort_palette(distinct)
    histogram = total.histogram.with_alpha() if kept.shape[1] == 4 else total.histogram
    _, kept = with_equal_channels(np.empty((0, histogram.sums.shape[1]), np.uint8), kept)
    effort = search_effort(options.effort)
    return sort_palette(search_palette(histogram, colors, effort, options.seed, kept))


def _union(known: U8 | None, new: U8 | None, most: int) -> U8 | None:
    """Return the colours of both, or None if they are too many."""
    if known is None or new is None:
        return None
    both = kernels.unique_colors(np.concatenate(with_equal_channels(known, new)))
    return both if len(both) <= most else None
