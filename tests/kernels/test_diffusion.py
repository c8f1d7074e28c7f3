"""Error diffusion on plain points: every pixel as in a loop, one after the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, Bools, Floats
from kmformat.kernels import NearestEntry, diffuse
from tests.samples import noise

MARGIN = 16


def put(colors: U8, out: Floats) -> None:
    """Write colours as points in 16ths, the channels as they are."""
    np.multiply(colors.T, 16.0, out=out)


def slowly(pixels: U8, moving: Bools, entries: Floats, reach: float, strength: float) -> U8:
    """Floyd and Steinberg's algorithm, after a margin of mirror image."""
    sides = ((MARGIN, 0), (MARGIN, MARGIN))
    active = np.pad(moving, sides, "symmetric")
    points = 16.0 * np.pad(pixels, (*sides, (0, 0)), "symmetric")
    rows, columns, d = points.shape
    errors, indices = np.zeros((rows + 1, columns + 2, d)), np.zeros((rows, columns), np.uint8)
    for y in range(rows):
        for x in range(columns):
            if not active[y, x]:
                continue
            value = points[y, x] + np.rint(errors[y, x + 1] * (strength * 31 / 32 / 16))
            indices[y, x] = nearest = ((entries.T - value) ** 2).sum(axis=1).argmin()
            error = np.clip(value - entries[:, nearest], -reach, reach)
            errors[y, x + 2] += 7 * error
            errors[y + 1, x] += 3 * error
            errors[y + 1, x + 1] += 5 * error
            errors[y + 1, x + 2] += error
    return indices[MARGIN:, MARGIN:-MARGIN]


@st.composite
def cases(draw: st.DrawFn) -> tuple[U8, Bools, Floats, float]:
    """Pixels of 3 or 4 channels, some of which take no part, entries, and a reach."""
    seed, channels = draw(st.integers(0, 999)), draw(st.sampled_from([3, 4]))
    rng = np.random.default_rng(seed)
    pixels = noise(draw(st.integers(1, 9)), draw(st.integers(1, 9)), channels, seed)
    moving = rng.random(pixels.shape[:2]) < draw(st.sampled_from([0, 0.7, 1]))
    entries = rng.integers(0, 16 * 256, (channels, draw(st.sampled_from([1, 2, 7, 256]))))
    return pixels, moving, entries.astype(np.float64), float(draw(st.sampled_from([0, 100, 2048])))


@given(cases(), st.sampled_from([1, 0.7, 0.1, 0]))
@settings(deadline=None, max_examples=40)
def test_diffusion_is_that_of_a_loop(
    case: tuple[U8, Bools, Floats, float], strength: float
) -> None:
    pixels, moving, entries, reach = case
    nearest = NearestEntry(entries.T, np.ones(len(entries)))
    found = diffuse(
        pixels, moving, entries, nearest=nearest, put=put, reach=reach, strength=strength
    )
    assert found.dtype == np.uint8
    assert np.array_equal(found[moving], slowly(pixels, moving, entries, reach, strength)[moving])
