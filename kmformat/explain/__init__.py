"""k-means made visible: a lesson about a picture, in figures, an animation and a page.

    lesson = kmformat.explain.make_lesson(image, colors=16)    # runs k-means when it is asked
    kmformat.explain.plot_inertia(lesson.run.history)          # a figure, of plain values
    gif = kmformat.explain.animation_gif(lesson)               # bytes

Figures are matplotlib's (``pip install 'kmformat[plots]'``), 16 to 9, and show themselves in
notebooks; ``savefig`` writes them.

Front doors: `lesson.make_lesson`, whose numbers `figures`, `animation` and `page` draw.
May import: all of the wings below.
"""

from kmformat.explain.animation import animation_gif, draw_iteration
from kmformat.explain.figures import (
    plot_accounting,
    plot_before_after,
    plot_clusters,
    plot_elbow,
    plot_inertia,
    plot_paths,
    plot_steps,
)
from kmformat.explain.lesson import Lesson, make_lesson
from kmformat.explain.page import lesson_html
from kmformat.explain.side_by_side import draw_side_by_side
from kmformat.explain.storing import Step, storing_steps
from kmformat.explain.version import Version

__all__ = [
    "Lesson",
    "Step",
    "Version",
    "animation_gif",
    "draw_iteration",
    "draw_side_by_side",
    "lesson_html",
    "make_lesson",
    "plot_accounting",
    "plot_before_after",
    "plot_clusters",
    "plot_elbow",
    "plot_inertia",
    "plot_paths",
    "plot_steps",
    "storing_steps",
]
