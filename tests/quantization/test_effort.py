"""Every effort is worth its time: no palette is worse for it."""

from __future__ import annotations

import pytest

from kmformat import quantize
from kmformat.pictures.quality import mean_squared_error
from tests.samples import photo


def test_more_effort_gives_no_worse_palettes() -> None:
    pixels = photo(200, 300)
    errors = [mean_squared_error(pixels, quantize(pixels, effort=e)) for e in (1, 5, 9)]
    assert errors[1] < 1.01 * errors[0]
    assert errors[2] < 1.01 * errors[1]


@pytest.mark.parametrize("effort", range(1, 10))
def test_every_effort_works_at_every_size_of_palette(effort: int) -> None:
    pixels = photo(40, 50)
    for colors in (1, 2, 3, 17, 49, 256):
        image = quantize(pixels, colors=colors, effort=effort)
        assert len(image.palette) <= colors
        assert mean_squared_error(pixels, image) < 9000 / colors
