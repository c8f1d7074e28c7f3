"""One palette for many images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kmformat import LimitError, ParameterError, PictureError, build_palette, quantize
from kmformat.arrays import U8
from kmformat.pictures.quality import mean_squared_error
from tests.samples import ODD, icon, photo, random_colors

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


@pytest.mark.parametrize("options", [{}, {"colors": 60, "effort": 3}, {"keep": ODD, "seed": 4}])
def test_the_joint_palette_of_one_image_is_its_own(options: dict[str, Any]) -> None:
    pillow = Image.fromarray(photo())
    for image in (photo(), icon(), photo(300, 300), photo()[..., 0], pillow):
        joint = build_palette([image], **options)
        assert np.array_equal(joint, quantize(image, **options).palette)


def test_a_joint_palette_is_that_of_the_images_side_by_side() -> None:
    images = [photo(60, 80, 1), 255 - photo(60, 80, 2), photo(60, 80, 3) // 3]
    whole = np.concatenate(images)
    joint = quantize(whole, palette=build_palette(images))
    best = mean_squared_error(whole, quantize(whole))
    assert mean_squared_error(whole, joint) < 1.01 * best


def test_images_are_taken_one_by_one() -> None:
    def images() -> Iterator[U8]:
        for seed in range(3):
            yield photo(20, 30, seed)

    assert len(build_palette(images())) == 16
    assert np.array_equal(build_palette(images()), build_palette(np.array(list(images()))))


@pytest.mark.parametrize("effort", [1, 5])
def test_the_palette_is_the_same_whoever_surveys_the_images(tmp_path: Path, effort: int) -> None:
    """Weights of samples are fractions, whose sums depend on their order."""
    images: list[U8 | Path] = []
    for number in range(20):
        pixels = photo(301, 233, number)
        if number % 7 == 3:
            images.append(pixels if number % 2 else icon(300))
        else:
            path = tmp_path / f"{number}.bmp"
            Image.fromarray(pixels).save(path)
            images.append(path)
    alone = build_palette(images, effort=effort)
    with ThreadPoolExecutor(3) as executor:
        assert np.array_equal(build_palette(iter(images), effort=effort, executor=executor), alone)


def test_any_number_of_images_may_come() -> None:
    taken = 0

    def images() -> Iterator[U8]:
        nonlocal taken
        for taken in range(1, 101):
            yield photo(6, 8, taken)
        raise ParameterError("the end")

    with ThreadPoolExecutor(2) as executor, pytest.raises(ParameterError, match="the end"):
        build_palette(images(), executor=executor)
    assert taken == 100


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    Image.fromarray(photo()).save(paths[0])
    paths[1].write_text("no picture")
    with ThreadPoolExecutor(2) as executor:
        for engine in (None, executor):
            with pytest.raises(PictureError, match=r"b\.png: not a picture"):
                build_palette(paths, executor=engine)
            with pytest.raises(LimitError, match=r"a\.png: .* max_pixels = 4799"):
                build_palette(paths[:1], executor=engine, max_pixels=4799)


@given(seeds, channels, channels, st.integers(1, 8))
def test_colours_of_all_images_that_fit_are_kept(seed: int, one: int, other: int, n: int) -> None:
    images = [random_colors(n, c, seed + c + k)[None] for k, c in enumerate((one, other))]
    joint = build_palette(images)
    assert len(joint) <= 16
    for pixels in images:
        found = quantize(pixels, palette=joint)
        assert mean_squared_error(pixels, found) < 1e-9


def test_images_with_and_without_alpha_share_a_palette() -> None:
    opaque = photo(40, 40)
    images: Sequence[U8] = [opaque, icon(40)]
    joint = build_palette(images)
    assert joint.shape == (16, 4)
    assert np.array_equal(build_palette(images[::-1]), joint)
    as_rgba = np.dstack([opaque, np.full((40, 40), 255, np.uint8)])
    whole = quantize(np.concatenate([as_rgba, icon(40)]))
    assert np.array_equal(joint, whole.palette)
    assert build_palette([opaque], keep=["#ffffff80"]).shape == (16, 4)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ([], {}, "images: expected at least one"),
        (photo(), {}, "images of type ndarray: expected several"),
        (Image.new("RGB", (3, 3)), {}, "images of type Image: expected several"),
        ([7], {}, "image of type int"),
        ([photo()], {"colors": 0}, "colors 0: expected 1 to 256"),
        ([photo()], {"colors": 2, "keep": ODD}, "3 different colours: expected at most 2"),
        ([photo()], {"effort": 10}, "effort 10"),
        ([photo()], {"seed": -1}, "seed -1"),
    ],
)
def test_what_gives_no_joint_palette_is_named(
    images: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        build_palette(images, **options)
