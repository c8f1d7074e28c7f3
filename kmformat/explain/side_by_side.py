"""A contact sheet: the picture of a lesson in several numbers of colours, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat.report.contact import Panel, draw_contact_sheet

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.explain.lesson import Lesson


def draw_side_by_side(lesson: Lesson) -> Image.Image:
    """Return the picture, and what k-means makes of it with each K to compare; a Pillow image."""
    count = len(lesson.points)
    panels = [Panel(lesson.pixels, "original", f"{count:,} colour{'' if count == 1 else 's'}")]
    for K, version in lesson.versions.items():
        panels.append(Panel(version.image.to_pixels(), f"K = {K}", version.quality))
    return draw_contact_sheet(panels)
