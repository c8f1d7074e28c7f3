"""Tables fit for an image."""

from __future__ import annotations

import numpy as np

from kmformat.codec.compact.fit import cluster_contexts


def test_contexts_that_behave_alike_share_a_stream() -> None:
    sure, unsure = [90, 5, 5, 0], [25, 25, 25, 25]
    counts = np.array([unsure, sure, [0, 0, 0, 0], sure, unsure])
    assert cluster_contexts(counts, 2).tolist() == [1, 0, 0, 0, 1]
