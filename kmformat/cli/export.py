"""``kmformat export``: write KMF files as arrays in a C header."""

from __future__ import annotations

from argparse import Namespace

from kmformat.cli.c_source import SUFFIX, Array, header_of
from kmformat.cli.console import STANDARD, named
from kmformat.cli.sources import for_each, source
from kmformat.cli.targets import check_target, write
from kmformat.errors import ParameterError
from kmformat.reading import verify


def run(arguments: Namespace) -> int:
    """Write one header of all files; return the exit code."""
    target: str = arguments.output
    if target != STANDARD:
        if not target.endswith(SUFFIX):
            raise ParameterError(f"{target}: expected the suffix {SUFFIX}")
        check_target(target, arguments.files, force=arguments.force)
    arrays: list[Array] = []

    def read(name: str) -> None:
        with source(name) as stream:
            data = stream.read()
        verify(data, max_pixels=arguments.max_pixels)
        arrays.append(Array(named(name), data))

    status = for_each(arguments.files, read)
    if status == 0:
        called = "images.h" if target == STANDARD else target
        write(target, header_of(arrays, called, arguments.max_pixels), force=arguments.force)
    return status
