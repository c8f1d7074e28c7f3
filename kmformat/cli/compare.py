"""``kmformat compare``: say how far a file is from its original, and draw both."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from kmformat.cli.console import STANDARD, named, show, shown
from kmformat.cli.reports import comparison_json, comparison_text
from kmformat.cli.sources import picture, source
from kmformat.cli.targets import check_target, picture_format, write
from kmformat.errors import ParameterError, naming
from kmformat.pictures.formats import saved
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import profile_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.pictures.ssimulacra2 import ssimulacra2
from kmformat.report.comparison import compare
from kmformat.report.sheet import draw_sheet


def run(arguments: Namespace) -> int:
    """Compare one pair; return the exit code."""
    names = (arguments.original, arguments.file)
    if names == (STANDARD, STANDARD):
        raise ParameterError("standard input can be read only once")
    if arguments.output == STANDARD and arguments.json:
        raise ParameterError("--json and -o - both go to standard output")
    kind = "PNG"
    if arguments.output is not None:
        check_target(arguments.output, names, force=arguments.force)
        kind = picture_format(arguments.output)
    images, sizes = [], []
    for name in names:
        with naming(shown(name)), source(name) as stream:
            read = picture(stream, arguments.max_pixels)
        images.append(read.image)
        sizes.append(read.size)
    if profile_of(images[0]) != profile_of(images[1]):
        images = [in_srgb(image) for image in images]
    original, file = (as_pixels(image) for image in images)
    held = as_indexed(images[1])
    found = compare(
        original, file if held is None else held, original_bytes=sizes[0], file_bytes=sizes[1]
    )
    found = replace(found, ssimulacra2=ssimulacra2(original, file))
    if arguments.output is not None:
        titles = (Path(shown(arguments.original)).name, Path(shown(arguments.file)).name)
        sheet = draw_sheet(original, file, found, titles)
        write(arguments.output, saved(sheet, kind), force=arguments.force)
    changes = [changes_of(image) for image in images]
    if arguments.output != STANDARD:
        report, name = (comparison_json, named) if arguments.json else (comparison_text, shown)
        show(report(name(arguments.original), name(arguments.file), found, *changes))
    return 0
