"""Make the picture of `kmformat/docs/LECTURES.md`: a frame of the animation of k-means.

    python -m tools.docs.make_lesson     # write tools/docs/k-means.png

The subject is the gallery's lake, in 16 colours after two iterations. Nothing is printed.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import kmformat
from kmformat.explain import draw_iteration, make_lesson
from tools.docs.make_gallery import lake

DOTS = 64
"""An inch: 819 pixels wide."""


def frame() -> Image.Image:
    """Return the frame, in few colours, mode P."""
    lesson = make_lesson(lake(), compared=(16,))
    stream = io.BytesIO()
    draw_iteration(lesson, 2).savefig(stream, format="png", dpi=DOTS)
    with Image.open(stream) as image:
        return kmformat.quantize(image.convert("RGB"), colors=96).to_image()


if __name__ == "__main__":
    frame().save(Path(__file__).with_name("k-means.png"), optimize=True)
