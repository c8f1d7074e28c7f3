"""The options of quantising: each that makes no sense is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat import ParameterError, quantize
from tests.samples import ODD, photo


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colors": 0}, "expected 1 to 256"),
        ({"colors": 257}, "expected 1 to 256"),
        ({"init": "magic"}, "expected one of best, random"),
        ({"iterations": 3}, "iterations goes with init random"),
        ({"init": "random", "iterations": 0}, "expected 1 or more"),
        ({"seed": -1}, "expected 0 or more"),
        ({"effort": 0}, "expected 1 to 9"),
        ({"effort": 10}, "expected 1 to 9"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"psnr": 30}, "psnr goes with colors auto"),
        ({"psnr": 30, "colors": 7}, "psnr goes with colors auto"),
        ({"colors": "auto", "psnr": np.nan}, "psnr nan: expected decibels"),
        ({"colors": "auto", "psnr": -1}, "psnr -1: expected decibels"),
        ({"colors": "auto", "psnr": "35"}, "psnr '35': expected decibels"),
        ({"colors": "auto", "psnr": True}, "psnr True: expected decibels"),
        ({"colors": "auto", "psnr": []}, r"psnr \[\]: expected decibels"),
        ({"colors": "many"}, "colors 'many': expected an integer"),
        ({"dither": "noise"}, "dither 'noise': expected one of auto, none"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), **options)


@pytest.mark.parametrize(
    ("options", "other"),
    [
        ({"colors": 16}, "colors"),
        ({"colors": "auto"}, "colors"),
        ({"psnr": 30.0}, "psnr"),
        ({"keep": ODD}, "keep"),
        ({"init": "random"}, "init"),
        ({"iterations": 3}, "iterations"),
    ],
)
def test_a_given_palette_goes_alone(options: dict[str, Any], other: str) -> None:
    with pytest.raises(ParameterError, match=f"{other} does not go with palette"):
        quantize(photo(), palette=np.zeros((1, 3), np.uint8), **options)


def test_kept_colours_go_only_with_the_search() -> None:
    with pytest.raises(ParameterError, match="keep goes with init best"):
        quantize(photo(), keep=ODD, init="random")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    wrong: Any = "bayer"
    with pytest.raises(ParameterError, match="dither 'bayer': expected one of auto, none, floyd"):
        quantize(photo(), palette=np.zeros((1, 3), np.uint8), dither=wrong)
