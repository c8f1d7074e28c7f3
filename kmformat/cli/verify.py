"""``kmformat verify``: check every checksum and every index of files."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass
from typing import IO

from kmformat.cli.batch import work_through
from kmformat.cli.console import complaint, shown
from kmformat.cli.names import found_files, kmf_suffixes
from kmformat.cli.sources import source
from kmformat.cli.tasks import Done, Say, Task, tasks_without_targets
from kmformat.errors import FormatError
from kmformat.reading import damaged_tiles


def run(arguments: Namespace) -> int:
    """Verify each file; return the exit code."""
    files = found_files(arguments, kmf_suffixes)
    return work_through(files, tasks_without_targets(files), _Verify(arguments), arguments)


@dataclass(frozen=True)
class _Verify:
    """Checks a file: what is done with each, in whatever process."""

    arguments: Namespace

    def __call__(self, task: Task, say: Say) -> Done:
        with source(task.name) as stream:
            errors = _damage(stream, self.arguments)
            size = stream.seek(0, os.SEEK_END) if stream.seekable() else 0
        for error in errors[:-1]:
            say(f"kmformat: {complaint(error, shown(task.name))}")
        facts = {"damage": [_facts(error) for error in errors]}
        text = None if errors or self.arguments.quiet else f"{shown(task.name)}: ok"
        return Done(facts, text, errors[-1] if errors else None, before=size)


def _damage(stream: IO[bytes], told: Namespace) -> list[FormatError]:
    """Return all that is wrong with a file: in its head one thing, or several tiles."""
    try:
        found = damaged_tiles(stream, max_pixels=told.max_pixels, max_tiles=told.max_tiles)
        return list(found)
    except FormatError as error:
        return [error]


def _facts(error: FormatError) -> dict[str, object]:
    return {"code": error.code, "tile": error.tile, "message": str(error)}
