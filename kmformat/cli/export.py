"""``kmformat export``: write KMF files as arrays in a C header."""

from __future__ import annotations

from argparse import Namespace

from kmformat.cli.c_source import SUFFIX, Array, header_of
from kmformat.cli.console import STANDARD, complain, named, shown
from kmformat.cli.names import check_standard, expanded
from kmformat.cli.sources import source
from kmformat.cli.targets import check_target, write
from kmformat.errors import KmfError, ParameterError
from kmformat.reading import verify


def run(arguments: Namespace) -> int:
    """Write one header of all files; return the exit code."""
    target: str = arguments.output
    names = expanded(arguments.files)
    check_standard(names)
    if target != STANDARD:
        if not target.endswith(SUFFIX):
            raise ParameterError(f"{target}: expected the suffix {SUFFIX}")
        check_target(target, names, force=arguments.force)
    arrays, status = list[Array](), 0
    for name in names:
        try:
            arrays.append(_array(name, arguments.max_pixels))
        except (KmfError, OSError, MemoryError) as error:
            status = complain(error, shown(name))
    if status == 0:
        called = "images.h" if target == STANDARD else target
        write(target, header_of(arrays, called, arguments.max_pixels), force=arguments.force)
    return status


def _array(name: str, max_pixels: int) -> Array:
    """Return a KMF file that is sound, as an array of its name."""
    with source(name) as stream:
        data = stream.read()
    verify(data, max_pixels=max_pixels)
    return Array(named(name), data)
