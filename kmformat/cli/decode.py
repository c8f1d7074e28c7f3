"""``kmformat decode``: turn KMF files into pictures in other formats."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from typing import IO, TYPE_CHECKING

import numpy as np

from kmformat import reading
from kmformat.cli.sources import for_each, source
from kmformat.cli.targets import Targets, picture_format
from kmformat.color.channels import over
from kmformat.pictures.formats import colors_to_picture, to_picture
from kmformat.pictures.icc import in_srgb, without_icc
from kmformat.pictures.normalize import chunks_of
from kmformat.quantization.options import QuantizeOptions

if TYPE_CHECKING:
    from kmformat.arrays import U8


def run(arguments: Namespace) -> int:
    """Decode each input; return the exit code."""
    targets = Targets(arguments, ".png")
    background = QuantizeOptions(background=arguments.background).background_color
    decoded = _decoded if arguments.scale is None else _decoded_smaller

    def work(name: str) -> None:
        target = targets.of(name)
        kind = picture_format(target)
        with source(name) as stream:
            data = decoded(stream, arguments, background, kind)
        targets.write(target, data)

    return for_each(arguments.inputs, work)


def _decoded(stream: IO[bytes], arguments: Namespace, background: U8 | None, kind: str) -> bytes:
    image = reading.decode_indexed(
        stream, box=arguments.box, max_pixels=arguments.max_pixels, threads=arguments.threads
    )
    if arguments.strip:
        with suppress(ValueError):  # a profile that can't be used says nothing
            image = without_icc(image)
        image = replace(image, chunks=())
    return to_picture(replace(image, palette=over(image.palette, background)), kind)


def _decoded_smaller(
    stream: IO[bytes], arguments: Namespace, background: U8 | None, kind: str
) -> bytes:
    image = reading.open(
        stream, box=arguments.box, scale=arguments.scale, max_pixels=arguments.max_pixels
    )
    chunks = chunks_of(image)
    if arguments.strip:
        image, chunks = in_srgb(image), ()
    return colors_to_picture(over(np.asarray(image), background), chunks, kind)
