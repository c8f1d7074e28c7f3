"""Colour spaces: where colours are points, and how far apart two of them are.

Whatever compares colours (histogram, search, mapping, dithering, quality) is given a `ColorSpace`
and asks it for points, so that another space is another object here. Today there is one, `SRGB`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from kmformat.color.channels import clear_hidden

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Ints


class ColorSpace(ABC):
    """Colours as points: of three dimensions if they are all opaque, of four with alpha.

    The squared Euclidean distance of two points is how different the colours are. Coordinates run
    over about 256 units, so that cells and errors mean the same in every space. The fourth grows
    with alpha, and does not depend on the colour.
    """

    stored_rgb: bool = False
    """Whether the points of opaque colours are their R, G and B, so that tables of cells apply."""

    @abstractmethod
    def points(self, colors: U8, dtype: type[np.floating] = np.float64) -> Floats:
        """Return the points, (n, 3) or (n, 4), of colours, uint8 (n, 3) or (n, 4)."""

    @abstractmethod
    def colors(self, points: Floats) -> U8:
        """Return the nearest 8-bit colours to points: the inverse of `points`, rounded."""

    @abstractmethod
    def lightness(self, points: Floats) -> Floats:
        """Return how light the colours of points are, (n,), in any unit."""

    @abstractmethod
    def opaque_sums(self, sums: Floats, weights: Floats) -> Floats:
        """Return sums of points of opaque colours, (n, 3), as those of the same with alpha, (n, 4).

        `weights`, (n,), say of how many points each is the sum.
        """

    @abstractmethod
    def whole_points(self, colors: U8) -> Ints:
        """Return points, int64 (n, d), in a finer unit, so that nearness is decided exactly.

        Their squared differences count as often as `whole_weights` says, and 512 times any
        distance is below 2^53.
        """

    @abstractmethod
    def whole_weights(self, d: int) -> Ints:
        """Return how often each squared difference of `whole_points` counts, int64 (d,)."""


class StoredRgb(ColorSpace):
    """RGB as it is stored, and alpha by what is seen on black and on white.

    Opaque colours are points of RGB. A colour with alpha is seen on some background, so two such
    colours differ by what they look like on black and on white: d^2 is the mean of the squared
    distances there. With straight colour c and alpha a in 0..1, that mean is the plain squared
    Euclidean distance between the four-dimensional points

        (a c - 255 a / 2  for each channel,  255 a sqrt(3) / 2)

    so k-means applies unchanged; opaque colours keep their RGB distances, and the colour of a fully
    transparent pixel does not count. To prove it, write u = a c and expand
    ((u - v)^2 + (u - v - 255 (a - b))^2) / 2 = (u - v - 255 (a - b) / 2)^2 + (255 (a - b) / 2)^2,
    summed over three channels.
    """

    stored_rgb = True
    _ALPHA_WEIGHT = 3 * 255 * 255
    """Squared distance per step of alpha, where distances are 510 times as large."""

    def points(self, colors: U8, dtype: type[np.floating] = np.float64) -> Floats:
        """Return RGB as it is, or with alpha the points of four dimensions."""
        if colors.shape[1] == 3:
            return colors.astype(dtype)
        scale = np.array([1, 1, 1, self._ALPHA_WEIGHT**0.5])
        points: Floats = (self._scaled(colors) * scale / 510).astype(dtype, copy=False)
        return points

    def colors(self, points: Floats) -> U8:
        """Return the nearest 8-bit colours: what is less than half a step opaque is black."""
        if points.shape[1] == 4:
            alpha = np.clip(points[:, 3:] * (510 / self._ALPHA_WEIGHT**0.5), 0, 255)
            colors = points[:, :3] * 255 / np.maximum(alpha, 0.5) + 127.5
            points = np.where(alpha < 0.5, 0, np.concatenate([colors, alpha], axis=1))
        return np.clip(np.rint(points), 0, 255).astype(np.uint8)

    def lightness(self, points: Floats) -> Floats:
        """Return the luma of ITU-R BT.601; with alpha, that of the coordinates."""
        return points[:, :3] @ (0.299, 0.587, 0.114)

    def opaque_sums(self, sums: Floats, weights: Floats) -> Floats:
        """Return the sums moved by the point of opaque black, as often as there are points."""
        opaque_black = self.points(np.array([[0, 0, 0, 255]], np.uint8))
        return np.pad(sums, ((0, 0), (0, 1))) + weights[:, None] * opaque_black

    def whole_points(self, colors: U8) -> Ints:
        """Return RGB less 128, or with alpha points whose distances are 510 times as large."""
        if colors.shape[1] == 3:
            return colors.astype(np.int64) - 128
        return self._scaled(clear_hidden(colors))

    def whole_weights(self, d: int) -> Ints:
        """Return 1 for each channel, and for the steps of alpha what makes up for the scale."""
        return np.array([1, 1, 1, self._ALPHA_WEIGHT][:d])

    @staticmethod
    def _scaled(colors: U8) -> Ints:
        """Return 2 a c - 255 a, in -65025..65025, for each channel, and then alpha itself."""
        alpha = colors[:, 3:].astype(np.int64)
        return np.concatenate([(2 * colors[:, :3].astype(np.int64) - 255) * alpha, alpha], axis=1)


SRGB = StoredRgb()
"""Distances of RGB as stored: sRGB, unless the picture carries a profile of another space."""
