"""The pages of reference, out of the command line's grammar and the package's public names."""

from __future__ import annotations

import inspect
import re
from enum import Enum

import kmformat
from kmformat.cli.help_screen import arguments_of, commands_of, usage_of
from kmformat.cli.parser import build_parser


def command_line() -> str:
    """Return each command's usage and options, in Markdown."""
    parts = []
    for name, (_, command) in commands_of(build_parser(())).items():
        parts += [f"## {name}", command.description or "", f"```text\n{usage_of(command)}\n```"]
        for section in arguments_of(command):
            if section.title:
                parts.append(f"**{section.title.capitalize()}**")
            parts += [f"`{entry.name}`\n: {_plain(entry.text)}" for entry in section.entries]
    return "\n\n".join(parts)


def python() -> str:
    """Return what documents each public name, for Sphinx."""
    values = {name: getattr(kmformat, name) for name in kmformat.__all__}
    errors = [name for name, value in values.items() if _is_error(value)]
    kinds = [name for name, value in values.items() if inspect.isclass(value)]
    enums = [name for name in kinds if issubclass(values[name], Enum)]
    classes = [name for name in kinds if name not in errors and name not in enums]
    functions = [name for name, value in values.items() if inspect.isroutine(value)]
    return "\n\n".join(
        [
            "## Functions", *_directives("autofunction", functions),
            "## Classes", *_directives("autoclass", classes, ":members:"),
            *_directives("autoclass", enums, ":members:", ":undoc-members:"),
            "## Errors", *_directives("autoexception", errors, ":show-inheritance:"),
            *(_module(name) for name, value in values.items() if inspect.ismodule(value)),
        ]
    )  # fmt: skip


def _module(name: str) -> str:
    """Return what documents a module, and what it offers of others."""
    offers = [":imported-members:"] if hasattr(getattr(kmformat, name), "__all__") else []
    directive = _directive("automodule", f"kmformat.{name}", ":members:", *offers)
    return f"## kmformat.{name}\n\n{directive}"


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def _directives(kind: str, names: list[str], *options: str) -> list[str]:
    return [_directive(kind, f"kmformat.{name}", *options) for name in names]


def _directive(kind: str, name: str, *options: str) -> str:
    lines = [f".. {kind}:: {name}", *(f"   {option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def _plain(text: str) -> str:
    """Return text of which Markdown takes nothing as its own, with options as code."""
    text = "".join(f"\\{letter}" if letter in r"\`*_<>[]#$" else letter for letter in text)
    return re.sub(r"(?<![\w-])--[a-z][a-z-]*", r"`\g<0>`", text)
