"""Settling a halftone: only for the better, and as slow arithmetic has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, Floats
from kmformat.kernels import halftone
from kmformat.kernels.halftone import F32, HELD, I32, Viewer

sides = st.integers(1, 11)

BLUR = Viewer(
    mix=np.array([[2, -2, 0], [0.5, 0.5, 0], [-0.3, -0.3, 0.6]], np.float32),
    taps=np.array([[5, 4, 3, 2], [9, 3, 1, 0], [5, 4, 3, 2]], np.int32),
    center=np.array([7, 3, 0], np.int32),
)
POINT = Viewer(
    mix=np.eye(3, dtype=np.float32),
    taps=np.array([[1, 0, 0, 0]] * 3, np.int32),
    center=np.zeros(3, np.int32),
)
viewers = st.sampled_from([BLUR, POINT])


class Case:
    """A random picture, its entries and costs, and the field of its errors."""

    def __init__(self, height: int, width: int, K: int, viewer: Viewer, seed: int) -> None:
        rng, self.viewer = np.random.default_rng(seed), viewer
        self.values = rng.random((height, width, 3)).astype(np.float32)
        self.sensitivity = rng.uniform(0, 900, (height, width, 3)).astype(np.float32)
        self.entries = rng.random((K, 3)).astype(np.float32)
        self.indices = rng.integers(0, K, (height, width)).astype(np.uint8)
        self.costs = (rng.choice([0, 1e5, 3e6]) * rng.random((4, K, K))).astype(np.float32)
        self.awake = rng.choice([0, 1, 1, 1, HELD], (height, width)).astype(np.uint8)

    def with_whole_errors(self) -> Case:
        """The kernel rounds what a change does to the field: here there is nothing to round."""
        self.sensitivity = np.float32(100) * np.rint(self.sensitivity / 100)
        self.values = np.float32(0.1) * np.rint(10 * self.values)
        self.entries = np.float32(0.1) * np.rint(10 * self.entries)
        return self

    def errors(self, indices: U8) -> Floats:
        off = self.sensitivity * (self.values - self.entries[indices])
        return off.astype(np.float64) @ self.viewer.mix.T.astype(np.float64)

    def field(self, indices: U8) -> Floats:
        """The sum of all errors around each pixel, tap by tap."""
        errors, reach = self.errors(indices), 3
        padded = np.pad(errors, ((reach, reach), (reach, reach), (0, 0)))
        total = errors * self.viewer.center
        height, width = indices.shape
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                taps = self.viewer.taps[:, abs(dy)] * self.viewer.taps[:, abs(dx)]
                rows = slice(reach + dy, reach + dy + height)
                total += taps * padded[rows, reach + dx : reach + dx + width]
        return total

    def energy(self, indices: U8) -> float:
        """What settling lowers: errors times the field, and what pairs of indices cost."""
        north, west = self.costs[0], self.costs[1]
        bits = north[indices[:-1], indices[1:]].sum() + west[indices[:, :-1], indices[:, 1:]].sum()
        return float((self.errors(indices) * self.field(indices)).sum() + bits)

    def with_symmetric_costs(self) -> Case:
        """East and south are what west and north are, seen from the other pixel."""
        self.costs[2], self.costs[3] = self.costs[1].T, self.costs[0].T
        return self

    def settled(self, passes: int) -> tuple[U8, I32, U8]:
        indices, awake = self.indices.copy(), self.awake.copy()
        field = np.rint(self.field(indices)).astype(np.int32)
        given = self.sensitivity, self.entries, self.viewer, self.costs
        halftone.settle(indices, field, awake, *given, passes)
        return indices, field, awake


cases = st.builds(Case, sides, sides, st.integers(1, 20), viewers, st.integers(0, 999))


@given(cases)
@settings(max_examples=30, deadline=None)
def test_each_change_lowers_the_energy(case: Case) -> None:
    case.with_symmetric_costs().with_whole_errors()
    before = case.energy(case.indices)
    for passes in (1, 3):
        after = case.energy(case.settled(passes)[0])
        assert after <= before + 1e-6 * abs(before)  # scores are float32
        before = after


@given(cases)
@settings(max_examples=30, deadline=None)
def test_the_field_stays_that_of_the_errors(case: Case) -> None:
    indices, field, _ = case.settled(3)
    assert np.abs(field - case.field(indices)).max() < 3 * 49 * 81


@given(cases)
@settings(max_examples=30, deadline=None)
def test_pixels_that_are_held_or_asleep_far_from_changes_keep_their_index(case: Case) -> None:
    indices, _, awake = case.settled(2)
    held = case.awake == HELD
    assert np.array_equal(indices[held], case.indices[held])
    assert np.array_equal(awake == HELD, held)
    case.awake[:] = 0
    assert np.array_equal(case.settled(2)[0], case.indices)


def test_without_blur_and_costs_each_pixel_gets_its_nearest_entry() -> None:
    case = Case(13, 22, 9, POINT, 3)
    case.awake[:], case.costs[:], case.sensitivity[:] = 1, 0, 9000
    off = ((case.values[:, :, None] - case.entries) ** 2).sum(axis=3)
    assert np.array_equal(case.settled(1)[0], off.argmin(axis=2))


def test_what_costs_a_fortune_is_not_taken() -> None:
    case = Case(9, 9, 6, BLUR, 0)
    case.awake[:], case.costs[:] = 1, 0
    assert (case.settled(3)[0] == 2).any()
    case.indices[case.indices == 2] = 1
    case.costs[:, :, 2] = 1e30
    assert not (case.settled(3)[0] == 2).any()


def test_a_mix_is_right_where_no_entry_is() -> None:
    values: F32 = np.full((24, 24, 3), 0.25, np.float32)
    case = Case(24, 24, 2, BLUR, 0)
    case.values, case.entries = values, np.array([[0] * 3, [1] * 3], np.float32)
    case.sensitivity[:], case.costs[:], case.awake[:] = 500, 0, 1
    share = case.settled(8)[0][4:-4, 4:-4].mean()
    assert share == pytest.approx(0.25, abs=0.04)
