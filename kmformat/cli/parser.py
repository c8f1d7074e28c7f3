"""The grammar of the command line; options come from where they are declared (`kmformat.options`).

Nothing here imports what the commands need, and only the command that is asked for gets its
options, so that ``--help`` is instant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer_text, name_text, scale_text
from kmformat.cli.console import show
from kmformat.cli.help_screen import Parser, mark_first
from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from kmformat.options import EffortOption, Switch
    from kmformat.pictures.options import MetadataOptions

    _Options: TypeAlias = type[EffortOption | MetadataOptions]

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")

_EXAMPLES = """\
examples:
  kmformat encode photo.jpg               write photo.kmf, 16 colours
  kmformat decode photo.kmf               write photo.png"""

_RECURSIVE = "take the files in folders, at any depth"
_NAMES = (
    "take the names in a file too, one a line, or between NULs as find -print0 has them; '-' for "
    "standard input"
)
_RECURSIVE_INTO = f"{_RECURSIVE}, and keep their tree below -o"
_NAMES_INTO = f"{_NAMES}; the tree of these names is kept below -o"
_QUIET = "print errors only, no progress"

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


def _add_encode(encode: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.overviews.options import OverviewOptions

    _add_reduced_files(encode, "IN with the suffix .kmf")
    _add_options(encode, CodingOptions, group="storage")
    _add_options(encode, OverviewOptions, group="storage")


def _add_quantize(quantize: argparse.ArgumentParser) -> None:
    _add_reduced_files(
        quantize, "IN with the suffix .quantized.png; the suffix picks the format, PNG for '-'"
    )


def _add_reduced_files(command: argparse.ArgumentParser, target: str) -> None:
    """Add the pictures to reduce, and all that says how; but for coding them."""
    from kmformat.options import EffortOption
    from kmformat.pictures.options import MetadataOptions
    from kmformat.quantization.options import QuantizeOptions, SearchOptions

    _add_files(command, "pictures, in any format that Pillow reads", target)
    _add_limit(command)
    _add_options(command, QuantizeOptions, group="palette")
    _add_options(command, SearchOptions, group="palette")
    _add_options(command, EffortOption, group="search")
    _add_options(command, MetadataOptions, group="metadata")
    _add_many(command, _RECURSIVE_INTO, _NAMES_INTO, quiet=False)
    amount = command.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help=_QUIET)
    amount.add_argument("-v", "--verbose", action="store_true", help="print each step and its time")
    _add_json(command)


def _add_decode(decode: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.quantization.options import QuantizeOptions

    _add_files(
        decode,
        "KMF files",
        "IN with the suffix .png; the suffix picks the format, PNG for '-', and a lossy format "
        "such as JPEG loses",
    )
    box = decode.add_argument(
        "--box", type=_box, metavar="L,U,R,B",
        help="decode only the pixels from (L, U) up to, not including, (R, B)",
    )  # fmt: skip
    mark_first(box)
    scale = decode.add_argument(
        "--scale", type=_parsed(scale_text), metavar="S",
        help="make it smaller: by a factor such as 1/8, or to fit into WIDTHxHEIGHT; pixels are "
        "averages, of an overview if the file has one that is large enough",
    )  # fmt: skip
    mark_first(scale)
    decode.add_argument(
        "--strip", action="store_true", help="leave out EXIF, XMP, ICC profile and resolution"
    )
    _add_options(decode, QuantizeOptions, ("background",))
    _add_options(decode, CodingOptions, ("threads",))
    _add_limits(decode)
    _add_many(decode, _RECURSIVE_INTO, _NAMES_INTO)


def _add_palette(palette: argparse.ArgumentParser) -> None:
    from kmformat.options import EffortOption
    from kmformat.palettes.formats import listed_suffixes
    from kmformat.quantization.options import SearchOptions

    _add_inputs(
        palette,
        "IN",
        "pictures, KMF files or a palette file; '-' for standard input; or the name of a device, "
        "such as pico-8",
    )
    devices = palette.add_argument(
        "--list", action=_Devices, nargs=0, help="print the names of devices and exit"
    )
    mark_first(devices)
    output = palette.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="OUT",
        help=f"a {listed_suffixes(programs=True)} file (default: .hex to standard output)",
    )  # fmt: skip
    mark_first(output)
    _add_force(palette)
    colors = palette.add_argument(
        "-c", "--colors", type=_parsed(integer_text(1, 256)), metavar="N",
        help="seek the best palette of at most N colours (default 16, but a single IN that has a "
        "palette gives that)",
    )  # fmt: skip
    mark_first(colors)
    suggest = palette.add_argument(
        "--suggest-keep", action="store_true",
        help="print, instead, --keep for each small area of IN whose colour encode would lose: "
        "kmformat encode IN $(kmformat palette --suggest-keep IN)",
    )  # fmt: skip
    mark_first(suggest)
    _add_options(palette, SearchOptions)
    _add_options(palette, EffortOption)
    _add_limit(palette)
    _add_found(palette)
    palette.add_argument("-q", "--quiet", action="store_true", help=_QUIET)


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument(
        "original", nargs="?", type=_parsed(name_text), metavar="ORIGINAL", help="any picture"
    )
    compare.add_argument(
        "files", nargs="*", type=_parsed(name_text), metavar="FILE",
        help="KMF files, or any pictures",
    )  # fmt: skip
    sheet = compare.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="SHEET",
        help="draw a sheet: both, their difference and the palette, or a contact sheet of several "
        "FILEs; '-' for standard output; a folder of sheets if it ends with a slash, or with -r",
    )  # fmt: skip
    mark_first(sheet)
    _add_force(compare)
    _add_limit(compare)
    _add_many(
        compare,
        "compare each KMF file in FILE, a folder, with the picture of its name in ORIGINAL, "
        "another",
        "compare the pairs in a file, one a line, with a tab between ORIGINAL and FILE",
        first=True,
    )
    _add_json(compare)
    compare.set_defaults(skip_existing=False, update=False)


def _add_view(view: argparse.ArgumentParser) -> None:
    view.description = (
        "Show files in the browser, in a page that holds them and needs no network. It is opened, "
        "and its name printed, unless -o says where it goes. A picture that a KMF file was made "
        "from can be among the files, and is compared with it."
    )
    view.add_argument(
        "files", nargs="+", type=_parsed(name_text), metavar="FILE",
        help="KMF files, and originals of any format; '-' for standard input",
    )  # fmt: skip
    view.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="PAGE",
        help="write the page, such as lake.html, and open none; '-' for standard output",
    )  # fmt: skip
    _add_force(view)
    _add_limit(view)


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.description = (
        "Runs k-means on the colours of a picture, from random pixels, and writes a page that "
        "shows how the centroids move, what each number of colours looks like, and what it takes "
        "to store. The page needs nothing but a browser."
    )
    explain.add_argument(
        "picture", type=_parsed(name_text), metavar="PICTURE",
        help="in any format that Pillow reads; '-' for standard input",
    )  # fmt: skip
    explain.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="OUT",
        help="a page (.html; the default is PICTURE with the suffix .explain.html), an animation "
        "(.gif), a contact sheet of several numbers of colours (.png), or a folder (no suffix) for "
        "all of them and figures for slides; .gif and folders need matplotlib",
    )  # fmt: skip
    _add_force(explain)
    explain.add_argument(
        "-c", "--colors", type=_parsed(_numbers), default=(), metavar="N[,N...]",
        help="K of the run that is shown step by step (default 16); or several to compare (default "
        "2,4,8,16,32,64), as a contact sheet PICTURE.explain.png unless -o says otherwise",
    )  # fmt: skip
    explain.add_argument(
        "--iterations", type=_parsed(integer_text(1)), default=10, metavar="N",
        help="of k-means, at most (default 10)",
    )  # fmt: skip
    explain.add_argument(
        "--seed", type=_parsed(integer_text(0)), default=0, metavar="N",
        help="of the random start: another seed, another start (default 0)",
    )  # fmt: skip
    _add_limit(explain)


def _add_overviews(overviews: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.options import EffortOption
    from kmformat.overviews.options import KINDS

    overviews.description = (
        "Add smaller copies to KMF files, for thumbnails and viewers: from 1/8 of an image's size "
        "by halves, in place of those that it has. All else in a file stays, byte for byte."
    )
    _add_inputs(overviews, "FILE", "KMF files")
    kind = overviews.add_argument(
        "--kind", choices=KINDS, default=KINDS[0],
        help="averages for a picture (the default), the most frequent index for labels (masks)",
    )  # fmt: skip
    mark_first(kind)
    _add_options(overviews, EffortOption)
    _add_options(overviews, CodingOptions, ("threads",))
    _add_limit(overviews)
    _add_many(overviews, first=True)


def _add_atlas(atlas: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import SMALL_COLORS
    from kmformat.options import EffortOption
    from kmformat.quantization.options import SearchOptions

    atlas.description = (
        "Put pictures of one size below each other into one file, as tiles that small readers "
        "show one by one."
    )
    atlas.add_argument(
        "inputs", nargs="+", type=_parsed(name_text), metavar="IN", help="pictures of one size"
    )
    output = atlas.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="OUT", required=True,
        help="a .kmf file; or a .h file, for C: an array, and the pictures' names for its tiles",
    )  # fmt: skip
    mark_first(output)
    _add_force(atlas)
    colors = atlas.add_argument(
        "-c", "--colors", type=_parsed(integer_text(1, SMALL_COLORS)), default=SMALL_COLORS,
        metavar="N", help="the most colours of the palette, 1 to 16 (default 16)",
    )  # fmt: skip
    mark_first(colors)
    _add_options(atlas, SearchOptions)
    _add_options(atlas, EffortOption)
    _add_limit(atlas)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "Each FILE becomes an array of the header, with its size in pixels and the bytes of memory "
        "that a small reader takes for it as macros."
    )
    export.add_argument(
        "files", nargs="+", type=_parsed(name_text), metavar="FILE", help="KMF files"
    )
    output = export.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="OUT", required=True,
        help="a .h file; '-' for standard output",
    )  # fmt: skip
    mark_first(output)
    _add_force(export)
    _add_limit(export)


def _add_info(info: argparse.ArgumentParser) -> None:
    _add_inputs(info, "FILE", "'-' for standard input")
    _add_limits(info, of_pixels=False)  # none is decoded
    _add_many(info)
    _add_json(info)


def _add_verify(verify: argparse.ArgumentParser) -> None:
    _add_inputs(verify, "FILE", "'-' for standard input")
    _add_limits(verify)
    _add_many(verify)
    _add_json(verify)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "encode": ("turn pictures into KMF files", _add_encode),
    "decode": ("turn KMF files into other pictures", _add_decode),
    "quantize": ("write pictures in few colours as PNG, GIF or BMP", _add_quantize),
    "palette": ("write a picture's palette, or the best one for many pictures", _add_palette),
    "compare": ("say how far files are from their original, and draw them", _add_compare),
    "explain": ("show how k-means finds a picture's colours: a page, slides", _add_explain),
    "atlas": ("put icons into one file, a tile each, for small machines", _add_atlas),
    "export": ("write KMF files as arrays of a C header", _add_export),
    "view": ("show files in the browser, in a page of their own", _add_view),
    "overviews": ("add smaller copies to KMF files, for thumbnails and viewers", _add_overviews),
    "info": ("print what files hold, without decoding them", _add_info),
    "verify": ("check every checksum and every index", _add_verify),
}


def _add_files(command: argparse.ArgumentParser, source: str, target: str) -> None:
    command.description = (
        f"{str(command.description)[:-1]}, each written beside its IN unless -o says where."
    )
    _add_inputs(command, "IN", f"{source}; '-' for standard input")
    output = command.add_argument(
        "-o", "--output", type=_parsed(name_text), metavar="OUT",
        help=f"default: {target}; '-' for standard output (the default when IN is '-'); a folder "
        "if there are several INs or it ends with a slash",
    )  # fmt: skip
    mark_first(output)
    existing = command.add_mutually_exclusive_group()
    _add_force(existing)
    existing.add_argument(
        "--skip-existing", action="store_true",
        help="leave OUT alone if it is there and whole: a KMF file by the checksum of its head and "
        "its length, a picture if it is not empty",
    )  # fmt: skip
    existing.add_argument(
        "-u", "--update", action="store_true",
        help="the same, but replace OUT if it is older than IN",
    )  # fmt: skip


def _add_inputs(command: argparse.ArgumentParser, metavar: str, text: str) -> None:
    command.add_argument("inputs", nargs="*", type=_parsed(name_text), metavar=metavar, help=text)


def _add_many(
    command: argparse.ArgumentParser,
    recursive: str = _RECURSIVE,
    names: str = _NAMES,
    *,
    quiet: bool = True,
    first: bool = False,
) -> None:
    """Add what is for many files; the help may show folders and processes first."""
    many = _add_found(command, recursive, names, first=first)
    many.add_argument(
        "--report", type=_parsed(name_text), metavar="FILE.jsonl",
        help="write what becomes of each file, as a line of JSON",
    )  # fmt: skip
    many.add_argument(
        "--dry-run", action="store_true", help="print what would be done, and do nothing"
    )
    if quiet:
        command.add_argument("-q", "--quiet", action="store_true", help=_QUIET)


def _add_found(
    command: argparse.ArgumentParser,
    recursive: str = _RECURSIVE,
    names: str = _NAMES,
    *,
    first: bool = False,
) -> argparse._ArgumentGroup:
    """Add how files are found, and how many are worked on at a time; return the group of that."""
    many = _group(command, "many files")
    folders = many.add_argument("-r", "--recursive", action="store_true", help=recursive)
    listed = many.add_argument("--files-from", type=_parsed(name_text), metavar="FILE", help=names)
    jobs = many.add_argument(
        "-j", "--jobs", type=_parsed(integer_text(1)), metavar="N",
        help="work in N processes (default: one for each core if there are 16 files or more)",
    )  # fmt: skip
    for action in (folders, listed, jobs) if first else ():
        mark_first(action)
    return many


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json", action="store_true", help="print one JSON object a line, a line a file"
    )


def _add_force(command: argparse._ActionsContainer) -> None:
    force = command.add_argument(
        "-f", "--force", action="store_true", help="replace OUT if it exists"
    )
    mark_first(force)


def _add_limits(command: argparse.ArgumentParser, *, of_pixels: bool = True) -> None:
    _add_limit(command, told=of_pixels)
    command.add_argument(
        "--max-tiles", type=_parsed(integer_text(1)), metavar="N",
        help="refuse KMF files of more tiles, before any is read (any number unless told)",
    )  # fmt: skip


def _add_limit(command: argparse.ArgumentParser, *, told: bool = True) -> None:
    unless = "default 2^28, which may take 3 GB" if told else "any number unless told"
    command.add_argument(
        "--max-pixels", type=_parsed(integer_text(1)), metavar="N",
        default=DEFAULT_MAX_PIXELS if told else None,
        help=f"refuse images of more pixels, before any is read ({unless})",
    )  # fmt: skip


def _add_options(
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
        type=_parsed(switch.parse),
        default=[] if switch.many else default,
        choices=switch.choices,
        metavar=switch.metavar,
        help=switch.help,
    )


def _parsed(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a parser of text whose errors argparse shows with the option's name."""

    def parse_text(text: str) -> object:
        try:
            return parse(text)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    parse_text.__name__ = parse.__name__  # argparse names it where anything else is wrong
    return parse_text


def _box(text: str) -> tuple[int, int, int, int]:
    try:
        left, upper, right, lower = (integer_text(0)(part.strip()) for part in text.split(","))
    except ValueError:
        message = f"{text!r}: expected LEFT,UPPER,RIGHT,LOWER, such as 0,0,64,64"
        raise argparse.ArgumentTypeError(message) from None
    return left, upper, right, lower


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(integer_text(1, 256)(part.strip()) for part in text.split(","))


class _Devices(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from kmformat.palettes.devices import DEVICES

        for name, device in DEVICES.items():
            show(f"{name:16}  {device.about}")
        parser.exit()


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
