"""Arguments that commands share: files, limits, and options from where they are declared."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer_text, name_text
from kmformat.cli.help_screen import mark_first
from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from kmformat.options import EffortOption, Switch
    from kmformat.pictures.options import MetadataOptions

    _Options: TypeAlias = type[EffortOption | MetadataOptions]

RECURSIVE = "take the files in folders, at any depth"
NAMES = (
    "take the names in a file too, one a line, or between NULs as find -print0 has them; '-' for "
    "standard input"
)
RECURSIVE_INTO = f"{RECURSIVE}, and keep their tree below -o"
NAMES_INTO = f"{NAMES}; the tree of these names is kept below -o"
QUIET = "print errors only, no progress"


def add_files(command: argparse.ArgumentParser, source: str, target: str) -> None:
    """Add the files that are read, and where those go that are written."""
    command.description = (
        f"{str(command.description)[:-1]}, each written beside its IN unless -o says where."
    )
    add_inputs(command, "IN", f"{source}; '-' for standard input")
    output = command.add_argument(
        "-o", "--output", type=parsed(name_text), metavar="OUT",
        help=f"default: {target}; '-' for standard output (the default when IN is '-'); a folder "
        "if there are several INs or it ends with a slash",
    )  # fmt: skip
    mark_first(output)
    existing = command.add_mutually_exclusive_group()
    add_force(existing)
    existing.add_argument(
        "--skip-existing", action="store_true",
        help="leave OUT alone if it is there and whole: a KMF file by the checksum of its head and "
        "its length, a picture if it is not empty",
    )  # fmt: skip
    existing.add_argument(
        "-u", "--update", action="store_true",
        help="the same, but replace OUT if it is older than IN",
    )  # fmt: skip


def add_inputs(command: argparse.ArgumentParser, metavar: str, text: str) -> None:
    """Add the files that are read, any number of them."""
    command.add_argument("inputs", nargs="*", type=parsed(name_text), metavar=metavar, help=text)


def add_many(
    command: argparse.ArgumentParser,
    recursive: str = RECURSIVE,
    names: str = NAMES,
    *,
    quiet: bool = True,
    first: bool = False,
) -> None:
    """Add what is for many files; the help may show folders and processes first."""
    many = add_found(command, recursive, names, first=first)
    many.add_argument(
        "--report", type=parsed(name_text), metavar="FILE.jsonl",
        help="write what becomes of each file, as a line of JSON",
    )  # fmt: skip
    many.add_argument(
        "--dry-run", action="store_true", help="print what would be done, and do nothing"
    )
    if quiet:
        command.add_argument("-q", "--quiet", action="store_true", help=QUIET)


def add_found(
    command: argparse.ArgumentParser,
    recursive: str = RECURSIVE,
    names: str = NAMES,
    *,
    first: bool = False,
) -> argparse._ArgumentGroup:
    """Add how files are found, and how many are worked on at a time; return the group of that."""
    many = _group(command, "many files")
    folders = many.add_argument("-r", "--recursive", action="store_true", help=recursive)
    listed = many.add_argument("--files-from", type=parsed(name_text), metavar="FILE", help=names)
    jobs = many.add_argument(
        "-j", "--jobs", type=parsed(integer_text(1)), metavar="N",
        help="work in N processes (default: one for each core if there are 16 files or more)",
    )  # fmt: skip
    for action in (folders, listed, jobs) if first else ():
        mark_first(action)
    return many


def add_json(command: argparse.ArgumentParser) -> None:
    """Add --json."""
    command.add_argument(
        "--json", action="store_true", help="print one JSON object a line, a line a file"
    )


def add_output(
    command: argparse.ArgumentParser, metavar: str, text: str, *, required: bool = False
) -> None:
    """Add the file that is written, and --force."""
    output = command.add_argument(
        "-o", "--output", type=parsed(name_text), metavar=metavar, required=required, help=text
    )
    mark_first(output)
    add_force(command)


def add_force(command: argparse._ActionsContainer) -> None:
    """Add --force."""
    force = command.add_argument(
        "-f", "--force", action="store_true", help="replace OUT if it exists"
    )
    mark_first(force)


def add_limits(command: argparse.ArgumentParser, *, of_pixels: bool = True) -> None:
    """Add the limits of KMF files: `of_pixels` is whether there is one unless it is told."""
    add_limit(command, told=of_pixels)
    command.add_argument(
        "--max-tiles", type=parsed(integer_text(1)), metavar="N",
        help="refuse KMF files of more tiles, before any is read (any number unless told)",
    )  # fmt: skip


def add_limit(command: argparse.ArgumentParser, *, told: bool = True) -> None:
    """Add the limit of pixels: `told` is whether there is one unless the user tells it."""
    unless = "default 2^28, which may take 3 GB" if told else "any number unless told"
    command.add_argument(
        "--max-pixels", type=parsed(integer_text(1)), metavar="N",
        default=DEFAULT_MAX_PIXELS if told else None,
        help=f"refuse images of more pixels, before any is read ({unless})",
    )  # fmt: skip


def add_options(
    command: argparse.ArgumentParser,
    options: _Options,
    only: tuple[str, ...] | None = None,
    *,
    group: str | None = None,
) -> None:
    """Add the options that a class declares itself, or only some of them.

    They go into a group of the help, but for those that declare another one, where there are any.
    """
    from dataclasses import fields

    own = {field.name: field for field in fields(options) if field.name in options.__annotations__}
    switches: dict[str, Switch] = {name: field.metadata["switch"] for name, field in own.items()}
    excluding = {switch.excludes: name for name, switch in switches.items()}
    places: dict[str, argparse._ActionsContainer] = {}
    for name, switch in switches.items():
        if only is not None and name not in only:
            continue
        title = group and (switch.group or group)
        place = _group(command, title) if title else command
        if name in excluding:
            places[name] = places[excluding[name]] = place.add_mutually_exclusive_group()
        default = own[name].default if switch.typed is None else switch.typed
        action = _add_option(places.get(name, place), name, default, switch)
        if switch.first:
            mark_first(action)


def _group(command: argparse.ArgumentParser, title: str) -> argparse._ArgumentGroup:
    """Return a command's group of options of a title, which is made where it is not there yet."""
    there = [group for group in command._action_groups if group.title == title]
    return there[0] if there else command.add_argument_group(title)


def _add_option(
    place: argparse._ActionsContainer, name: str, default: object, switch: Switch
) -> argparse.Action:
    flag = "--" + name.replace("_", "-")
    if switch.parse is None:
        flag = flag if default is False else "--no-" + flag[2:]
        action = "store_true" if default is False else "store_false"
        return place.add_argument(flag, dest=name, action=action, help=switch.help)
    return place.add_argument(
        *filter(None, (switch.short, flag)),
        dest=name,
        action="append" if switch.many else "store",
        type=parsed(switch.parse),
        default=[] if switch.many else default,
        choices=switch.choices,
        metavar=switch.metavar,
        help=switch.help,
    )


def parsed(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a parser of text whose errors argparse shows with the option's name."""

    def parse_text(text: str) -> object:
        try:
            return parse(text)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    parse_text.__name__ = parse.__name__  # argparse names it where anything else is wrong
    return parse_text
