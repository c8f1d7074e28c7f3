"""The palette that suits a halftone best: least squares, given the index of each pixel.

With indices fixed, what is seen of all errors is a quadratic function of the entries: its matrix
has, for each two entries, how pixels of the one and pixels of the other lie beside each other, seen
through the eye's filter. The entries that make it least follow by conjugate gradients.

The same on every machine: sums are taken in a fixed order, one after the other, or by `math.fsum`,
and no product of matrices is left to a library.
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Floats, Ints
    from kmformat.kernels import Viewer
    from kmformat.kernels.halftone import F32, I32

_CONE_PAIRS = tuple(combinations_with_replacement(range(3), 2))
_NEAR = 2
"""Pixels so far apart, in x and in y, count as seen together."""
_STEPS = 8
"""Of conjugate gradients: more change little."""
_RIDGE = 1e-3
"""Of the mean square of entries, added to each: what has next to no pixels hardly moves."""


def best_entries(
    entries: F32, movable: Bools, indices: U8, field: I32, sensitivity: F32, viewer: Viewer
) -> Floats:
    """Return the entries (K, 3) under which least is seen of the errors.

    Parameters
    ----------
    movable
        bool (K,): which entries may change.
    entries, indices, field, sensitivity, viewer
        As for `kernels.settle`.
    """
    K, moved = len(entries), entries.astype(np.float64)
    if not movable.any():
        return moved
    D = np.moveaxis(sensitivity, -1, 0).astype(np.float64)
    slope = _slope(indices, field, D, viewer, K)[movable]
    matrix = _matrix(indices, D, viewer, K)[movable][:, :, movable]
    moved[movable] += _solved(matrix, slope)
    return moved


def _slope(indices: U8, field: I32, D: Floats, viewer: Viewer, K: int) -> Floats:
    """Return half of what a unit more of each entry's cones takes away: (K, 3)."""
    rows, seen = viewer.mix.tolist(), np.moveaxis(field, -1, 0)
    pulls = []
    for c in range(3):
        pull = rows[0][c] * seen[0] + rows[1][c] * seen[1] + rows[2][c] * seen[2]
        pulls.append(np.bincount(indices.ravel(), (D[c] * pull).ravel(), K))
    return np.stack(pulls, axis=1)


def _matrix(indices: U8, D: Floats, viewer: Viewer, K: int) -> Floats:
    """Return the second derivatives, halved: (K, 3, K, 3), symmetric.

    Neighbours count as equally sensitive, and those furthest apart not at all: the least is where
    the slope is 0, and however steep the way is taken to be, it leads there.
    """
    height, width = indices.shape
    matrix, wide = np.zeros((3, 3, K, K)), indices.astype(np.intp) * K
    squares = {pair: D[pair[0]] * D[pair[1]] for pair in _CONE_PAIRS}
    for dy, dx in product(range(_NEAR + 1), range(-_NEAR, _NEAR + 1)):
        if (dy == 0 and dx < 0) or dy >= height or abs(dx) >= width:
            continue  # each two pixels once
        weights = _weights(viewer, dy, dx)
        if not any(map(any, weights)):
            continue
        one = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        pairs = (wide[one] + indices[dy:, max(0, dx) : width + min(0, dx)]).ravel()
        for c, d in _CONE_PAIRS:
            both = np.bincount(pairs, squares[c, d][one].ravel(), K * K).reshape(K, K)
            matrix[c, d] += weights[c][d] * (both + both.T if dy or dx else both)
    for c, d in _CONE_PAIRS:
        matrix[d, c] = matrix[c, d]
    return matrix.transpose(2, 0, 3, 1)


def _weights(viewer: Viewer, dy: int, dx: int) -> list[list[float]]:
    """Return what the errors of two cones, so far apart, count together: (3, 3)."""
    seen: Ints = viewer.taps[:, abs(dy)].astype(np.int64) * viewer.taps[:, abs(dx)]
    if not (dy or dx):
        seen += viewer.center
    rows = list(zip(seen.tolist(), viewer.mix.tolist(), strict=True))
    return [[sum(w * row[c] * row[d] for w, row in rows) for d in range(3)] for c in range(3)]


def _solved(matrix: Floats, slope: Floats) -> Floats:
    """Return x (n, 3), nearly, for which matrix (n, 3, n, 3) times x is slope (n, 3)."""
    n = len(slope)
    blocks = np.array([matrix[i, :, i] for i in range(n)])
    mean = math.fsum(blocks[:, [0, 1, 2], [0, 1, 2]].ravel().tolist()) / (3 * n)
    inverses = _inverses(blocks + _RIDGE * mean * np.eye(3))
    columns = matrix.reshape(3 * n, 3 * n)
    found, rest = np.zeros_like(slope), slope
    ready = _times(inverses, rest)
    direction, size = ready, _dot(rest, ready)
    for _ in range(_STEPS):
        image = (columns * direction.reshape(-1, 1)).sum(axis=0).reshape(n, 3)  # it is symmetric
        curvature = _dot(direction, image)
        if not curvature > 1e-12 * size:
            break
        step = size / curvature
        found, rest = found + step * direction, rest - step * image
        ready = _times(inverses, rest)
        before, size = size, _dot(rest, ready)
        direction = ready + (size / before) * direction
    return found


def _times(blocks: Floats, vectors: Floats) -> Floats:
    """Return the product of each matrix (n, 3, 3) with its vector (n, 3)."""
    terms = [blocks[:, :, c] * vectors[:, c, None] for c in range(3)]
    return terms[0] + terms[1] + terms[2]


def _inverses(blocks: Floats) -> Floats:
    """Return the inverses of symmetric matrices (n, 3, 3), by cofactors."""
    a, b, c = blocks[:, 0], blocks[:, 1], blocks[:, 2]
    columns = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=2)
    first = columns[:, :, 0]
    determinants = a[:, 0] * first[:, 0] + a[:, 1] * first[:, 1] + a[:, 2] * first[:, 2]
    return columns / determinants[:, None, None]


def _dot(one: Floats, other: Floats) -> float:
    return math.fsum((one * other).ravel().tolist())
