"""``kmformat compare``: say how far files are from their originals, and draw them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kmformat.cli.batch import work_through
from kmformat.cli.console import STANDARD, shown
from kmformat.cli.names import Found, found_pairs
from kmformat.cli.reports import comparison_facts, comparison_line, comparison_text
from kmformat.cli.sources import Picture, picture, source
from kmformat.cli.targets import SEPARATORS, Targets, check_target, deliver, picture_format, write
from kmformat.cli.tasks import Done, Say, Task, tasks_without_targets
from kmformat.errors import ParameterError, naming
from kmformat.pictures.formats import saved
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import profile_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.pictures.ssimulacra2 import ssimulacra2
from kmformat.report.comparison import compare
from kmformat.report.contact import Panel, caption_of, draw_contact_sheet, reduced
from kmformat.report.sheet import draw_sheet


def run(arguments: Namespace) -> int:
    """Compare each pair; return the exit code."""
    output: str | None = arguments.output
    if output == STANDARD and arguments.json:
        raise ParameterError("--json and -o - both go to standard output")
    files, originals = found_pairs(arguments), _Originals(arguments.max_pixels)
    paired = arguments.recursive or arguments.files_from is not None
    with_one = len(files) > 1 and not paired
    if with_one and output is not None and not output.endswith(SEPARATORS):
        return _compare_together(arguments, files, originals, output)
    tasks = tasks_without_targets(files)
    if output is not None:
        tasks = Targets(arguments, ".png", files).tasks()
    if with_one and not arguments.dry_run:
        originals.read(files[0].original)  # what is wrong with it is told once
    work = _Compare(arguments, originals, alone=len(files) == 1)
    return work_through(files, tasks, work, arguments)


def _compare_together(
    arguments: Namespace, files: Sequence[Found], originals: _Originals, output: str
) -> int:
    """Compare files with one original, and draw all on one sheet; return the exit code."""
    name = files[0].original
    check_target(output, [name, *(file.name for file in files)], force=arguments.force)
    kind, panels = picture_format(output), list[Panel]()
    if not arguments.dry_run:
        original = originals.read(name)
        pixels = reduced(as_pixels(in_srgb(original.image)))
        panels.append(Panel(pixels, _title(name), f"{original.size:,} bytes"))

    def take(done: Done) -> None:
        if isinstance(done, _Drawn):
            panels.append(done.panel)

    work = _Compare(arguments, originals, together=True)
    status = work_through(files, tasks_without_targets(files), work, arguments, take)
    if not status and not arguments.dry_run:
        write(output, saved(draw_contact_sheet(panels), kind), force=arguments.force)
    return status


def _title(name: str) -> str:
    return Path(shown(name)).name


class _Originals:
    """Reads originals, and has the last one at hand; but a copy in another process begins anew."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._name = ""
        self._held: Picture | None = None

    def __reduce__(self) -> tuple[type[_Originals], tuple[int]]:
        return _Originals, (self._max_pixels,)

    def read(self, name: str) -> Picture:
        """Return the picture in a file."""
        if self._held is None or name != self._name:
            self._name, self._held = name, _read(name, self._max_pixels)
        return self._held


def _read(name: str, max_pixels: int) -> Picture:
    with naming(shown(name)), source(name) as stream:
        return picture(stream, max_pixels)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn(Done):
    """A file that was compared, and its part of a contact sheet."""

    panel: Panel


@dataclass(frozen=True)
class _Compare:
    """Compares a pair: what is done with each, in whatever process.

    Attributes
    ----------
    alone
        There is no other, and all is told of it.
    together
        It becomes a part of a contact sheet.
    """

    arguments: Namespace
    originals: _Originals
    alone: bool = False
    together: bool = False

    def __call__(self, task: Task, _: Say) -> Done:
        kind = picture_format(task.target) if task.target else ""
        read = self.originals.read(task.original), _read(task.name, self.arguments.max_pixels)
        images = [each.image for each in read]
        if profile_of(images[0]) != profile_of(images[1]):
            images = [in_srgb(image) for image in images]
        original, file = (as_pixels(image) for image in images)
        held = as_indexed(images[1])
        before, after = (each.size for each in read)
        found = compare(
            original, file if held is None else held, original_bytes=before, file_bytes=after
        )
        found = replace(found, ssimulacra2=ssimulacra2(original, file))
        if task.target:
            titles = (_title(task.original), _title(task.name))
            deliver(task, saved(draw_sheet(original, file, found, titles), kind), self.arguments)
        changes = [changes_of(each.image) for each in read]
        text = comparison_line(shown(task.name), found)
        if self.alone:
            text = comparison_text(shown(task.original), shown(task.name), found, *changes)
        done = Done(
            comparison_facts(found, *changes),
            None if self.arguments.output == STANDARD else text,
            before=before,
            after=after,
        )
        if not self.together:
            return done
        panel = Panel(reduced(as_pixels(in_srgb(images[1]))), _title(task.name), caption_of(found))
        return _Drawn(**vars(done), panel=panel)
