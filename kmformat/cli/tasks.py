"""What is to be done with a file, and what was: between a command, its processes, and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from kmformat.executors import Outcome

if TYPE_CHECKING:
    from kmformat.cli.names import Found

Say: TypeAlias = Callable[[str], None]


class Task(NamedTuple):
    """What is to be done with a file.

    Attributes
    ----------
    name
        Of the input, or "-".
    target
        Of the output, or "-"; nothing where there is none.
    mark
        Of what is written for it (`write_file`), in this run of the program.
    replace
        Whether an output of that name may be replaced.
    original
        What it is compared with.
    """

    name: str
    target: str = ""
    mark: str = ""
    replace: bool = False
    original: str = ""


@dataclass(frozen=True)
class Done:
    """What a command has done with a file.

    Attributes
    ----------
    facts
        For programs: what ``--json`` and ``--report`` tell beside names.
    text
        For standard output, if there is any.
    error
        Why it failed, in spite of that.
    skipped
        Whether nothing had to be done.
    before, after
        Bytes of what was read and written, for the sums at the end; 0 where that is not told.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    text: str | None = None
    error: Exception | None = None
    skipped: bool = False
    before: int = 0
    after: int = 0


class Told(NamedTuple):
    """What was done, what was said on the way and is not printed yet, and how long it took."""

    done: Done
    said: Sequence[str] = ()
    seconds: float = 0.0


Work: TypeAlias = Callable[[Task, Say], Done]
"""What does a task, here or in a process, and may say something meanwhile."""
Planned: TypeAlias = Task | Outcome[Task, Told]
"""A task, or what has become of it without work."""


def skipped(task: Task) -> Planned:
    """Return the outcome of a task for which nothing has to be done."""
    return Outcome(task, Told(Done(skipped=True)))


def failed(task: Task, error: Exception) -> Planned:
    """Return the outcome of a task that can't be begun."""
    return Outcome(task, Told(Done(error=error)))


def tasks_without_targets(files: Iterable[Found]) -> Iterator[Planned]:
    """Yield the tasks of files from which nothing is written."""
    for file in files:
        task = Task(file.name, original=file.original)
        yield task if file.error is None else failed(task, file.error)


def tasks_in_place(files: Iterable[Found]) -> Iterator[Planned]:
    """Yield the tasks of files that are replaced."""
    marks = new_marks()
    for file in files:
        task = Task(file.name, file.name, next(marks), replace=True)
        yield task if file.error is None else failed(task, file.error)


def new_marks() -> Iterator[str]:
    """Yield marks that no other run of the program has."""
    batch = token_hex(8)
    return (f"{batch}{number:x}" for number in count())
