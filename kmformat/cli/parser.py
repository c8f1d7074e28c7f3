"""The grammar of the command line; options come from where they are declared (`kmformat.options`).

Nothing here imports what the commands need, and only the command that is asked for gets its
options, so that ``--help`` is instant.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kmformat.cli.console import show
from kmformat.cli.grammar import COMMANDS
from kmformat.cli.help_screen import Parser

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")

_EXAMPLES = """\
examples:
  kmformat encode photo.jpg               write photo.kmf, 16 colours
  kmformat decode photo.kmf               write photo.png"""

_OF_ALL = ("--help-all", "--print-")
"""Options that are about those of all commands."""


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return what parses a command line of these words; errors are ParameterErrors.

    Without words it is the grammar of all commands.
    """
    parser: argparse.ArgumentParser = Parser(
        prog="kmformat",
        description="Images of few colours in small files, each beside its original or as -o says.",
        epilog=_EXAMPLES,
    )
    for name, action, text in (
        ("--version", _Version, "print the version, and which kernels run, native or NumPy"),
        ("--print-man", _ManualPage, "print the manual page, for man"),
    ):
        parser.add_argument(name, action=action, nargs=0, help=text)
    parser.add_argument(
        "--print-completion", action=_Completion, choices=SHELLS, metavar="SHELL",
        help=f"print what completes commands in a shell: {', '.join(SHELLS)}",
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    whole = not words or words[0].startswith(_OF_ALL)
    asked = COMMANDS.keys() & set(words[:1]) or COMMANDS  # only that one, if it is known
    for name in asked:
        text, add_arguments = COMMANDS[name]
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if whole or name in words:
            add_arguments(command)
    return parser


class _ManualPage(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from kmformat.cli.manual_page import manual_page

        show(manual_page(build_parser(())))
        parser.exit()


class _Completion(argparse.Action):
    def __call__(
        self, parser: argparse.ArgumentParser, _: object, values: object, *__: object
    ) -> None:
        from kmformat.cli.completion import completion

        show(completion(build_parser(()), str(values)))
        parser.exit()


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from kmformat import __version__, kernels

        show(f"kmformat {__version__} ({'native' if kernels.NATIVE else 'NumPy'} kernels)")
        parser.exit()
