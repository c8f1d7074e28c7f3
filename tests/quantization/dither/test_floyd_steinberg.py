"""Floyd-Steinberg is that of the textbook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat.arrays import U8
from kmformat.color.space import SRGB
from kmformat.quantization.dither.apply import remap_dithered
from kmformat.quantization.remap import remap
from tests.samples import icon, noise, photo, settled

MARGIN = 16


def widest_gap(points: Any) -> float:
    """The longest edge needed to connect all points, by Kruskal's algorithm."""
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    group, widest = np.arange(len(points)), 0.0
    for flat in np.argsort(distances, axis=None, kind="stable"):
        a, b = divmod(int(flat), len(points))
        if group[a] != group[b]:
            group[group == group[b]] = group[a]
            widest = float(distances[a, b])
    return widest


def slow_floyd_steinberg(pixels: U8, palette: U8) -> U8:
    """The textbook's, after a margin of mirror image; opaque pixels by themselves."""
    sides = ((MARGIN, 0), (MARGIN, MARGIN), (0, 0))
    padded = np.pad(pixels, sides, "symmetric")
    moving, indices = ~settled(padded, palette), remap(padded, palette, SRGB)
    solid = np.flatnonzero((palette[:, 3:] == 255).all(axis=1))
    visible = np.flatnonzero(palette[:, 3:].all(axis=1))
    opaque = (padded[..., 3:] == 255).all(axis=2) & (len(solid) > 0)
    for entries, part in ((solid, opaque), (visible, ~opaque)):
        _diffuse(padded, palette, entries, moving & part, indices)
    return indices[MARGIN:, MARGIN:-MARGIN]


def _diffuse(pixels: U8, palette: U8, numbers: Any, moving: Any, indices: U8) -> None:
    """Give some pixels some entries, pixel by pixel, in 16ths of a level."""
    rows, columns, d = pixels.shape
    points = SRGB.points(palette[numbers])
    entries, reach = np.rint(16 * points), np.floor(16 * min(128, widest_gap(points) / 2))
    errors = np.zeros((rows + 1, columns + 2, d))
    for y, x in np.argwhere(moving):
        value = np.rint(16 * SRGB.points(pixels[y, x : x + 1])[0])
        value += np.rint(errors[y, x + 1] * 31 / 32 / 16)
        nearest = ((entries - value) ** 2).sum(axis=1).argmin()
        indices[y, x] = numbers[nearest]
        error = np.clip(value - entries[nearest], -reach, reach)
        errors[y, x + 2] += 7 * error
        errors[y + 1, x] += 3 * error
        errors[y + 1, x + 1] += 5 * error
        errors[y + 1, x + 2] += error


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (7, 11), (20, 13)])
@pytest.mark.parametrize("K", [2, 5, 16])
def test_floyd_steinberg_is_that_of_the_textbook(
    channels: int, shape: tuple[int, int], K: int
) -> None:
    pixels, palette = noise(*shape, channels, K), noise(1, K, channels, 99)[0]
    pixels[::3, ::2] = palette[1]
    expected = slow_floyd_steinberg(pixels, palette)
    assert np.array_equal(remap_dithered(pixels, palette, "floyd-steinberg", SRGB), expected)


def test_floyd_steinberg_is_that_of_the_textbook_in_smooth_shades() -> None:
    for pixels in (photo(24, 40), icon(24)):
        palette = pixels[::5, ::7].reshape(-1, pixels.shape[2])
        expected = slow_floyd_steinberg(pixels, palette)
        assert np.array_equal(remap_dithered(pixels, palette, "floyd-steinberg", SRGB), expected)


def test_error_does_not_pass_through_transparent_pixels() -> None:
    palette = np.array([[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[..., :3] = 77
    pixels[:, 14:16, 3] = 0
    other = pixels.copy()
    other[:, :14, :3] = 140
    one, two = (remap_dithered(p, palette, "floyd-steinberg", SRGB) for p in (pixels, other))
    assert np.array_equal(one[:, 14:], two[:, 14:])
    assert not np.array_equal(one[:, :14], two[:, :14])
