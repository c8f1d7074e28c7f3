"""Many files through one command: here or in processes, and told of in order."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmformat.cli.console import STANDARD
from kmformat.cli.tasks import Done, Planned, Say, Task, Told, Work
from kmformat.cli.telling import Telling
from kmformat.cli.workers import cores, processes
from kmformat.errors import KmfError
from kmformat.executors import outcomes
from kmformat.storage.output import remove_unfinished

if TYPE_CHECKING:
    from kmformat.cli.names import Found

_MANY = 16
"""So many files are worked on by all cores unless told: processes take half a second to start."""
_ERRORS = (KmfError, OSError, MemoryError)


def work_through(
    files: Sequence[Found],
    tasks: Iterable[Planned],
    work: Work,
    arguments: Namespace,
    take: Callable[[Done], None] | None = None,
) -> int:
    """Do all tasks, tell of each in order, and return the status.

    Parameters
    ----------
    files
        All that there are.
    tasks
        One for each, in their order.
    work
        Does a task; it can be pickled.
    arguments
        With ``jobs``, ``quiet``, ``report`` and ``dry_run``; and ``json`` and ``verbose`` if the
        command has them.
    take
        Is given what was done with each, in order, in this process.
    """
    with ExitStack() as stack:
        telling = stack.enter_context(Telling(len(files), arguments))
        if arguments.dry_run:
            telling.tell_plans(tasks)
            return telling.status
        begun: dict[str, Task] = {}
        stack.callback(_remove_unfinished, begun)  # once all processes are gone
        module = f"{__package__}.{arguments.command}"
        executor = stack.enter_context(processes(jobs_of(arguments, files), module))
        call = _Call(work, telling.say if executor is None else None)
        run = stack.enter_context(closing(outcomes(call, _noted(tasks, begun), executor, own=True)))
        for outcome in run:
            task, error = outcome.item, outcome.error
            if error is None:
                told = outcome.result()
            elif isinstance(error, _ERRORS):  # its worker died
                remove_unfinished(task.target, task.mark)
                told = Told(Done(error=error))
            else:
                raise error
            begun.pop(task.mark, None)
            telling.tell(task, told)
            if take is not None:
                take(told.done)
    return telling.status


def jobs_of(arguments: Namespace, files: Sequence[Found]) -> int:
    """Return how many processes to work in: as told, or all cores if there are many files.

    Standard input and output belong to this process: where they are used, there is no other.
    """
    if any(STANDARD in (file.name, file.original) for file in files):
        return 1
    told: int | None = arguments.jobs
    return max(1, min(len(files), told or (cores() if len(files) >= _MANY else 1)))


def threads_of(arguments: Namespace, files: Sequence[Found]) -> int | None:
    """Return how many threads a file may take: as told, or a process's share of the cores."""
    told: int | None = getattr(arguments, "threads", None)  # not of `quantize`
    jobs = jobs_of(arguments, files)
    return told if told is not None or jobs == 1 else max(1, cores() // jobs)


def _noted(tasks: Iterable[Planned], begun: dict[str, Task]) -> Iterator[Planned]:
    """Yield tasks, having noted those by which files may be left unfinished."""
    for task in tasks:
        if isinstance(task, Task) and task.mark:
            begun[task.mark] = task
        yield task


def _remove_unfinished(begun: Mapping[str, Task]) -> None:
    for task in begun.values():
        remove_unfinished(task.target, task.mark)


@dataclass(frozen=True)
class _Call:
    """Does a task; what is said goes to `say` at once, or where there is none, into the result."""

    work: Work
    say: Say | None

    def __call__(self, task: Task) -> Told:
        said, start = list[str](), time.perf_counter()
        try:
            done = self.work(task, self.say or said.append)
        except _ERRORS as error:
            done = Done(error=error)
        return Told(done, said, time.perf_counter() - start)
