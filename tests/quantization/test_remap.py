"""Each pixel to its nearest palette entry, exactly; of equally near ones the first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.color.space import SRGB, ColorSpace
from kmformat.color.spaces import SPACE_OF
from kmformat.quantization.remap import Remapper, remap
from tests.samples import background_distance, photo, random_colors, solid_only

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


@given(seeds, channels, st.sampled_from([1, 2, 15, 16, 17, 32, 33, 256]), st.booleans())
@settings(deadline=None)
def test_every_pixel_gets_its_nearest_colour(
    seed: int, channels: int, K: int, coarse: bool
) -> None:
    steps = 3 if coarse else 256
    pixels = random_colors(300, channels, seed, steps=steps)
    palette = random_colors(K, channels, seed + 1, steps=steps)
    if channels == 3:
        distances = ((pixels[:, None].astype(int) - palette.astype(int)) ** 2).sum(axis=2)
    else:  # 510 times as far and rounded: the metric's exact integers, so that ties are ties
        distances = np.rint(background_distance(pixels[:, None], palette) * 510**2)
    distances = solid_only(pixels, palette, distances)
    indices = remap(pixels.reshape(20, 15, channels), palette, SRGB)
    assert np.array_equal(indices.ravel(), distances.argmin(axis=1))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("K", [2, 16, 129, 256])
@pytest.mark.parametrize(("height", "width"), [(300, 500), (1030, 1030)])
def test_mapping_large_images_is_as_exact(channels: int, K: int, height: int, width: int) -> None:
    pixels = photo(height, width)
    pixels[: height // 3] = 9  # flat
    pixels[-5:] = random_colors(5 * width, 3, 2).reshape(
        5, width, 3
    )  # colours that no sample shows
    if channels == 4:
        pixels = np.dstack([pixels, pixels[..., 0]])
    palette = np.concatenate([pixels[::7, ::5].reshape(-1, channels)[: K - K // 2],
                              random_colors(K // 2, channels, 3)])  # fmt: skip
    indices = remap(pixels, palette, SRGB)
    chosen = np.concatenate([np.arange(0, height * width, 211), np.arange(1, 2000)]) * -1
    some = pixels.reshape(-1, channels)[chosen].reshape(-1, 1, channels)
    assert np.array_equal(remap(some, palette, SRGB).ravel(), indices.ravel()[chosen])


@pytest.mark.parametrize("corner", [0, 255])
def test_mapping_is_exact_at_the_ends_of_the_range(corner: int) -> None:
    palette = np.full((32, 3), 255 - corner, np.uint8)
    palette[31] = corner
    palette[30] = (corner, corner, abs(corner - 1))
    pixels = np.full((1, 9, 3), corner, np.uint8)
    assert remap(pixels, palette, SRGB).tolist() == [[31] * 9]


@given(seeds, st.booleans())
def test_what_is_opaque_stays_opaque_and_what_is_transparent_transparent(
    seed: int, many: bool
) -> None:
    pixels = random_colors(3000 if many else 30, 4, seed, steps=6).reshape(-1, 30, 4)
    palette = np.concatenate([random_colors(14, 4, seed + 1), [[9, 9, 9, 0], [0, 90, 0, 255]]])
    alpha = palette.astype(np.uint8)[remap(pixels, palette.astype(np.uint8), SRGB)][..., 3]
    assert (alpha[pixels[..., 3] == 255] == 255).all()
    assert (alpha[pixels[..., 3] == 0] == 0).all()


@pytest.mark.parametrize("space", SPACE_OF.values(), ids=SPACE_OF)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("K", [1, 16, 200])
def test_a_remapper_gives_the_same_in_part_after_part(
    space: ColorSpace, channels: int, K: int
) -> None:
    palette = random_colors(K, channels, K)
    remapper = Remapper(palette, space)
    for rows in (300, 1, 2, 90):
        pixels = random_colors(rows * 40, channels, rows).reshape(rows, 40, channels)
        assert np.array_equal(remapper.remap(pixels), remap(pixels, palette, space))


def test_a_remapper_computes_colours_all_over_the_cube_in_several_blocks() -> None:
    space, palette = SPACE_OF["oklab"], random_colors(9, 3, 1)
    pixels = random_colors(40_000, 3, 2).reshape(200, 200, 3)
    pixels[0, 0] = 255
    assert np.array_equal(Remapper(palette, space).remap(pixels), remap(pixels, palette, space))
