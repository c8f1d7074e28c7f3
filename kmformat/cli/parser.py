"""The grammar of the command line, with its help. Nothing here imports what the commands need."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import NoReturn

from kmformat.cli.console import show
from kmformat.errors import ParameterError

_EPILOG = """\
examples:
  kmformat encode photo.jpg                 write photo.kmf, 16 colours
  kmformat encode -c 4 --bits 2 logo.png    four colours, two bits a pixel
  kmformat encode *.png -o small/           many at once, into a folder
  kmformat decode photo.kmf                 write photo.png
  kmformat decode map.kmf --box 0,0,64,64 -o corner.png
  kmformat compare photo.jpg photo.kmf -o sheet.png
  kmformat palette *.png -o shared.gpl      one palette for many pictures
  kmformat info --json *.kmf

exit codes: 0 all good, 1 something failed, 2 the command was not understood
"""


_HEX_COLOR = re.compile("#?([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE | re.ASCII)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all are here, and whose help fails as all output."""

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message} (see {self.prog} --help)")

    def print_help(self, _: object = None) -> None:
        show(self.format_help().rstrip("\n"))


def build_parser() -> argparse.ArgumentParser:
    """Return what parses a command line; errors are ParameterErrors."""
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
    _add_palette(commands)
    _add_compare(commands)
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
    encode = commands.add_parser("encode", help="turn pictures into KMF files")
    _add_files(encode, "pictures, in any format that Pillow reads", "IN with the suffix .kmf")
    palette = encode.add_argument_group("palette")
    palette.add_argument(
        "-c", "--colors", type=_colors, metavar="N",
        help="the most colours, 1 to 256, or 'auto' for as few as reach --psnr (default the "
        "picture's own palette if it has one, or else 16, and no more than --bits allow)",
    )  # fmt: skip
    palette.add_argument(
        "--psnr", type=_decibels, metavar="DB",
        help="the quality that --colors auto is to reach (default 35)",
    )  # fmt: skip
    palette.add_argument(
        "--palette", type=_name, metavar="FILE",
        help="use the colours of a .gpl, .pal, .hex or .act file, a KMF file or a picture",
    )  # fmt: skip
    _add_keep(palette)
    palette.add_argument(
        "--dither", choices=("none", "floyd-steinberg", "ordered"), default="none",
        help="mix colours that the palette lacks from dots of others (default none)",
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
    _add_seed(palette)
    _add_effort(encode, "how long to try, for palette and size")
    _add_storage(encode)
    metadata = encode.add_argument_group("metadata")
    metadata.add_argument(
        "--srgb", action="store_true",
        help="convert colours to sRGB, instead of carrying the picture's ICC profile",
    )  # fmt: skip
    metadata.add_argument(
        "--strip", action="store_true",
        help="carry no EXIF, XMP or ICC profile; colours are converted to sRGB",
    )  # fmt: skip
    _add_limit(encode)
    amount = encode.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    amount.add_argument("-v", "--verbose", action="store_true", help="print each step and its time")


def _add_storage(encode: argparse.ArgumentParser) -> None:
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


def _add_decode(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    decode = commands.add_parser("decode", help="turn KMF files into other pictures")
    _add_files(
        decode,
        "KMF files",
        "IN with the suffix .png; the suffix picks the format, PNG for '-', and a lossy format "
        "such as JPEG loses",
    )
    decode.add_argument(
        "--box", type=_box, metavar="L,U,R,B",
        help="decode only the pixels from (L, U) up to, not including, (R, B)",
    )  # fmt: skip
    decode.add_argument("--strip", action="store_true", help="leave out EXIF, XMP and ICC profile")
    _add_threads(decode)
    _add_limit(decode)


def _add_palette(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    palette = commands.add_parser(
        "palette", help="write a picture's palette, or the best one for many pictures"
    )
    palette.add_argument(
        "inputs", nargs="+", type=_name, metavar="IN",
        help="pictures, KMF files or a palette file; '-' for standard input",
    )  # fmt: skip
    palette.add_argument(
        "-o", "--output", type=_name, metavar="OUT",
        help="a .gpl (GIMP), .pal (JASC), .hex or .act (Adobe) file (default: .hex to standard "
        "output)",
    )  # fmt: skip
    _add_force(palette)
    palette.add_argument(
        "-c", "--colors", type=_integer(1, 256), metavar="N",
        help="seek the best palette of at most N colours (default 16, but a single IN that has a "
        "palette gives that)",
    )  # fmt: skip
    _add_keep(palette)
    _add_seed(palette)
    _add_effort(palette, "how long to search")
    _add_limit(palette)


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    compare = commands.add_parser(
        "compare", help="say how far a file is from its original, and draw both"
    )
    compare.add_argument("original", type=_name, metavar="ORIGINAL", help="any picture")
    compare.add_argument("file", type=_name, metavar="FILE", help="a KMF file, or any picture")
    compare.add_argument(
        "-o", "--output", type=_name, metavar="SHEET",
        help="draw a sheet: both, their difference and the palette; '-' for standard output",
    )  # fmt: skip
    _add_force(compare)
    compare.add_argument("--json", action="store_true", help="print one JSON object")
    _add_limit(compare)


def _add_files(command: argparse.ArgumentParser, source: str, target: str) -> None:
    command.add_argument(
        "inputs", nargs="+", type=_name, metavar="IN", help=f"{source}; '-' for standard input"
    )
    command.add_argument(
        "-o", "--output", type=_name, metavar="OUT",
        help=f"default: {target}; '-' for standard output (the default when IN is '-'); a folder "
        "if there are several INs or it ends with a slash",
    )  # fmt: skip
    _add_force(command)


def _add_force(command: argparse.ArgumentParser) -> None:
    command.add_argument("-f", "--force", action="store_true", help="replace OUT if it exists")


def _add_keep(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--keep", type=_hex_color, action="append", default=[], metavar="COLOR",
        help="a colour that the palette must have exactly, such as '#ff0000' or ff000080, in the "
        "picture's own colour space; may be repeated",
    )  # fmt: skip


def _add_seed(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--seed", type=_integer(0), default=0, metavar="N", help="for random choices (default 0)"
    )


def _add_effort(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "-e", "--effort", type=_integer(1, 9), default=5, metavar="N",
        help=f"{what}: 1, fastest, to 9, best (default 5)",
    )  # fmt: skip


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


def _colors(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return _integer(1, 256)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, or auto") from None


def _decibels(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: expected decibels, 0 or more")
    return value


def _hex_color(text: str) -> str:
    if not _HEX_COLOR.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: expected '#rgb', '#rrggbb' or '#rrggbbaa'")
    return "#" + text.removeprefix("#")


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
