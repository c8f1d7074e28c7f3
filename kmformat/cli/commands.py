"""What each command does: files in, files out, and a line about it."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from kmformat.cli.console import complain, say, show
from kmformat.cli.endpoints import (
    STANDARD,
    Targets,
    check_target,
    for_each,
    picture,
    seekable,
    shown,
    silence,
    source,
    write,
)
from kmformat.cli.text import as_json, as_text, comparison_json, comparison_text
from kmformat.color.quality import mean_squared_error, psnr
from kmformat.errors import ParameterError, naming
from kmformat.indexed import IndexedImage
from kmformat.palettes.files import read_palette
from kmformat.palettes.formats import (
    MOST_BYTES,
    is_palette_file,
    palette_bytes,
    parse_palette,
)
from kmformat.pictures.formats import saved, to_picture, without_icc
from kmformat.pictures.icc import in_srgb, without_profile
from kmformat.pictures.metadata import profile_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.quantization.quantizer import DEFAULT_COLORS, quantize
from kmformat.quantization.shared_palette import build_palette
from kmformat.report import comparison
from kmformat.report.sheet import draw_sheet
from kmformat.storage.streams import damaged_tiles, read_indexed, read_info
from kmformat.writing import encode_indexed, palette_size

U8 = npt.NDArray[np.uint8]
_Result = TypeVar("_Result")


def encode(options: Namespace) -> int:
    """Turn pictures into KMF files."""
    _check_palette(options)
    targets = Targets(options, ".kmf")
    palette = None
    if options.palette is not None:
        with source(options.palette) as stream, silence():
            palette = read_palette(stream, max_pixels=options.max_pixels)
    return for_each(options.inputs, lambda name: _encode(name, options, targets, palette))


def _encode(name: str, options: Namespace, targets: Targets, palette: U8 | None) -> None:
    target = targets.of(name)
    timed = _timed if options.verbose else _untimed
    with source(name) as stream:
        loaded = timed("read the picture", lambda: picture(stream, options.max_pixels))
    image = loaded.image
    if options.srgb:
        image = without_profile(image)
    elif options.strip or palette is not None:
        image = in_srgb(image)
    colors = options.colors
    if palette is None:
        colors = palette_size(colors, options.bits, image)
    indexed = timed(
        "found palette and indices",
        lambda: quantize(
            image,
            colors=colors,
            psnr=options.psnr,
            palette=palette,
            keep=options.keep,
            dither=options.dither,
            effort=options.effort,
            init=options.init,
            iterations=options.iterations,
            seed=options.seed,
        ),
    )
    data = timed(
        "coded the tiles",
        lambda: encode_indexed(
            replace(indexed, chunks=()) if options.strip else indexed,
            bits=options.bits,
            effort=options.effort,
            fast_decode=options.fast_decode,
            zstd=not options.no_zstd,
            level=options.level,
            tile=options.tile,
            threads=options.threads,
        ),
    )
    timed("wrote the file", lambda: targets.write(target, data))
    if options.quiet:
        return
    if loaded.frames > 1:
        say(f"{shown(name)}: the first of {loaded.frames} frames or pages; KMF holds one")
    say(f"{shown(target, 'standard output')}: {_summary(image, indexed, loaded.size, len(data))}")


def _summary(image: Image.Image, indexed: IndexedImage, size: int, coded: int) -> str:
    decibels = psnr(mean_squared_error(as_pixels(image), indexed))
    count = len(indexed.palette)
    return (
        f"{indexed.width}x{indexed.height}, {count} colour{'s' if count > 1 else ''}, "
        f"{size:,} -> {coded:,} bytes ({size / coded:.1f}:1), "
        f"{8 * coded / indexed.indices.size:.2f} bits a pixel, "
        + (f"PSNR {decibels:.1f} dB" if np.isfinite(decibels) else "exact")
    )


def decode(options: Namespace) -> int:
    """Turn KMF files into other pictures."""
    targets = Targets(options, ".png")

    def work(name: str) -> None:
        target = targets.of(name)
        kind = "PNG" if target == STANDARD else _picture_format(target)
        with source(name) as stream:
            image = read_indexed(
                stream, box=options.box, max_pixels=options.max_pixels, threads=options.threads
            )
        if options.strip:
            with suppress(ValueError):  # a profile that can't be used says nothing
                image = without_icc(image)
            image = replace(image, chunks=())
        targets.write(target, to_picture(image, kind))

    return for_each(options.inputs, work)


def _picture_format(target: str) -> str:
    suffix = Path(target).suffix.lower()
    kind = Image.registered_extensions().get(suffix)
    if kind not in Image.SAVE:
        raise ParameterError(f"{target}: Pillow writes no picture with the suffix {suffix!r}")
    return kind


def palette(options: Namespace) -> int:
    """Write the palette of a picture, or one for many."""
    target = STANDARD if options.output is None else options.output
    suffix, name = (".hex", "") if target == STANDARD else (Path(target).suffix, Path(target).stem)
    if options.output is not None:
        check_target(target, options.inputs, force=options.force)
    palette_bytes(np.zeros((1, 3), np.uint8), suffix)  # is the suffix one of a palette?
    found = None
    if len(options.inputs) == 1 and options.colors is None and not options.keep:
        found = _own_palette(options.inputs[0], options.max_pixels)
    if found is None:
        colors = DEFAULT_COLORS if options.colors is None else options.colors
        found = build_palette(
            _images(options.inputs, options.max_pixels),
            colors=colors, keep=options.keep, effort=options.effort, seed=options.seed,
        )  # fmt: skip
    write(target, palette_bytes(found, suffix, name), force=options.force)
    return 0


def _own_palette(name: str, max_pixels: int) -> U8 | None:
    """Return the palette in a palette file, or the one that a picture has, if it has one."""
    with naming(shown(name)), source(name) as stream:
        rest = seekable(stream)
        data = rest.read(MOST_BYTES + 1)
        if is_palette_file(data, Path(name).suffix):
            return parse_palette(data, Path(name).suffix)
        rest.seek(0)
        indexed = as_indexed(in_srgb(picture(rest, max_pixels).image))
        return None if indexed is None else indexed.palette


def _images(names: Sequence[str], max_pixels: int) -> Iterator[Image.Image]:
    for name in names:
        with naming(shown(name)), source(name) as stream:
            yield in_srgb(picture(stream, max_pixels).image)


def compare(options: Namespace) -> int:
    """Say how far a file is from its original, and draw both."""
    names = (options.original, options.file)
    if names == (STANDARD, STANDARD):
        raise ParameterError("standard input can be read only once")
    if options.output == STANDARD and options.json:
        raise ParameterError("--json and -o - both go to standard output")
    kind = "PNG"
    if options.output is not None:
        check_target(options.output, names, force=options.force)
        if options.output != STANDARD:
            kind = _picture_format(options.output)
    images, sizes = [], []
    for name in names:
        with naming(shown(name)), source(name) as stream:
            read = picture(stream, options.max_pixels)
        images.append(read.image)
        sizes.append(read.size)
    if profile_of(images[0]) != profile_of(images[1]):
        images = [in_srgb(image) for image in images]
    original, file = (as_pixels(image) for image in images)
    held = as_indexed(images[1])
    found = comparison.compare(
        original, file if held is None else held, original_bytes=sizes[0], file_bytes=sizes[1]
    )
    if options.output is not None:
        titles = (Path(shown(options.original)).name, Path(shown(options.file)).name)
        sheet = draw_sheet(original, file, found, titles)
        write(options.output, saved(sheet, kind), force=options.force)
    if options.output != STANDARD:
        report = comparison_json if options.json else comparison_text
        show(report(shown(options.original), shown(options.file), found))
    return 0


def info(options: Namespace) -> int:
    """Print what files hold."""

    def describe(name: str) -> None:
        with source(name) as stream:
            held = read_info(stream, max_pixels=options.max_pixels)
        show(as_json(shown(name), held) if options.json else as_text(shown(name), held))

    return for_each(options.files, describe)


def verify(options: Namespace) -> int:
    """Check every checksum and every index of files."""

    def check(name: str) -> None:
        with source(name) as stream:
            errors = list(damaged_tiles(stream, max_pixels=options.max_pixels))
        for error in errors[:-1]:
            complain(error, shown(name))
        if errors:
            raise errors[-1]
        show(f"{shown(name)}: ok")

    return for_each(options.files, check)


def _timed(what: str, work: Callable[[], _Result]) -> _Result:
    start = time.perf_counter()
    result = work()
    say(f"{what} in {time.perf_counter() - start:.3f} s")
    return result


def _untimed(_: str, work: Callable[[], _Result]) -> _Result:
    return work()


def _check_palette(options: Namespace) -> None:
    """Check options that do not go together, by the names that they have here."""
    if options.iterations is not None and options.init != "random":
        raise ParameterError("--iterations goes with --init random")
    if options.psnr is not None and options.colors != "auto":
        raise ParameterError("--psnr goes with --colors auto")
    if isinstance(options.colors, int) and options.bits and options.colors > 1 << options.bits:
        raise ParameterError(
            f"--colors {options.colors} does not fit --bits {options.bits}: "
            f"at most {1 << options.bits}"
        )
    if options.palette is not None:
        others = {"--colors": options.colors, "--keep": options.keep, "--init": options.init}
        for name, value in others.items():
            if value not in (None, [], "best"):
                raise ParameterError(f"{name} does not go with --palette, which is used as it is")
