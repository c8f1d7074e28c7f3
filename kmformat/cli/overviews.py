"""``kmformat overviews``: add smaller copies of their images to KMF files that exist."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass

from kmformat.cli.batch import threads_of, work_through
from kmformat.cli.console import STANDARD, shown
from kmformat.cli.names import found_files, kmf_suffixes
from kmformat.cli.sources import source
from kmformat.cli.tasks import Done, Say, Task, tasks_in_place
from kmformat.errors import ParameterError
from kmformat.overviews.options import OverviewOptions
from kmformat.overviews.pyramid import overview_sizes, with_overviews
from kmformat.storage.input import opened_file
from kmformat.storage.output import write_file


def run(arguments: Namespace) -> int:
    """Add overviews to each file; return the exit code."""
    files = found_files(arguments, kmf_suffixes)
    options = OverviewOptions(
        overviews=arguments.kind,
        effort=arguments.effort,
        threads=threads_of(arguments, files),
    )
    work = _AddOverviews(arguments, options)
    return work_through(files, tasks_in_place(files), work, arguments)


@dataclass(frozen=True)
class _AddOverviews:
    """Adds overviews to a file: what is done with each, in whatever process."""

    arguments: Namespace
    options: OverviewOptions

    def __call__(self, task: Task, say: Say) -> Done:
        name = task.name
        if name == STANDARD or (os.path.exists(name) and not os.path.isfile(name)):
            raise ParameterError(f"{shown(name)}: expected the name of a file, which is replaced")
        limit = self.arguments.max_pixels
        with source(name) as stream, opened_file(stream, limit) as (head, fetch):
            sizes = overview_sizes(head.header.grid.width, head.header.grid.height)
            data = with_overviews(head, fetch, self.options)
        before, after = head.file_length, len(data)
        facts = {"overviews": sizes, "input_bytes": before, "bytes": after}
        if before == after and not sizes:
            message = "too small for overviews"
        else:
            write_file(name, data, mark=task.mark)
            added = ", ".join(f"{width} x {height}" for width, height in sizes) or "none"
            message = f"{added}; {before:,} -> {after:,} bytes"
        if not self.arguments.quiet:
            say(f"{shown(name)}: {message}")
        return Done(facts, before=before, after=after)
