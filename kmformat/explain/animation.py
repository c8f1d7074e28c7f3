"""An animation of a run of k-means: the centroids move, and the picture takes their colours.

Strategy: a frame for each set of centroids in the run's history, drawn with matplotlib, on one
palette that `kmformat.build_palette` finds for all of them, so that a GIF stays small.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from kmformat.batches.palette import build_palette
from kmformat.explain.figures import draw_inertia, draw_space, rgb, sampled
from kmformat.kmeans import find_closest_centroids
from kmformat.plots import drawing, slide
from kmformat.writing import quantize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kmformat.arrays import U8
    from kmformat.explain.lesson import Lesson

_DOTS = 75
"""An inch: frames are 960 x 540 pixels."""
_FIRST, _EACH, _LAST = 1500, 700, 3000
"""Milliseconds that frames are shown: the random start, each iteration, and the end."""
_FRAMES_FOR_PALETTE = 4


def draw_iteration(lesson: Lesson, iteration: int) -> Figure:
    """Draw a lesson's run after so many iterations: colours in RGB, the picture, and the inertia.

    Parameters
    ----------
    iteration
        0, the random start, to the last of ``lesson.run.history``; or -1 for that.
    """
    centroids, inertia = lesson.run.history
    iteration = range(len(inertia))[iteration]
    shown = sampled(lesson.points, lesson.weights)
    points = lesson.points[shown]
    colors = rgb(centroids[iteration], lesson.points)
    with drawing():
        figure = slide(arranged=False)
        when = f"iteration {iteration} of {len(inertia) - 1}" if iteration else "random start"
        figure.suptitle(f"k-means, K = {lesson.colors}: {when}", fontsize=24, y=0.97)
        idx = find_closest_centroids(points, centroids[iteration])
        path = centroids[: iteration + 1]
        draw_space(figure, (-0.02, 0.0, 0.56, 0.94), lesson.points, points, colors[idx], path)
        ax = figure.add_axes((0.56, 0.44, 0.42, 0.46))
        ax.imshow(lesson.rebuilt(iteration).to_pixels())
        ax.set_axis_off()
        draw_inertia(figure.add_axes((0.62, 0.12, 0.34, 0.26)), inertia, iteration)
    return figure


def animation_gif(lesson: Lesson) -> bytes:
    """Return a GIF of 960 x 540 pixels, a frame for each iteration, which goes on for ever.

    Raises
    ------
    ImportError
        matplotlib is missing.
    """
    steps = len(lesson.run.history.inertia)
    frames = [_pixels(draw_iteration(lesson, iteration)) for iteration in range(steps)]
    some = np.linspace(0, steps - 1, min(steps, _FRAMES_FOR_PALETTE)).round().astype(int)
    palette = build_palette([frames[number] for number in some], colors=256, keep=["#fff", "#222"])
    images = [quantize(frame, palette=palette).to_image() for frame in frames]
    times = [_FIRST, *[_EACH] * (steps - 2), _LAST][:steps]
    stream = io.BytesIO()
    images[0].save(
        stream, "GIF", save_all=True, append_images=images[1:], duration=times, loop=0,
        optimize=False,
    )  # fmt: skip
    return stream.getvalue()


def _pixels(figure: Figure) -> U8:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(_DOTS)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
