"""The command line: its grammar, and how errors become messages and exit codes.

Data goes to standard output, messages to standard error. Exit codes: 0 all good, 1 something
failed, 2 the command was not understood. What the commands do is in `kmformat.commands`, which is
imported only once the command line has been understood, so that ``--help`` is instant.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

from kmformat.errors import FormatError, KmfError, LimitError, ParameterError

_EPILOG = """\
examples:
  kmformat encode photo.jpg                 write photo.kmf, 16 colours
  kmformat encode -c 4 --bits 2 logo.png    four colours, two bits a pixel
  kmformat decode photo.kmf                 write photo.png
  kmformat decode map.kmf --box 0,0,64,64 -o corner.png
  kmformat info --json *.kmf

exit codes: 0 all good, 1 something failed, 2 the command was not understood
"""


class ClosedError(KmfError):
    """A standard stream that is needed was closed before the program started."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    about = None
    with _raised_signals():
        try:
            if hasattr(sys.stdout, "reconfigure"):  # names may hold what it can't encode
                sys.stdout.reconfigure(errors="backslashreplace")
            options = _parser().parse_args(argv)
            about = getattr(options, "input", None)
            from kmformat import commands

            status: int = getattr(commands, options.command)(options)
        except ParameterError as error:
            status = complain(error, status=2)
        except (KmfError, OSError, MemoryError) as error:
            status = complain(error, "standard input" if about == "-" else about)
        except RuntimeError as error:
            if "start new thread" not in str(error):
                raise
            status = complain("can't start new thread", about)
        except KeyboardInterrupt:
            status = complain("interrupted", status=130)
        except SystemExit as stop:  # after --help, --version, and signals
            status = int(stop.code or 0)
        _abandon_closed_output()
        return status


def _abandon_closed_output() -> None:
    """Where a standard stream takes no more, keep Python from trying that again at exit."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _raised_signals() -> Iterator[None]:
    """Let signals that end the program raise SystemExit, so that no temporary file is left."""

    def stop(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    taken = []
    if threading.current_thread() is threading.main_thread():  # others may not set handlers
        names = {"SIGTERM", "SIGHUP"} & set(signal.Signals.__members__)
        numbers = [signal.Signals[name] for name in names]
        taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def opened(stream: TextIO | None, name: str) -> TextIO:
    """Return a standard stream; Python has None where it was closed before the program started."""
    if stream is None:
        raise ClosedError(f"{name} is closed")
    return stream


def show(text: str) -> None:
    """Print to standard output, now, so that errors are known."""
    stream = opened(sys.stdout, "standard output")
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def say(message: str) -> None:
    """Print a message as one line to standard error, if that can be."""
    if sys.stderr is not None:  # print would take standard output, and spoil the data there
        with suppress(OSError):
            print(" ".join(message.split()), file=sys.stderr)


def complain(error: BaseException | str, about: str | None = None, *, status: int = 1) -> int:
    """Print one line about an error to standard error, and return the exit code."""
    message = str(error)
    if isinstance(error, OSError) and error.strerror:
        about, message = error.filename or about, error.strerror
    elif isinstance(error, MemoryError):
        message = "not enough memory"
    elif isinstance(error, FormatError | LimitError):
        message = f"{error.code}: {message}"
    elif isinstance(error, ClosedError):
        about = None
    where = "" if about is None else f"{about}: "
    say(f"kmformat: {where}{message}")
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all are here, and whose help fails as all output."""

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message} (see {self.prog} --help)")

    def print_help(self, _: object = None) -> None:
        show(self.format_help().rstrip("\n"))


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="kmformat",
        description="Images of few colours in small files that open instantly.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_encode(commands)
    _add_decode(commands)
    info = commands.add_parser("info", help="print what files hold, without decoding them")
    info.add_argument("files", nargs="+", type=_name, metavar="FILE", help="'-' for standard input")
    info.add_argument("--json", action="store_true", help="one JSON object a line, a line a file")
    verify = commands.add_parser("verify", help="check every checksum and every index")
    verify.add_argument(
        "files", nargs="+", type=_name, metavar="FILE", help="'-' for standard input"
    )
    for command in (info, verify):
        _add_limit(command)
    return parser


def _add_encode(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    encode = commands.add_parser("encode", help="turn a picture into a KMF file")
    _add_files(encode, "the picture, in any format that Pillow reads", "IN with the suffix .kmf")
    palette = encode.add_argument_group("palette")
    palette.add_argument(
        "-c", "--colors", type=_integer(1, 256), metavar="N",
        help="the most colours, 1 to 256 (default 16, or as many as --bits allow)",
    )  # fmt: skip
    palette.add_argument(
        "--init", choices=("best", "random"), default="best",
        help="how the palette is found: the best way known (default), or the textbook's: random "
        "pixels as initial centroids",
    )  # fmt: skip
    palette.add_argument(
        "--iterations", type=_integer(1), metavar="N",
        help="iterations of k-means after --init random (default 10)",
    )  # fmt: skip
    palette.add_argument(
        "--seed", type=_integer(0), default=0, metavar="N", help="for random choices (default 0)"
    )
    encode.add_argument(
        "-e", "--effort", type=_integer(1, 9), default=5, metavar="N",
        help="how long to try, for palette and size: 1, fastest, to 9, best (default 5)",
    )  # fmt: skip
    storage = encode.add_argument_group("storage")
    storage.add_argument(
        "--bits", type=int, choices=(1, 2, 4, 8),
        help="bits of each index (default 4, or 8 above 16 colours or where an effort of 6 or more "
        "finds that smaller)",
    )  # fmt: skip
    storage.add_argument(
        "--fast-decode", action="store_true",
        help="keep to plain tiles: larger, but 10 to 20 times as fast to decode",
    )  # fmt: skip
    packing = storage.add_mutually_exclusive_group()
    packing.add_argument("--no-zstd", action="store_true", help="store indices uncompressed")
    packing.add_argument(
        "--level",
        type=_integer(1, 22),
        metavar="N",
        help="zstd's level for plain tiles, 1 to 22 (by --effort)",
    )
    storage.add_argument(
        "--tile", type=_tile, metavar="WxH",
        help="size of tiles in pixels (default one tile, or several of up to 2^20 pixels)",
    )  # fmt: skip
    _add_threads(storage)
    _add_limit(encode)
    amount = encode.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    amount.add_argument("-v", "--verbose", action="store_true", help="print each step and its time")


def _add_decode(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    decode = commands.add_parser("decode", help="turn a KMF file into another picture")
    _add_files(
        decode,
        "the KMF file",
        "IN with the suffix .png; the suffix picks the format, PNG for '-', and a lossy format "
        "such as JPEG loses",
    )
    decode.add_argument(
        "--box", type=_box, metavar="L,U,R,B",
        help="decode only the pixels from (L, U) up to, not including, (R, B)",
    )  # fmt: skip
    _add_threads(decode)
    _add_limit(decode)


def _add_files(command: argparse.ArgumentParser, source: str, target: str) -> None:
    command.add_argument(
        "input", type=_name, metavar="IN", help=f"{source}; '-' for standard input"
    )
    command.add_argument(
        "-o", "--output", type=_name, metavar="OUT",
        help=f"default: {target}; '-' for standard output (the default when IN is '-')",
    )  # fmt: skip
    command.add_argument("-f", "--force", action="store_true", help="replace OUT if it exists")


def _add_threads(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--threads", type=_integer(1), metavar="N", help="tiles at a time (default: all processors)"
    )


def _add_limit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--max-pixels", type=_integer(1), default=1 << 28, metavar="N",
        help="refuse larger images (default 2^28)",
    )  # fmt: skip


def _name(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _integer(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser of integers in a range, for argparse."""
    expected = f"{least} or more" if most is None else f"{least} to {most}"

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"{text!r}: expected an integer, {expected}")
        return int(text)

    return parse


def _tile(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return _integer(1)(width), _integer(1)(height)
    except argparse.ArgumentTypeError:
        message = f"{text!r}: expected WIDTHxHEIGHT, such as 256x256"
        raise argparse.ArgumentTypeError(message) from None


def _box(text: str) -> tuple[int, int, int, int]:
    try:
        left, upper, right, lower = (_integer(0)(part.strip()) for part in text.split(","))
    except (ValueError, argparse.ArgumentTypeError):
        message = f"{text!r}: expected LEFT,UPPER,RIGHT,LOWER, such as 0,0,64,64"
        raise argparse.ArgumentTypeError(message) from None
    return left, upper, right, lower


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from kmformat import __version__

        show(f"kmformat {__version__}")
        parser.exit()
