"""``kmformat decode``: turn KMF files into pictures in other formats."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from dataclasses import replace

from kmformat.cli.sources import for_each, source
from kmformat.cli.targets import Targets, picture_format
from kmformat.color.channels import over
from kmformat.pictures.formats import to_picture
from kmformat.pictures.icc import without_icc
from kmformat.quantization.options import QuantizeOptions
from kmformat.reading import read_indexed


def run(arguments: Namespace) -> int:
    """Decode each input; return the exit code."""
    targets = Targets(arguments, ".png")
    background = QuantizeOptions(background=arguments.background).background_color

    def work(name: str) -> None:
        target = targets.of(name)
        kind = picture_format(target)
        with source(name) as stream:
            image = read_indexed(
                stream,
                box=arguments.box,
                max_pixels=arguments.max_pixels,
                threads=arguments.threads,
            )
        if arguments.strip:
            with suppress(ValueError):  # a profile that can't be used says nothing
                image = without_icc(image)
            image = replace(image, chunks=())
        image = replace(image, palette=over(image.palette, background))
        targets.write(target, to_picture(image, kind))

    return for_each(arguments.inputs, work)
