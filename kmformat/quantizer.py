"""Any picture to an indexed image: histogram, palette, indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from kmformat.checks import integer
from kmformat.effort import DEFAULT_EFFORT, effort_of
from kmformat.errors import ParameterError
from kmformat.histogram import ColorHistogram, color_codes, distinct_colors
from kmformat.indexed import IndexedImage
from kmformat.mapping import map_to_palette
from kmformat.palette import CLASSIC_ITERATIONS, classic_palette, search_palette, sort_palette
from kmformat.pixels import as_pixels

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]
Init: TypeAlias = Literal["best", "random"]

DEFAULT_COLORS = 16


def quantize(
    image: Image.Image | U8,
    *,
    colors: int = DEFAULT_COLORS,
    effort: int = DEFAULT_EFFORT,
    init: Init = "best",
    iterations: int | None = None,
    seed: int = 0,
) -> IndexedImage:
    """Reduce an image to a palette and an index for each pixel.

    Every pixel gets its nearest palette entry, ties the lowest (`kmformat.metric` says how far
    apart colours are). An image of no more distinct colours than asked is kept exactly. Where
    there is alpha, fully transparent pixels otherwise become (0, 0, 0, 0), whatever their colour.

    Parameters
    ----------
    image
        A Pillow image; or uint8 (height, width), (height, width, 3) or (height, width, 4).
    colors
        The most palette entries, 1 to 256. They are ordered by alpha, then from dark to light.
    effort
        1 to 9: how long to search for the palette (`kmformat.effort`).
    init, iterations
        "best" searches for the best palette known. "random" is the textbook's way: random pixels
        as initial centroids, then `iterations` (10 unless told) of Lloyd's algorithm.
    seed
        For the random choices: 0 or more. The same seed gives the same palette.

    Raises
    ------
    ParameterError
    """
    colors, seed = integer("colors", colors, 1, 256), integer("seed", seed, 0)
    if init not in get_args(Init):
        raise ParameterError(f"init {init!r}: expected one of {', '.join(get_args(Init))}")
    if iterations is not None and init != "random":
        raise ParameterError("iterations go only together with init 'random'")
    iterations = integer("iterations", CLASSIC_ITERATIONS if iterations is None else iterations, 1)
    search, pixels = effort_of(effort), as_pixels(image)
    if pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
        pixels = np.ascontiguousarray(pixels[..., :3])
    distinct = distinct_colors(pixels, colors)
    if distinct is not None:
        return _exact(pixels, sort_palette(distinct))
    rng = np.random.default_rng(seed)
    if init == "random":
        palette = classic_palette(ColorHistogram.of(pixels), colors, iterations=iterations, rng=rng)
    else:
        sample = search.sample if search.sample is None or colors <= 48 else 2 * search.sample
        histogram = ColorHistogram.of(pixels, sample=sample, rng=rng)
        palette = search_palette(histogram, colors, search, rng)
    palette = sort_palette(palette)
    return IndexedImage(palette, map_to_palette(pixels, palette))


def _exact(pixels: U8, palette: U8) -> IndexedImage:
    """Index an image all of whose colours, hidden ones too, are in the palette."""
    codes = color_codes(palette)
    order = np.argsort(codes)
    position = np.searchsorted(codes[order], color_codes(pixels.reshape(-1, pixels.shape[2])))
    return IndexedImage(palette, order.astype(np.uint8)[position].reshape(pixels.shape[:2]))
