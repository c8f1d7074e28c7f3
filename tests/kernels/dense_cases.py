"""Tiles at random for the dense method: noise, runs, repeated motifs, few and many colours."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from kmformat.arrays import U8, U16
from kmformat.kernels.orders import color_distances
from tests.samples import random_colors


@st.composite
def dense_cases(draw: st.DrawFn) -> tuple[U8, U16]:
    """Indices (height, width), each below K, and distances (K, K)."""
    K = draw(st.sampled_from([1, 2, 3, 16, 17, 256]))
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24) | st.just(70))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    indices = rng.integers(0, K, (height, width), dtype=np.uint8)
    kind = draw(st.sampled_from(["noise", "flat", "rows", "motif"]))
    if kind == "flat":
        indices[rng.random(indices.shape) < 0.97] = rng.integers(0, K)
    elif kind == "rows":
        indices[:] = indices[:, :1]
    elif kind == "motif":
        indices = np.tile(indices[:5, :7], (height // 5 + 1, width // 7 + 1))[:height, :width]
    # few steps: many distances are equal, and some colours
    palette = random_colors(K, draw(st.sampled_from([3, 4])), draw(st.integers(0, 99)), steps=5)
    return np.ascontiguousarray(indices), color_distances(palette)
