"""Tables fitted to an image: orders learned from it, and contexts clustered into streams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from kmformat import kernels
from kmformat.cached import cached_property
from kmformat.codec.compact.model import FEW_COLORS, Tables, context_count, default_tables

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints, Labels

_LEARN_ROW, _LEARN_ENTRY = 16, 4
"""Pixels that a pair (N, W), and an index beside it, must have for an order to be learned."""
_CLUSTERED_RANKS = 32
"""Contexts are compared by so many ranks; larger ones count as the last."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What tables are fitted to: an image, or the mosaic of its patches (`kmformat.patches`).

    Attributes
    ----------
    indices
        uint8 (height, width).
    palette
        uint8, (K, 3) or (K, 4).
    """

    indices: U8
    palette: U8

    @cached_property
    def default(self) -> Tables:
        """The tables of a file that states none."""
        return default_tables(self.palette)

    @cached_property
    def beside(self) -> Ints:
        """How often each index occurs beside which, (K, K, K, K): N, W, NW, index; K up to 16."""
        return kernels.count_neighbours(self.indices, len(self.palette))

    def ranks_in_contexts(self, tables: Tables) -> Ints:
        """Return how often each rank occurs in each context, int64 (contexts, ranks)."""
        K = len(self.palette)
        if isinstance(tables.ranks, kernels.PairOrders):
            return self._default_ranks_in_contexts
        by_rank = np.take_along_axis(self.beside, _indices_of(tables)[:, :, None], axis=3)
        (context,) = tables.contexts
        counts = np.zeros((4 * K * K, K), np.int64)
        np.add.at(counts, context.ravel(), by_rank.reshape(-1, K))
        return counts

    @cached_property
    def _default_ranks_in_contexts(self) -> Ints:
        K = len(self.palette)
        return kernels.count_ranks(
            self.indices,
            cast("kernels.PairOrders", self.default.ranks),
            self.default.contexts,
            context_count=context_count(K),
            bins=min(K, _CLUSTERED_RANKS),
        )


def learn_orders(survey: Survey) -> U8:
    """Return orders, as ranks in the default ones, in which frequent indices come first.

    uint8 (K, K, K), for K up to 16 colours.
    """
    counts = np.take_along_axis(survey.beside.sum(axis=2), _indices_of(survey.default), axis=2)
    # Entries seen by chance only cost more to state than they save.
    counts = np.where(counts.sum(axis=2, keepdims=True) < _LEARN_ROW, 0, counts)
    counts[counts < _LEARN_ENTRY] = 0
    return np.argsort(-counts, axis=2, kind="stable").astype(np.uint8)


def _indices_of(tables: Tables) -> Labels:
    """Return the index of each N, W and rank, intp (K, K, K), for K up to 16 colours."""
    return np.asarray(tables.orders, np.intp)


def learn_tables(survey: Survey, *, streams: int, learned: bool) -> Tables:
    """Return tables fitted to what was surveyed.

    Parameters
    ----------
    streams
        1 to 8: how many there may be. There can be fewer.
    learned
        Whether to learn orders too, up to 16 colours.
    """
    K, tables = len(survey.palette), survey.default
    if learned and 1 < K <= FEW_COLORS:
        orders = learn_orders(survey)
        if (orders != np.arange(K)).any():
            tables = replace(tables, learned=orders)
    if streams == 1:
        return tables
    context_map = cluster_contexts(survey.ranks_in_contexts(tables), streams)
    return tables.with_streams(int(context_map.max()) + 1, context_map)


def cluster_contexts(counts: Ints, k: int, iterations: int = 20) -> U8:
    """Return the context map: up to k streams, each of contexts whose ranks are distributed alike.

    It is k-means with the bits that coding takes as the distance. Streams are numbered from the
    most to the least predictable. A context that never occurs joins the stream of the one before
    it, which costs least to store.

    Parameters
    ----------
    counts
        int64 (contexts, ranks): how often each rank occurs in each context.

    Returns
    -------
    uint8 (contexts,)
    """
    total = counts.sum(axis=1)
    seen = np.flatnonzero(total)
    points, weight = counts[seen].astype(np.float64), total[seen]
    shares = points / weight[:, None]
    entropy = -(shares * np.log2(np.maximum(shares, 1e-9))).sum(axis=1)
    rising = np.argsort(entropy, kind="stable")
    middle = np.cumsum(weight[rising]) - weight[rising] / 2
    group = np.empty(len(seen), np.intp)
    group[rising] = (middle * k // weight.sum()).astype(np.intp)
    for _ in range(iterations):
        # Sums of integers, so exact in whatever order the product takes them.
        model = (np.arange(k)[:, None] == group).astype(np.float64) @ points + 0.02
        bits = -np.log2(model / model.sum(axis=1, keepdims=True))
        nearest = (points @ bits.T).argmin(axis=1)
        if (nearest == group).all():
            break
        group = nearest
    mean = np.bincount(group, entropy * weight, k) / np.maximum(np.bincount(group, weight, k), 1)
    mean[np.bincount(group, minlength=k) == 0] = np.inf
    number = kernels.inverse_orders(np.argsort(mean, kind="stable").astype(np.uint8))
    filled = np.zeros(len(counts), np.intp)
    filled[seen] = np.arange(len(seen))
    return number[group[np.maximum.accumulate(filled)]]
