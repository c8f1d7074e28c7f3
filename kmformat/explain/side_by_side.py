"""A contact sheet: the picture of a lesson in several numbers of colours, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat.explain.parts import counted
from kmformat.report.contact import Panel, draw_slide

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.explain.lesson import Lesson


def draw_side_by_side(lesson: Lesson) -> Image.Image:
    """Return the picture, and what k-means makes of it with each K to compare, when it converged.

    It is a Pillow image of 1920 x 1080 pixels.
    """
    panels = [Panel(lesson.pixels, "Original", counted(lesson.full_colors, "colour"))]
    for K, version in lesson.versions.items():
        panels.append(Panel(version.image.to_pixels(), f"K = {K}", version.quality))
    return draw_slide(panels)
