"""``kmformat encode``: turn pictures into KMF files."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from kmformat.cli.console import STANDARD, say, shown
from kmformat.cli.sources import for_each, picture, silent_stderr, source
from kmformat.cli.targets import Targets
from kmformat.codec.format.container import MAGIC
from kmformat.color.channels import clear_hidden, over, with_equal_channels
from kmformat.indexed import IndexedImage
from kmformat.overviews.pyramid import to_file
from kmformat.palettes.devices import device_palette
from kmformat.palettes.files import read_named_palette, read_pairs
from kmformat.pictures.losses import changes_of
from kmformat.pictures.normalize import as_indexed, as_pixels
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.quantization.histogram import distinct_colors
from kmformat.writing import EncodeOptions, check_suffix, to_indexed, to_stored_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.pictures.normalize import AnyImage

    Coder: TypeAlias = Callable[[IndexedImage, EncodeOptions], bytes]

_Result = TypeVar("_Result")


def run(arguments: Namespace) -> int:
    """Encode each input; return the exit code."""
    return encode_each(arguments, ".kmf", _kmf_coder)


def encode_each(arguments: Namespace, suffix: str, coder_for: Callable[[str], Coder]) -> int:
    """Reduce each input and write it as a coder has it; return the exit code.

    `coder_for` is given the name of the target, before the work, and may refuse it. The suffix is
    that of targets that are not told.
    """
    targets, (options, names) = Targets(arguments, suffix), _options_of(arguments)

    def work(name: str) -> None:
        target = targets.of(name)
        coder = coder_for(target)
        if names and not options.without_metadata:
            coder = _naming(names, coder)
        _encode(name, target, arguments, targets, options, coder)

    return for_each(arguments.inputs, work)


def _kmf_coder(target: str) -> Coder:
    check_suffix(target)
    return to_file


def _naming(names: Sequence[str], coder: Coder) -> Coder:
    """Return a coder of images that gives the first entries of their palettes these names."""

    def code(indexed: IndexedImage, options: EncodeOptions) -> bytes:
        added = [""] * (len(indexed.palette) - len(names))
        return coder(indexed.with_names([*names, *added]), options)

    return code


def _options_of(arguments: Namespace) -> tuple[EncodeOptions, Sequence[str]]:
    """Return the options that a command line tells, and what its palette's entries are called."""
    names = [field.name for field in fields(EncodeOptions) if hasattr(arguments, field.name)]
    told = {name: getattr(arguments, name) for name in names}
    called: Sequence[str] = ()
    if arguments.palette is not None:
        pairs = None if arguments.palette == STANDARD else read_pairs(arguments.palette)
        told["palette"] = device_palette(arguments.palette) if pairs is None else pairs
        if told["palette"] is None:
            with source(arguments.palette) as stream, silent_stderr():
                found = read_named_palette(stream, max_pixels=arguments.max_pixels)
            told["palette"], called = found
    return EncodeOptions(**told), called


def _encode(
    name: str,
    target: str,
    arguments: Namespace,
    targets: Targets,
    options: EncodeOptions,
    coder: Coder,
) -> None:
    timed = _timed if arguments.verbose else _untimed
    with source(name) as stream:
        loaded = timed("read the picture", lambda: picture(stream, arguments.max_pixels))
    stored = to_stored_colors(loaded.image, options)
    own = as_indexed(stored)  # taken out once
    image = stored if own is None else own
    indexed = timed("found palette and indices", lambda: to_indexed(image, options))
    data = timed("coded palette and indices", lambda: coder(indexed, options))
    timed("wrote the file", lambda: targets.write(target, data))
    if arguments.quiet:
        return
    if loaded.several:
        say(f"{shown(name)}: the first of several frames or pages, and no other")
    if arguments.verbose and loaded.left_out:
        say(f"{shown(name)}: not carried: {', '.join(loaded.left_out)}")
    if options.entries is not None and len(indexed.palette) > len(options.entries):
        say(f"{shown(name)}: a transparent entry was added to the palette (or use --background)")
    changes = changes_of(loaded.image)
    if stored is not loaded.image:
        changes += ("colours converted to sRGB",)
    summary = _summary(image, indexed, options, changes, loaded.size, data)
    say(f"{shown(target, 'standard output')}: {summary}")


def _summary(
    image: AnyImage,
    indexed: IndexedImage,
    options: EncodeOptions,
    changes: Sequence[str],
    size: int,
    data: bytes,
) -> str:
    count, coded = len(indexed.palette), len(data)
    quality = f"lossless but for {', '.join(changes)}" if changes else "exact"
    colors = f"{count} colour{'s' if count > 1 else ''}"
    same = isinstance(image, IndexedImage) and _same(image, indexed)
    if not same:  # or without the pixels, which take 3 bytes each
        pixels = over(as_pixels(image), options.background_color)
        decibels = psnr(mean_squared_error(pixels, _as_shown(indexed, options)))
        if np.isfinite(decibels):
            colors = _became(pixels, count, options) or colors
            quality = ", ".join([f"PSNR {decibels:.1f} dB", *changes])
    return (
        f"{indexed.width}x{indexed.height}, {colors}, "
        f"{size:,} -> {coded:,} bytes ({size / coded:.1f}:1), {_metadata_share(indexed, data)}"
        f"{8 * coded / indexed.indices.size:.2f} bits a pixel, {quality}"
    )


def _as_shown(indexed: IndexedImage, options: EncodeOptions) -> IndexedImage:
    """Return an image for a panel in the colours that the panel shows."""
    if options.nominal is None or options.entries is None:
        return indexed
    added = indexed.palette[len(options.entries) :]
    palette = np.concatenate(with_equal_channels(options.entries, added))
    return IndexedImage(palette, indexed.indices)


def _metadata_share(indexed: IndexedImage, data: bytes) -> str:
    """Say how many bytes of a KMF file are metadata, if they are more than a tenth."""
    if not data.startswith(MAGIC):  # other formats may compress them
        return ""
    held = sum(len(chunk.payload) for chunk in indexed.chunks)
    return f"{held:,} of them metadata (--strip drops it), " if 10 * held > len(data) else ""


def _became(pixels: U8, count: int, options: EncodeOptions) -> str | None:
    """Say how many colours there were, if they are more than are left but not too many to keep."""
    found = distinct_colors(clear_hidden(pixels), 256)
    had = 0 if found is None else len(found)
    if had <= count:
        return None
    free = options.palette is None and not len(options.kept) and options.init == "best"
    fits = options.bits is None or had <= 1 << options.bits
    return f"{had} colours became {count}" + (f" (-c {had} keeps all)" if free and fits else "")


def _same(one: IndexedImage, other: IndexedImage) -> bool:
    return np.array_equal(one.palette, other.palette) and np.array_equal(one.indices, other.indices)


def _timed(what: str, work: Callable[[], _Result]) -> _Result:
    start = time.perf_counter()
    result = work()
    say(f"{what} in {time.perf_counter() - start:.3f} s")
    return result


def _untimed(_: str, work: Callable[[], _Result]) -> _Result:
    return work()
