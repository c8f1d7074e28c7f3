"""Completion of commands, options, choices and files in shells, by shtab."""

from __future__ import annotations

import argparse

from kmformat.arguments import name_text
from kmformat.cli.help_screen import commands_of
from kmformat.errors import KmfError


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script that completes a program's command lines in a shell.

    Whatever an option's declaration says holds: its choices are completed, and files where its
    value is a name.
    """
    try:
        import shtab
    except ImportError:
        raise KmfError(
            "--print-completion needs shtab: pip install 'kmformat[completion]'"
        ) from None
    commands = commands_of(parser)
    for text, command in commands.values():
        command.description = text
    for each in [parser, *(command for _, command in commands.values())]:
        for action in each._actions:
            # Shells show a line beside each: what it does, without defaults and exceptions.
            action.help = action.help and action.help.partition(" (")[0].partition(";")[0]
            if getattr(action.type, "__name__", None) == name_text.__name__:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return shtab.complete(parser, shell).rstrip("\n")
