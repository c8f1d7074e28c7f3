"""What a course shows with ``plot_progress=True``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from kmformat.kmeans import run_kMeans

POINTS = np.random.default_rng(2).normal(size=(60, 3)).cumsum(axis=0)


@pytest.fixture
def plt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield plt
    plt.close("all")


@pytest.mark.parametrize("d", [2, 3])
def test_points_and_the_ways_of_centroids_are_drawn(plt: Any, d: int) -> None:
    X = POINTS[:, :d]
    result = run_kMeans(X, X[:4], 5, plot_progress=True)
    ax = plt.gca()
    assert np.array_equal(ax.collections[0].get_offsets(), X[:, :2])
    path = result.history.centroids
    for k, line in enumerate(ax.lines):
        assert np.array_equal(line.get_xydata(), path[:, k, :2])
    assert len(ax.lines) == 4
    start, end = ax.collections[1:]
    assert np.array_equal(start.get_offsets(), path[0, :, :2])
    assert np.array_equal(end.get_offsets(), path[-1, :, :2])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["start", "end"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("X[:, 0]", "X[:, 1]")


@pytest.mark.parametrize(
    ("max_iters", "told"),
    [(0, "0 iterations"), (1, "1 iteration"), (9, "converged after 1 of 9 iterations")],
)
def test_the_title_tells_whether_it_converged(plt: Any, max_iters: int, told: str) -> None:
    X = np.array([[0, 0], [0, 1], [9, 9], [9, 8]])
    run_kMeans(X, X[[0, 2]], max_iters, plot_progress=True)
    assert plt.gca().get_title() == f"K = 2: {told}"


def test_points_of_one_coordinate_are_drawn_too(plt: Any) -> None:
    run_kMeans(POINTS[:, :1], POINTS[:2, :1], 3, True)
    assert np.array_equal(plt.gca().collections[0].get_offsets()[:, 1], POINTS[:, 0])


def test_unless_asked_nothing_is_drawn_or_imported(plt: Any) -> None:
    sys.modules.pop("kmformat.explain.progress", None)
    run_kMeans(POINTS, POINTS[:4], 5)
    assert not plt.get_fignums()
    assert "kmformat.explain.progress" not in sys.modules
