"""Work on many parts of an image, by any `concurrent.futures.Executor`, with bounded memory."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from kmformat.executors import outcomes
from kmformat.streaming.sources import read_block, sent

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.format.head import Box
    from kmformat.streaming.sources import Blocks

_Result = TypeVar("_Result")
Work: TypeAlias = "Callable[[Box, U8], _Result]"
"""What is done with a box of an image and its pixels. It can be pickled."""

_AHEAD = 2
"""Parts that a worker has, one of which waits: a part may be of tens of megabytes."""


class Tasks:
    """Does work on boxes of a source, several at a time.

    Parameters
    ----------
    source
        Read by whoever does the work, if that is possible; otherwise here.
    executor
        Does the work; None for this thread.
    """

    def __init__(self, source: Blocks, executor: Executor | None) -> None:
        self._source, self._executor = source, executor
        self._shared = executor is None or isinstance(executor, ThreadPoolExecutor)
        self._sent = source if self._shared else sent(source)

    def each(self, work: Work[_Result], boxes: Iterable[Box]) -> Iterator[_Result]:
        """Yield what work gives for each box, in order; a bounded number is on its way."""
        read = self._executor is not None and self._sent is None
        parts = ((box, read_block(self._source, box) if read else None) for box in boxes)
        task: Callable[[tuple[Box, U8 | None]], _Result] = _Task(self._sent, work)
        if not self._shared:
            task = _Packed(pickle.dumps(task))
        for outcome in outcomes(task, parts, self._executor, ahead=_AHEAD):
            yield outcome.result()


@contextmanager
def started(source: Blocks, executor: Executor | None, threads: int | None) -> Iterator[Tasks]:
    """Yield what does the work: the executor, or else so many threads, or one each processor."""
    threads = threads or os.cpu_count() or 1
    if executor is not None or threads == 1:
        yield Tasks(source, executor)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield Tasks(source, pool)


@dataclass(frozen=True)
class _Task:
    """Work, and the source for it, if it is there where the work is done."""

    source: Blocks | None
    work: Work[Any]

    def __call__(self, part: tuple[Box, U8 | None]) -> Any:
        box, pixels = part
        if pixels is None and self.source is not None:
            pixels = read_block(self.source, box)
        return self.work(box, pixels)  # type: ignore[arg-type]  # one of them is there


@dataclass(frozen=True)
class _Packed:
    """A task that a process unpacks once, so that it can keep tables for all the parts it gets."""

    data: bytes

    def __call__(self, part: tuple[Box, U8 | None]) -> Any:
        return _unpacked(self.data)(part)


@lru_cache(maxsize=2)
def _unpacked(data: bytes) -> _Task:
    task: _Task = pickle.loads(data)  # noqa: S301  # by `Tasks.each`
    return task
