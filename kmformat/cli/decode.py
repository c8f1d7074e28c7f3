"""``kmformat decode``: turn KMF files into pictures in other formats."""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

import numpy as np

from kmformat import reading
from kmformat.cli.batch import threads_of, work_through
from kmformat.cli.names import found_files, kmf_suffixes
from kmformat.cli.sources import source
from kmformat.cli.targets import Targets, deliver, picture_format
from kmformat.cli.tasks import Done, Say, Task
from kmformat.color.channels import over
from kmformat.pictures.formats import colors_to_picture, to_picture
from kmformat.pictures.icc import in_srgb, without_icc
from kmformat.pictures.normalize import chunks_of
from kmformat.quantization.options import QuantizeOptions

if TYPE_CHECKING:
    from kmformat.arrays import U8


def run(arguments: Namespace) -> int:
    """Decode each input; return the exit code."""
    files = found_files(arguments, kmf_suffixes)
    targets = Targets(arguments, ".png", files)
    background = QuantizeOptions(background=arguments.background).background_color
    work = _Decode(arguments, background, threads_of(arguments, files))
    return work_through(files, targets.tasks(), work, arguments)


@dataclass(frozen=True)
class _Decode:
    """Decodes a file: what is done with each, in whatever process."""

    arguments: Namespace
    background: U8 | None
    threads: int | None

    def __call__(self, task: Task, _: Say) -> Done:
        kind = picture_format(task.target)
        decoded = self._decoded if self.arguments.scale is None else self._decoded_smaller
        with source(task.name) as stream:
            data = decoded(stream, kind)
            size = stream.seek(0, os.SEEK_END) if stream.seekable() else 0
        deliver(task, data, self.arguments)
        sizes = {"input_bytes": size or None, "bytes": len(data)}
        return Done(sizes, before=size, after=len(data))

    def _decoded(self, stream: IO[bytes], kind: str) -> bytes:
        told = self.arguments
        image = reading.decode_indexed(
            stream, box=told.box, max_pixels=told.max_pixels, max_tiles=told.max_tiles,
            threads=self.threads,
        )  # fmt: skip
        if told.strip:
            with suppress(ValueError):  # a profile that can't be used says nothing
                image = without_icc(image)
            image = replace(image, chunks=())
        return to_picture(replace(image, palette=over(image.palette, self.background)), kind)

    def _decoded_smaller(self, stream: IO[bytes], kind: str) -> bytes:
        told = self.arguments
        image = reading.open(
            stream, box=told.box, scale=told.scale, max_pixels=told.max_pixels,
            max_tiles=told.max_tiles,
        )  # fmt: skip
        chunks = chunks_of(image)
        if told.strip:
            image, chunks = in_srgb(image), ()
        return colors_to_picture(over(np.asarray(image), self.background), chunks, kind)
