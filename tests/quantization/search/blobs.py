"""Points in clusters, for all parts of the search."""

from __future__ import annotations

import numpy as np

from kmformat.arrays import Floats
from kmformat.quantization.search.points import PointSet

CENTERS = np.array(
    [[40, 40, 40], [200, 40, 90], [60, 220, 130], [210, 200, 30], [120, 90, 240]], float
)


def blobs(centers: Floats, each: int = 50, spread: float = 2.0, seed: int = 0) -> PointSet:
    """Points around each of some centers, in levels, which become their origin's neighbours."""
    rng = np.random.default_rng(seed)
    points = np.repeat(centers, each, axis=0) + rng.normal(0, spread, (len(centers) * each, 3))
    return PointSet.of(points, rng.integers(1, 4, len(points)).astype(float))


def inertia_of(points: PointSet, centroids: Floats) -> float:
    """The inertia of centroids, in units."""
    distances = ((points.coordinates.T[:, None] - centroids) ** 2).sum(axis=2)
    return float(points.weights @ distances.min(axis=1))
