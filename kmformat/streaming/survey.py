"""The survey of a large image: what its palette and its tables are made of, from each part.

Surveys of parts add up to the same, whatever the parts are and whoever looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.format.head import Box
from kmformat.color.channels import clear_hidden, over, with_channels
from kmformat.pictures.labels import is_grey, is_mask
from kmformat.quantization.histogram import ColorHistogram, distinct_colors, sampled_pixels

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Labels
    from kmformat.color.space import ColorSpace
    from kmformat.patches import Patches

MOST_COLORS = 256
"""Of an image of more colours they are not listed."""


@dataclass(frozen=True)
class Look:
    """What to look for in each part of an image.

    Attributes
    ----------
    patches
        Those of the image.
    sample
        Of how many pixels the histogram is; None for all.
    seed
        For the sample.
    background
        The colour on which the image is put, uint8 (3,), or None.
    visible
        Whether to tell the colours that are seen apart from those of fully transparent pixels.
    """

    patches: Patches
    sample: int | None
    seed: int
    background: U8 | None
    visible: bool = False

    def __call__(self, box: Box, pixels: U8) -> Seen:
        """Return what is seen in a part of the image."""
        pixels = over(pixels, self.background)
        alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
        opaque = alpha is None or bool(alpha.min() == 255)
        grey = opaque and is_grey(pixels[..., :3])
        levels = np.zeros(256, bool)
        if grey:
            levels[pixels[..., 0]] = True
        drawn = np.empty(0, np.intp), pixels[:0, 0]
        if (positions := self.positions()) is not None:
            rows, columns = positions
            low, high = np.searchsorted(rows, [box.upper, box.lower])
            columns = columns[low:high]
            inside = low + np.flatnonzero((columns >= box.left) & (columns < box.right))
            y, x = rows[inside] - box.upper, positions[1][inside] - box.left
            drawn = inside, pixels[y, x]
        return Seen(
            colors=distinct_colors(pixels, MOST_COLORS),
            visible=distinct_colors(clear_hidden(pixels), MOST_COLORS) if self.visible else None,
            opaque=opaque,
            hidden=alpha is not None and not alpha.all(),
            grey=grey,
            levels=levels,
            drawn=drawn,
            patched=[(there, pixels[here].copy()) for there, here in self.patches.parts(box)],
        )

    def positions(self) -> tuple[Labels, Labels] | None:
        """Return the rows and columns of the sampled pixels, in order; None for all pixels."""
        return _positions(self.patches.width, self.patches.height, self.sample, self.seed)


@lru_cache(maxsize=2)
def _positions(
    width: int, height: int, sample: int | None, seed: int
) -> tuple[Labels, Labels] | None:
    numbers = sampled_pixels(width * height, sample, seed)
    return None if numbers is None else np.divmod(numbers, width)


@dataclass(frozen=True)
class Seen:
    """What was seen in a part of an image.

    Attributes
    ----------
    colors
        All of them, uint8 (n, 3 or 4), in any order; None if they are more than `MOST_COLORS`.
    visible
        The same with (0, 0, 0, 0) for every fully transparent one, if that was to be told.
    opaque, hidden
        Whether all pixels are opaque, and whether any is fully transparent.
    grey
        Whether red, green and blue are equal in all pixels, which are opaque.
    levels
        bool (256,): the levels that there are, if it is grey.
    drawn
        The numbers of the sampled pixels in it, and their colours.
    patched
        Where parts of patches lie in the mosaic, and their pixels.
    """

    colors: U8 | None
    visible: U8 | None
    opaque: bool
    hidden: bool
    grey: bool
    levels: Bools
    drawn: tuple[Labels, U8]
    patched: list[tuple[tuple[slice, slice], U8]]


@dataclass
class Survey:
    """What was seen in all of an image, once every part was added: see `Seen`.

    Attributes
    ----------
    sample
        The colours of the sampled pixels, in order, uint8 (n, 3 or 4); None where all count.
    mosaic
        The patches of the image put together, uint8 (height, width, 3 or 4).
    """

    look: Look
    channels: int
    colors: U8 | None = field(init=False)
    visible: U8 | None = field(init=False)
    opaque: bool = True
    hidden: bool = False
    grey: bool = True
    sample: U8 | None = None

    def __post_init__(self) -> None:
        self.colors = self.visible = np.empty((0, self.channels), np.uint8)
        self.levels = np.zeros(256, bool)
        self.mosaic = np.zeros((*self.look.patches.mosaic_shape, self.channels), np.uint8)
        if (positions := self.look.positions()) is not None:
            self.sample = np.empty((len(positions[0]), self.channels), np.uint8)

    def add(self, seen: Seen) -> None:
        """Add what was seen in a part that was not added before."""
        self.colors = _union(self.colors, seen.colors)
        self.visible = _union(self.visible, seen.visible)
        self.opaque &= seen.opaque
        self.hidden |= seen.hidden
        self.grey &= seen.grey
        self.levels |= seen.levels
        if self.sample is not None:
            numbers, colors = seen.drawn
            self.sample[numbers] = colors
        for there, pixels in seen.patched:
            self.mosaic[there] = pixels

    def use_channels(self, channels: int) -> None:
        """Leave alpha out of everything, if so many are 3, or else add it if it is not there."""

        def changed(colors: U8) -> U8:
            return np.ascontiguousarray(with_channels(colors, channels)[..., :channels])

        self.channels, self.mosaic = channels, changed(self.mosaic)
        self.colors = None if self.colors is None else changed(self.colors)
        self.visible = None if self.visible is None else changed(self.visible)
        self.sample = None if self.sample is None else changed(self.sample)

    @property
    def labels(self) -> int | None:
        """How many classes there are if it looks like a label mask, as `count_labels` has it."""
        parts = self.look.patches.split(self.mosaic[..., 0])
        return int(self.levels.sum()) if self.grey and is_mask(parts) else None


def _union(known: U8 | None, new: U8 | None) -> U8 | None:
    """Return the colours of both, or None if they are too many."""
    if known is None or new is None:
        return None
    both = kernels.unique_colors(np.concatenate([known, new]))
    return both if len(both) <= MOST_COLORS else None


@dataclass(frozen=True)
class Count:
    """Counts all colours in each part of an image.

    Attributes
    ----------
    space
        That of the histogram.
    background
        As of `Look`.
    channels
        3 where all pixels are opaque, or else 4.
    """

    space: ColorSpace
    background: U8 | None
    channels: int

    def __call__(self, _: Box, pixels: U8) -> ColorHistogram:
        """Return the histogram of a part of the image."""
        colors = with_channels(over(pixels, self.background), self.channels)
        colors = np.ascontiguousarray(colors[..., : self.channels])
        return ColorHistogram.of_all(colors.reshape(-1, self.channels), self.space)
