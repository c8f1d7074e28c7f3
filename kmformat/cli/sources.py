"""Where a command's data comes from: files and standard input."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from kmformat.cli.console import STANDARD, named, opened
from kmformat.pictures.formats import load_picture
from kmformat.storage.input import opened_stream, seekable

if TYPE_CHECKING:
    from PIL import Image

_STDERR = 2


class Picture(NamedTuple):
    """A picture that was read, as `Loaded` has it, and how many bytes it has."""

    image: Image.Image
    several: bool
    left_out: tuple[str, ...]
    size: int


@contextmanager
def source(name: str) -> Iterator[IO[bytes]]:
    """Open a file to read, or standard input; errors of the system say which it was."""
    try:
        if name == STANDARD:
            yield opened(sys.stdin, "standard input").buffer
        else:
            with opened_stream(name) as stream:
                yield stream
    except OSError as error:
        if error.strerror and error.filename is None:
            raise OSError(error.errno, error.strerror, named(name)) from None
        raise


def picture(stream: IO[bytes], max_pixels: int) -> Picture:
    """Read a picture as `load_picture` does, and let nothing else speak to standard error."""
    stream = seekable(stream)
    with silent_stderr():
        loaded = load_picture(stream, max_pixels)
    return Picture(*loaded, stream.seek(0, os.SEEK_END))


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep what is below Pillow, such as libtiff, from printing lines beside our one."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with _redirected_stderr():
            yield
    finally:
        logging.disable(before)


@contextmanager
def _redirected_stderr() -> Iterator[None]:
    """Send what is written to the file of standard error to nowhere."""
    try:
        real = sys.stderr is not None and sys.stderr.fileno() == _STDERR
    except OSError:  # it is another stream, without a file
        real = False
    if not real:
        yield
        return
    kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)
