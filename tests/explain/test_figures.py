"""Figures have what they say: numbers from the history, and axes that are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import kmformat
from kmformat import ParameterError
from kmformat.explain import (
    Lesson,
    make_lesson,
    plot_accounting,
    plot_before_after,
    plot_clusters,
    plot_elbow,
    plot_inertia,
    plot_paths,
    plot_steps,
    storing_steps,
)
from kmformat.explain.parts import MOST_POINTS, sampled
from kmformat.plots import figure_png
from tests.samples import noise, photo, soft


def texts(figure: Figure) -> str:
    """All text of a figure, drawn."""
    assert figure_png(figure, dpi=30).startswith(b"\x89PNG")  # without a warning
    found: Any = figure.findobj(lambda part: hasattr(part, "get_text"))
    return "\n".join(part.get_text() for part in found)


def faces(ax: Any, number: int) -> list[list[float]]:
    """Colours of points of a drawn figure, sorted: matplotlib draws them from far to near."""
    faces: list[list[float]] = ax.collections[number].get_facecolor()[:, :3].round(6).tolist()
    return sorted(faces)


def line_data(ax: Any, number: int) -> tuple[list[float], list[float]]:
    line = ax.lines[number]
    return list(line.get_xdata()), list(line.get_ydata())


def test_inertia_is_that_of_the_history(lesson: Lesson) -> None:
    history = lesson.run.history
    for figure, pixels, of in (
        (plot_inertia(history), 1, "of all points"),
        (plot_inertia(history, 4800), 4800, "a pixel"),
    ):
        (ax,) = figure.axes
        inertia = (history.inertia / pixels).tolist()
        assert line_data(ax, -1) == (list(range(len(inertia))), inertia)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("Iteration", f"Inertia {of}")
    fall = 100 * (1 - history.inertia[-1] / history.inertia[0])
    assert f"{fall:.0f} % less" in texts(figure)


def test_paths_are_those_of_the_history_from_start_to_end(lesson: Lesson) -> None:
    figure = plot_paths(lesson.points, lesson.run.history, weights=lesson.weights)
    ax: Any = figure.axes[0]
    path = lesson.run.history.centroids
    drawn = [np.array(line.get_data_3d()).T for line in ax.lines]
    for k in range(8):
        assert sum(np.array_equal(line, path[:, k]) for line in drawn) == 2  # and its outline
    assert [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()] == ["red", "green", "blue"]
    told = texts(figure)
    assert "8 centroids" in told
    assert "Random start" in told
    assert f"After {len(path) - 1} iterations" in told


def test_clusters_show_points_in_their_own_colours_and_in_their_centroids(lesson: Lesson) -> None:
    figure = plot_clusters(lesson.points, lesson.run, weights=lesson.weights)
    texts(figure)
    left, right = figure.axes
    shown = sampled(lesson.points, lesson.weights)
    centroids, idx = lesson.run
    assert faces(left, 0) == sorted((lesson.points[shown] / 255).round(6).tolist())
    assert faces(right, 0) == sorted((centroids[idx[shown]] / 255).round(6).tolist())
    assert faces(right, 2) == sorted((centroids / 255).round(6).tolist())
    assert faces(right, 1) == [[1, 1, 1]]  # a ring of white around each
    assert "8 clusters" in texts(figure)


def test_points_from_0_to_1_are_drawn_as_those_to_255() -> None:
    X = photo(9, 9).reshape(-1, 3)
    for scaled, most in ((X, 255), (X / 255, 1)):
        result = kmformat.kmeans.run_kmeans(scaled, scaled[:4], 3)
        figure = plot_clusters(scaled, result)
        texts(figure)
        ax: Any = figure.axes[1]
        assert ax.get_xlim() == (0, most)
        assert faces(ax, 2) == sorted((result.centroids / most).round(6).tolist())


def test_the_elbow_is_by_k(lesson: Lesson) -> None:
    figure = plot_elbow(lesson.elbow, lesson.elbow_of_search, 8)
    (ax,) = figure.axes
    assert line_data(ax, 0) == (list(lesson.elbow), list(lesson.elbow.values()))
    assert line_data(ax, 1) == (list(lesson.elbow), list(lesson.elbow_of_search.values()))
    told = texts(figure)
    for said in ("K = 8, shown here", "K, number of colours", "Inertia a pixel", "KMF's search"):
        assert said in told
    assert len(plot_elbow({2: 5.0, 4: 3.0}).axes[0].lines) == 1


@pytest.mark.parametrize(("K", "ticks"), [(64, [1, 2, 4, 8, 16, 32, 64]), (5, [1, 2, 4]), (1, [1])])
def test_the_elbow_has_every_doubling_of_k_on_its_axis(K: int, ticks: list[int]) -> None:
    figure = plot_elbow({K: 1.0})
    texts(figure)
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(tick) for tick in ticks]


def test_the_accounting_is_that_of_the_lesson() -> None:
    image = kmformat.quantize(soft(128, 128), colors=16)
    figure = plot_accounting(image)
    told = texts(figure)
    assert "128 x 128 pixels x 3 channels = 49,152 values = 393,216 bits" in told
    assert "16 colours x 3 channels + 16,384 indices = 16,432 values" in told
    assert "16 colours x 24 bits + 16,384 indices x 4 bits = 65,920 bits" in told
    assert "A third of the values; at 4 bits an index, a sixth of the bits" in told
    widths = [patch.get_width() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert widths == [49152, 16384, 8192, 48, 48]


def test_steps_are_as_long_as_their_bytes(lesson: Lesson) -> None:
    for figure in (plot_steps(lesson.taught.image), plot_steps(lesson.steps)):
        widths = [patch.get_width() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]
        assert widths == [step.bytes for step in storing_steps(lesson.taught.image)]
        told = texts(figure)
        for step in lesson.steps:
            assert f"{step.name}: {step.how}" in told
            assert f"{step.bytes:,}" in told


def test_before_and_after_show_both_and_the_palette(lesson: Lesson) -> None:
    figure = plot_before_after(lesson.pixels, lesson.taught.image)
    left, right, low = figure.axes
    assert np.array_equal(left.images[0].get_array(), photo())  # type: ignore[arg-type]
    assert np.array_equal(right.images[0].get_array(), lesson.taught.image.to_pixels())  # type: ignore[arg-type]
    widths = [patch.get_width() for patch in low.patches]  # type: ignore[attr-defined]
    assert sum(widths) == 4800
    assert widths == sorted(widths, reverse=True)
    assert f"Original: {len(lesson.points):,} colours" in texts(figure)
    reduced = plot_before_after(lesson.pixels, lesson.taught.image, 739_566)
    assert "Original: 739,566 colours" in texts(reduced)
    with pytest.raises(ParameterError, match="expected the image's 80 x 60"):
        plot_before_after(photo(5, 5), lesson.taught.image)


def test_a_picture_of_one_colour_can_be_shown_too() -> None:
    lesson = make_lesson(np.zeros((3, 3, 3), np.uint8))
    for figure in (
        plot_inertia(lesson.run.history),
        plot_elbow(lesson.elbow, lesson.elbow_of_search, 1),
        plot_clusters(lesson.points, lesson.run),
        plot_paths(lesson.points, lesson.run.history),
        plot_before_after(lesson.pixels, lesson.taught.image),
        plot_steps(lesson.steps),
    ):
        assert texts(figure)


def test_of_many_points_those_of_weight_are_drawn() -> None:
    X = noise(90, 90, 3, 1).reshape(-1, 3)
    weights = np.zeros(len(X))
    weights[:5000] = 1
    rows = sampled(X, weights)
    assert len(rows) == MOST_POINTS
    assert rows.max() < 5000
    assert len(sampled(X, weights * (np.arange(len(X)) < 7))) == 7
    assert sampled(X[:50], None).tolist() == list(range(50))


@pytest.mark.parametrize("points", [np.zeros((4, 2)), np.zeros(3)])
def test_points_that_are_no_colours_are_named(lesson: Lesson, points: Any) -> None:
    with pytest.raises(ParameterError, match="expected colours"):
        plot_clusters(points, lesson.run)
    with pytest.raises(ParameterError, match="expected colours"):
        plot_paths(points, lesson.run.history)
