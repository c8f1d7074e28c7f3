"""Running a command: errors become one-line messages and exit codes, and signals leave no files.

Data goes to standard output, messages to standard error. Exit codes: 0 all good, 1 something
failed, 2 the command was not understood. What a command needs is imported only once the command
line has been understood, so that ``--help`` is instant.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import NoReturn

from kmformat.cli.console import complain
from kmformat.cli.parser import build_parser
from kmformat.errors import KmfError, ParameterError


def run_command(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    with _raised_signals() as received:
        try:
            if hasattr(sys.stdout, "reconfigure"):  # names may hold what it can't encode
                sys.stdout.reconfigure(errors="backslashreplace")
            words = sys.argv[1:] if argv is None else argv
            arguments = build_parser(words).parse_args(words)
            command = import_module(f"{__package__}.{arguments.command}")
            with _quiet_pillow():
                status: int = command.run(arguments)
        except ParameterError as error:
            status = complain(error, status=2)
        except (KmfError, OSError, MemoryError) as error:
            status = complain(error)
        except RuntimeError as error:
            if "start new thread" not in str(error):
                raise
            status = complain("can't start new thread")
        except KeyboardInterrupt:
            status = complain("interrupted", status=130)
        except ImportError as error:  # a part is missing, or a signal came while it was imported
            status = 128 + received[0] if received else complain(error)
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
def _quiet_pillow() -> Iterator[None]:
    """Let Pillow warn of nothing, and have no limit beside ``--max-pixels``, in this program."""
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def _raised_signals() -> Iterator[list[int]]:
    """Let signals that end the program raise SystemExit, so that no temporary file is left.

    Yields a list of the numbers of those that came.
    """
    received: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        received.append(number)
        raise SystemExit(128 + number)

    taken = []
    if threading.current_thread() is threading.main_thread():  # others may not set handlers
        names = {"SIGTERM", "SIGHUP"} & set(signal.Signals.__members__)
        numbers = [signal.Signals[name] for name in names]
        taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield received
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
