"""``kmformat encode``: turn pictures into KMF files."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from kmformat.batches.encoding import Encoded, Timed, encode_picture, untimed
from kmformat.cli.batch import threads_of, work_through
from kmformat.cli.console import STANDARD, shown
from kmformat.cli.names import found_files, picture_suffixes
from kmformat.cli.sources import Picture, picture, silent_stderr, source
from kmformat.cli.targets import Targets, deliver
from kmformat.cli.tasks import Done, Say, Task
from kmformat.codec.format.container import MAGIC
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.overviews.pyramid import to_file
from kmformat.palettes.devices import device_palette
from kmformat.palettes.files import read_named_palette, read_pairs
from kmformat.writing import EncodeOptions, check_suffix

if TYPE_CHECKING:
    from kmformat.batches.encoding import Coder

_Result = TypeVar("_Result")


def run(arguments: Namespace) -> int:
    """Encode each input; return the exit code."""
    return encode_each(arguments, ".kmf", _kmf_coder)


def encode_each(arguments: Namespace, suffix: str, coder_for: Callable[[str], Coder]) -> int:
    """Reduce each input and write it as a coder has it; return the exit code.

    `coder_for` is given the name of the target, before the work, and may refuse it; it can be
    pickled. The suffix is that of targets that are not told.
    """
    files = found_files(arguments, picture_suffixes, suffix)
    palettes = [] if arguments.palette is None else [arguments.palette]
    targets = Targets(arguments, suffix, files, palettes)
    options, names = _options_of(arguments, threads_of(arguments, files))
    work = _Encode(arguments, options, () if options.without_metadata else names, coder_for)
    return work_through(files, targets.tasks(), work, arguments)


def _kmf_coder(target: str) -> Coder:
    check_suffix(target)
    return to_file


def _naming(names: Sequence[str], coder: Coder) -> Coder:
    """Return a coder of images that gives the first entries of their palettes these names."""

    def code(indexed: IndexedImage, options: EncodeOptions) -> bytes:
        added = [""] * (len(indexed.palette) - len(names))
        return coder(indexed.with_names([*names, *added]), options)

    return code


def _options_of(arguments: Namespace, threads: int | None) -> tuple[EncodeOptions, Sequence[str]]:
    """Return the options that a command line tells, and what its palette's entries are called."""
    names = [field.name for field in fields(EncodeOptions) if hasattr(arguments, field.name)]
    told = {name: getattr(arguments, name) for name in names} | {"threads": threads}
    called: Sequence[str] = ()
    if arguments.palette is not None:
        pairs = None if arguments.palette == STANDARD else read_pairs(arguments.palette)
        told["palette"] = device_palette(arguments.palette) if pairs is None else pairs
        if told["palette"] is None:
            with source(arguments.palette) as stream, silent_stderr():
                found = read_named_palette(stream, max_pixels=arguments.max_pixels)
            told["palette"], called = found
    return EncodeOptions(**told), called


@dataclass(frozen=True)
class _Encode:
    """Encodes a picture: what is done with each, in whatever process."""

    arguments: Namespace
    options: EncodeOptions
    names: Sequence[str]
    coder_for: Callable[[str], Coder]

    def __call__(self, task: Task, say: Say) -> Done:
        arguments = self.arguments
        if arguments.json and task.target == STANDARD:
            raise ParameterError("--json and -o - both go to standard output")
        coder = self.coder_for(task.target)
        if self.names:
            coder = _naming(self.names, coder)
        timed = _Timed(say) if arguments.verbose else untimed
        with source(task.name) as stream:
            loaded = timed("read the picture", lambda: picture(stream, arguments.max_pixels))
        data, became = encode_picture(loaded.image, self.options, coder, timed)
        timed("wrote the file", lambda: deliver(task, data, arguments))
        if not arguments.quiet:
            self._tell(task, loaded, data, became, say)
        facts = asdict(became) | {"psnr": became.finite_psnr}
        sizes = {"input_bytes": loaded.size, "bytes": len(data)}
        return Done(sizes | facts, before=loaded.size, after=len(data))

    def _tell(self, task: Task, loaded: Picture, data: bytes, became: Encoded, say: Say) -> None:
        name = shown(task.name)
        if loaded.several:
            say(f"{name}: the first of several frames or pages, and no other")
        if self.arguments.verbose and loaded.left_out:
            say(f"{name}: not carried: {', '.join(loaded.left_out)}")
        if became.added_entry:
            say(f"{name}: a transparent entry was added to the palette (or use --background)")
        if not self.arguments.json:
            summary = _summary(became, self.options, loaded.size, data)
            say(f"{shown(task.target, 'standard output')}: {summary}")


def _summary(became: Encoded, options: EncodeOptions, size: int, data: bytes) -> str:
    """Say in a line what became of a picture."""
    count, coded, changes = became.colors, len(data), became.changes
    colors = f"{count} colour{'s' if count > 1 else ''}"
    quality = f"lossless but for {', '.join(changes)}" if changes else "exact"
    if became.finite_psnr is not None:
        colors = _became(became, options) or colors
        quality = ", ".join([f"PSNR {became.psnr:.1f} dB", *changes])
    return (
        f"{became.width}x{became.height}, {colors}, "
        f"{size:,} -> {coded:,} bytes ({size / coded:.1f}:1), {_metadata_share(became, data)}"
        f"{8 * coded / (became.width * became.height):.2f} bits a pixel, {quality}"
    )


def _metadata_share(became: Encoded, data: bytes) -> str:
    """Say how many bytes of a KMF file are metadata, if they are more than a tenth."""
    held = became.metadata_bytes
    if not data.startswith(MAGIC) or 10 * held <= len(data):  # other formats may compress them
        return ""
    return f"{held:,} of them metadata (--strip drops it), "


def _became(became: Encoded, options: EncodeOptions) -> str | None:
    """Say how many colours there were, if they are more than are left but not too many to keep."""
    had = became.colors_before
    if had is None:
        return None
    free = options.palette is None and not len(options.kept) and options.init == "best"
    fits = options.bits is None or had <= 1 << options.bits
    return f"{had} colours became {became.colors}" + (
        f" (-c {had} keeps all)" if free and fits else ""
    )


@dataclass(frozen=True)
class _Timed(Timed):
    """Says how long each step takes."""

    say: Say

    def __call__(self, what: str, step: Callable[[], _Result], /) -> _Result:
        start = time.perf_counter()
        result = step()
        self.say(f"{what} in {time.perf_counter() - start:.3f} s")
        return result
