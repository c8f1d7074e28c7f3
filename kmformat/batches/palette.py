"""`build_palette`: one palette for many images, surveyed on any executor.

Strategy: surveys of images add up. Their sums round, so images are added in groups that are always
the same, in order; a worker surveys the paths of a group, and one survey comes back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import reduce
from itertools import count, groupby, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer
from kmformat.errors import ParameterError, naming
from kmformat.executors import outcomes
from kmformat.options import takes_options
from kmformat.pictures.formats import load_picture
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_pixels
from kmformat.quantization.options import PaletteOptions
from kmformat.quantization.shared_palette import Survey, shared_palette, survey
from kmformat.storage.input import opened_stream
from kmformat.writing import with_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.pictures.normalize import AnyImage
    from kmformat.storage.input import PathLike

_GROUP = 16
"""Images whose surveys are added before they are to all others."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedPaletteOptions(PaletteOptions):
    """The options of a palette for many images.

    Attributes
    ----------
    executor
        Any `concurrent.futures.Executor`, to survey images in parallel; unless told, they are
        surveyed one after another. The palette is the same. Its workers see the same files by the
        same names; images in memory are sent to them.
    max_pixels
        The most pixels that a picture in a file may have.
    """

    executor: Executor | None = None
    max_pixels: int = DEFAULT_MAX_PIXELS

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("max_pixels", self.max_pixels, 1)


@takes_options(SharedPaletteOptions, with_colors)
def build_palette(images: Iterable[AnyImage | PathLike], options: SharedPaletteOptions) -> U8:
    """Return the palette that serves several images best, each pixel counting the same.

    For one array of pixels, it is the palette that `kmformat.quantize` finds. If all colours of all
    images fit, they are kept exactly. It is in sRGB: colours of an image are converted by its ICC
    profile, if that can be used.

    Parameters
    ----------
    images
        Images as `kmformat.quantize` takes them, with alpha or without; or paths of pictures and
        KMF files. They are taken as they are needed, and there may be any number of them: what
        stays of all is a histogram of at most 2^19 cells.

    Returns
    -------
    uint8, shape (K, 3), or (K, 4) if any image or kept colour is not opaque; K <= colors.

    Raises
    ------
    ParameterError
        Also if there is no image.
    PictureError, LimitError, OSError
        A file can't be read, or has more than `max_pixels` pixels.
    """
    # the rows of an array would pass for grey images, and letters for paths
    one = isinstance(images, str) or (isinstance(images, np.ndarray) and images.ndim < 4)
    if one or not isinstance(images, Iterable):
        raise ParameterError(f"images of type {type(images).__name__}: expected several, as a list")
    executor = options.executor
    look = _Look(replace(options, executor=None))
    parts = _parts(iter(images), sent=executor is not None)
    with closing(outcomes(look, parts, executor)) as run:
        groups = groupby(run, lambda outcome: outcome.item.group)
        surveys = (reduce(Survey.__add__, (one.result() for one in group)) for _, group in groups)
        return shared_palette(surveys, options)


class _Part(NamedTuple):
    """Images that are surveyed at once, and the number of their group."""

    group: int
    images: Sequence[AnyImage | PathLike]


def _parts(images: Iterator[AnyImage | PathLike], *, sent: bool) -> Iterator[_Part]:
    """Yield the paths of a group together, and other images alone, as pixels if they are sent."""
    for group in count():
        empty = True
        for are_paths, some in groupby(islice(images, _GROUP), _is_path):
            empty = False
            if are_paths:
                yield _Part(group, list(some))
            else:
                for image in some:
                    yield _Part(group, [_plain(image) if sent else image])
        if empty:
            return


def _is_path(image: AnyImage | PathLike) -> bool:
    return isinstance(image, str | os.PathLike)


def _plain(image: AnyImage | PathLike) -> AnyImage | PathLike:
    """Return the pixels of an image, which need no file of Pillow's; a path as it is."""
    return image if isinstance(image, str | os.PathLike) else as_pixels(in_srgb(image))


@dataclass(frozen=True)
class _Look:
    """Surveys some images: what runs in a worker."""

    options: SharedPaletteOptions

    def __call__(self, part: _Part) -> Survey:
        return reduce(Survey.__add__, map(self._survey, part.images))

    def _survey(self, image: AnyImage | PathLike) -> Survey:
        if not isinstance(image, str | os.PathLike):
            return survey(image, self.options)
        with opened_stream(image) as stream, naming(os.fspath(image)):
            return survey(load_picture(stream, self.options.max_pixels).image, self.options)
