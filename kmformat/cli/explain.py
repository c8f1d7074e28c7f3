"""``kmformat explain``: show how k-means finds the colours of a picture, for slides and oneself."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from errno import EISDIR
from pathlib import Path
from typing import TypeAlias

from kmformat.cli.console import STANDARD, say, shown
from kmformat.cli.sources import picture, source
from kmformat.cli.targets import SEPARATORS, check_target, picture_format, write
from kmformat.errors import ParameterError, naming
from kmformat.explain.animation import animation_gif
from kmformat.explain.figures import (
    plot_accounting,
    plot_before_after,
    plot_clusters,
    plot_elbow,
    plot_inertia,
    plot_paths,
    plot_steps,
)
from kmformat.explain.lesson import COMPARED, Lesson, make_lesson
from kmformat.explain.page import lesson_html
from kmformat.explain.side_by_side import draw_side_by_side
from kmformat.pictures.formats import saved
from kmformat.pictures.icc import in_srgb
from kmformat.plots import figure_png, needs_matplotlib

Part: TypeAlias = Callable[[Lesson], bytes]

_FIGURES: dict[str, Part] = {
    "1-before-after.png": lambda lesson: figure_png(
        plot_before_after(lesson.pixels, lesson.taught.image, lesson.full_colors)
    ),
    "2-clusters.png": lambda lesson: figure_png(
        plot_clusters(lesson.points, lesson.run, weights=lesson.weights)
    ),
    "3-paths.png": lambda lesson: figure_png(
        plot_paths(lesson.points, lesson.run.history, weights=lesson.weights)
    ),
    "4-inertia.png": lambda lesson: figure_png(
        plot_inertia(lesson.run.history, lesson.pixel_count)
    ),
    "5-side-by-side.png": lambda lesson: saved(draw_side_by_side(lesson), "PNG"),
    "6-elbow.png": lambda lesson: figure_png(
        plot_elbow(lesson.elbow, lesson.elbow_of_search, lesson.colors)
    ),
    "7-accounting.png": lambda lesson: figure_png(plot_accounting(lesson.taught.image)),
    "8-file.png": lambda lesson: figure_png(plot_steps(lesson.steps)),
    "animation.gif": animation_gif,
}
"""What a folder gets beside the page."""
_KINDS = ".html is a page, .gif an animation, .png a contact sheet, a name without suffix a folder"
_FOLLOWED = 16
"""K of the run that is followed; of several numbers, the largest up to that is."""


def run(arguments: Namespace) -> int:
    """Explain one picture; return the exit code."""
    name, numbers, output = arguments.picture, arguments.colors, _output(arguments)
    in_folder = output != STANDARD and (os.path.isdir(output) or not Path(output).suffix)
    in_folder |= output.endswith(SEPARATORS)
    parts = _all_parts(name, output) if in_folder else _part(name, output, numbers)
    new = in_folder and not os.path.exists(output)
    if not new:
        _check(parts, arguments)
    with naming(shown(name)), source(name) as stream:
        image = in_srgb(picture(stream, arguments.max_pixels).image)
    if new:
        os.mkdir(output)
    lesson = make_lesson(
        image,
        colors=numbers[0] if len(numbers) == 1 else _followed(numbers or COMPARED),
        compared=numbers if len(numbers) > 1 else COMPARED,
        iterations=arguments.iterations,
        seed=arguments.seed,
    )
    for target, part in parts.items():
        data = part(lesson)
        write(target, data, force=arguments.force)
        say(f"{shown(target, 'standard output')}: {len(data):,} bytes")
    return 0


def _output(arguments: Namespace) -> str:
    """Return where it all goes: what is told, or beside the picture."""
    name, output = arguments.picture, arguments.output
    if output is not None:
        return str(output)
    if name == STANDARD:
        return STANDARD
    if not Path(name).name:  # as of "." and "/"
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), name)
    suffix = ".explain.png" if len(arguments.colors) > 1 else ".explain.html"
    return str(Path(name).with_suffix(suffix))


def _followed(numbers: tuple[int, ...]) -> int:
    return max((each for each in numbers if each <= _FOLLOWED), default=min(numbers))


def _all_parts(name: str, folder: str) -> dict[str, Part]:
    """Return what goes into a folder, by the name of the file."""
    needs_matplotlib()
    parts = {"index.html": _page_of(name), **_FIGURES}
    return {os.path.join(folder, each): part for each, part in parts.items()}


def _part(name: str, target: str, numbers: tuple[int, ...]) -> dict[str, Part]:
    """Return what goes into a file, as its suffix says: page, animation or contact sheet.

    Raises
    ------
    ParameterError
        There is no such file, or it shows one number of colours and not several, or the reverse.
    """
    suffix = Path(target).suffix.lower()
    if target == STANDARD or suffix in (".html", ".htm"):
        return {target: _page_of(name)}
    if suffix == ".gif":
        if len(numbers) > 1:
            raise ParameterError(f"{shown(target)}: an animation is of one number of colours: -c N")
        needs_matplotlib()
        return {target: animation_gif}
    try:
        kind = picture_format(target)
    except ParameterError as error:
        raise ParameterError(f"{error}; {_KINDS}") from None
    if len(numbers) == 1:
        raise ParameterError(f"{shown(target)}: a contact sheet compares several: -c N,N")
    return {target: lambda lesson: saved(draw_side_by_side(lesson), kind)}


def _page_of(name: str) -> Part:
    title = Path(shown(name)).name
    return lambda lesson: lesson_html(lesson, title).encode("utf-8", "backslashreplace")


def _check(parts: dict[str, Part], arguments: Namespace) -> None:
    for target in parts:
        check_target(target, [arguments.picture], force=arguments.force)
