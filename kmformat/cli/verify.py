"""``kmformat verify``: check every checksum and every index of files."""

from __future__ import annotations

from argparse import Namespace

from kmformat.cli.console import complain, show, shown
from kmformat.cli.sources import for_each, source
from kmformat.reading import damaged_tiles


def run(arguments: Namespace) -> int:
    """Verify each file; return the exit code."""

    def check(name: str) -> None:
        with source(name) as stream:
            errors = list(damaged_tiles(stream, max_pixels=arguments.max_pixels))
        for error in errors[:-1]:
            complain(error, shown(name))
        if errors:
            raise errors[-1]
        show(f"{shown(name)}: ok")

    return for_each(arguments.files, check)
