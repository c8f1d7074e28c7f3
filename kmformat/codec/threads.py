"""Runs a function on many tiles in threads, in order: NumPy and zstd release the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_BATCH = 256


def map_threads(
    function: Callable[[_Item], _Result], items: Iterable[_Item], threads: int | None
) -> Iterator[_Result]:
    """Yield function(item) for each item in order, computing so many at a time.

    `threads` is 1 or more, or None for one a processor. Of several errors, the one of the earliest
    item is raised.
    """
    threads = threads or os.cpu_count() or 1
    items = iter(items)
    batch = list(islice(items, _BATCH))
    if threads == 1 or len(batch) == 1:
        yield from map(function, chain(batch, items))
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        while batch:  # in batches, so that a file of a million tiles does not queue a million tasks
            yield from pool.map(function, batch)
            batch = list(islice(items, _BATCH))
