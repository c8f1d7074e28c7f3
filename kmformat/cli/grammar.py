"""The grammar of each command: its files, and its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kmformat.arguments import integer_text, name_text, scale_text
from kmformat.cli.console import show
from kmformat.cli.help_screen import mark_first
from kmformat.cli.switches import (
    NAMES_INTO,
    QUIET,
    RECURSIVE_INTO,
    add_files,
    add_force,
    add_found,
    add_inputs,
    add_json,
    add_limit,
    add_limits,
    add_many,
    add_options,
    add_output,
    parsed,
)


def _add_encode(encode: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.overviews.options import OverviewOptions

    _add_reduced_files(encode, "IN with the suffix .kmf")
    add_options(encode, CodingOptions, group="storage")
    add_options(encode, OverviewOptions, group="storage")


def _add_quantize(quantize: argparse.ArgumentParser) -> None:
    _add_reduced_files(
        quantize, "IN with the suffix .quantized.png; the suffix picks the format, PNG for '-'"
    )


def _add_reduced_files(command: argparse.ArgumentParser, target: str) -> None:
    """Add the pictures to reduce, and all that says how; but for coding them."""
    from kmformat.options import EffortOption
    from kmformat.pictures.options import MetadataOptions
    from kmformat.quantization.options import QuantizeOptions, SearchOptions

    add_files(command, "pictures, in any format that Pillow reads", target)
    add_limit(command)
    add_options(command, QuantizeOptions, group="palette")
    add_options(command, SearchOptions, group="palette")
    add_options(command, EffortOption, group="search")
    add_options(command, MetadataOptions, group="metadata")
    add_many(command, RECURSIVE_INTO, NAMES_INTO, quiet=False)
    amount = command.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help=QUIET)
    amount.add_argument("-v", "--verbose", action="store_true", help="print each step and its time")
    add_json(command)


def _add_decode(decode: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.quantization.options import QuantizeOptions

    add_files(
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
        "--scale", type=parsed(scale_text), metavar="S",
        help="make it smaller: by a factor such as 1/8, or to fit into WIDTHxHEIGHT; pixels are "
        "averages, of an overview if the file has one that is large enough",
    )  # fmt: skip
    mark_first(scale)
    decode.add_argument(
        "--strip", action="store_true", help="leave out EXIF, XMP, ICC profile and resolution"
    )
    add_options(decode, QuantizeOptions, ("background",))
    add_options(decode, CodingOptions, ("threads",))
    add_limits(decode)
    add_many(decode, RECURSIVE_INTO, NAMES_INTO)


def _add_palette(palette: argparse.ArgumentParser) -> None:
    from kmformat.options import EffortOption
    from kmformat.palettes.formats import listed_suffixes
    from kmformat.quantization.options import SearchOptions

    add_inputs(
        palette,
        "IN",
        "pictures, KMF files or a palette file; '-' for standard input; or the name of a device, "
        "such as pico-8",
    )
    devices = palette.add_argument(
        "--list", action=_Devices, nargs=0, help="print the names of devices and exit"
    )
    mark_first(devices)
    add_output(
        palette, "OUT",
        f"a {listed_suffixes(programs=True)} file (default: .hex to standard output)",
    )  # fmt: skip
    colors = palette.add_argument(
        "-c", "--colors", type=parsed(integer_text(1, 256)), metavar="N",
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
    add_options(palette, SearchOptions)
    add_options(palette, EffortOption)
    add_limit(palette)
    add_found(palette)
    palette.add_argument("-q", "--quiet", action="store_true", help=QUIET)


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument(
        "original", nargs="?", type=parsed(name_text), metavar="ORIGINAL", help="any picture"
    )
    compare.add_argument(
        "files", nargs="*", type=parsed(name_text), metavar="FILE",
        help="KMF files, or any pictures",
    )  # fmt: skip
    add_output(
        compare, "SHEET",
        "draw a sheet: both, their difference and the palette, or a contact sheet of several "
        "FILEs; '-' for standard output; a folder of sheets if it ends with a slash, or with -r",
    )  # fmt: skip
    add_limit(compare)
    add_many(
        compare,
        "compare each KMF file in FILE, a folder, with the picture of its name in ORIGINAL, "
        "another",
        "compare the pairs in a file, one a line, with a tab between ORIGINAL and FILE",
        first=True,
    )
    add_json(compare)
    compare.set_defaults(skip_existing=False, update=False)


def _add_view(view: argparse.ArgumentParser) -> None:
    view.description = (
        "Show files in the browser, in a page that holds them and needs no network. It is opened, "
        "and its name printed, unless -o says where it goes. A picture that a KMF file was made "
        "from can be among the files, and is compared with it."
    )
    view.add_argument(
        "files", nargs="+", type=parsed(name_text), metavar="FILE",
        help="KMF files, and originals of any format; '-' for standard input",
    )  # fmt: skip
    view.add_argument(
        "-o", "--output", type=parsed(name_text), metavar="PAGE",
        help="write the page, such as lake.html, and open none; '-' for standard output",
    )  # fmt: skip
    add_force(view)
    add_limit(view)


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.description = (
        "Runs k-means on the colours of a picture, from random pixels, and writes a page that "
        "shows how the centroids move, what each number of colours looks like, and what it takes "
        "to store. The page needs nothing but a browser."
    )
    explain.add_argument(
        "picture", type=parsed(name_text), metavar="PICTURE",
        help="in any format that Pillow reads; '-' for standard input",
    )  # fmt: skip
    explain.add_argument(
        "-o", "--output", type=parsed(name_text), metavar="OUT",
        help="a page (.html; the default is PICTURE with the suffix .explain.html), an animation "
        "(.gif), a contact sheet of several numbers of colours (.png), or a folder (no suffix) for "
        "all of them and figures for slides; .gif and folders need matplotlib",
    )  # fmt: skip
    add_force(explain)
    explain.add_argument(
        "-c", "--colors", type=parsed(_numbers), default=(), metavar="N[,N...]",
        help="K of the run that is shown step by step (default 16); or several to compare (default "
        "2,4,8,16,32,64), as a contact sheet PICTURE.explain.png unless -o says otherwise",
    )  # fmt: skip
    explain.add_argument(
        "--iterations", type=parsed(integer_text(1)), default=10, metavar="N",
        help="of the run shown, at most (default 10)",
    )  # fmt: skip
    explain.add_argument(
        "--seed", type=parsed(integer_text(0)), default=0, metavar="N",
        help="of the random start: another seed, another start (default 0)",
    )  # fmt: skip
    add_limit(explain)


def _add_overviews(overviews: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import CodingOptions
    from kmformat.options import EffortOption
    from kmformat.overviews.options import KINDS

    overviews.description = (
        "Add smaller copies to KMF files, for thumbnails and viewers: from 1/8 of an image's size "
        "by halves, in place of those that it has. All else in a file stays, byte for byte."
    )
    add_inputs(overviews, "FILE", "KMF files")
    kind = overviews.add_argument(
        "--kind", choices=KINDS, default=KINDS[0],
        help="averages for a picture (the default), the most frequent index for labels (masks)",
    )  # fmt: skip
    mark_first(kind)
    add_options(overviews, EffortOption)
    add_options(overviews, CodingOptions, ("threads",))
    add_limit(overviews)
    add_many(overviews, first=True)


def _add_atlas(atlas: argparse.ArgumentParser) -> None:
    from kmformat.codec.options import SMALL_COLORS
    from kmformat.options import EffortOption
    from kmformat.quantization.options import SearchOptions

    atlas.description = (
        "Put pictures of one size below each other into one file, as tiles that small readers "
        "show one by one."
    )
    atlas.add_argument(
        "inputs", nargs="+", type=parsed(name_text), metavar="IN", help="pictures of one size"
    )
    add_output(
        atlas, "OUT",
        "a .kmf file; or a .h file, for C: an array, and the pictures' names for its tiles",
        required=True,
    )  # fmt: skip
    colors = atlas.add_argument(
        "-c", "--colors", type=parsed(integer_text(1, SMALL_COLORS)), default=SMALL_COLORS,
        metavar="N", help="the most colours of the palette, 1 to 16 (default 16)",
    )  # fmt: skip
    mark_first(colors)
    add_options(atlas, SearchOptions)
    add_options(atlas, EffortOption)
    add_limit(atlas)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "Each FILE becomes an array of the header, with its size in pixels and the bytes of memory "
        "that a small reader takes for it as macros."
    )
    export.add_argument(
        "files", nargs="+", type=parsed(name_text), metavar="FILE", help="KMF files"
    )
    add_output(
        export, "OUT",
        "a .h file; '-' for standard output",
        required=True,
    )  # fmt: skip
    add_limit(export)


def _add_info(info: argparse.ArgumentParser) -> None:
    add_inputs(info, "FILE", "'-' for standard input")
    add_limits(info, of_pixels=False)  # none is decoded
    add_many(info)
    add_json(info)


def _add_verify(verify: argparse.ArgumentParser) -> None:
    add_inputs(verify, "FILE", "'-' for standard input")
    add_limits(verify)
    add_many(verify)
    add_json(verify)


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
