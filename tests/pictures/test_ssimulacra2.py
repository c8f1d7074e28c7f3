"""SSIMULACRA2, where its package is installed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kmformat.arrays import U8
from kmformat.pictures.ssimulacra2 import ssimulacra2
from kmformat.report.comparison import compare
from tests.samples import icon, noisy, photo


def score(original: U8, shown: U8) -> float:
    pytest.importorskip("ssimulacra2")
    found = ssimulacra2(original, shown)
    assert found is not None
    return found


def test_a_picture_is_like_itself_and_less_so_with_noise() -> None:
    pixels = photo(64, 64)
    assert score(pixels, pixels) == pytest.approx(100)
    assert 100 > score(pixels, noisy(pixels, 3)) > score(pixels, noisy(pixels, 30))


def test_with_alpha_what_is_hidden_does_not_count() -> None:
    pixels = icon(40)
    other = pixels.copy()
    other[pixels[..., 3] == 0, :3] = 77
    assert score(pixels, other) == pytest.approx(100)
    other[..., 3] //= 2
    assert score(pixels, other) < 60


@pytest.mark.parametrize("shape", [(7, 64), (64, 7), (2048, 2049)])
def test_tiny_and_huge_pictures_are_not_measured(shape: tuple[int, int]) -> None:
    pixels = np.zeros((*shape, 3), np.uint8)
    assert ssimulacra2(pixels, pixels) is None


def test_a_report_has_it_only_where_it_is_measured() -> None:
    without = compare(photo(40, 40), noisy(photo(40, 40)))
    assert "SSIMULACRA2" not in without.figures()
    assert replace(without, ssimulacra2=71.26).figures()["SSIMULACRA2"] == "71.3"


def test_without_the_package_it_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmformat.pictures.ssimulacra2.find_spec", lambda _: None)
    assert ssimulacra2(photo(40, 40), photo(40, 40)) is None
