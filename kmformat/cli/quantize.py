"""``kmformat quantize``: write pictures in few colours in other formats, such as PNG."""

from __future__ import annotations

from argparse import Namespace

from kmformat.cli.console import STANDARD
from kmformat.cli.encode import options_of, report
from kmformat.cli.sources import for_each, picture, source
from kmformat.cli.targets import Targets, picture_format
from kmformat.errors import ParameterError
from kmformat.pictures.formats import to_picture
from kmformat.writing import to_indexed, to_stored_colors


def run(arguments: Namespace) -> int:
    """Quantise each input; return the exit code."""
    targets, options = Targets(arguments, ".quantized.png"), options_of(arguments)

    def work(name: str) -> None:
        target = targets.of(name)
        kind = "PNG" if target == STANDARD else picture_format(target)
        if kind == "KMF":
            raise ParameterError(f"{target}: kmformat encode writes KMF files")
        with source(name) as stream:
            loaded = picture(stream, arguments.max_pixels)
        image = to_stored_colors(loaded.image, options)
        indexed = to_indexed(image, options)
        data = to_picture(indexed, kind)
        targets.write(target, data)
        if not arguments.quiet:
            report(name, target, loaded, image, indexed, options, len(data))

    return for_each(arguments.inputs, work)
