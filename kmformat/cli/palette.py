"""``kmformat palette``: write the palette of a picture, or the best one for many."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kmformat.batches.palette import build_palette
from kmformat.cli.batch import jobs_of
from kmformat.cli.console import STANDARD, say, show, shown
from kmformat.cli.names import Found, found_files, kmf_suffixes, picture_suffixes
from kmformat.cli.progress import Progress
from kmformat.cli.sources import picture, silent_stderr, source
from kmformat.cli.targets import check_target, write
from kmformat.cli.workers import processes
from kmformat.color.channels import clear_hidden, without_opaque_alpha
from kmformat.errors import ParameterError, naming
from kmformat.palettes.devices import device_palette
from kmformat.palettes.files import NamedPalette, palette_or_picture
from kmformat.palettes.formats import palette_bytes
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels
from kmformat.quantization.histogram import distinct_colors
from kmformat.quantization.options import DEFAULT_COLORS
from kmformat.writing import suggest_keep

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from PIL import Image


def run(arguments: Namespace) -> int:
    """Write one palette, or what to keep of a picture's; return the exit code."""
    files = found_files(arguments, lambda: {*picture_suffixes(), *kmf_suffixes()})
    for file in files:
        if file.error is not None:
            raise file.error
    names = [file.name for file in files]
    if arguments.suggest_keep:
        return _suggest_keep(names, arguments)
    target = STANDARD if arguments.output is None else arguments.output
    suffix, name = (".hex", "") if target == STANDARD else (Path(target).suffix, Path(target).stem)
    if arguments.output is not None:
        check_target(target, names, force=arguments.force)
    palette_bytes(np.zeros((1, 3), np.uint8), suffix)  # is the suffix one of a palette?
    if len(names) == 1 and not arguments.keep:
        found = _palette_of_one(names[0], arguments)
    else:
        found = _palette_of_many(files, arguments)
    data = palette_bytes(found.colors, suffix, name, found.names)
    write(target, data, force=arguments.force)
    return 0


def _suggest_keep(names: Sequence[str], arguments: Namespace) -> int:
    """Print the options that keep the colours of small areas; return the exit code."""
    if arguments.output is not None or len(names) > 1:
        raise ParameterError("--suggest-keep: expected one IN, and no --output")
    (name,), colors = names, arguments.colors
    with naming(shown(name)), source(name) as stream:
        image = picture(stream, arguments.max_pixels).image
        told = {key: getattr(arguments, key) for key in ("keep", "space", "effort", "seed")}
        found = suggest_keep(image, colors=colors, **told)
    if len(found):
        show(" ".join(f"--keep=#{bytes(color).hex()}" for color in found))
    else:
        say(f"{shown(name)}: no small area loses its colour")
    return 0


def _palette_of_one(name: str, arguments: Namespace) -> NamedPalette:
    """Return the palette that a file has, or its colours as they appear, or the best one for it."""
    most: int | None = arguments.colors
    if most is None and (known := device_palette(name)) is not None:
        return NamedPalette(known)
    with naming(shown(name)), source(name) as stream:
        if most is None:
            with silent_stderr():
                suffix = Path(name).suffix
                found = palette_or_picture(stream, suffix, arguments.max_pixels)
        else:
            found = in_srgb(picture(stream, arguments.max_pixels).image)
    if isinstance(found, NamedPalette):
        return found
    pixels = clear_hidden(as_pixels(found))
    colors = distinct_colors(pixels, DEFAULT_COLORS if most is None else most)
    if colors is None:
        return _best_palette([found], arguments)
    return NamedPalette(without_opaque_alpha(colors))


def _palette_of_many(files: Sequence[Found], arguments: Namespace) -> NamedPalette:
    """Return the best palette for pictures, surveyed here or in processes."""
    progress = Progress(len(files), wanted=not arguments.quiet)
    with closing(progress), processes(jobs_of(arguments, files), __name__) as executor:
        names = progress.counted(file.name for file in files)
        if executor is not None:
            return _best_palette(names, arguments, executor)
        return _best_palette(_images(names, arguments.max_pixels), arguments)


def _best_palette(
    images: Iterable[Image.Image | str], arguments: Namespace, executor: Executor | None = None
) -> NamedPalette:
    found = build_palette(
        images,
        colors=DEFAULT_COLORS if arguments.colors is None else arguments.colors,
        keep=arguments.keep,
        space=arguments.space,
        effort=arguments.effort,
        seed=arguments.seed,
        executor=executor,
        max_pixels=arguments.max_pixels,
    )
    return NamedPalette(found)


def _images(names: Iterable[str], max_pixels: int) -> Iterator[Image.Image]:
    for name in names:
        with naming(shown(name)), source(name) as stream:
            yield in_srgb(picture(stream, max_pixels).image)
