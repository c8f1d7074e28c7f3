"""How images and the heads of files show themselves in notebooks."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

import kmformat
from kmformat import IndexedImage
from tests.samples import indexed, indexed_images, profile

HOSTILE = '<script>alert("1")</script>&\'" onload="x'


def image_in(html: str) -> Image.Image:
    (found,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return Image.open(io.BytesIO(base64.b64decode(found)))


@given(indexed_images())
@settings(max_examples=20)
def test_an_image_shows_its_exact_pixels_and_colours(image: IndexedImage) -> None:
    html = image._repr_html_()
    for shown in (image_in(html), Image.open(io.BytesIO(image._repr_png_()))):
        mode = "RGBA" if image.palette.shape[1] == 4 else "RGB"
        assert np.array_equal(np.asarray(shown.convert(mode)), image.to_pixels())
    for color in image.palette.tolist():
        assert f"background:#{bytes(color).hex()};" in html


def test_shares_of_pixels_are_told() -> None:
    image = IndexedImage(np.zeros((2, 3), np.uint8), np.array([[0, 0, 0, 1]], np.uint8))
    html = image._repr_html_()
    assert "75.0 %" in html
    assert "25.0 %" in html
    assert "4 x 1 pixels, 2 colours" in html


def test_a_large_image_is_shown_smaller() -> None:
    image = IndexedImage(np.eye(3, dtype=np.uint8), np.zeros((512, 4096), np.uint8))
    shown = Image.open(io.BytesIO(image._repr_png_()))
    assert shown.size == (1024, 128)
    assert image_in(image._repr_html_()).size == (1024, 128)
    assert "4096 x 512 pixels" in image._repr_html_()


def test_a_profile_is_kept_and_a_photographers_name_is_not() -> None:
    chunks = (kmformat.Chunk(b"iccp", profile("sRGB")), kmformat.Chunk(b"xmpp", b"<x>me</x>"))
    image = IndexedImage(np.zeros((1, 3), np.uint8), np.zeros((2, 2), np.uint8), chunks)
    shown = image._repr_png_()
    assert Image.open(io.BytesIO(shown)).info["icc_profile"] == profile("sRGB")
    assert b"me</x>" not in shown


def test_names_from_a_file_are_escaped(tmp_path: Path) -> None:
    named = indexed(4, 4, 2).with_names([HOSTILE, "sky"])
    named.save(tmp_path / "a.kmf")
    for html in (named._repr_html_(), kmformat.read_info(tmp_path / "a.kmf")._repr_html_()):
        assert "<script" not in html
        assert ' onload="' not in html
        assert "&lt;script&gt;alert(&quot;1&quot;)" in html
        assert "sky" in html


def test_info_shows_what_the_command_says(picture: Path) -> None:
    held = kmformat.read_info(picture)
    html = held._repr_html_()
    for said in ("80 x 60 pixels, RGB", "16 colours, 4 bits an index", f"{held.file_size:,}"):
        assert said in html
    assert html.count("background:#") == 16


@pytest.mark.parametrize(("colors", "labels"), [(32, 32), (33, 0)])
def test_many_colours_are_swatches_only(colors: int, labels: int) -> None:
    html = indexed(9, 9, colors)._repr_html_()
    assert html.count("background:#") == colors
    assert html.count("<small>") == labels
