"""Memmaps, told by the path of their file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from kmformat.storage.mapped import mapped_file


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(300, 200), (300, 200, 3)])
def test_a_memmap_is_sent_by_its_path_whatever_its_order(
    tmp_path: Path, shape: tuple[int, ...], order: Literal["C", "F"]
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    array = np.memmap(tmp_path / "raw", np.uint8, "w+", 17, shape, order)
    array[...] = pixels
    sent = pickle.dumps(mapped_file(array))
    assert len(sent) < 1000
    found = pickle.loads(sent)
    assert found.shape == shape
    key = slice(7, 290), slice(3, 100)
    assert np.array_equal(found[key], pixels[key])


def test_a_part_of_a_memmap_and_other_arrays_are_none(tmp_path: Path) -> None:
    array = np.memmap(tmp_path / "raw", np.uint8, "w+", shape=(30, 20))
    for other in (array[2:], array.T, np.asarray(array), np.zeros((30, 20), np.uint8)):
        assert mapped_file(other) is None
