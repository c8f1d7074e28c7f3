"""Colours and palettes as people give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat import ParameterError, quantize
from kmformat.color.parse import as_palette, parse_colors
from tests.samples import icon, photo, random_colors, rows


@pytest.mark.parametrize(
    "given_",
    [
        ["#ff8000", "#FFF"],
        ["#ff8000ff", "#fff"],
        [(255, 128, 0), (255, 255, 255)],
        [(255, 128, 0, 255), [255, 255, 255]],
        ["ff8000", "white"],
        ("#ff8000", np.array([255, 255, 255])),
        np.array([[255, 128, 0], [255, 255, 255]]),
        np.array([[255, 128, 0, 255], [255, 255, 255, 255]], np.uint8),
    ],
)
def test_colours_can_be_given_in_many_forms(given_: Any) -> None:
    assert parse_colors("keep", given_).tolist() == [[255, 128, 0], [255, 255, 255]]
    assert as_palette(given_)[:, :3].tolist() == [[255, 128, 0], [255, 255, 255]]
    assert {(255, 128, 0), (255, 255, 255)} <= rows(quantize(photo(), keep=given_).palette)
    assert np.array_equal(quantize(photo(), palette=given_).palette, as_palette(given_))


def test_a_palette_keeps_order_and_duplicates_and_kept_colours_count_once() -> None:
    colors = ["white", "#000", "red", "#fff"]
    assert quantize(photo(), palette=colors).palette[:, 1].tolist() == [255, 0, 0, 255]
    assert len(quantize(photo(), keep=colors, colors=3).palette) == 3


def test_a_palette_is_new_and_an_array_keeps_its_alpha() -> None:
    given_ = np.full((2, 4), 255, np.uint8)
    found = as_palette(given_)
    assert found.shape == (2, 4)
    assert not np.shares_memory(found, given_)
    assert as_palette(["#fff", "#ffffffff"]).shape == (2, 3)


def test_colours_have_alpha_if_any_is_not_opaque() -> None:
    found = parse_colors("keep", ["#00ff0080", (1, 2, 3)])
    assert found.tolist() == [[0, 255, 0, 128], [1, 2, 3, 255]]
    assert parse_colors("keep", ["transparent"]).tolist() == [[0, 0, 0, 0]]
    assert parse_colors("keep", []).shape == (0, 3)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ("#ff0000", "expected a list of colours"),
        ("red", "keep 'red': expected a list of colours, or a path"),
        (b"red", "expected a list of colours"),
        (7, "expected a list of colours"),
        ({"red"}, "expected a list of colours"),
        ((255, 0, 0), "keep 255"),
        (["reddish"], "keep 'reddish': expected .*#rrggbb.* or a name"),
        (["#ff00"], "keep '#ff00'"),
        (["#ff000g"], "keep '#ff000g'"),
        ([(1, 2)], r"keep \(1, 2\)"),
        ([(1, 2, 256)], "keep 256: expected 0 to 255"),
        ([(1, 2, -1)], "keep -1"),
        ([(0.5, 0, 0)], "keep 0.5: expected an integer"),
        (np.zeros((2, 2), np.uint8), "keep"),
        (random_colors(17, 3, 0), "17 different colours: expected at most 16"),
    ],
)
def test_colours_that_are_none_are_named(keep: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), keep=keep)


@pytest.mark.parametrize(
    "palette",
    [np.zeros((0, 3), np.uint8), np.zeros((257, 3), np.uint8), np.zeros((2, 2), np.uint8),
     np.zeros((2, 3)), np.full((2, 3), 256), np.zeros(3, np.uint8), [[0, 0]], [], ["#000"] * 257,
     "#000", 7, photo()],
)  # fmt: skip
def test_what_is_no_palette_is_named(palette: Any) -> None:
    with pytest.raises(ParameterError, match=r"^palette "):
        quantize(photo(), palette=palette)


def test_a_background_may_be_a_name() -> None:
    found = quantize(icon(), background="white")
    assert np.array_equal(found.to_pixels(), quantize(icon(), background="#fff").to_pixels())
    with pytest.raises(ParameterError, match="background 'transparent': expected an opaque colour"):
        quantize(icon(), background="transparent")
