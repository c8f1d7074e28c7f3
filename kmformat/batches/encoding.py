"""One picture to bytes, and what became of it: for `encode_files`, and for what people are told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import numpy as np

from kmformat.color.channels import clear_hidden, over, with_equal_channels
from kmformat.indexed import IndexedImage
from kmformat.overviews.pyramid import to_file
from kmformat.pictures.losses import changes_of
from kmformat.pictures.normalize import as_pixels, taken_out
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.quantization.histogram import distinct_colors
from kmformat.writing import EncodeOptions, to_indexed, to_stored_colors

if TYPE_CHECKING:
    from PIL import Image

    Coder: TypeAlias = Callable[[IndexedImage, EncodeOptions], bytes]

_Result = TypeVar("_Result")

_COUNTED_COLORS = 256


@dataclass(frozen=True)
class Encoded:
    """What became of a picture.

    Attributes
    ----------
    width, height
        In pixels.
    colors
        Entries of the palette, 1 to 256.
    colors_before
        Colours that the pixels had, up to 256; None if they had more, or all are kept.
    psnr
        In dB; infinite if every pixel has the colour that it had once `changes` were made.
    changes
        What became of the samples before, such as "16 bits cut to 8".
    added_entry
        Whether a palette that was told got a transparent entry.
    metadata_bytes
        Payload of the chunks of metadata.
    """

    width: int
    height: int
    colors: int
    colors_before: int | None
    psnr: float
    changes: tuple[str, ...]
    added_entry: bool
    metadata_bytes: int

    @property
    def finite_psnr(self) -> float | None:
        """The PSNR as JSON can hold it: None if it is infinite."""
        return self.psnr if math.isfinite(self.psnr) else None


class Timed(Protocol):
    """Runs a step of the work, and may say how long it took."""

    def __call__(self, what: str, step: Callable[[], _Result], /) -> _Result:
        """Return what the step returns."""
        ...


def untimed(_: str, step: Callable[[], _Result]) -> _Result:
    """Run a step, and say nothing."""
    return step()


def encode_picture(
    picture: Image.Image,
    options: EncodeOptions,
    coder: Coder = to_file,
    timed: Timed = untimed,
) -> tuple[bytes, Encoded]:
    """Return a picture that was read as bytes, and what became of it.

    Parameters
    ----------
    picture
        As `load_picture` reads it. It is closed.
    coder
        Makes the bytes of palette and indices: those of a KMF file unless told.
    """
    stored = to_stored_colors(picture, options)
    changes = changes_of(picture)
    if stored is not picture:
        changes += ("colours converted to sRGB",)
    image = taken_out(stored)
    picture.close()  # Pillow has 4 bytes a pixel, and `image` 3 that are enough
    del stored
    indexed = timed("found palette and indices", lambda: to_indexed(image, options))
    data = timed("coded palette and indices", lambda: coder(indexed, options))
    before, decibels = None, math.inf
    if not (isinstance(image, IndexedImage) and _same(image, indexed)):
        pixels = over(as_pixels(image), options.background_color)
        decibels = psnr(mean_squared_error(pixels, _as_shown(indexed, options)))
        if math.isfinite(decibels):
            found = distinct_colors(clear_hidden(pixels), _COUNTED_COLORS)
            before = None if found is None or len(found) <= len(indexed.palette) else len(found)
    return data, Encoded(
        width=indexed.width,
        height=indexed.height,
        colors=len(indexed.palette),
        colors_before=before,
        psnr=decibels,
        changes=changes,
        added_entry=options.entries is not None and len(indexed.palette) > len(options.entries),
        metadata_bytes=sum(len(chunk.payload) for chunk in indexed.chunks),
    )


def _as_shown(indexed: IndexedImage, options: EncodeOptions) -> IndexedImage:
    """Return an image for a panel in the colours that the panel shows."""
    if options.nominal is None or options.entries is None:
        return indexed
    added = indexed.palette[len(options.entries) :]
    palette = np.concatenate(with_equal_channels(options.entries, added))
    return IndexedImage(palette, indexed.indices)


def _same(one: IndexedImage, other: IndexedImage) -> bool:
    return np.array_equal(one.palette, other.palette) and np.array_equal(one.indices, other.indices)
