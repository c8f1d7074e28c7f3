"""The manual page, for ``man``: what ``--help-all`` says, in the macros of man(7)."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from kmformat import __version__
from kmformat.cli.help_screen import arguments_of, commands_of, usage_of

_NAME = "kmformat \\- images of few colours in small files"
_EXIT = (("0", "all good"), ("1", "something failed"), ("2", "the command was not understood"))
_ENVIRONMENT = (
    ("KMF_NATIVE", "0 runs the NumPy kernels, and 1 fails where native ones are missing."),
    (
        "NO_COLOR",
        "Set, it turns colours off. FORCE_COLOR turns them on in files and pipes, too.",
    ),
)


def manual_page(parser: argparse.ArgumentParser) -> str:
    """Return the manual page of a program and all its commands."""
    return "\n".join(_lines(parser))


def _lines(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f'.TH KMFORMAT 1 "" "kmformat {__version__}" "User Commands"'
    yield from (".SH NAME", _NAME, ".SH SYNOPSIS", _escaped(usage_of(parser)))
    yield from (".SH DESCRIPTION", _escaped(parser.description or ""))
    yield from _options(parser)
    yield ".SH COMMANDS"
    for name, (_, command) in commands_of(parser).items():
        yield from (f".SS {_escaped(name)}", f".B {_escaped(usage_of(command))}", ".PP")
        yield _escaped(command.description or "")
        yield from _options(command)
    yield from (".SH EXAMPLES", ".nf", _escaped(parser.epilog or ""), ".fi")
    yield ".SH EXIT STATUS"
    yield from _tagged(_EXIT)
    yield ".SH ENVIRONMENT"
    yield from _tagged(_ENVIRONMENT)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for section in arguments_of(parser):
        if section.title:
            yield from (".PP", f".I {_escaped(section.title)}")
        yield from _tagged((entry.name, entry.text) for entry in section.entries)


def _tagged(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield from (".TP", f".B {_escaped(name)}", _escaped(text))


def _escaped(text: str) -> str:
    """Return text of which roff takes nothing as its own."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in text.split("\n"))
