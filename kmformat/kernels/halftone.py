"""Settling a halftone: each pixel tries all palette entries, and takes the best beside the others.

The error of a pixel is e = T D (x - c): its colour x less that of its entry c, both in light, times
a sensitivity D for each channel, mixed by a matrix T. The field F is what all errors add up to
around each pixel, seen through a filter A: F(p) = sum of A(d) e(p + d). To go from entry o to k
adds f = T D (c_o - c_k) to the error, and f (2 F + A(0) f) to the sum of all e F. To that comes
what the index costs beside its four neighbours. (Direct binary search: M. Analoui and J. P.
Allebach, Proc. SPIE 1666 (1992), 96-108.)

A change moves the field up to 3 pixels away, so pixels 4 apart, one of 16 *phases*, do not depend
on each other: each phase is one step of vector arithmetic.

Results are the same on every machine: the field is a sum of whole numbers, and scores are float32
in a fixed order of single operations, which IEEE 754 defines to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints, Labels

F32: TypeAlias = npt.NDArray[np.float32]
I32: TypeAlias = npt.NDArray[np.int32]
_Any = TypeVar("_Any", np.intp, np.int32, np.float32, np.bool_)

HELD = 2
"""What `awake` says of a pixel that keeps its index."""
PHASES = tuple(divmod(5 * n % 16, 4) for n in range(16))
"""Row and column, modulo 4, of each phase: one after the other is never a neighbour's."""
REACH = 3
"""How many pixels away a change moves the field."""
_WAKES = 2
"""How many pixels away a change wakes others: beyond, the field moves little."""
_BLOCK = 1 << 14
"""So many pixels at a time stay in cache."""
_ROUND = np.float32(3 << 22)
"""Added and taken away, it rounds a float32 below 2^22 to the nearest whole number."""


@dataclass(frozen=True, eq=False)
class Viewer:
    """How errors are seen.

    Attributes
    ----------
    mix
        float32 (3, 3): the matrix T.
    taps
        int32 (3, 4): for each row of T, the filter at 0 to 3 pixels in x, and in y.
    center
        int32 (3,): what the filter has at 0 besides: so much a pixel's own error counts.
    """

    mix: F32
    taps: I32
    center: I32

    @property
    def own(self) -> Ints:
        """A(0) of each row of T, int64 (3,)."""
        return self.taps[:, 0].astype(np.int64) ** 2 + self.center

    def squares(self) -> F32:
        """Return the weights of u0 u0, u1 u1, u2 u2, u0 u1, u0 u2, u1 u2 for u = D (c_o - c_k)."""
        weights, rows = self.own.tolist(), self.mix.tolist()
        return np.array(
            [
                sum(
                    (1 + (i != j)) * w * row[i] * row[j]
                    for w, row in zip(weights, rows, strict=True)
                )
                for i, j in _PAIRS
            ],
            np.float32,
        )

    def products(self, entries: F32) -> F32:
        """Return c0, c1, c2 and their products in that order for each entry: float32 (9, K)."""
        return np.stack([*entries.T, *(entries[:, i] * entries[:, j] for i, j in _PAIRS)])


_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def settle(
    indices: U8,
    field: I32,
    awake: U8,
    sensitivity: F32,
    entries: F32,
    viewer: Viewer,
    costs: F32,
    passes: int,
) -> None:
    """Let pixels change their indices for the better, phase by phase.

    Parameters
    ----------
    indices
        uint8 (height, width), each below K; changed in place.
    field
        int32 (height, width, 3): F, below 2^31 / 2 in size; changed in place.
    awake
        uint8 (height, width): 1 for a pixel to be looked at, 0 for one that will only be if another
        near it changes, `HELD` for one that keeps its index; changed in place.
    sensitivity
        float32 (height, width, 3): D. No f is 2^22 or more.
    entries
        float32 (K, 3): c, K from 1 to 256.
    costs
        float32 (4, K, K): what each index costs beside each index in the north, west, east and
        south: [side, neighbour, index].
    passes
        How often to visit each pixel that is awake.
    """
    state = _Planes(indices, field, awake, sensitivity, len(entries))
    scorer = _Scorer(entries, viewer, costs)
    for _ in range(passes):
        for y, x in PHASES:
            changes = state.decide(y, x, scorer)
            if changes is not None:
                state.spread(y, x, changes, viewer)
    state.store(indices, field, awake)


class _Scorer:
    """Finds the best index of each pixel, given all that it depends on."""

    def __init__(self, entries: F32, viewer: Viewer, costs: F32) -> None:
        K = len(entries)
        self.viewer, self.squares = viewer, viewer.squares()
        self.entries, self.products = np.ascontiguousarray(entries.T), viewer.products(entries)
        # [side, index, neighbour], with 0 beside what is out of the picture
        self.costs = np.zeros((4, K, K + 1), np.float32)
        self.costs[:, :, :K] = costs.transpose(0, 2, 1)
        self.priced = bool(costs.any())

    def best(self, old: Labels, field: F32, D: F32, beside: list[Labels]) -> tuple[Labels, F32]:
        """Return the best indices, and f of what changes, whole numbers: float32 (3, n)."""
        entry = self.entries.take(old, axis=1)
        features = self._features(field, D, D * entry)
        best, least = old.copy(), np.empty(len(old), np.float32)
        before, scores, part = np.empty_like(least), np.empty_like(least), np.empty_like(least)
        for k, values in enumerate(self.products.T.tolist()):
            np.multiply(features[0], np.float32(values[0]), out=scores)
            for feature, value in zip(features[1:], values[1:], strict=True):
                np.multiply(feature, np.float32(value), out=part)
                scores += part
            if self.priced:
                for side, neighbour in enumerate(beside):
                    self.costs[side, k].take(neighbour, out=part, mode="clip")
                    scores += part
            np.copyto(before, scores, where=old == k)
            if k == 0:
                least[:], best[:] = scores, 0
                continue
            better = scores < least
            np.copyto(least, scores, where=better)
            np.copyto(best, k, where=better)
        best = np.where(least < before, best, old)
        change = D * (entry - self.entries.take(best, axis=1))
        mixed = self._mixed(self.viewer.mix, change)
        return best, (mixed + _ROUND) - _ROUND

    def _features(self, field: F32, D: F32, entry: F32) -> F32:
        """Return what the products of entries are to be multiplied with: float32 (9, n)."""
        features = np.empty((9, field.shape[1]), np.float32)
        pull = self._mixed(self.viewer.mix.T, field)
        squares = self.squares
        full = [[2 * squares[0], squares[3], squares[4]],
                [squares[3], 2 * squares[1], squares[5]],
                [squares[4], squares[5], 2 * squares[2]]]  # fmt: skip
        back = self._mixed(np.array(full, np.float32), entry)
        np.add(pull + pull, back, out=features[:3])
        features[:3] *= D
        np.negative(features[:3], out=features[:3])
        for row, weight, (i, j) in zip(features[3:], squares, _PAIRS, strict=True):
            np.multiply(D[i], D[j], out=row)
            row *= weight
        return features

    @staticmethod
    def _mixed(matrix: F32, rows: F32) -> F32:
        """Return a matrix (3, 3) times rows (3, n), each sum from left to right."""
        return np.stack([(m[0] * rows[0] + m[1] * rows[1]) + m[2] * rows[2] for m in matrix])


class _Planes:
    """The pixels, each phase in a plane of its own, so that steps are on arrays in one piece.

    Pixel (4 i + y, 4 j + x) is in plane [y, x] at [i + 1, j + 1]; around each plane is a margin.
    """

    def __init__(self, indices: U8, field: I32, awake: U8, sensitivity: F32, K: int) -> None:
        self.shape = indices.shape
        self.indices = self._split(indices[..., None].astype(np.intp), K)[0]
        self.awake = self._split((awake == 1)[..., None], 0)[0]
        self.free = self._split((awake != HELD)[..., None], 0)[0]
        self.field, self.sensitivity = self._split(field, 0), self._split(sensitivity, 0)

    def _split(self, values: npt.NDArray[_Any], margin: int) -> npt.NDArray[_Any]:
        """Return planes, (channels, 4, 4, rows, columns), of values (height, width, channels)."""
        (height, width), channels = self.shape, values.shape[2]
        rows, columns = -(-height // 4), -(-width // 4)
        planes = np.full((channels, 4, 4, rows + 2, columns + 2), margin, values.dtype)
        for y, x in PHASES:
            part = values[y::4, x::4].transpose(2, 0, 1)
            planes[:, y, x, 1 : 1 + part.shape[1], 1 : 1 + part.shape[2]] = part
        return planes

    def store(self, indices: U8, field: I32, awake: U8) -> None:
        """Write the pixels back."""
        for y, x in PHASES:
            rows, columns = indices[y::4, x::4].shape
            inside = np.s_[y, x, 1 : 1 + rows, 1 : 1 + columns]
            indices[y::4, x::4] = self.indices[inside]
            field[y::4, x::4] = self.field[:, *inside].transpose(1, 2, 0)
            held = np.uint8(HELD) * ~self.free[inside]
            awake[y::4, x::4] = self.awake[inside] | held

    def decide(self, y: int, x: int, scorer: _Scorer) -> I32 | None:
        """Change the indices of a phase; return f of each of its pixels, (3, rows, columns)."""
        core = np.s_[1:-1, 1:-1]
        plane = self.indices[y, x][core]
        places = np.flatnonzero(self.awake[y, x][core])
        self.awake[y, x] = False
        changes = np.zeros((3, *plane.shape), np.int32)
        changed = np.zeros(plane.shape, bool)
        for start in range(0, len(places), _BLOCK):
            block = places[start : start + _BLOCK]
            rows, columns = np.divmod(block, plane.shape[1])
            at = (rows + 1, columns + 1)
            old = self.indices[y, x][at]
            field = np.stack([self.field[c, y, x][at] for c in range(3)]).astype(np.float32)
            D = np.stack([self.sensitivity[c, y, x][at] for c in range(3)])
            beside = []
            for dy, dx in ((-1, 0), (0, -1), (0, 1), (1, 0)):
                (up, to_y), (left, to_x) = divmod(y + dy, 4), divmod(x + dx, 4)
                beside.append(self.indices[to_y, to_x][at[0] + up, at[1] + left])
            best, f = scorer.best(old, field, D, beside)
            moves = best != old
            here = (rows[moves], columns[moves])
            plane[here] = best[moves]
            changed[here] = True
            for c in range(3):
                changes[c][here] = f[c, moves]
        if not changed.any():
            return None
        self._wake(y, x, changed)
        return changes

    def _wake(self, y: int, x: int, changed: npt.NDArray[np.bool_]) -> None:
        rows, columns = changed.shape
        for dy, dx in product(range(-_WAKES, _WAKES + 1), repeat=2):
            (up, to_y), (left, to_x) = divmod(y + dy, 4), divmod(x + dx, 4)
            part = np.s_[to_y, to_x, 1 + up : 1 + up + rows, 1 + left : 1 + left + columns]
            self.awake[part] |= changed & self.free[part]

    def spread(self, y: int, x: int, changes: I32, viewer: Viewer) -> None:
        """Add changes of errors to the field, seen through the filter: first in x, then in y."""
        _, rows, columns = changes.shape
        center = np.s_[:, y, x, 1:-1, 1:-1]
        self.field[center] += changes * viewer.center[:, None, None]
        reach = REACH if viewer.taps[:, 1:].any() else 0
        for to_x in range(4):
            along = np.zeros((3, rows, columns + 2), np.int32)
            for dx in range(-reach, reach + 1):
                left, column = divmod(x + dx, 4)
                if column == to_x:
                    tap = viewer.taps[:, abs(dx), None, None]
                    along[:, :, 1 + left : 1 + left + columns] += changes * tap
            for dy in range(-reach, reach + 1):
                up, to_y = divmod(y + dy, 4)
                tap = viewer.taps[:, abs(dy), None, None]
                self.field[:, to_y, to_x, 1 + up : 1 + up + rows] += along * tap
