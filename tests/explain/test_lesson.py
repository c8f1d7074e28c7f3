"""What a lesson runs and keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import ParameterError
from kmformat.explain import Lesson, make_lesson
from kmformat.kmeans import find_closest_centroids, kmeans_init_centroids, run_kmeans
from kmformat.pictures.quality import mean_squared_error
from tests.samples import icon, noise, photo, rows


def test_runs_are_those_of_the_textbook_with_the_same_seed(lesson: Lesson) -> None:
    assert lesson.weights.sum() == photo().size / 3
    for K, iterations in ((2, 300), (4, 300), (8, 6)):
        initial = kmeans_init_centroids(lesson.points, K, 3, weights=lesson.weights)
        result = run_kmeans(lesson.points, initial, iterations, weights=lesson.weights)
        run = lesson.run if K == 8 else lesson.converged(K)
        assert np.array_equal(run.centroids, result.centroids)
        assert np.array_equal(run.history.inertia, result.history.inertia)
    assert np.allclose(lesson.inertia * 4800, result.history.inertia)


def test_runs_to_compare_go_on_until_they_converge(lesson: Lesson) -> None:
    for K in lesson.compared:
        centroids, idx = lesson.converged(K)
        again = run_kmeans(lesson.points, centroids, 1, weights=lesson.weights)
        assert np.array_equal(again.idx, idx)
    assert lesson.elbow[8] < lesson.inertia[-1]  # which was cut short


def test_of_very_many_colours_runs_converge_nearly_as_on_all_of_them() -> None:
    lesson = make_lesson(noise(150, 150, 3, 5))
    assert len(lesson.points) > 20_000
    initial = kmeans_init_centroids(lesson.points, 3, 0, weights=lesson.weights)
    result = run_kmeans(lesson.points, initial, 300, weights=lesson.weights)
    inertia = lesson.converged(3).history.inertia[-1]
    assert inertia == pytest.approx(result.history.inertia[-1], rel=0.005)


def test_it_is_the_same_as_k_means_on_all_pixels(lesson: Lesson) -> None:
    X = photo().reshape(-1, 3)
    result = run_kmeans(X, lesson.run.history.centroids[0], 6)
    assert np.allclose(result.centroids, lesson.run.centroids)
    assert np.allclose(result.history.inertia, lesson.run.history.inertia)


@pytest.mark.parametrize("iteration", [0, 2, -1])
def test_a_picture_is_rebuilt_as_the_lesson_does(lesson: Lesson, iteration: int) -> None:
    X, centroids = photo().reshape(-1, 3), lesson.run.history.centroids[iteration]
    recovered = np.rint(centroids)[find_closest_centroids(X, centroids)].reshape(photo().shape)
    assert np.array_equal(lesson.rebuilt(iteration).to_pixels(), recovered)


def test_versions_are_the_ends_of_runs_with_what_they_take(lesson: Lesson) -> None:
    assert list(lesson.versions) == [2, 4, 8]
    for K, version in lesson.versions.items():
        assert version.colors == K
        assert version.mse == mean_squared_error(photo(), version.image)
        assert version.file_bytes == len(kmformat.encode_indexed(version.image))
        assert 3 * version.mse == pytest.approx(lesson.elbow[K], rel=0.01)  # but for rounding
    assert lesson.versions[8].mse < lesson.taught.mse
    assert lesson.settled(8).mse == lesson.versions[8].mse


def test_the_elbow_is_the_inertia_a_pixel_and_the_search_is_below_it(lesson: Lesson) -> None:
    pixels = photo().size / 3
    assert set(lesson.elbow) == {1, 2, 3, 4, 6, 8}
    for K, inertia in lesson.elbow.items():
        assert inertia == lesson.converged(K).history.inertia[-1] / pixels
        assert lesson.elbow_of_search[K] <= inertia * 1.01
    assert lesson.searched.mse <= lesson.settled(8).mse < lesson.taught.mse


def test_the_same_seed_gives_the_same_lesson_and_another_another() -> None:
    first, again, other = (make_lesson(photo(), compared=(2,), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.run.centroids, again.run.centroids)
    assert not np.array_equal(first.run.centroids, other.run.centroids)


def test_a_picture_of_few_colours_has_no_more_clusters() -> None:
    pixels = np.array([[[9, 9, 9], [250, 0, 0], [9, 9, 9]]], np.uint8)
    lesson = make_lesson(pixels)
    assert (lesson.colors, lesson.compared) == (2, (2,))
    assert lesson.taught.mse == 0
    assert rows(lesson.taught.image.palette) == {(9, 9, 9), (250, 0, 0)}
    one = make_lesson(pixels[:, :1])
    assert (one.colors, one.compared, one.run.history.inertia[-1]) == (1, (1,), 0)


def test_a_large_picture_is_reduced_and_says_so() -> None:
    large = Image.fromarray(photo()).resize((1600, 100))
    lesson = make_lesson(large, colors=2, compared=(2,), iterations=1)
    assert lesson.pixels.shape == (48, 768, 3)
    assert lesson.full_size == (1600, 100)
    assert lesson.full_colors == len(np.unique(np.asarray(large).reshape(-1, 3), axis=0))
    assert len(lesson.points) < lesson.full_colors


def test_a_large_picture_of_few_colours_keeps_to_them() -> None:
    colors = np.random.default_rng(3).integers(0, 256, (200, 3), np.uint8)
    large = colors[np.random.default_rng(4).integers(0, 200, (300, 1100))]
    lesson = make_lesson(large, colors=2, compared=(2,), iterations=1)
    assert lesson.pixels.shape == (209, 768, 3)
    assert rows(lesson.points.astype(np.uint8)) == rows(colors)
    assert lesson.full_colors == len(rows(colors))


def test_what_is_transparent_is_on_white() -> None:
    lesson = make_lesson(icon(), colors=2, compared=(2,))
    assert lesson.pixels.shape == (24, 24, 3)
    assert (lesson.pixels[0, 0] == 255).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colors": 0}, "colors 0: expected 1 to 256"),
        ({"compared": (2, 257)}, "compared 257: expected 1 to 256"),
        ({"iterations": 0}, "iterations 0: expected 1 or more"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_bad_options_are_named(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make_lesson(photo(), **options)
