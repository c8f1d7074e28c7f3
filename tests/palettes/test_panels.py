"""Palettes of pairs: what a panel shows, to dither to, and what its driver takes, to write."""

from __future__ import annotations

import numpy as np
import pytest

import kmformat
from kmformat.palettes.devices import DEVICES, device_pairs
from tests.samples import photo

PANELS = [name for name, device in DEVICES.items() if device.measured]
PAIRS = np.array([[[20, 20, 30], [0, 0, 0]], [[180, 190, 190], [255, 255, 255]]], np.uint8)


@pytest.mark.parametrize("name", PANELS)
def test_each_panel_has_a_measured_colour_for_each_nominal_one(name: str) -> None:
    pairs = device_pairs(name)
    assert pairs is not None
    assert np.array_equal(pairs[:, 1], kmformat.read_palette(name))
    assert len(np.unique(pairs[:, 0], axis=0)) == len(pairs)
    hues = pairs[2:].astype(int)  # a measured colour is nearest to its own nominal one
    apart = hues - hues.mean(2, keepdims=True)
    same = np.einsum("ic,jc->ij", apart[:, 0], apart[:, 1])
    assert (same.argmax(1) == np.arange(len(hues))).sum() >= len(hues) - 1


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "ordered", "optimized"])
def test_pixels_are_matched_to_what_is_shown_and_stored_as_what_is_taken(dither: str) -> None:
    told = {"palette": PAIRS, "dither": dither}
    nominal = kmformat.quantize(photo(), **told)  # type: ignore[arg-type]
    measured = kmformat.quantize(photo(), show="measured", **told)  # type: ignore[arg-type]
    alone = kmformat.quantize(photo(), palette=PAIRS[:, 0], dither=dither)  # type: ignore[arg-type]
    assert np.array_equal(nominal.indices, alone.indices)
    assert np.array_equal(measured.indices, alone.indices)
    assert np.array_equal(nominal.palette, PAIRS[:, 1])
    assert np.array_equal(measured.palette, PAIRS[:, 0])


def test_transparent_pixels_get_an_entry_beside_the_pairs() -> None:
    pixels = np.full((3, 2, 4), 255, np.uint8)
    pixels[0] = 0
    image = kmformat.quantize(pixels, palette=PAIRS)
    assert image.palette.tolist() == [[0, 0, 0, 255], [255, 255, 255, 255], [0, 0, 0, 0]]
    assert image.indices.tolist() == [[2, 2], [1, 1], [1, 1]]
