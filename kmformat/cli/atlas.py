"""``kmformat atlas``: put pictures of one size into one file, a tile each, with one palette."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kmformat.batches.palette import build_palette
from kmformat.cli.c_source import SUFFIX, Array, header_of
from kmformat.cli.console import say, shown
from kmformat.cli.names import check_standard, expanded
from kmformat.cli.sources import picture, source
from kmformat.cli.targets import check_target, write
from kmformat.codec.encoder import encode_indexed
from kmformat.errors import ParameterError, naming
from kmformat.indexed import IndexedImage
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels
from kmformat.writing import check_suffix, quantize

if TYPE_CHECKING:
    from kmformat.arrays import U8


def run(arguments: Namespace) -> int:
    """Write one atlas; return the exit code."""
    target: str = arguments.output
    header = target.endswith(SUFFIX)
    if not header:
        check_suffix(target)
    inputs = expanded(arguments.inputs)
    check_standard(inputs)
    check_target(target, inputs, force=arguments.force)
    pictures = _pictures(inputs, arguments.max_pixels)
    data = _encoded(pictures, arguments)
    if header:
        names = [Path(name).stem for name in inputs]
        data = header_of([Array(target, data, names)], target, arguments.max_pixels)
    write(target, data, force=arguments.force)
    height, width = pictures[0].shape[:2]
    say(f"{shown(target)}: {len(pictures)} tiles of {width}x{height}, {len(data):,} bytes")
    return 0


def _pictures(inputs: Sequence[str], max_pixels: int) -> list[U8]:
    """Return the pixels of all pictures, in sRGB, all of one size."""
    found: list[U8] = []
    for name in inputs:
        with naming(shown(name)), source(name) as stream:
            pixels = as_pixels(in_srgb(picture(stream, max_pixels).image))
        if found and pixels.shape[:2] != found[0].shape[:2]:
            (height, width), (first_height, first_width) = pixels.shape[:2], found[0].shape[:2]
            raise ParameterError(
                f"{shown(name)}: {width}x{height}: expected {first_width}x{first_height}, "
                f"as {shown(inputs[0])}"
            )
        found.append(pixels)
    return found


def _encoded(pictures: list[U8], arguments: Namespace) -> bytes:
    """Return a file for small readers in which the pictures stand below each other."""
    clear = any(each.shape[2] == 4 and not each[..., 3].all() for each in pictures)
    search = {name: getattr(arguments, name) for name in ("space", "seed", "effort")}
    keep = [*arguments.keep, *["transparent"] * clear]
    palette = build_palette(pictures, colors=arguments.colors, keep=keep, **search)
    told = {"palette": palette, "space": arguments.space, "effort": arguments.effort}
    indices = np.concatenate([quantize(each, **told).indices for each in pictures])
    height, width = pictures[0].shape[:2]
    image = IndexedImage(palette, indices)
    tile, effort = (width, height), arguments.effort
    return encode_indexed(image, small_reader=True, tile=tile, effort=effort)
