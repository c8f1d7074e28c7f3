"""Each kernel that is compiled gives what the NumPy kernel of its name gives, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import U8
from kmformat.kernels import packing
from tests.samples import random_colors, random_indices

pytest.importorskip("kmformat._native", reason="the C extension is not built")

from kmformat import _native
from kmformat.kernels import native

bit_depths = st.sampled_from([1, 2, 4, 8])
run_bits = st.integers(1, 4)
sides = st.integers(1, 70)
seeds = st.integers(0, 1000)


def part_of_larger(array: U8) -> U8:
    """The same values, whose rows do not follow each other in memory."""
    larger = np.zeros((array.shape[0], array.shape[1] + 3, *array.shape[2:]), np.uint8)
    part = larger[:, 1:-2]
    part[...] = array
    return part


# Packing


@given(bit_depths, sides, sides, seeds, st.booleans())
def test_indices_are_packed_and_unpacked_alike(
    bits: int, height: int, width: int, seed: int, part: bool
) -> None:
    indices = random_indices(height, width, 1 << bits, seed)
    expected = packing.pack(indices, bits)
    packed = native.pack(part_of_larger(indices) if part else indices, bits)
    assert np.array_equal(packed, expected)
    rows = part_of_larger(packed) if part else packed
    assert np.array_equal(native.unpack(rows, bits, width), indices)


def test_columns_that_are_not_in_one_piece_are_packed_too() -> None:
    indices = random_indices(6, 8, 16)
    assert np.array_equal(native.pack(indices[:, ::2], 4), packing.pack(indices[:, ::2], 4))
    assert np.array_equal(native.pack(indices.T, 4), packing.pack(indices.T, 4))


@given(bit_depths, st.sampled_from([3, 4]), sides, sides, seeds, st.booleans())
def test_colours_are_painted_alike_and_nothing_beside_them(
    bits: int, channels: int, height: int, width: int, seed: int, part: bool
) -> None:
    palette = random_colors(max(1, (1 << bits) - 1), channels, seed)
    packed = packing.pack(random_indices(height, width, len(palette), seed), bits)
    expected = np.full((height, width + 3, channels), 77, np.uint8)
    painted = expected.copy()
    inside = np.s_[:, 1:-2] if part else np.s_[:, :]
    if not part:
        expected, painted = expected[:, 3:].copy(), painted[:, 3:].copy()
    packing.ColorTable(palette, bits, 1).paint(packed, expected[inside])
    native.ColorTable(palette, bits, 1).paint(packed, painted[inside])
    assert np.array_equal(painted, expected)


@given(run_bits, st.lists(st.integers(0, 300), min_size=1, max_size=9), seeds)
def test_runs_are_written_and_read_alike(bits: int, zeros: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [np.append(np.zeros(n, np.uint8), rng.integers(0, 1 << bits)) for n in zeros]
    numbers = np.concatenate(parts).astype(np.uint8)
    runs = native.write_runs(numbers, bits)
    assert np.array_equal(runs, packing.write_runs(numbers, bits))
    found = native.read_runs(runs, bits, len(numbers))
    assert found is not None
    assert np.array_equal(found, numbers)


@given(run_bits, st.binary(min_size=1, max_size=40), st.integers(1, 600))
def test_any_runs_are_read_or_refused_alike(bits: int, data: bytes, count: int) -> None:
    runs = np.frombuffer(data, np.uint8)
    expected, found = packing.read_runs(runs, bits, count), native.read_runs(runs, bits, count)
    assert (found is None) == (expected is None)
    assert found is None or expected is None or np.array_equal(found, expected)


# What is wrong is refused before it is touched

ROWS = np.zeros((2, 4), np.uint8)


@pytest.mark.parametrize(
    ("kernel", "arguments"),
    [
        ("pack", (ROWS, 3, bytearray(4))),
        ("pack", (ROWS, 4, bytearray(3))),
        ("pack", (ROWS[:, ::2], 4, bytearray(2))),
        ("pack", (ROWS.astype(np.uint16), 4, bytearray(4))),
        ("pack", (ROWS[0], 4, bytearray(2))),
        ("unpack", (ROWS, 4, 9, bytearray(18))),
        ("unpack", (ROWS, 4, -1, bytearray(0))),
        ("paint", (ROWS, 8, bytes(767), np.zeros((2, 4, 3), np.uint8))),
        ("paint", (ROWS, 4, bytes(48), np.zeros((3, 8, 3), np.uint8))),
        ("paint", (ROWS, 4, bytes(48), np.zeros((2, 9, 3), np.uint8))),
        ("write_runs", (bytes(4), 5, bytearray(4))),
        ("write_runs", (bytes(4), 2, bytearray(3))),
        ("read_runs", (bytes(4), 0, bytearray(3))),
    ],
)
def test_arguments_of_a_wrong_size_are_value_errors(
    kernel: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(ValueError, match=r"^(not so: |expected rows of bytes)"):
        getattr(_native, kernel)(*arguments)


# Which kernels run


@pytest.mark.parametrize(("told", "native"), [("0", False), ("1", True), ("", True)])
def test_the_environment_says_whether_they_are_used(told: str, native: bool) -> None:
    code = "from kmformat import kernels; print(kernels.NATIVE, kernels.pack.__module__)"
    environment = os.environ | {"KMF_NATIVE": told}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    home = "kmformat.kernels.native" if native else "kmformat.kernels.packing"
    assert done.stdout.split() == [str(native), home]


def test_a_missing_extension_that_is_insisted_on_is_one_clear_line() -> None:
    hidden = "import sys; sys.modules['kmformat._native'] = None; "
    code = hidden + "from kmformat.cli import main; sys.exit(main(['info', 'a.kmf']))"
    environment = os.environ | {"KMF_NATIVE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("kmformat: KMF_NATIVE is 1, but the C extension is missing")
    assert done.stderr.count("\n") == 1
