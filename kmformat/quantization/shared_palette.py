"""One palette for many images: histograms add up, so only one image is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
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


def shared_palette(images: Iterable[AnyImage], options: PaletteOptions) -> U8:
    """Return the palette that serves several images best: `kmformat.build_palette`."""
    colors, effort = int(options.colors), search_effort(options.effort)
    seed, kept = options.seed, options.kept
    space, sample = options.color_space, effort.sample_for(colors)
    total: ColorHistogram | None = None
    distinct: U8 | None = kept
    for image in images:
        pixels = without_opaque_alpha(as_pixels(in_srgb(image)))
        distinct = _union(distinct, distinct_colors(pixels, colors), colors)
        histogram = ColorHistogram.of(pixels, space, sample=sample, seed=seed)
        total = histogram if total is None else total + histogram
    if total is None:
        raise ParameterError("images: expected at least one")
    if distinct is not None:
        return sort_palette(distinct)
    if kept.shape[1] == 4:
        total = total.with_alpha()
    _, kept = with_equal_channels(np.empty((0, total.sums.shape[1]), np.uint8), kept)
    return sort_palette(search_palette(total, colors, effort, seed, kept))


def _union(known: U8 | None, new: U8 | None, most: int) -> U8 | None:
    """Return the colours of both, or None if they are too many."""
    if known is None or new is None:
        return None
    both = kernels.unique_colors(np.concatenate(with_equal_channels(known, new)))
    return both if len(both) <= most else None
