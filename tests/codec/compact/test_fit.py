"""Tables fit for an image."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat.codec.compact.fit import Survey, cluster_contexts, learn_orders, learn_tables

GREYS = np.array([[0], [10], [30]], np.uint8).repeat(3, axis=1)
"""From the first on, and beside it alone, the orders are 0, 1, 2."""


def test_tables_that_gain_nothing_are_not_learned() -> None:
    for indices in (np.ones((1, 1), np.uint8), np.zeros((99, 99), np.uint8)):
        tables = learn_tables(Survey(indices, GREYS), streams=8, learned=True)
        assert tables.learned is None
        assert tables.streams == 1
        assert not tables.context_map.any()


def test_contexts_that_behave_alike_share_a_stream() -> None:
    sure, unsure = [90, 5, 5, 0], [25, 25, 25, 25]
    counts = np.array([unsure, sure, [0, 0, 0, 0], sure, unsure])
    assert cluster_contexts(counts, 2).tolist() == [1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("counts", "order"),
    [
        ([0, 0, 16], [2, 0, 1]),
        ([0, 0, 15], [0, 1, 2]),  # too few pixels beside these neighbours
        ([20, 0, 4], [0, 2, 1]),
        ([20, 0, 3], [0, 1, 2]),  # too few of this index
        ([20, 30, 30], [1, 2, 0]),
    ],
)
def test_orders_are_learned_from_16_pixels_and_4_of_an_index(
    counts: list[int], order: list[int]
) -> None:
    survey = Survey(np.zeros((1, 1), np.uint8), GREYS)
    beside = np.zeros((3, 3, 3, 3), np.int64)
    beside[0, 0, 1] = counts
    vars(survey)["beside"] = beside
    learned = learn_orders(survey)
    assert learned[0, 0].tolist() == order
    assert (learned.reshape(9, 3)[1:] == [0, 1, 2]).all()
