"""What grey of more than 8 bits loses, in words."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kmformat.pictures.deep import lost_in_8_bits, to_8_bits

LEVELS = np.arange(256)[None]
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("samples", "grey_range"),
    [
        ((257 * LEVELS).astype(np.uint16), (0, 65535)),
        ((257 * LEVELS).astype(np.int32), (0, 65535)),
        (LEVELS.astype(np.int32), (0, 65535)),
        (np.rint(LEVELS * (4095 / 255)).astype(np.uint16), (0, 4095)),
        ((65535 - 257 * LEVELS).astype(np.uint16), (65535, 0)),
        (LEVELS.astype(np.float32), (0, 65535)),
        (LEVELS.astype(np.float32) / 255, (0, 65535)),
        (LEVELS.astype(np.float32) * np.float32(1 / 255), (0, 65535)),
    ],
)
def test_8_bits_in_more_lose_nothing(samples: np.ndarray, grey_range: tuple[int, int]) -> None:
    assert lost_in_8_bits(Image.fromarray(samples), grey_range) == ()


@pytest.mark.parametrize(
    ("values", "dtype", "grey_range", "expected"),
    [
        ([0, 257, 258], np.uint16, (0, 65535), ["16 bits cut to 8"]),
        ([0, 20, 30], np.uint16, (0, 65535), ["16 bits cut to 8"]),
        ([0, 17], np.uint16, (0, 4095), ["12 bits cut to 8"]),
        ([1, 0], np.uint16, (65535, 0), ["16 bits cut to 8"]),
        ([0, 1000], np.int32, (0, 65535), ["16 bits cut to 8"]),
        ([0, 65536], np.int32, (0, 65535), ["values above 65535 clipped"]),
        ([-1, 255], np.int32, (0, 65535), ["values below 0 clipped"]),
        ([0.5, 1], np.float32, (0, 65535), ["floating point cut to 8 bits"]),
        ([0, 300], np.float32, (0, 65535), ["values above 255 clipped"]),
        ([-0.1, 1], np.float32, (0, 65535), ["values below 0 clipped"]),
        ([NAN, 1], np.float32, (0, 65535), ["NaN taken as 0"]),
        ([NAN, -INF, INF, 0.3], np.float32, (0, 65535),
         ["NaN taken as 0", "values above 255 clipped", "values below 0 clipped",
          "floating point cut to 8 bits"]),
    ],
)  # fmt: skip
def test_what_is_cut_or_clipped_is_said(
    values: list[float], dtype: type, grey_range: tuple[int, int], expected: list[str]
) -> None:
    image = Image.fromarray(np.array([values], dtype))
    assert list(lost_in_8_bits(image, grey_range)) == expected


def areas(levels: list[int]) -> np.ndarray:
    """Return a mask of one square of 8x8 pixels for each class."""
    return np.kron(np.array([levels], np.uint16), np.ones((8, 8), np.uint16))


@pytest.mark.parametrize("white", [65535, 4095])
def test_classes_of_a_label_mask_are_levels_whatever_its_bits(white: int) -> None:
    mask = areas([0, 1, 7, 255])
    assert np.array_equal(to_8_bits(Image.fromarray(mask), (0, white)), mask)
    assert lost_in_8_bits(Image.fromarray(mask), (0, white)) == ()


@pytest.mark.parametrize(
    "dark",
    [areas([0, 1, 256]), np.random.default_rng(1).integers(0, 255, (16, 16), np.uint16)],
    ids=["a class above 255", "a dark photograph"],
)
def test_what_is_no_mask_of_8_bits_is_cut(dark: np.ndarray) -> None:
    assert to_8_bits(Image.fromarray(dark), (0, 65535)).max() <= 1
    assert lost_in_8_bits(Image.fromarray(dark), (0, 65535)) == ("16 bits cut to 8",)
