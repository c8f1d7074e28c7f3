"""Colour spaces: where colours are points, and how far apart two of them are.

Whatever compares colours (histogram, search, mapping, dithering, quality) is given a `ColorSpace`
and asks it for points. `SRGB` is here, `oklab.OKLAB` in a module of its own; `spaces` knows them by
name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kmformat.color.channels import clear_hidden

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Ints


@dataclass(frozen=True, eq=False)
class LightResponse:
    """How points of opaque colours come from light, up to a scale, in whole numbers.

    Attributes
    ----------
    cones
        int64 (3, 3): times light (`light.light_of`), in 65536ths, what each kind of cone gets.
    roots
        int64 (131072,): the root of what a cone gets, from 0 to twice that of white.
    opponents
        int64 (3, 3): times the three roots, the point.
    """

    cones: Ints
    roots: Ints
    opponents: Ints


class ColorSpace(ABC):
    """Colours as points: of three dimensions if they are all opaque, of four with alpha.

    The squared Euclidean distance of two points is how different the colours are. Coordinates run
    over about 256 units, so that cells and errors mean the same in every space. A space says where
    opaque colours are, in whole steps; the rest, alpha too, follows.

    A colour with alpha is seen on some background, so two such colours differ by what they look
    like on black and on white: d^2 is the mean of the squared distances there, where mixing with a
    background is along a straight line of the space. With alpha a in 0..1, the point p of the
    colour if it were opaque, w that of white, and black at the origin, that mean is the plain
    squared Euclidean distance between the four-dimensional points

        (a (p - w / 2),  a |w| / 2)

    so k-means applies unchanged; opaque colours keep their distances, and the colour of a fully
    transparent pixel does not count. To prove it, write u = a p, v = b q and expand
    (|u - v|^2 + |u - v - (a - b) w|^2) / 2 = |u - v - (a - b) w / 2|^2 + |(a - b) w / 2|^2.
    """

    stored_rgb: ClassVar[bool] = False
    """Whether the points of opaque colours are their R, G and B, so that tables of cells apply."""
    rare_hues: ClassVar[bool] = False
    """Whether the palette search counts the pixels of one hue as the square root of their number.

    Then coordinates must be lightness and two of hue.
    """
    steps: ClassVar[int]
    """Steps a unit: what `whole` gives is so many times as far as `points`, weights apart."""
    weights: ClassVar[tuple[int, int, int]]
    """How often the squared difference of each coordinate of `whole` counts."""
    alpha_divisor: ClassVar[int] = 1
    """With alpha, whole points are divided by it: a divisor of 255, and of white's coordinates."""

    @property
    def response(self) -> LightResponse | None:
        """Where dots of opaque colours mix as their light does: how points come from light.

        None where they mix as points.
        """
        return None

    @abstractmethod
    def whole(self, colors: U8) -> Ints:
        """Return opaque colours, uint8 (n, 3), as points in whole steps, int64 (n, 3).

        Black is (0, 0, 0). The same on every machine.
        """

    @abstractmethod
    def nearest_colors(self, points: Floats) -> U8:
        """Return the nearest 8-bit colours, (n, 3), to points of opaque ones: `points`, undone."""

    @abstractmethod
    def lightness(self, points: Floats) -> Floats:
        """Return how light the colours of points are, (n,), in any unit."""

    def points(self, colors: U8, dtype: type[np.floating] = np.float64) -> Floats:
        """Return the points, (n, 3) or (n, 4), of colours, uint8 (n, 3) or (n, 4)."""
        return self.points_of_steps(self.in_steps(colors)).astype(dtype, copy=False)

    def in_steps(self, colors: U8) -> Ints:
        """Return whole numbers, int64 (n, d), that are points but for a factor a coordinate.

        They are for sums that are exact, in whatever order: `points_of_steps` undoes it.
        """
        return self.whole(colors) if colors.shape[1] == 3 else self._scaled(colors)

    def points_of_steps(self, steps: Ints | Floats) -> Floats:
        """Return the points, (n, d), of what `in_steps` gives, or of means of it."""
        scale = np.sqrt(self.weights)
        if steps.shape[1] == 3:
            return steps * scale / self.steps
        points: Floats = steps * np.append(scale, self._white_square**0.5) / (510 * self.steps)
        return points

    def colors(self, points: Floats) -> U8:
        """Return the nearest 8-bit colours: what is less than half a step opaque is black."""
        if points.shape[1] == 3:
            return self.nearest_colors(points)
        alpha = np.clip(points[:, 3:] * (510 * self.steps / self._white_square**0.5), 0, 255)
        middle = self._white * np.sqrt(self.weights) / (2 * self.steps)
        opaque = self.nearest_colors(points[:, :3] * 255 / np.maximum(alpha, 0.5) + middle)
        rounded = np.rint(alpha).astype(np.uint8)
        return np.where(alpha < 0.5, 0, np.concatenate([opaque, rounded], axis=1)).astype(np.uint8)

    def opaque_sums(self, sums: Floats, weights: Floats) -> Floats:
        """Return sums of `in_steps` of opaque colours, (n, 3), as of the same with alpha, (n, 4).

        `weights`, (n,), say of how many colours each is the sum.
        """
        opaque_black = self.in_steps(np.array([[0, 0, 0, 255]], np.uint8))
        return 510 * np.pad(sums, ((0, 0), (0, 1))) + weights[:, None] * opaque_black

    def whole_points(self, colors: U8) -> Ints:
        """Return points, int64 (n, d), in a finer unit, so that nearness is decided exactly.

        Their squared differences count as often as `whole_weights` says, and 512 times any
        distance is below 2^53.
        """
        if colors.shape[1] == 3:
            return self.whole(colors)
        whole, divisor = self._scaled(clear_hidden(colors)), self.alpha_divisor
        whole[:, :3] = (whole[:, :3] + divisor // 2) // divisor
        return whole

    def whole_weights(self, d: int) -> Ints:
        """Return how often each squared difference of `whole_points` counts, int64 (d,)."""
        return np.array([*self.weights, self._white_square // self.alpha_divisor**2][:d])

    @property
    def _white(self) -> Ints:
        white: Ints = self.whole(np.full((1, 3), 255, np.uint8))[0]
        return white

    @property
    def _white_square(self) -> int:
        """The squared distance of black and white in steps: that of a step of alpha, scaled."""
        return int(self._white**2 @ self.weights)

    def _scaled(self, colors: U8) -> Ints:
        """Return a (2 p - w), in steps and with alpha from 0 to 255, and then alpha itself."""
        alpha = colors[:, 3:].astype(np.int64)
        return np.concatenate(
            [(2 * self.whole(colors[:, :3]) - self._white) * alpha, alpha], axis=1
        )


class StoredRgb(ColorSpace):
    """RGB as it is stored, where mixing with a background is what programs do."""

    stored_rgb = True
    steps = 1
    weights = (1, 1, 1)

    def whole(self, colors: U8) -> Ints:
        """Return RGB as it is."""
        return colors.astype(np.int64)

    def nearest_colors(self, points: Floats) -> U8:
        """Return points rounded."""
        return np.clip(np.rint(points), 0, 255).astype(np.uint8)

    def lightness(self, points: Floats) -> Floats:
        """Return the luma of ITU-R BT.601; with alpha, that of the coordinates."""
        return points[:, :3] @ (0.299, 0.587, 0.114)


SRGB = StoredRgb()
"""Distances of RGB as stored: sRGB, unless the picture carries a profile of another space."""
