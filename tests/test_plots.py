"""Palettes for matplotlib."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import kmformat
from kmformat import IndexedImage, ParameterError
from kmformat.plots import figure_png, needs_matplotlib, slide
from tests.samples import indexed, indexed_images, photo


@given(indexed_images())
@settings(max_examples=20)
def test_a_colour_map_shows_indices_in_their_colours(image: IndexedImage) -> None:
    colormap = kmformat.palette_colormap(image)
    assert len(image.palette) == colormap.N
    shown = np.rint(255 * colormap(image.indices)).astype(np.uint8)
    assert np.array_equal(shown[..., : image.palette.shape[1]], image.to_pixels())


def test_images_are_shown_as_the_docstring_says() -> None:
    image = kmformat.quantize(photo(), colors=5)
    ax = Figure().add_subplot()
    colormap = kmformat.palette_colormap(image, name="mine")
    shown = ax.imshow(image.indices, cmap=colormap, vmin=0, vmax=len(image.palette))
    assert np.array_equal(np.rint(shown.to_rgba(image.indices)[..., :3] * 255), image.to_pixels())
    assert colormap.name == "mine"


def test_swatches_are_the_colours_in_order_with_codes_and_names() -> None:
    image = indexed(4, 4, 3).with_names(["sky $x$", "", "tree"])
    ax = kmformat.plot_palette(image)
    codes = [f"#{bytes(color).hex()}" for color in image.palette.tolist()]
    patches: Any = ax.patches
    assert [to_hex(patch.get_facecolor()) for patch in patches] == codes
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        rf"{codes[0]} sky \$x\$", f"{codes[1]} ", f"{codes[2]} tree"
    ]  # fmt: skip
    assert figure_png(ax.figure, dpi=30).startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_swatches_go_where_they_are_told(tmp_path: Path) -> None:
    ax = Figure().add_subplot()
    assert kmformat.plot_palette(["red", "#00f"], ax) is ax
    assert [label.get_text() for label in ax.get_xticklabels()] == ["#ff0000", "#0000ff"]
    kmformat.write_palette(photo()[0, :40], tmp_path / "a.gpl")
    many = kmformat.plot_palette(kmformat.read_palette(tmp_path / "a.gpl"))
    assert len(many.patches) == 40


@pytest.mark.parametrize("palette", [[], "red", np.zeros((3, 5), np.uint8), ["reddish"]])
def test_what_is_no_palette_is_named(palette: Any) -> None:
    for function in (kmformat.palette_colormap, kmformat.plot_palette):
        with pytest.raises(ParameterError, match="palette"):
            function(palette)


def test_a_figure_shows_itself_in_notebooks() -> None:
    figure: Any = slide()
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.get_figwidth() / figure.get_figheight() == pytest.approx(16 / 9)


def test_without_matplotlib_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else found(name)
    )
    for call in (
        needs_matplotlib,
        slide,
        lambda: kmformat.plot_palette(["red"]),
        lambda: kmformat.palette_colormap(["red"]),
    ):
        with pytest.raises(
            ImportError, match=r"^matplotlib is missing: pip install 'kmformat\[plots\]'$"
        ):
            call()
