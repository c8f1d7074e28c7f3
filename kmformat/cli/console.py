"""What the command line prints: text on standard output, messages on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from kmformat.errors import ContradictionError, FormatError, KmfError, LimitError
from kmformat.storage.output import write_stream

STANDARD = "-"
"""The name that stands for standard input or output."""


TITLE, NAME = "1", "36"
"""Styles (SGR codes): bold, and cyan."""


class ClosedError(KmfError):
    """A standard stream that is needed was closed before the program started."""


def opened(stream: TextIO | None, name: str) -> TextIO:
    """Return a standard stream; Python has None where it was closed before the program started."""
    if stream is None:
        raise ClosedError(f"{name} is closed")
    return stream


def named(name: str, standard: str = "standard input") -> str:
    """Return what to call a source, or a target, in JSON."""
    return standard if name == STANDARD else name


def shown(name: str, standard: str = "standard input") -> str:
    """Return what to call a source, or a target, in text that a terminal shows."""
    return printable(named(name, standard))


def printable(text: str) -> str:
    """Return text that a terminal can be shown: what it might obey is escaped, such as ESC."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def colored(stream: TextIO | None) -> bool:
    """Say whether a stream is to get colours: a terminal is, unless NO_COLOR is set.

    FORCE_COLOR gives them to files and pipes as well, such as ``less -R``.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.name == "nt" and "WT_SESSION" not in os.environ:  # older consoles of Windows show codes
        return False
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str) -> str:
    """Return text for standard output in a style, if that is to get colours."""
    return f"\033[{style}m{text}\033[0m" if colored(sys.stdout) else text


def swatch(color: Sequence[int]) -> str:
    """Return the name of a colour, (r, g, b) or (r, g, b, a); on that colour, if that can be."""
    red, green, blue, *_ = color
    ink = 30 if 299 * red + 587 * green + 114 * blue > 128_000 else 97  # black, or bright white
    return styled(f"#{bytes(color).hex()}", f"{ink};48;2;{red};{green};{blue}")


def show(text: str) -> None:
    """Print to standard output, all of it or an error, now."""
    stream = opened(sys.stdout, "standard output")
    show_bytes(f"{text}\n".encode(stream.encoding or "utf-8", stream.errors or "strict"))


def show_bytes(data: bytes) -> None:
    """Write bytes to standard output, all of them or an error, now."""
    stream = opened(sys.stdout, "standard output")
    try:
        _write(stream, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def say(message: str) -> None:
    """Print a message as one line to standard error, if that can be."""
    if sys.stderr is not None:  # print would take standard output, and spoil the data there
        line = f"{printable(' '.join(message.split()))}\n"
        with suppress(OSError):
            _write(sys.stderr, line.encode(sys.stderr.encoding or "utf-8", "backslashreplace"))


def _write(stream: TextIO, data: bytes) -> None:
    stream.flush()
    write_stream(stream.buffer, data)
    stream.buffer.flush()


def complain(error: BaseException | str, about: str | None = None, *, status: int = 1) -> int:
    """Print one line about an error to standard error, and return the exit code."""
    say(f"kmformat: {complaint(error, about)}")
    return status


def complaint(error: BaseException | str, about: str | None = None) -> str:
    """Return one line about an error: what it is about, if that is known, and what is wrong."""
    message = str(error)
    if isinstance(error, OSError) and error.strerror:
        about, message = error.filename or about, error.strerror
    elif isinstance(error, MemoryError):
        message = "not enough memory"
    elif isinstance(error, FormatError | LimitError):
        message = f"{error.code}: {message}"
    elif isinstance(error, ContradictionError):
        message = error.with_switches()
    elif isinstance(error, ClosedError):
        about = None
    where = "" if about is None else f"{about}: "
    return f"{where}{message}"
