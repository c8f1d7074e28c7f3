"""Palettes through the adaptive coder and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.kernels import packed_palette
from tests.samples import random_colors

channel_counts = st.sampled_from([3, 4])


@settings(max_examples=50)
@given(st.integers(1, 256), channel_counts, st.integers(0, 99), st.sampled_from([2, 5, 256]))
def test_any_palette_comes_back(K: int, channels: int, seed: int, steps: int) -> None:
    palette = random_colors(K, channels, seed, steps=steps)
    data = packed_palette.pack_palette(palette)
    unpacked = packed_palette.unpack_palette(data, palette.shape)
    assert unpacked is not None
    assert np.array_equal(unpacked, palette)


@given(st.binary(max_size=60), st.integers(1, 20), channel_counts)
def test_any_bytes_are_a_palette_or_nothing(data: bytes, K: int, channels: int) -> None:
    palette = packed_palette.unpack_palette(data, (K, channels))
    assert palette is None or (palette.shape == (K, channels) and palette.dtype == np.uint8)


def test_data_end_where_the_palette_does() -> None:
    palette = random_colors(16, 3, 1)
    data = packed_palette.pack_palette(palette)
    assert packed_palette.unpack_palette(data + bytes(5), palette.shape) is None
    assert packed_palette.unpack_palette(data, (8, 3)) is None


def test_a_ramp_of_greys_takes_a_fraction() -> None:
    ramp = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[:, None], 3, axis=1)
    assert len(packed_palette.pack_palette(ramp)) < ramp.size / 4


def test_differences_of_half_the_range_come_back() -> None:
    palette = np.array([[0, 128, 0], [128, 0, 128], [255, 255, 255], [0, 0, 0]], np.uint8)
    data = packed_palette.pack_palette(palette)
    unpacked = packed_palette.unpack_palette(data, palette.shape)
    assert unpacked is not None
    assert np.array_equal(unpacked, palette)
