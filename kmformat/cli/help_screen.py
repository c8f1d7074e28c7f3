"""What a command takes, as lists of options: for ``--help``, for the manual page and for the site.

``--help`` has one screen: where not all options fit it, it shows those that people use first, which
their declaration marks (`kmformat.options.Switch.first`). ``--help-all`` shows all, in groups.
"""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from kmformat.cli.console import NAME, TITLE, show, styled
from kmformat.errors import ParameterError

SCREEN = 24
"""Lines of the smallest terminal."""
COLUMN = 24
"""Where texts begin, in characters."""
_PLACES = "positional arguments"


@dataclass(frozen=True)
class Entry:
    """An option, an argument without one, or a command.

    Attributes
    ----------
    name
        How it is given, such as ``-c, --colors N``.
    text
        What it does.
    first
        Whether ``--help`` shows it.
    """

    name: str
    text: str
    first: bool


@dataclass(frozen=True)
class Section:
    """Entries under a title, such as "palette"; those of options without a group have ""."""

    title: str
    entries: Sequence[Entry]


class Parser(argparse.ArgumentParser):
    """A parser with help of one screen, and of all; its errors are one line, as all are here."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(add_help=False, **settings)
        self.add_argument(
            "-h", "--help", action=_Help, nargs=0, const=False, help="print what is used first"
        )
        self.add_argument("--help-all", action=_Help, nargs=0, const=True, help="print all options")

    def error(self, message: str) -> NoReturn:
        """Raise ParameterError, for one line about a command line that is not understood."""
        raise ParameterError(f"{message} (see {self.prog} --help)")


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        show(full_help(parser) if self.const else first_help(parser))
        parser.exit()


def mark_first(action: argparse.Action) -> None:
    """Let ``--help`` show an option of a command that has more than fit a screen."""
    action.first = True  # type: ignore[attr-defined]


def arguments_of(parser: argparse.ArgumentParser) -> list[Section]:
    """Return what a command takes, in its groups; without its commands."""
    sections = []
    for group in parser._action_groups:
        entries = [
            _entry(action, parser)
            for action in group._group_actions
            if action.help != argparse.SUPPRESS
            and not isinstance(action, argparse._SubParsersAction | _Help)
        ]
        title = "" if group.title in (_PLACES, "options") else group.title or ""
        sections.append(Section(title, entries))
    return [section for section in sections if section.entries]


def commands_of(parser: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Return the commands of a program by name: what each does in a line, and its parser."""
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                found[choice.dest] = choice.help or "", action.choices[choice.dest]
    return found


def usage_of(parser: argparse.ArgumentParser) -> str:
    """Return how a command is called, such as ``kmformat info [OPTION ...] FILE [FILE ...]``."""
    places = [action for action in parser._actions if not action.option_strings]
    words = []
    for action in places:
        value = _value(action)
        words.append("COMMAND ..." if isinstance(action, argparse._SubParsersAction) else value)
        words += [f"[{value} ...]"] if action.nargs in ("+", "*") else []
    return " ".join([parser.prog, "[OPTION ...]", *words])


def first_help(parser: argparse.ArgumentParser) -> str:
    """Return help of one screen: all of it if it fits, or what people use first."""
    whole = full_help(parser)
    if whole.count("\n") < SCREEN:
        return whole
    sections = arguments_of(parser)
    entries = [entry for section in sections for entry in section.entries]
    places = [entry for entry in entries if not entry.name.startswith("-")]
    if commands_of(parser):
        names = ", ".join(entry.name for entry in entries)
        lists = [_commands(parser), parser.epilog or ""]
        more = f"options: {names}, --help-all\n{parser.prog} COMMAND --help is about a command"
    else:
        first = [entry for entry in entries if entry.first]
        lists = [_list(places), _list(first)]
        more = f"{len(entries) - len(places) - len(first)} more: {parser.prog} --help-all"
    return "\n\n".join(filter(None, [_opening(parser), *lists, more]))


def full_help(parser: argparse.ArgumentParser) -> str:
    """Return all that a command takes, in groups; of a program, that of all of its commands."""
    lists = [_list(section.entries, section.title) for section in arguments_of(parser)]
    parts = [_opening(parser), _commands(parser), *lists, parser.epilog or ""]
    parts += [f"\n{full_help(command)}" for _, command in commands_of(parser).values()]
    return "\n\n".join(filter(None, parts))


def _opening(parser: argparse.ArgumentParser) -> str:
    usage = textwrap.fill(
        usage_of(parser), _width(), initial_indent="usage: ", subsequent_indent=" " * 7
    )
    about = textwrap.fill(parser.description or "", _width())
    return "\n\n".join(filter(None, [usage.replace("usage:", styled("usage:", TITLE), 1), about]))


def _commands(parser: argparse.ArgumentParser) -> str:
    entries = [Entry(name, text, first=True) for name, (text, _) in commands_of(parser).items()]
    column = max((len(entry.name) + 4 for entry in entries), default=COLUMN)
    return _list(entries, "commands", column)


def _list(entries: Sequence[Entry], title: str = "", column: int = COLUMN) -> str:
    lines = [styled(f"{title}:", TITLE)] if title and entries else []
    return "\n".join([*lines, *(line for entry in entries for line in _lines(entry, column))])


def _lines(entry: Entry, column: int) -> Iterator[str]:
    """Yield an entry's name, and its text beside it, or below where the name is long."""
    name, texts = f"  {entry.name}", textwrap.wrap(entry.text, _width() - column)
    beside = texts.pop(0) if texts and len(name) + 2 <= column else ""
    space = " " * (column - len(name)) if beside else ""
    yield f"{styled(name, NAME)}{space}{beside}"
    for text in texts:
        yield " " * column + text


def _entry(action: argparse.Action, parser: argparse.ArgumentParser) -> Entry:
    text = (action.help or "") % (vars(action) | {"prog": parser.prog})
    name = ", ".join(action.option_strings)
    if action.nargs != 0:
        name = f"{name} {_value(action)}".lstrip()
    return Entry(name, text, first=getattr(action, "first", False))


def _value(action: argparse.Action) -> str:
    """Return what stands for an action's value."""
    if action.metavar is not None:
        return str(action.metavar)
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper()


def _width() -> int:
    return max(shutil.get_terminal_size().columns, COLUMN + 16)
