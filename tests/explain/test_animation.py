"""The animation of a run."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from kmformat.explain import Lesson, animation_gif, draw_iteration, make_lesson


def test_a_frame_shows_centroids_the_picture_and_the_inertia_of_its_iteration(
    lesson: Lesson,
) -> None:
    history = lesson.run.history
    for iteration in (0, 2, -1):
        figure = draw_iteration(lesson, iteration)
        space, picture, curve = figure.axes
        centroids: Any = space.collections[-1]
        assert np.array_equal(np.array(centroids._offsets3d).T, history.centroids[iteration])
        shown: Any = picture.images[0].get_array()
        assert np.array_equal(shown, lesson.rebuilt(iteration).to_pixels())
        upto = range(len(history.inertia))[iteration] + 1
        assert curve.lines[-1].get_ydata().tolist() == lesson.inertia[:upto].tolist()  # type: ignore[union-attr]
    assert figure.get_suptitle() == f"k-means, K = 8: iteration {upto - 1} of {upto - 1}"
    assert draw_iteration(lesson, 0).get_suptitle() == "k-means, K = 8: random start"


def test_while_centroids_move_all_else_is_as_before(lesson: Lesson) -> None:
    moved, before = draw_iteration(lesson, 2, assigned=False), draw_iteration(lesson, 1)
    space, picture, curve = moved.axes
    centroids: Any = space.collections[-1]
    assert np.array_equal(np.array(centroids._offsets3d).T, lesson.run.history.centroids[2])
    points, old_points = (each.axes[0].collections[0].get_facecolor() for each in (moved, before))
    assert np.array_equal(points, old_points)
    shown: Any = picture.images[0].get_array()
    assert np.array_equal(shown, lesson.rebuilt(1).to_pixels())
    assert len(curve.lines[-1].get_xdata()) == 2  # type: ignore[arg-type]


def test_a_tall_picture_has_more_of_the_height() -> None:
    tall, wide = (
        draw_iteration(make_lesson(np.zeros(shape, np.uint8)), 0).axes[1].get_position().height
        for shape in ((3, 2, 3), (2, 3, 3))
    )
    assert tall > 1.5 * wide


def test_a_gif_has_two_frames_for_each_iteration_and_stays_on_the_last() -> None:
    lesson = make_lesson(np.arange(48, dtype=np.uint8).reshape(4, 4, 3), colors=3, iterations=2)
    with Image.open(io.BytesIO(animation_gif(lesson))) as image:
        frames: Any = image
        assert frames.n_frames == 2 * len(lesson.run.history.inertia) - 1
        assert image.size == (1280, 720)
        assert image.info["loop"] == 0
        times = []
        for number in range(frames.n_frames):
            image.seek(number)
            times.append(image.info["duration"])
    assert times[0] > times[1]
    assert times[-1] == max(times)
