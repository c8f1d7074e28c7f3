"""What each command does: files in, files out, and a line about it."""

from __future__ import annotations

import io
import json
import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from errno import EEXIST, EISDIR, ENOENT
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from kmformat.cli import complain, opened, say, show
from kmformat.codec import encode_indexed, palette_size
from kmformat.errors import KmfError, LimitError, ParameterError
from kmformat.files import read, read_info, write_file
from kmformat.files import verify as verify_file
from kmformat.info import Info
from kmformat.pixels import PictureError, as_pixels, to_picture
from kmformat.quality import mean_squared_error, psnr
from kmformat.quantizer import quantize

U8 = npt.NDArray[np.uint8]
_Result = TypeVar("_Result")

_STANDARD = "-"


def encode(options: Namespace) -> int:
    """Turn a picture into a KMF file."""
    _check_palette(options)
    target = _target(options, ".kmf")
    report = _Report(options)
    colors = palette_size(options.colors, options.bits)
    with _opened(options.input) as source:
        stream = source if source.seekable() else io.BytesIO(source.read())  # a pipe
        pixels = report.timed("read the picture", lambda: _load(stream, options.max_pixels))
        size = stream.seek(0, os.SEEK_END)
    indexed = report.timed(
        "found palette and indices",
        lambda: quantize(
            pixels,
            colors=colors,
            effort=options.effort,
            init=options.init,
            iterations=options.iterations,
            seed=options.seed,
        ),
    )
    data = report.timed(
        "coded the tiles",
        lambda: encode_indexed(
            indexed,
            bits=options.bits,
            effort=options.effort,
            fast_decode=options.fast_decode,
            zstd=not options.no_zstd,
            level=options.level,
            tile=options.tile,
            threads=options.threads,
        ),
    )
    report.timed("wrote the file", lambda: _write(target, data, force=options.force))
    if not options.quiet:
        decibels = psnr(mean_squared_error(pixels, indexed))
        count = len(indexed.palette)
        say(
            f"{_shown(target)}: {indexed.width}x{indexed.height}, "
            f"{count} colour{'s' if count > 1 else ''}, {size:,} -> {len(data):,} bytes "
            f"({size / len(data):.1f}:1), {8 * len(data) / indexed.indices.size:.2f} bits a pixel, "
            + (f"PSNR {decibels:.1f} dB" if np.isfinite(decibels) else "exact")
        )
    return 0


def decode(options: Namespace) -> int:
    """Turn a KMF file into another picture."""
    target = _target(options, ".png")
    kind = "PNG" if target == _STANDARD else _picture_format(target)
    with _opened(options.input) as stream:
        pixels = read(
            stream, box=options.box, max_pixels=options.max_pixels, threads=options.threads
        )
    Image.MAX_IMAGE_PIXELS = None  # so many are meant, and there already
    _write(target, to_picture(pixels, kind), force=options.force)
    return 0


def info(options: Namespace) -> int:
    """Print what files hold."""

    def describe(name: str, stream: IO[bytes]) -> str:
        held = read_info(stream, max_pixels=options.max_pixels)
        return _json(name, held) if options.json else _text(name, held)

    return _for_each_file(options.files, describe)


def verify(options: Namespace) -> int:
    """Check every checksum and every index of files."""

    def check(name: str, stream: IO[bytes]) -> str:
        errors = list(verify_file(stream, max_pixels=options.max_pixels))
        for error in errors[:-1]:
            complain(error, name)
        if errors:
            raise errors[-1]
        return f"{name}: ok"

    return _for_each_file(options.files, check)


def _for_each_file(names: list[str], describe: Callable[[str, IO[bytes]], str]) -> int:
    """Print something of each file; complain of those that fail, and go on."""
    if names.count(_STANDARD) > 1:
        raise ParameterError("standard input can be read only once")
    status = 0
    for name in names:
        shown = "standard input" if name == _STANDARD else name
        try:
            with _opened(name) as stream:
                text = describe(shown, stream)
        except (KmfError, OSError, MemoryError) as error:
            status = complain(error, shown)
        else:
            show(text)
    return status


class _Report:
    """Messages about the work, as many as were asked for."""

    def __init__(self, options: Namespace) -> None:
        self._verbose = options.verbose

    def timed(self, what: str, work: Callable[[], _Result]) -> _Result:
        start = time.perf_counter()
        result = work()
        if self._verbose:
            say(f"{what} in {time.perf_counter() - start:.3f} s")
        return result


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    """Open a file to read, or standard input."""
    if name == _STANDARD:
        yield opened(sys.stdin, "standard input").buffer
    else:
        with open(name, "rb") as stream:
            yield stream


def _load(stream: IO[bytes], max_pixels: int) -> U8:
    """Return the pixels of a picture; whatever Pillow stumbles over becomes one clear error."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(stream) as image:
                return as_pixels(image)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise LimitError(f"the picture exceeds the limit max_pixels = {max_pixels}") from None
        except UnidentifiedImageError:
            raise PictureError("not a picture in a format that Pillow reads") from None
        except MemoryError:
            raise
        except Exception as error:  # Pillow's decoders raise all kinds on malformed pictures
            if isinstance(error, OSError) and error.errno:
                raise
            raise PictureError(f"not a readable picture: {error}") from None


def _check_palette(options: Namespace) -> None:
    """Check options that do not go together, by the names that they have here."""
    if options.iterations is not None and options.init != "random":
        raise ParameterError("--iterations goes with --init random")
    if options.colors and options.bits and options.colors > 1 << options.bits:
        raise ParameterError(
            f"--colors {options.colors} does not fit --bits {options.bits}: "
            f"at most {1 << options.bits}"
        )


def _target(options: Namespace, suffix: str) -> str:
    """Return where the output goes, having checked, before the work, that it may."""
    source, target = options.input, options.output
    if target is None:
        target = _STANDARD if source == _STANDARD else _with_suffix(source, suffix)
    elif target != _STANDARD and not os.path.isdir(os.path.dirname(target) or "."):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), target)
    if target == _STANDARD:
        if opened(sys.stdout, "standard output").isatty():
            raise ParameterError("binary data does not go to a terminal: use -o OUT")
    elif os.path.isdir(target):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), target)
    elif os.path.isfile(target):
        if os.path.exists(source) and os.path.samefile(source, target):
            raise ParameterError(f"{target} is the input itself: name another file with -o")
        if not options.force:
            raise FileExistsError(EEXIST, "already exists; --force replaces it", target)
    return str(target)


def _with_suffix(source: str, suffix: str) -> str:
    if not Path(source).name:  # as of "." and "/"
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), source)
    return str(Path(source).with_suffix(suffix))


def _picture_format(target: str) -> str:
    suffix = Path(target).suffix.lower()
    kind = Image.registered_extensions().get(suffix)
    if kind not in Image.SAVE:
        raise ParameterError(f"{target}: Pillow writes no picture with the suffix {suffix!r}")
    return kind


def _write(target: str, data: bytes, *, force: bool) -> None:
    if target != _STANDARD:
        write_file(target, data, overwrite=force)
        return
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, _shown(target)) from None


def _shown(target: str) -> str:
    return "standard output" if target == _STANDARD else target


def _text(name: str, held: Info) -> str:
    mode = "RGBA" if held.alpha else "RGB"
    methods = ", ".join(f"{count:,} {method}" for method, count in held.methods.items())
    colors = [f"#{bytes(color).hex()}" for color in held.palette]
    rows = [" ".join(colors[start : start + 8]) for start in range(0, len(colors), 8)]
    parts = ", ".join(f"{part} {size:,}" for part, size in held.sizes.items() if size)
    lines = {
        "image": f"{held.width} x {held.height} pixels, {mode}",
        "palette": f"{held.colors} colours, {held.bits} bits an index",
        "": "\n          ".join(rows),
        "tiles": f"{held.tiles:,} of {held.tile_size[0]} x {held.tile_size[1]}: {methods}",
        "chunks": ", ".join(f"{kind} ({size:,} bytes)" for kind, size in held.chunks) or "none",
        "values": f"{held.raw_values:,} as {mode}, {held.indexed_values:,} as "
        f"{held.colors} colours and an index a pixel",
        "bytes": f"{held.file_size:,} ({parts})",
        "ratio": f"{held.raw_values / held.file_size:.1f}:1, "
        f"{held.bits_per_pixel:.2f} bits a pixel",
        "version": "{}.{}".format(*held.version),
    }
    return "\n".join([name, *(f"  {label:8}{text}" for label, text in lines.items())])


def _json(name: str, held: Info) -> str:
    derived = ("colors", "file_size", "bits_per_pixel", "raw_values", "indexed_values")
    return json.dumps({"file": name} | asdict(held) | {key: getattr(held, key) for key in derived})
