"""Many items through any executor, in order, whatever becomes of its workers.

Strategy: a future's own error is that of the engine, such as a worker that was killed, and then the
item is tried again; the function's error is a value beside the others. A pool of processes breaks
as a whole where one of them dies, and does not say which item did it. So all that were under way
go through a new pool, one at a time, until they are done: an item that takes its worker down each
time fails alone.
"""

from __future__ import annotations

import errno
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from traceback import format_exc
from typing import Any, Generic, TypeVar, cast

from kmformat.errors import KmfError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AHEAD = 4
"""Items under way for each worker: enough that none waits for the next."""
_WORKERS_OF_CLUSTER = 32
_LOOK_SECONDS = 0.5
"""How long Windows, which interrupts no lock, may be deaf to Ctrl-C."""


@dataclass(frozen=True)
class Outcome(Generic[_Item, _Result]):
    """What became of an item.

    Attributes
    ----------
    item
        As it was given.
    value
        What the function returned; None if there is an error.
    error
        What it raised, or ChildProcessError where its workers ended before it; or None.
    """

    item: _Item
    value: _Result | None = None
    error: Exception | None = None

    def result(self) -> _Result:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("_Result", self.value)


def outcomes(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item | Outcome[_Item, _Result]],
    executor: Executor | None,
    attempts: int = 3,
    *,
    ahead: int | None = None,
    own: bool = False,
) -> Generator[Outcome[_Item, _Result]]:
    """Yield what becomes of each item, in order, taking items as workers get free.

    Parameters
    ----------
    function
        Is called with an item. For processes, it and items and results can be pickled.
    items
        Those whose outcome is known already are given as that, which is passed on in its place.
    executor
        Any of `concurrent.futures`, which is left running; None for this thread. In place of a pool
        of processes that broke there is another like it, which lives as long as the iterator.
    attempts
        How often an item is tried whose worker ends, at least 1.
    ahead
        How many items a worker may be ahead of the first whose outcome is not known, which bounds
        the results that wait for it; any number unless told.
    own
        The executor serves nothing else: the processes of a pool are killed where the iterator is
        given up.
    """
    if executor is None:
        for item in items:
            yield item if isinstance(item, Outcome) else Outcome(item, *_tried(function, item))
        return
    run = _Run(function, executor, attempts, ahead, own=own)
    try:
        yield from run.outcomes(iter(items))
    except BaseException:
        run.stop()
        raise
    finally:
        run.close()


def _stop_processes(executor: Executor) -> None:
    """End the processes of a pool now, whatever they are doing, and wait until they are gone."""
    if isinstance(executor, ProcessPoolExecutor):
        processes = list((executor._processes or {}).values())
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


def workers_of(executor: Executor) -> int:
    """Return how many items an executor does at a time, or enough for a cluster, which can grow."""
    return getattr(executor, "_max_workers", None) or _WORKERS_OF_CLUSTER


@dataclass(eq=False)
class _Task(Generic[_Item, _Result]):
    """An item on its way."""

    item: _Item
    tried: int = 0
    outcome: Outcome[_Item, _Result] | None = None


class _Run(Generic[_Item, _Result]):
    """A run through an executor."""

    def __init__(
        self,
        function: Callable[[_Item], _Result],
        executor: Executor,
        attempts: int,
        ahead: int | None,
        *,
        own: bool,
    ) -> None:
        self._function, self._attempts, self._own = function, attempts, own
        self._given = self._executor = executor
        workers = workers_of(executor)
        self._most = min(ahead or _AHEAD, _AHEAD) * workers
        self._most_in_order = ahead * workers if ahead else sys.maxsize
        self._order: deque[_Task[_Item, _Result]] = deque()
        self._running: dict[Future[Any], _Task[_Item, _Result]] = {}
        self._ended: SimpleQueue[Future[Any]] = SimpleQueue()
        self._again: deque[_Task[_Item, _Result]] = deque()
        self._alone: deque[_Task[_Item, _Result]] = deque()
        self._broken = False

    def outcomes(
        self, items: Iterator[_Item | Outcome[_Item, _Result]]
    ) -> Iterator[Outcome[_Item, _Result]]:
        """Yield outcomes in order."""
        order = self._order
        while True:
            for task in self._next(items):
                if not task.tried:
                    order.append(task)
                if task.outcome is None:
                    self._submit(task)
                if order[0].outcome is not None:
                    break
            if not order:
                return
            if order[0].outcome is None and self._running:
                self._settle(self._wait())
            while order and (outcome := order[0].outcome) is not None:
                order.popleft()
                yield outcome

    def stop(self) -> None:
        """Give up what has not begun, and in a pool of ours, what has."""
        if self._own or self._executor is not self._given:
            _stop_processes(self._executor)
            return  # a pool that finds its processes gone trips over futures that are cancelled
        for future in self._running:
            future.cancel()

    def close(self) -> None:
        """Close a pool that took another's place."""
        if self._executor is not self._given:
            self._executor.shutdown(cancel_futures=True)

    def _next(
        self, items: Iterator[_Item | Outcome[_Item, _Result]]
    ) -> Iterator[_Task[_Item, _Result]]:
        """Yield the tasks that may begin now."""
        if self._alone:
            if not self._running:
                yield self._alone.popleft()
            return
        while len(self._running) < self._most and not self._alone:
            if self._again:
                yield self._again.popleft()
                continue
            if len(self._order) >= self._most_in_order:
                return
            try:
                item = next(items)
            except StopIteration:
                return
            yield _Task(item.item, outcome=item) if isinstance(item, Outcome) else _Task(item)

    def _submit(self, task: _Task[_Item, _Result]) -> None:
        if self._broken:
            self._replace()
        task.tried += 1
        try:
            future = self._executor.submit(_tried, self._function, task.item)
        except BrokenExecutor as error:  # since the last one ended
            self._lose(task, error)
            return
        self._running[future] = task
        future.add_done_callback(self._ended.put)

    def _replace(self) -> None:
        """Take a new pool like the one that broke."""
        old = self._executor
        if not isinstance(old, ProcessPoolExecutor):
            return
        if old is not self._given:
            old.shutdown()
        self._executor = ProcessPoolExecutor(
            workers_of(old), old._mp_context, old._initializer, old._initargs
        )
        self._broken = False

    def _wait(self) -> Future[Any]:
        while True:
            with suppress(Empty):
                return self._ended.get(timeout=_LOOK_SECONDS)

    def _settle(self, future: Future[Any]) -> None:
        """Note the outcome of a future that has ended, or try its item again."""
        task = self._running.pop(future)
        if future.cancelled():
            self._lose(task, None)
        elif (error := future.exception()) is None:
            task.outcome = Outcome(task.item, *future.result())
        else:
            self._lose(task, error)

    def _lose(self, task: _Task[_Item, _Result], error: BaseException | None) -> None:
        broken = isinstance(error, BrokenExecutor)
        self._broken |= broken
        if task.tried < self._attempts:
            (self._alone if broken else self._again).append(task)
            return
        how = "ended" if broken or error is None else f"failed ({type(error).__name__}: {error})"
        told = f"its worker {how}" + (f" {task.tried} times" if task.tried > 1 else "")
        lost = ChildProcessError(errno.ECHILD, told)
        lost.__cause__ = error
        task.outcome = Outcome(task.item, error=lost)


def _tried(
    function: Callable[[_Item], _Result], item: _Item
) -> tuple[_Result | None, Exception | None]:
    """Return what a function makes of an item, and its error; this is what runs in a worker."""
    try:
        return function(item), None
    except Exception as error:
        if not isinstance(error, KmfError | OSError | MemoryError):  # a fault: say where
            error.add_note(format_exc())
        return None, error
