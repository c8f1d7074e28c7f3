"""``kmformat compare``: say how far files are from their originals, and draw both."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kmformat.cli.batch import work_through
from kmformat.cli.console import STANDARD, shown
from kmformat.cli.names import Found, found_pairs
from kmformat.cli.reports import comparison_facts, comparison_line, comparison_text
from kmformat.cli.sources import picture, source
from kmformat.cli.targets import Targets, deliver, picture_format
from kmformat.cli.tasks import Done, Planned, Say, Task, tasks_without_targets
from kmformat.errors import ParameterError, naming
from kmformat.executors import Outcome
from kmformat.pictures.formats import saved
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import profile_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.pictures.ssimulacra2 import ssimulacra2
from kmformat.report.comparison import compare
from kmformat.report.sheet import draw_sheet


def run(arguments: Namespace) -> int:
    """Compare each pair; return the exit code."""
    if arguments.output == STANDARD and arguments.json:
        raise ParameterError("--json and -o - both go to standard output")
    originals, files = found_pairs(arguments)
    tasks = _tasks(arguments, originals, files)
    return work_through(files, tasks, _Compare(arguments, len(files) == 1), arguments)


def _tasks(
    arguments: Namespace, originals: Sequence[str], files: Sequence[Found]
) -> Iterator[Planned]:
    """Yield the tasks of pairs, with sheets as targets if they are asked for."""
    tasks = tasks_without_targets(files)
    if arguments.output is not None:
        tasks = Targets(arguments, ".png", files, originals).tasks()
    for original, task in zip(originals, tasks, strict=True):
        if isinstance(task, Task):
            yield task._replace(original=original)
        else:
            yield Outcome(task.item._replace(original=original), task.value)


@dataclass(frozen=True)
class _Compare:
    """Compares a pair: what is done with each, in whatever process."""

    arguments: Namespace
    alone: bool

    def __call__(self, task: Task, _: Say) -> Done:
        names = (task.original, task.name)
        kind = picture_format(task.target) if task.target else ""
        images, sizes = [], []
        for name in names:
            with naming(shown(name)), source(name) as stream:
                read = picture(stream, self.arguments.max_pixels)
            images.append(read.image)
            sizes.append(read.size)
        if profile_of(images[0]) != profile_of(images[1]):
            images = [in_srgb(image) for image in images]
        original, file = (as_pixels(image) for image in images)
        held = as_indexed(images[1])
        before, after = sizes
        found = compare(
            original, file if held is None else held, original_bytes=before, file_bytes=after
        )
        found = replace(found, ssimulacra2=ssimulacra2(original, file))
        if task.target:
            titles = (Path(shown(task.original)).name, Path(shown(task.name)).name)
            deliver(task, saved(draw_sheet(original, file, found, titles), kind), self.arguments)
        changes = [changes_of(image) for image in images]
        text = comparison_line(shown(task.name), found)
        if self.alone:
            text = comparison_text(shown(task.original), shown(task.name), found, *changes)
        return Done(
            comparison_facts(found, *changes),
            None if task.target == STANDARD else text,
            before=before,
            after=after,
        )
