"""``kmformat compare``: say how far files are from their original, and draw them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kmformat.cli.console import STANDARD, named, show, shown
from kmformat.cli.reports import comparison_json, comparison_text
from kmformat.cli.sources import for_each, picture, source
from kmformat.cli.targets import check_target, picture_format, write
from kmformat.errors import ParameterError, naming
from kmformat.pictures.formats import saved
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import profile_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.pictures.ssimulacra2 import ssimulacra2
from kmformat.report.comparison import Comparison, compare
from kmformat.report.contact import Panel, caption_of, draw_contact_sheet
from kmformat.report.sheet import draw_sheet

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.cli.sources import Picture


@dataclass(frozen=True, eq=False)
class _Compared:
    """A file beside its original: its name, the pixels of both, and what was found."""

    name: str
    original: U8
    pixels: U8
    found: Comparison


def run(arguments: Namespace) -> int:
    """Compare each file with the original; return the exit code."""
    names = (arguments.original, *arguments.files)
    if names.count(STANDARD) > 1:
        raise ParameterError("standard input can be read only once")
    if arguments.output == STANDARD and arguments.json:
        raise ParameterError("--json and -o - both go to standard output")
    kind = "PNG"
    if arguments.output is not None:
        check_target(arguments.output, names, force=arguments.force)
        kind = picture_format(arguments.output)
    with naming(shown(arguments.original)):
        original = _read(arguments.original, arguments.max_pixels)
    done: list[_Compared] = []

    def work(name: str) -> None:
        file = _read(name, arguments.max_pixels)
        compared = _compare(name, original, file)
        if arguments.output is not None:
            done.append(compared)
        if arguments.output != STANDARD:
            report, called = (
                (comparison_json, named) if arguments.json else (comparison_text, shown)
            )
            changes = [changes_of(each.image) for each in (original, file)]
            show(report(called(arguments.original), called(name), compared.found, *changes))

    status = for_each(arguments.files, work)
    if arguments.output is not None and not status:
        title = Path(shown(arguments.original)).name
        write(arguments.output, saved(_sheet(title, done), kind), force=arguments.force)
    return status


def _read(name: str, max_pixels: int) -> Picture:
    with source(name) as stream:
        return picture(stream, max_pixels)


def _compare(name: str, original: Picture, file: Picture) -> _Compared:
    images: list[Image.Image] = [original.image, file.image]
    if profile_of(images[0]) != profile_of(images[1]):
        images = [in_srgb(image) for image in images]
    pixels, shown_pixels = (as_pixels(image) for image in images)
    held = as_indexed(images[1])
    found = compare(
        pixels,
        shown_pixels if held is None else held,
        original_bytes=original.size,
        file_bytes=file.size,
    )
    found = replace(found, ssimulacra2=ssimulacra2(pixels, shown_pixels))
    return _Compared(name, pixels, shown_pixels, found)


def _sheet(title: str, done: Sequence[_Compared]) -> Image.Image:
    """Return a sheet of one file beside its original, or a contact sheet of several."""
    names = [Path(shown(each.name)).name for each in done]
    first = done[0]
    if len(done) == 1:
        return draw_sheet(first.original, first.pixels, first.found, (title, names[0]))
    panels = [
        Panel(each.pixels, name, caption_of(each.found))
        for name, each in zip(names, done, strict=True)
    ]
    size = f"{first.found.original_bytes:,} bytes"
    return draw_contact_sheet([Panel(first.original, title, size), *panels])
