"""Lossy indices: a slightly worse one where it saves bits.

Strategy: indices settle as those of the optimised dither do, while bits get a price that rises in
steps, and entries become the means of their pixels. On a sample, steps are taken while the loss is
no more than it may be. Then all of the picture settles at the last of these prices, or at the one
before, if that turns out too much.

Without a dither, the loss is in squared error, in the space in which colours are compared; with
one, in what an eye sees of all errors together (`halftone.eye`), so that dots stay dots. Pixels
whose colour is in the palette keep their index, as does what is not opaque; and where little is
saved, nothing changes: drawings stay as they are.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.channels import clear_hidden
from kmformat.quantization.halftone.costs import neighbour_bits, neighbour_costs
from kmformat.quantization.halftone.state import Halftone, Sample, View, bands
from kmformat.quantization.remap import solid_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmformat.arrays import U8, Bools
    from kmformat.indexed import IndexedImage

_STEP = 1.25
"""From price to price."""
_WORTH = 0.97
"""Of the bits of neighbours: a picture that would keep more of them, such as a drawing, is left."""
_FORBIDDEN = 1e30
"""What an entry costs that opaque pixels may not get."""


def cheaper(
    image: IndexedImage, pixels: U8, decibels: float, view: View, movable: Bools
) -> IndexedImage:
    """Return an image whose indices take fewer bits, at a limited loss.

    Parameters
    ----------
    image
        The best indices, of its palette of uint8 (K, 3 or 4).
    pixels
        What they show: uint8 (height, width, same channels).
    decibels
        How much the energy of errors may grow.
    view
        How errors count, and at what prices.
    movable
        bool (K,): the entries that become the means of their pixels, if they are opaque.
    """
    picture = _Picture(view, pixels, image)
    if not picture.free.any():
        return image
    movable = movable & picture.solid
    prices = list(picture.sample().prices(decibels, movable))
    start = picture.with_means(movable)
    most = 10 ** (decibels / 10) * min(picture.energy(), start.energy())
    for price in reversed(prices):
        found = start
        for paid in (price / 2, price):
            found = found.settled(paid)
        found = found.with_means(movable)
        if found.energy() <= most:
            worth = found.bits() < _WORTH * picture.bits()
            return replace(image, palette=found.palette, indices=found.indices) if worth else image
    return image


class _Picture:
    """A picture in few colours, and what becomes of it."""

    def __init__(self, view: View, pixels: U8, image: IndexedImage) -> None:
        self.view, self.palette, self.indices = view, image.palette, image.indices
        self.solid = np.isin(np.arange(len(self.palette)), solid_entries(self.palette))
        self._colors = clear_hidden(pixels)[..., :3]
        self._visible = (pixels[..., 3:] == 255).all(axis=2) & self.solid[self.indices]
        self.free = self._visible & (self.palette[self.indices] != pixels).any(axis=2)

    def sample(self) -> _Picture:
        """Return a mosaic of it."""
        pick, part = Sample(*self.indices.shape).of, copy(self)
        part._colors, part._visible = pick(self._colors), pick(self._visible)
        part.free, part.indices = pick(self.free), pick(self.indices)
        return part

    def prices(self, decibels: float, movable: Bools) -> Iterator[float]:
        """Yield rising prices of a bit, while no more is lost."""
        found = self.with_means(movable)
        most = 10 ** (decibels / 10) * found.energy()
        price, last = self.view.prices
        while price <= last:
            found = found.settled(price).with_means(movable)
            if found.energy() > most:
                return
            yield price
            price *= _STEP

    def settled(self, price: float) -> _Picture:
        """Return the picture with indices that suit a price of a bit."""
        costs = neighbour_costs(self.indices, len(self.palette), price)
        costs[:, :, ~self.solid] = _FORBIDDEN
        result = copy(self)
        result.indices = self.indices.copy()
        for band, rows in bands(*self.indices.shape):
            above = band.start - rows.start
            halftone = result._halftone(rows)
            halftone.free[:above] = False
            halftone.settle(2, costs)
            result.indices[band] = halftone.indices[above:][: band.stop - band.start]
        return result

    def with_means(self, movable: Bools) -> _Picture:
        """Return the picture with entries that are the means of their pixels."""
        K, result = len(self.palette), copy(self)
        counts, sums = np.zeros(K), np.zeros((K, 3))
        for band, _ in bands(*self.indices.shape) if movable.any() else ():
            seen = self._visible[band]
            indices, values = self.indices[band][seen], self.view.values(self._colors[band][seen])
            counts += np.bincount(indices, minlength=K)
            sums += kernels.sum_by(indices, values.T.astype(np.float64), K)
        moved = movable & (counts > 0)
        result.palette = self.palette.copy()
        result.palette[moved, :3] = self.view.colors(sums[moved] / counts[moved, None])
        return result

    def bits(self) -> float:
        """Return how many bits the indices take beside their neighbours, nearly."""
        return neighbour_bits(self.indices, len(self.palette))

    def energy(self) -> int:
        """Return the energy of all errors."""
        return sum(
            self._halftone(rows).energy(slice(band.start - rows.start, band.stop - rows.start))
            for band, rows in bands(*self.indices.shape)
        )

    def _halftone(self, rows: slice) -> Halftone:
        colors, visible, free = self._colors[rows], self._visible[rows], self.free[rows].copy()
        indices = self.indices[rows].copy()
        return Halftone(self.view, colors, visible, free, indices, self.palette[:, :3])
