"""Tables fit for an image."""

from __future__ import annotations

import numpy as np

from kmformat.codec.compact.fit import cluster_contexts, sample_bands


def test_contexts_that_behave_alike_share_a_stream() -> None:
    sure, unsure = [90, 5, 5, 0], [25, 25, 25, 25]
    counts = np.array([unsure, sure, [0, 0, 0, 0], sure, unsure])
    assert cluster_contexts(counts, 2).tolist() == [1, 0, 0, 0, 1]


def test_a_huge_image_is_sampled_in_bands() -> None:
    indices = np.zeros((4200, 3000), np.uint8)
    assert 1 << 21 < sample_bands(indices).size <= 1 << 22
    assert sample_bands(indices[:100]).shape == (100, 3000)
