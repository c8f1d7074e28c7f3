"""Colours and palettes as people give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat import ParameterError, quantize
from kmformat.color.parse import parse_colors
from tests.samples import photo, random_colors, rows


@pytest.mark.parametrize(
    "given_",
    [
        ["#ff8000", "#FFF"],
        ["#ff8000ff", "#fff"],
        [(255, 128, 0), (255, 255, 255)],
        [(255, 128, 0, 255), [255, 255, 255]],
        ["#ff8000", (255, 255, 255), "#ffffff", np.array([255, 255, 255])],
        np.array([[255, 128, 0], [255, 255, 255]]),
        np.array([[255, 128, 0, 255], [255, 255, 255, 255]], np.uint8),
    ],
)
def test_colours_can_be_given_in_many_forms(given_: Any) -> None:
    assert parse_colors("keep", given_).tolist() == [[255, 128, 0], [255, 255, 255]]
    assert {(255, 128, 0), (255, 255, 255)} <= rows(quantize(photo(), keep=given_).palette)


def test_colours_have_alpha_if_any_is_not_opaque() -> None:
    found = parse_colors("keep", ["#00ff0080", (1, 2, 3)])
    assert rows(found) == {(0, 255, 0, 128), (1, 2, 3, 255)}
    assert parse_colors("keep", []).shape == (0, 3)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ("#ff0000", "expected a list of colours"),
        (7, "expected a list of colours"),
        ((255, 0, 0), "keep 255"),
        (["red"], "keep 'red': expected .*#rrggbb"),
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
     np.zeros((2, 3)), [[0, 0, 0]]],
)  # fmt: skip
def test_what_is_no_palette_is_named(palette: Any) -> None:
    with pytest.raises(ParameterError, match="palette of"):
        quantize(photo(), palette=palette)
