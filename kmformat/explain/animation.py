"""An animation of a run of k-means: the centroids move, and the picture takes their colours.

Strategy: two frames for each iteration, as it has two halves, drawn with matplotlib on one palette
that `kmformat.build_palette` finds for all of them. What a half leaves as it is takes no bytes.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from kmformat.batches.palette import build_palette
from kmformat.explain.parts import (
    Rect,
    draw_centroids,
    draw_inertia,
    draw_trails,
    rgb,
    sampled,
    scatter,
    space,
)
from kmformat.kmeans import find_closest_centroids
from kmformat.plots import drawing, slide
from kmformat.writing import quantize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kmformat.arrays import U8
    from kmformat.explain.lesson import Lesson

_DOTS = 100
"""An inch: frames are 1280 x 720 pixels."""
_FIRST, _MOVED, _ASSIGNED, _LAST = 2000, 700, 800, 3000
"""Milliseconds that frames are shown: the random start, the halves of iterations, and the end."""
_FRAMES_FOR_PALETTE = 4
_TALL = 0.85
"""Width to height: up to that, the picture stands beside the inertia, not above it."""
_WIDE_PLACES: tuple[Rect, Rect] = (0.55, 0.42, 0.44, 0.45), (0.64, 0.12, 0.34, 0.25)
_TALL_PLACES: tuple[Rect, Rect] = (0.535, 0.05, 0.265, 0.8), (0.87, 0.27, 0.12, 0.4)
"""Of the picture, and of the inertia."""


def draw_iteration(lesson: Lesson, iteration: int, *, assigned: bool = True) -> Figure:
    """Draw a lesson's run after so many iterations: colours in RGB, the picture, and the inertia.

    Parameters
    ----------
    iteration
        0, the random start, to the last of ``lesson.run.history``; or -1 for that.
    assigned
        Whether points have gone to the centroids closest to them. Unless so, centroids have moved,
        and all else is as the iteration before left it.
    """
    path, inertia = lesson.run.history.centroids, lesson.inertia
    iteration = range(len(inertia))[iteration]
    before = iteration if assigned else max(iteration - 1, 0)
    shown = sampled(lesson.points, lesson.weights)
    points = lesson.points[shown]
    height, width = lesson.pixels.shape[:2]
    tall = width / height <= _TALL
    for_picture, for_inertia = _TALL_PLACES if tall else _WIDE_PLACES
    with drawing():
        figure = slide(arranged=False)
        last = len(inertia) - 1
        when = f"iteration {iteration} of {last}" if iteration else "random start"
        if iteration == last < lesson.iterations and assigned:
            when += ", converged"
        figure.suptitle(f"k-means, K = {lesson.colors}: {when}", fontsize=26, y=0.985)
        figure.text(0.5, 0.9, _told(iteration, assigned), fontsize=20, ha="center", va="center")
        ax = space(figure, (-0.02, -0.01, 0.55, 0.93), lesson.points)
        idx = find_closest_centroids(points, path[before])
        scatter(ax, points, rgb(path[before], lesson.points)[idx])
        draw_trails(ax, path[: iteration + 1], lesson.points)
        draw_centroids(ax, path[iteration], rgb(path[iteration], lesson.points))
        ax = figure.add_axes(for_picture)
        ax.imshow(lesson.rebuilt(before).to_pixels())
        ax.set_axis_off()
        ax = figure.add_axes(for_inertia)
        draw_inertia(
            ax, inertia, before, "Inertia\na pixel" if tall else "Inertia a pixel", narrow=tall
        )
    return figure


def animation_gif(lesson: Lesson) -> bytes:
    """Return a GIF of 1280 x 720 pixels, two frames for each iteration, which goes on for ever.

    Raises
    ------
    ImportError
        matplotlib is missing.
    """
    steps = range(1, len(lesson.run.history.inertia))
    figures = [draw_iteration(lesson, 0)]
    for step in steps:
        figures += [draw_iteration(lesson, step, assigned=False), draw_iteration(lesson, step)]
    frames = [_pixels(figure) for figure in figures]
    some = np.linspace(0, len(frames) - 1, min(len(frames), _FRAMES_FOR_PALETTE))
    chosen = [frames[number] for number in some.round().astype(int)]
    palette = build_palette(chosen, colors=256, keep=["#fff", "#222"])
    images = [quantize(frame, palette=palette).to_image() for frame in frames]
    times = [_FIRST, *[_MOVED, _ASSIGNED] * len(steps)]
    times[-1] = _LAST
    stream = io.BytesIO()
    images[0].save(
        stream, "GIF", save_all=True, append_images=images[1:], duration=times, loop=0,
        optimize=False,
    )  # fmt: skip
    return stream.getvalue()


def _told(iteration: int, assigned: bool) -> str:
    """Return what happens in a frame."""
    if not iteration:
        return "Random pixels are the centroids, and each point goes to its closest"
    if assigned:
        return "Each point goes to its closest centroid"
    return "Each centroid moves to the mean of its points"


def _pixels(figure: Figure) -> U8:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(_DOTS)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
