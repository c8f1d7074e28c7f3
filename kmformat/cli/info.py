"""``kmformat info``: read the heads of files, and print the report of each."""

from __future__ import annotations

from argparse import Namespace

from kmformat.cli.console import named, show, shown
from kmformat.cli.reports import as_json, as_text
from kmformat.cli.sources import for_each, source
from kmformat.reading import read_info


def run(arguments: Namespace) -> int:
    """Describe each file; return the exit code."""

    def describe(name: str) -> None:
        with source(name) as stream:
            held = read_info(stream, max_pixels=arguments.max_pixels)
        show(as_json(named(name), held) if arguments.json else as_text(shown(name), held))

    return for_each(arguments.files, describe)
