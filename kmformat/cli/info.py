"""``kmformat info``: read the heads of files, and print the report of each."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from kmformat.cli.batch import work_through
from kmformat.cli.console import shown
from kmformat.cli.names import found_files, kmf_suffixes
from kmformat.cli.reports import as_facts, as_text
from kmformat.cli.sources import source
from kmformat.cli.tasks import Done, Say, Task, tasks_without_targets
from kmformat.reading import read_info


def run(arguments: Namespace) -> int:
    """Describe each file; return the exit code."""
    files = found_files(arguments, kmf_suffixes)
    return work_through(files, tasks_without_targets(files), _Describe(arguments), arguments)


@dataclass(frozen=True)
class _Describe:
    """Describes a file: what is done with each, in whatever process."""

    arguments: Namespace

    def __call__(self, task: Task, _: Say) -> Done:
        with source(task.name) as stream:
            told = self.arguments
            held = read_info(stream, max_pixels=told.max_pixels, max_tiles=told.max_tiles)
        return Done(as_facts(held), as_text(shown(task.name), held))
