"""The state of a halftone: a part of a picture, its indices, and what is seen of their errors.

A large picture is done in bands of rows, each going on from the last rows of the one before, so
that memory stays bounded; what is to be known of all of it is learned on a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from kmformat import kernels
from kmformat.quantization.halftone.best_entries import best_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmformat.arrays import U8, Bools, Floats
    from kmformat.kernels import Viewer
    from kmformat.kernels.halftone import F32, I32

_Any = TypeVar("_Any", np.uint8, np.bool_)

_SAMPLE_PIXELS = 1 << 17
_SAMPLE_SIDE = 16
"""Blocks this small are spread evenly enough for 2^17 pixels to stand for any picture."""
_BAND_PIXELS = 1 << 20
_ABOVE, _BELOW = 8, 16
"""So many rows of the band before are seen, and of the one after tried."""


class View(Protocol):
    """How errors are seen.

    Attributes
    ----------
    viewer
        How errors are mixed and blurred.
    prices
        What a bit may cost, in scores: from where it first matters to where it would show.
    """

    @property
    def viewer(self) -> Viewer: ...  # noqa: D102
    @property
    def prices(self) -> tuple[float, float]: ...  # noqa: D102

    def values(self, colors: U8) -> F32:
        """Return what is compared of opaque colours, uint8 (..., 3): float32, the same shape."""

    def colors(self, values: Floats) -> U8:
        """Return the nearest opaque colours, (n, 3), to values: the inverse of `values`."""

    def sensitivity(self, pixels: U8) -> F32:
        """Return how much each difference of values counts: float32 (height, width, 3)."""


class Halftone:
    """A part of a picture whose indices settle.

    Parameters
    ----------
    view
        How errors are seen.
    pixels
        uint8 (height, width, 3).
    visible
        bool (height, width): whose errors count.
    free
        The same: whose indices may change.
    indices
        uint8 (height, width): changed in place.
    palette
        uint8 (K, 3): their colours.
    """

    def __init__(
        self, view: View, pixels: U8, visible: Bools, free: Bools, indices: U8, palette: U8
    ) -> None:
        self.view, self.indices, self.free = view, indices, free
        self._values, self._sensitivity = view.values(pixels), view.sensitivity(pixels)
        self._sensitivity[~visible] = 0
        self.use(palette)

    def use(self, palette: U8) -> None:
        """Take another palette for the same indices."""
        self._entries = self.view.values(palette)
        self._field = _filtered(self._errors(), self.view.viewer)

    def settle(self, passes: int, costs: F32 | None = None) -> None:
        """Let the indices settle; costs as of `costs.neighbour_costs`, or none."""
        K = len(self._entries)
        if costs is None:
            costs = np.zeros((4, K, K), np.float32)
        awake = np.where(self.free, 1, kernels.HELD).astype(np.uint8)
        given = self._sensitivity, self._entries, self.view.viewer, costs
        kernels.settle(self.indices, self._field, awake, *given, passes)

    def best_palette(self, movable: Bools) -> U8:
        """Return the palette, (K, 3), that suits the indices best, if these entries may move."""
        given = self._field, self._sensitivity, self.view.viewer
        return self.view.colors(best_entries(self._entries, movable, self.indices, *given))

    def energy(self, rows: slice) -> int:
        """Return the energy of all errors in some rows: what settling lowers, bits apart."""
        errors, field = self._errors()[:, rows], np.moveaxis(self._field[rows], -1, 0)
        return int((errors * field.astype(np.int64)).sum())

    def _errors(self) -> I32:
        """Return what is seen of each pixel's own error: int32 (3, height, width)."""
        u = self._sensitivity * (self._values - self._entries[self.indices])
        u0, u1, u2 = np.moveaxis(u, -1, 0)
        mixed = [(m[0] * u0 + m[1] * u1) + m[2] * u2 for m in self.view.viewer.mix]
        errors: I32 = np.rint(np.stack(mixed)).astype(np.int32)
        return errors


def _filtered(errors: I32, viewer: Viewer) -> I32:
    """Return errors (3, height, width) through a filter, (height, width, 3); around them is none.

    They are filtered in y, then in x.
    """
    field, taps = errors, viewer.taps.T[..., None, None]
    for axis in (1, 2):
        along = np.swapaxes(field, 1, axis)
        total = along * taps[0]
        for i in range(1, min(len(taps), along.shape[1])):
            if taps[i].any():
                total[:, i:] += along[:, :-i] * taps[i]
                total[:, :-i] += along[:, i:] * taps[i]
        field = np.swapaxes(total, 1, axis)
    seen = field + errors * viewer.center[:, None, None]
    return np.ascontiguousarray(np.moveaxis(seen, 0, -1))


def bands(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Yield the rows of each band, and those to settle with them: a few above and below."""
    rows = max(2 * _BELOW, _BAND_PIXELS // width)
    for start in range(0, height, rows):
        end = min(height, start + rows)
        yield slice(start, end), slice(max(0, start - _ABOVE), min(height, end + _BELOW))


class Sample:
    """Picks the same mosaic of blocks out of images of one shape; or all, if it is not large."""

    def __init__(self, height: int, width: int) -> None:
        sides = min(_SAMPLE_SIDE, height), min(_SAMPLE_SIDE, width)
        rows, columns = height // sides[0], width // sides[1]
        across = int((_SAMPLE_PIXELS // (sides[0] * sides[1])) ** 0.5)
        self.whole, self._shape = (
            rows * columns <= across**2,
            (across * sides[0], across * sides[1]),
        )
        middles = (2 * np.arange(across**2) + 1) * (rows * columns) // (2 * across**2)
        y, x = np.divmod(middles.reshape(across, 1, across, 1), columns)
        self._y = y * sides[0] + np.arange(sides[0])[:, None, None]
        self._x = x * sides[1] + np.arange(sides[1])

    def of(self, image: npt.NDArray[_Any]) -> npt.NDArray[_Any]:
        """Return the mosaic of an image, (height, width, ...)."""
        if self.whole:
            return image
        return image[self._y, self._x].reshape(*self._shape, *image.shape[2:])
