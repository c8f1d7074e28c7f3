"""Any picture to an indexed image: pixels, histogram, palette, indices."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer
from kmformat.color.parse import (
    Colors,
    alike,
    check_room,
    given_colors,
    given_palette,
    without_opaque_alpha,
)
from kmformat.effort import DEFAULT_EFFORT, Effort, effort_of
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.normalize import as_indexed, as_pixels, chunks_of, is_pillow
from kmformat.quantization.dither import DITHERS, Dither, map_with_dither
from kmformat.quantization.histogram import ColorHistogram, color_codes, distinct_colors
from kmformat.quantization.search.palette import (
    CLASSIC_ITERATIONS,
    classic_palette,
    sample_size,
    search_palette,
    sort_palette,
)
from kmformat.quantization.target_psnr import fewest_colors

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]
Init: TypeAlias = Literal["best", "random"]

DEFAULT_COLORS = 16
DEFAULT_PSNR = 35.0
"""dB: where people hardly see a difference any more. Photographs take 26 to 153 colours for it."""


def quantize(
    image: Image.Image | U8,
    *,
    colors: int | Literal["auto"] | None = None,
    psnr: float | None = None,
    palette: U8 | None = None,
    keep: Colors = (),
    dither: Dither = "none",
    effort: int = DEFAULT_EFFORT,
    init: Init = "best",
    iterations: int | None = None,
    seed: int = 0,
) -> IndexedImage:
    """Reduce an image to a palette and an index for each pixel.

    A Pillow image of mode P or 1 keeps its own palette and indices, unless it has more entries than
    `colors`, or another option asks for other ones. The metadata of a Pillow image become chunks.

    Every pixel gets its nearest palette entry, ties the lowest (`kmformat.color.space` says how far
    apart colours are), unless it is dithered. An image of no more distinct colours than asked is
    kept exactly, and so is one whose colours are all in the palette. Where there is alpha, fully
    transparent pixels otherwise become (0, 0, 0, 0), whatever their colour, or
    with init "random" may come near that.

    Parameters
    ----------
    image
        A Pillow image; or uint8 (height, width), (height, width, 3) or (height, width, 4).
    colors
        The most palette entries, 1 to 256; unless told, 16, or the image's own. They are ordered by
        alpha, then from dark to light. Or "auto": as few as reach `psnr`, while one less would not.
    psnr
        Only with "auto": the quality to be reached in dB, 35 unless told, as `kmformat.color.quality`
        measures it on the result, dithered or not. Infinite for an exact image.
    palette
        Use this one as it is, uint8 (K, 3) RGB or (K, 4) RGBA, K from 1 to 256, order and all.
        It is in sRGB, to which the colours of a Pillow image are converted by its ICC profile. Goes
        with none of colors, psnr, keep, init and iterations. Opaque colours are RGBA of alpha 255
        where the image or the palette has alpha: no pixel of an RGB palette is transparent.
    keep
        Colours that the palette must have exactly, used or not: (r, g, b), (r, g, b, a), "#rgb",
        "#rrggbb" or "#rrggbbaa", or an array of rows; at most `colors`, repeated ones counted once.
        The others are sought to go with them. A transparent one is the entry of transparent pixels.
    dither
        See `kmformat.quantization.dither`.
    effort
        1 to 9: how long to search for the palette (`kmformat.effort`).
    init, iterations
        "best" searches for the best palette known. "random" is the textbook's way: random pixels
        as initial centroids, then `iterations` (10 unless told) of Lloyd's algorithm; without
        `keep`.
    seed
        For the random choices: 0 or more. The same seed gives the same palette.

    Raises
    ------
    ParameterError
        Also where 256 colours do not reach `psnr`.
    """
    if dither not in DITHERS:
        raise ParameterError(f"dither {dither!r}: expected one of {', '.join(DITHERS)}")
    search, kept, seed = effort_of(effort), given_colors("keep", keep), integer("seed", seed, 0)
    if palette is not None:
        chosen = None if init == "best" else init
        _check_alone(
            colors=colors, psnr=psnr, keep=len(kept) or None, init=chosen, iterations=iterations
        )
        image = in_srgb(image) if is_pillow(image) else image
        found = _with_palette(as_pixels(image), given_palette(palette), dither)
        return replace(found, chunks=chunks_of(image))
    classic = _classic_iterations(init, iterations)
    target, most = _target(colors, psnr), _most_colors(colors)
    if target is None and classic is None and (own := as_indexed(image)) is not None:
        if not len(kept) and (colors is None or len(own.palette) <= most):
            return own
        if colors is None:  # all that it has, and what is to be kept
            most = min(256, max(most, len(own.palette) + len(kept)))
    check_room(kept, most)
    if classic is not None and len(kept):
        raise ParameterError("keep goes only together with init 'best'")
    pixels, kept = alike(without_opaque_alpha(as_pixels(image)), kept)
    picture = _Picture(pixels, distinct_colors(pixels, most), kept, search, classic, seed, dither)
    found = picture.reduced(most) if target is None else picture.fewest(target)
    return replace(found, chunks=chunks_of(image))


@dataclass(frozen=True, eq=False)
class _Picture:
    """A picture, and how to reduce it, whatever the number of colours.

    `distinct` are all its colours, if they are no more than may be asked for. `classic` is how
    many iterations the textbook's way takes; None for the search.
    """

    pixels: U8
    distinct: U8 | None
    kept: U8
    effort: Effort
    classic: int | None
    seed: int
    dither: Dither
    _counted: dict[int | None, tuple[ColorHistogram, np.random.Generator]] = field(
        default_factory=dict
    )

    def fewest(self, target: float) -> IndexedImage:
        """Return the picture in the fewest colours that reach a PSNR."""
        exact = self.exact_palette(256)
        known = None if exact is None else len(exact)
        return fewest_colors(self.pixels, self.reduced, target, max(1, len(self.kept)), known)

    def reduced(self, colors: int) -> IndexedImage:
        """Return the picture in up to so many colours."""
        palette = self.exact_palette(colors)
        if palette is not None:
            return IndexedImage(palette, _indices(self.pixels, palette))
        palette = sort_palette(self._palette(colors))
        return IndexedImage(palette, map_with_dither(self.pixels, palette, self.dither))

    def exact_palette(self, colors: int) -> U8 | None:
        """Return all colours, those to keep among them, unless they are too many."""
        if self.distinct is None:
            return None
        palette = sort_palette(np.concatenate([self.distinct, self.kept]))
        return palette if len(palette) <= colors else None

    def _palette(self, colors: int) -> U8:
        if self.classic is not None:
            histogram, rng = self._histogram(None)
            return classic_palette(histogram, colors, iterations=self.classic, rng=rng)
        histogram, rng = self._histogram(sample_size(self.effort, colors))
        return search_palette(histogram, colors, self.effort, rng, self.kept)

    def _histogram(self, sample: int | None) -> tuple[ColorHistogram, np.random.Generator]:
        """Return the histogram and what is left of the random numbers, both as if just made."""
        if sample not in self._counted:
            rng = np.random.default_rng(self.seed)
            self._counted[sample] = ColorHistogram.of(self.pixels, sample=sample, rng=rng), rng
        histogram, rng = self._counted[sample]
        return histogram, deepcopy(rng)


def _with_palette(pixels: U8, palette: U8, dither: Dither) -> IndexedImage:
    pixels, entries = alike(without_opaque_alpha(pixels), palette)
    return IndexedImage(palette, map_with_dither(pixels, entries, dither))


def _indices(pixels: U8, palette: U8) -> U8:
    """Return indices into a palette that has all colours, hidden ones too."""
    codes = color_codes(palette)
    order = np.argsort(codes)
    position = np.searchsorted(codes[order], color_codes(pixels.reshape(-1, pixels.shape[2])))
    return order.astype(np.uint8)[position].reshape(pixels.shape[:2])


def _classic_iterations(init: str, iterations: int | None) -> int | None:
    """Return how many iterations the textbook's way takes, or None for the search."""
    if init not in get_args(Init):
        raise ParameterError(f"init {init!r}: expected one of {', '.join(get_args(Init))}")
    if init == "random":
        return integer("iterations", CLASSIC_ITERATIONS if iterations is None else iterations, 1)
    if iterations is not None:
        raise ParameterError("iterations go only together with init 'random'")
    return None


def _most_colors(colors: int | str | None) -> int:
    if isinstance(colors, str) and colors == "auto":
        return 256
    return integer("colors", DEFAULT_COLORS if colors is None else colors, 1, 256)


def _target(colors: object, psnr: float | None) -> float | None:
    """Return the PSNR to be reached, or None where a number of colours is asked for."""
    if not (isinstance(colors, str) and colors == "auto"):
        if psnr is not None:
            raise ParameterError("psnr goes only together with colors 'auto'")
        return None
    if psnr is None:
        return DEFAULT_PSNR
    if isinstance(psnr, bool) or not isinstance(psnr, int | float | np.number) or not psnr >= 0:
        raise ParameterError(f"psnr {psnr!r}: expected decibels, 0 or more")
    return float(psnr)


def _check_alone(**options: object) -> None:
    """Raise ParameterError for the first option that is given beside a palette."""
    for name, value in options.items():
        if value is not None:
            raise ParameterError(f"palette and {name}: expected only one of them")
