"""A palette whose order is the encoder's to choose comes in the order that packs best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kmformat import IndexedImage, decode_indexed, encode, kernels, quantize
from kmformat.codec.palette_order import in_packing_order
from tests.samples import icon, indexed, photo, random_indices, same


def packed_bytes(image: IndexedImage) -> int:
    return len(kernels.pack_palette(image.palette))


@given(st.integers(1, 256), st.booleans(), st.integers(0, 99))
@settings(max_examples=30)
def test_the_picture_stays_and_its_palette_never_grows(K: int, alpha: bool, seed: int) -> None:
    image = indexed(9, 9, K, alpha=alpha, seed=seed)
    ordered = in_packing_order(image)
    assert np.array_equal(ordered.to_pixels(), image.to_pixels())
    assert sorted(ordered.palette.tolist()) == sorted(image.palette.tolist())
    assert packed_bytes(ordered) <= packed_bytes(image)
    assert same(in_packing_order(image), ordered)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_shuffled_ramp_is_found_again(channels: int) -> None:
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[:, None] * 3, channels, axis=1)
    shuffled = IndexedImage(np.random.default_rng(1).permutation(ramp), random_indices(8, 8, 64))
    assert packed_bytes(in_packing_order(shuffled)) < packed_bytes(shuffled) / 4


def test_a_tie_keeps_the_order_that_is_there() -> None:
    image = IndexedImage(np.full((5, 3), 7, np.uint8), random_indices(4, 4, 5))
    assert same(in_packing_order(image), image)


# Where the order is the encoder's to choose


@pytest.mark.parametrize("colors", [16, 64])
@pytest.mark.parametrize("pixels", [photo(), icon(60)], ids=["photo", "icon"])
def test_a_picture_takes_fewer_bytes_for_it(pixels: Any, colors: int) -> None:
    image = quantize(pixels, colors=colors)
    data = encode(pixels, colors=colors)
    found = decode_indexed(data)
    assert same(found, in_packing_order(image))
    assert np.array_equal(found.to_pixels(), image.to_pixels())
    assert packed_bytes(found) < packed_bytes(image)
    assert data == encode(pixels, colors=colors)


def test_a_plain_file_keeps_the_order_of_the_search() -> None:
    image = quantize(photo())
    assert same(decode_indexed(encode(photo(), fast_decode=True)), image)


def label_mask() -> np.ndarray:
    levels = np.array([20, 128, 180, 221, 235, 237, 247, 254], np.uint8)[random_indices(5, 6, 8)]
    return np.kron(levels, np.ones((9, 9), np.uint8))


def mode_p() -> Image.Image:
    image = indexed(20, 20, 16)
    picture = Image.fromarray(image.indices)
    picture.putpalette(image.palette.tobytes())
    return picture


@pytest.mark.parametrize(
    ("picture", "options"),
    [
        (photo(), {"palette": ["#fff", "#000", "#eee", "#111", "#ddd", "#222"]}),
        (indexed(20, 20, 16), {}),
        (indexed(20, 20, 3).with_names(["sky", "sea", "land"]), {}),
        (mode_p(), {}),
        (label_mask(), {}),
    ],
    ids=["palette given", "indexed image", "named palette", "mode P", "label mask"],
)
def test_an_order_that_may_mean_something_stays(picture: Any, options: dict[str, Any]) -> None:
    image = quantize(picture, **options)
    found = decode_indexed(encode(picture, **options))
    assert same(found, image)
    assert found.names == image.names
    assert not same(in_packing_order(image), image)  # it could have been another
