"""The recipe of a file: all that is needed to make any of its tiles of the pixels there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmformat.cached import cached_property
from kmformat.codec.encoder import encode_tile
from kmformat.codec.format.head import Box
from kmformat.color.channels import over, with_channels
from kmformat.quantization.dither.apply import mixed
from kmformat.quantization.quantizer import exact_indices
from kmformat.quantization.remap import Remapper

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.plan import Plan
    from kmformat.codec.sink import CodedTile
    from kmformat.color.space import ColorSpace
    from kmformat.quantization.dither import Dither

_DITHER_SIDE = 8
"""Pixels: an ordered dither repeats after so many."""


@dataclass(frozen=True, eq=False)
class Indexing:
    """How pixels become indices, each by itself.

    Attributes
    ----------
    entries
        The palette, uint8 (K, 3 or 4), with as many channels as the pixels.
    exact
        Whether every pixel has the colour of an entry.
    space, dither, strength
        As of the options: a dither that looks at no other pixels.
    background
        The colour on which the image is put, uint8 (3,), or None.
    numbers
        The index of each entry, uint8 (K,).
    """

    entries: U8
    exact: bool
    space: ColorSpace
    dither: Dither
    strength: float
    background: U8 | None
    numbers: U8

    def __call__(self, box: Box, pixels: U8) -> U8:
        """Return the indices of the pixels in a box of the image."""
        return self.numbers[self._entries_of(box, pixels)]

    def _entries_of(self, box: Box, pixels: U8) -> U8:
        channels = self.entries.shape[1]
        pixels = with_channels(over(pixels, self.background), channels)
        pixels = np.ascontiguousarray(pixels[..., :channels])
        if self.exact:
            return exact_indices(pixels, self.entries)
        nearest = self._remapper.remap(pixels)
        if self.dither == "none" or not self.strength:
            return nearest
        before = ((box.upper % _DITHER_SIDE, 0), (box.left % _DITHER_SIDE, 0))
        found = mixed(
            np.pad(nearest, before, "edge"),
            np.pad(pixels, (*before, (0, 0)), "edge"),
            self.entries, self.dither, self.space, self.strength,
        )  # fmt: skip
        return found[before[0][0] :, before[1][0] :]

    @property
    def _remapper(self) -> Remapper:
        """That of this thread, which keeps its tables for all tiles."""
        kept: Remapper | None = getattr(self._kept, "remapper", None)
        if kept is None:
            kept = self._kept.remapper = Remapper(self.entries, self.space)
        return kept

    @cached_property
    def _kept(self) -> threading.local:
        return threading.local()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_kept"}


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to make tiles: their pixels to indices, and these to bytes."""

    indexing: Indexing
    plan: Plan

    def __call__(self, box: Box, pixels: U8) -> list[tuple[int, CodedTile]]:
        """Return all tiles in a box of whole ones, and their numbers."""
        tiles = []
        for number in self.plan.grid.touching(box):
            place = self.plan.grid.box(number)
            part = pixels[place.slices(box[:2])]
            tiles.append((number, encode_tile(self.indexing(place, part), self.plan)))
        return tiles
