"""The pictures of the README and the gallery: what the code makes, and that they are there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from tools.docs import make_gallery
from tools.docs.make_gallery import WAYS, lake, panels, rows, screen
from tools.docs.make_picture import GAP, LABEL, sheet

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "kmformat/docs/GALLERY.md")


def test_each_way_is_a_panel_and_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_gallery, "ssimulacra2", lambda *_: None)
    picture = lake(60, 40)
    original, *shown = panels(picture)
    assert np.array_equal(original.pixels, picture)
    assert original.label == "original"
    assert [panel.name for panel in shown] == list(WAYS)
    for panel, options in zip(shown, WAYS.values(), strict=True):
        data = kmformat.encode(picture, **{"space": "oklab"} | options)
        assert np.array_equal(panel.pixels, kmformat.decode(data))
        assert panel.label == f"{panel.name}: {len(data) * 8 / 2400:.2f} bits a pixel"
    for panel, row in zip(shown, rows([original, *shown]), strict=True):
        assert row == f"| {panel.name} | {panel.bits:.2f} |  |"


def test_a_sheet_shows_the_part_twice_as_large() -> None:
    picture = lake(60, 40)
    pixels = np.asarray(sheet(panels(picture)[:3], (10, 5, 40, 25)))
    assert pixels.shape == (2 * (40 + LABEL) + GAP, 2 * 60 + GAP, 3)
    part = pixels[LABEL : LABEL + 40, :60]
    assert np.array_equal(part[::2, ::2], picture[5:25, 10:40])
    assert np.array_equal(part[1::2, 1::2], picture[5:25, 10:40])
    assert (pixels[:LABEL, :60] == 0).any()  # its label
    assert (pixels[-40:, 60:] == 255).all()  # no fourth panel


def test_the_subjects_are_more_than_16_colours_can_show() -> None:
    balloons = {tuple(channel > 128 for channel in color) for *_, color in make_gallery.BALLOONS}
    assert len(balloons) == 4
    for picture in (lake(60, 40), screen()):
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 256


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_images_shown_are_there_and_small(document: str) -> None:
    path = ROOT / document
    names = re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", path.read_text("utf-8"))
    assert names
    for name in names:
        with Image.open(path.parent / name) as image:
            assert image.width <= 830  # as wide as code hosts show unscaled
    assert sum((path.parent / name).stat().st_size for name in names) < 250_000
