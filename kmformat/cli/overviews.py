"""``kmformat overviews``: add smaller copies of their images to KMF files that exist."""

from __future__ import annotations

import os
from argparse import Namespace

from kmformat.cli.console import STANDARD, say, shown
from kmformat.cli.sources import for_each, source
from kmformat.errors import ParameterError
from kmformat.overviews.options import OverviewOptions
from kmformat.overviews.pyramid import overview_sizes, with_overviews
from kmformat.storage.input import opened_file
from kmformat.storage.output import write_file


def run(arguments: Namespace) -> int:
    """Add overviews to each file; return the exit code."""
    options = OverviewOptions(
        overviews=arguments.kind, effort=arguments.effort, threads=arguments.threads
    )

    def work(name: str) -> None:
        if name == STANDARD or (os.path.exists(name) and not os.path.isfile(name)):
            raise ParameterError(f"{shown(name)}: expected the name of a file, which is replaced")
        with source(name) as stream, opened_file(stream, arguments.max_pixels) as (head, fetch):
            sizes = overview_sizes(head.header.grid.width, head.header.grid.height)
            data = with_overviews(head, fetch, options)
        if len(data) == head.file_length and not sizes:
            say(f"{shown(name)}: too small for overviews")
            return
        write_file(name, data)
        added = ", ".join(f"{width} x {height}" for width, height in sizes) or "none"
        say(f"{shown(name)}: {added}; {head.file_length:,} -> {len(data):,} bytes")

    return for_each(arguments.files, work)
