"""Lossy indices: a slightly worse one where it saves bits.

Strategy: indices settle as those of the optimised dither do, at a price of bits, and entries become
the means of their pixels. The loss at one price tells the next to try, first on a sample, then on
all of the picture, until nearly as much is lost as may be.

Without a dither, the loss is in squared error, in the space in which colours are compared; with
one, in what an eye sees of all errors together (`halftone.eye`), so that dots stay dots. Pixels
whose colour is in the palette keep their index, as does what is not opaque; and where little is
saved, nothing changes: drawings stay as they are.
"""

from __future__ import annotations

import math
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
    from kmformat.arrays import U8, Bools
    from kmformat.indexed import IndexedImage

_TRIES = 4
"""So many prices are tried at most on the sample, and then on all of the picture."""
_SAMPLE_SHARE = 0.75
"""Of the loss that is allowed, on the sample: edges of its blocks keep some pixels as they are."""
_AIM, _NEAR = 0.97, 0.94
"""Shares of the loss that is allowed: what is sought, and what is near enough."""
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
    price = math.sqrt(math.prod(view.prices))
    _, price = picture.sample().cheapest(_SAMPLE_SHARE * decibels, movable, price)
    found, _ = picture.cheapest(decibels, movable, price)
    if found is None or found.bits() >= _WORTH * picture.bits():
        return image
    return replace(image, palette=found.palette, indices=found.indices)


class _Picture:
    """A picture in few colours, and what becomes of it."""

    def __init__(self, view: View, pixels: U8, image: IndexedImage) -> None:
        self.view, self.palette, self.indices = view, image.palette, image.indices
        self.solid = np.isin(np.arange(len(self.palette)), solid_entries(self.palette))
        self._colors = clear_hidden(pixels)[..., :3]
        self._visible = (pixels[..., 3:] == 255).all(axis=2) & self.solid[self.indices]
        self._last_part: dict[tuple[int, int], Halftone] = {}
        self.free = self._visible & (self.palette[self.indices] != pixels).any(axis=2)

    def sample(self) -> _Picture:
        """Return a mosaic of it."""
        pick, part = Sample(*self.indices.shape).of, copy(self)
        part._colors, part._visible = pick(self._colors), pick(self._visible)
        part.free, part.indices, part._last_part = pick(self.free), pick(self.indices), {}
        return part

    def cheapest(
        self, decibels: float, movable: Bools, price: float
    ) -> tuple[_Picture | None, float]:
        """Return the cheapest picture found that loses no more than allowed, if there is one.

        The first prices rise with the root of what may still be lost, as losses grow with about the
        square of the price. After one that is too high, losses are taken to be straight between the
        nearest prices on both sides, which errs on the safe one. Each try goes on from the last
        picture that is allowed.

        Parameters
        ----------
        decibels, movable
            As for `cheaper`.
        price
            Of a bit: the first to be tried.

        Returns
        -------
        The picture, and the price that would be tried next.
        """
        start, best = self.with_means(movable), None
        least, (lowest, highest) = min(self.energy(), start.energy()), self.view.prices
        spare = int((10 ** (decibels / 10) - 1) * least)
        below, above = (0.0, 0), None
        for _ in range(_TRIES):
            base = start.settled(price / 2) if best is None else best
            found = base.settled(price).with_means(movable)
            lost = found.energy() - least
            if lost <= spare:
                best, below = found, (price, lost)
            else:
                above = (price, lost)
            if above is None:
                following = price * math.sqrt(_AIM * spare / max(lost, spare / 16, 1))
            else:
                share = (_AIM * spare - below[1]) / (above[1] - below[1])
                following = below[0] + share * (above[0] - below[0])
            last, price = price, min(max(following, lowest), highest)
            if price == last or _NEAR * spare <= lost <= spare:
                break
        return best, price

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
        """Return a part of the picture, to be used before the next: the last one is kept."""
        indices, place = self.indices[rows].copy(), (rows.start, rows.stop)
        if place in self._last_part:
            halftone = self._last_part[place]
            halftone.indices = indices
            halftone.use(self.palette[:, :3])
        else:
            self._last_part.clear()
            colors, visible = self._colors[rows], self._visible[rows]
            free = self.free[rows].copy()
            halftone = Halftone(self.view, colors, visible, free, indices, self.palette[:, :3])
            self._last_part[place] = halftone
        return halftone
