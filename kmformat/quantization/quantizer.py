"""Quantising: any picture to a palette and indices, by way of its histogram."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from kmformat import kernels
from kmformat.color.channels import (
    clear_hidden,
    over,
    with_channels,
    with_equal_channels,
    without_opaque_alpha,
)
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage, metadata_of
from kmformat.pictures.icc import in_srgb
from kmformat.pictures.labels import count_labels
from kmformat.pictures.losses import changes_of
from kmformat.pictures.metadata import is_pillow
from kmformat.pictures.normalize import TrueColor, as_indexed, as_pixels, chunks_of
from kmformat.quantization.dither.apply import remap_dithered
from kmformat.quantization.effort import search_effort
from kmformat.quantization.histogram import ColorHistogram, count_colors, distinct_colors
from kmformat.quantization.options import QuantizeOptions
from kmformat.quantization.remap import remap
from kmformat.quantization.search.palette import search_palette, sort_palette, textbook_palette
from kmformat.quantization.search.rare_hues import rare_entries
from kmformat.quantization.target_psnr import fewest_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.color.space import ColorSpace
    from kmformat.pictures.normalize import AnyImage
    from kmformat.quantization.dither import Dither
    from kmformat.quantization.halftone.state import View


def reduce_colors(image: AnyImage, options: QuantizeOptions) -> IndexedImage:
    """Reduce an image to a palette and indices: `kmformat.quantize`, which says how."""
    most, background = options.most_colors, options.background_color
    if options.entries is not None:
        image = in_srgb(image)
        pixels = without_opaque_alpha(over(as_pixels(image), background))
        palette = options.entries
        if pixels.shape[2] == 4 and not pixels[..., 3].all():
            palette = with_transparent_entry(palette)
        pixels, entries = with_equal_channels(pixels, palette)
        options = options.with_dither_for(pixels)
        indices = _dithered(pixels, entries, options)
        found = _lossy(IndexedImage(entries, indices), pixels, options, np.empty(0, np.uint8))
        return replace(found, palette=_as_stored(palette, options), chunks=chunks_of(image))
    target, own = options.target_psnr, None
    if target is None and options.init == "best" and (own := as_indexed(image)) is not None:
        if background is not None and own.palette.shape[1] == 4:
            shown = over(own.palette, background)
            own = replace(own, palette=shown, chunks=metadata_of(own.chunks))
        kept = len(options.kept)
        if not kept and (options.colors is None or len(own.palette) <= most):
            return own
        if not kept and (fewer := _without_unused(own, most)) is not None:
            return fewer
        if options.colors is None:  # all that it has, and what is to be kept
            most = min(256, max(most, len(own.palette) + kept))
    options.check_room(most)
    if options.lossless and (changes := _changes_of(image)):
        raise ParameterError(f"image with {', '.join(changes)}: expected 8-bit sRGB for lossless")
    pixels = without_opaque_alpha(over(as_pixels(image), background))
    if options.lossless:
        most = _check_few(pixels, options.kept)
    elif target is None and options.init == "best" and options.colors is None:
        most = max(most, min(256, (count_labels(pixels) or 0) + len(options.kept)))
    pixels, keep = with_equal_channels(pixels, options.kept)
    options = options.with_dither_for(pixels)
    reduction = _Reduction(pixels, distinct_colors(pixels, most), keep, options)
    found = reduction.to_colors(most) if target is None else reduction.to_psnr(target)
    if own is not None:
        found = _in_order_of(own.palette, found, options.color_space)
    return replace(found, chunks=chunks_of(image))


def _changes_of(image: AnyImage) -> tuple[str, ...]:
    if isinstance(image, TrueColor):
        return image.changes
    return changes_of(image) if is_pillow(image) else ()


def _as_stored(palette: U8, options: QuantizeOptions) -> U8:
    """Return a palette with the nominal colours of a panel in place of those that it shows."""
    if options.nominal is None:
        return palette
    nominal, added = with_equal_channels(options.nominal, palette[len(options.nominal) :])
    return np.concatenate([nominal, added])


def own_colors(image: AnyImage) -> int | None:
    """Return how many colours a picture keeps unless told otherwise; None if it has no such number.

    Those of its palette, or the classes of a label mask.
    """
    own = as_indexed(image)
    return count_labels(as_pixels(image)) if own is None else len(own.palette)


def _check_few(pixels: U8, keep: U8) -> int:
    """Return how many colours there may be, if all that are seen and those to keep are no more.

    Raises
    ------
    ParameterError
        They are more.
    """
    colors, most = count_colors(clear_hidden(pixels), keep), 256
    if colors > most:
        raise ParameterError(f"image of {colors:,} colours: expected at most {most} for lossless")
    return most


def with_transparent_entry(palette: U8) -> U8:
    """Return a palette with an entry for fully transparent pixels.

    Raises
    ------
    ParameterError
        It has 256 entries, none of them transparent.
    """
    entries = with_channels(palette, 4)
    if not entries[:, 3].all():
        return palette
    if len(palette) == 256:
        raise ParameterError(
            "palette of 256 opaque colours for transparent pixels: expected a transparent entry, "
            "or room for one, or a background"
        )
    return np.concatenate([entries, np.zeros((1, 4), np.uint8)])


def _without_unused(image: IndexedImage, most: int) -> IndexedImage | None:
    """Return an image with at most so many palette entries, none of them changed; None if it can't.

    If all indices fit, the entries after them go. Otherwise those go that no pixel uses, and the
    others keep their order: numbers may mean something, and entry 0 is often the background.
    """
    image = replace(image, chunks=metadata_of(image.chunks))
    used = np.flatnonzero(np.bincount(image.indices.ravel(), minlength=len(image.palette)))
    if used[-1] < most:
        return replace(image, palette=image.palette[:most])
    if len(used) > most:
        return None
    numbers = np.zeros(len(image.palette), np.uint8)
    numbers[used] = np.arange(len(used))
    return replace(image, palette=image.palette[used], indices=numbers[image.indices])


def _in_order_of(palette: U8, image: IndexedImage, space: ColorSpace) -> IndexedImage:
    """Return an image with its palette in the order of another's nearest entries."""
    entries, others = with_equal_channels(image.palette, palette)
    order = np.argsort(remap(entries[None], others, space)[0], kind="stable")
    numbers = np.argsort(order).astype(np.uint8)
    return replace(image, palette=image.palette[order], indices=numbers[image.indices])


@dataclass(frozen=True, eq=False)
class _Reduction:
    """A picture, and how to reduce it, whatever the number of colours.

    `distinct` are all its colours, if they are no more than may be asked for; `keep` are the
    options' colours to keep, with as many channels as the pixels.
    """

    pixels: U8
    distinct: U8 | None
    keep: U8
    options: QuantizeOptions
    _counted: dict[int | None, ColorHistogram] = field(default_factory=dict)

    def to_psnr(self, target: float) -> IndexedImage:
        """Return the picture in the fewest colours that reach a PSNR."""
        exact = self._exact_palette(256)
        known = None if exact is None else len(exact)
        return fewest_colors(self.pixels, self.to_colors, target, max(1, len(self.keep)), known)

    def to_colors(self, colors: int) -> IndexedImage:
        """Return the picture in up to so many colours."""
        palette = self._exact_palette(colors)
        if palette is not None:
            return IndexedImage(palette, exact_indices(self.pixels, palette))
        palette = sort_palette(self._best_palette(colors))
        found = IndexedImage(palette, _dithered(self.pixels, palette, self.options))
        return _lossy(found, self.pixels, self.options, self.keep)

    def _exact_palette(self, colors: int) -> U8 | None:
        return None if self.distinct is None else exact_palette(self.distinct, self.keep, colors)

    def _best_palette(self, colors: int) -> U8:
        histogram, strength = (
            self._histogram(sample_for(colors, self.options)),
            self.options.strength,
        )
        if self.options.dither != "optimized" or not strength or self.options.init == "random":
            return best_palette(histogram, colors, self.keep, self.options)
        from kmformat.quantization.dither import optimized

        keep = optimized.with_flat_colors(self.pixels, self.keep, colors)
        palette = best_palette(histogram, colors, keep, self.options)
        held = np.concatenate([keep, palette[rare_entries(palette, histogram)]])
        return optimized.fitted(self.pixels, palette, held, strength)

    def _histogram(self, sample: int | None) -> ColorHistogram:
        if sample not in self._counted:
            self._counted[sample] = ColorHistogram.of(
                self.pixels, self.options.color_space, sample=sample, seed=self.options.seed
            )
        return self._counted[sample]


def exact_palette(distinct: U8, keep: U8, colors: int) -> U8 | None:
    """Return the palette of all colours, and those to keep, unless they are too many."""
    palette = sort_palette(np.concatenate([distinct, keep]))
    return palette if len(palette) <= colors else None


def sample_for(colors: int, options: QuantizeOptions) -> int | None:
    """Return of how many pixels the search wants a histogram; None for all."""
    if options.textbook_iterations is not None:
        return None
    return search_effort(options.effort).sample_for(colors)


def best_palette(histogram: ColorHistogram, colors: int, keep: U8, options: QuantizeOptions) -> U8:
    """Return the best palette found for a histogram, or the textbook's, as options say."""
    if options.textbook_iterations is not None:
        iterations = options.textbook_iterations
        return textbook_palette(histogram, colors, iterations=iterations, seed=options.seed)
    effort = search_effort(options.effort)
    return search_palette(histogram, colors, effort, options.seed, keep)


def _dithered(pixels: U8, palette: U8, options: QuantizeOptions) -> U8:
    """Return the indices of pixels by the dither of options, which is chosen already."""
    dither = cast("Dither", options.dither)
    return remap_dithered(pixels, palette, dither, options.color_space, options.strength)


def _lossy(image: IndexedImage, pixels: U8, options: QuantizeOptions, keep: U8) -> IndexedImage:
    """Return an image at the loss that options allow; entries may move unless they are dithered."""
    if options.lossy is None:
        return image
    from kmformat.quantization.dither import optimized
    from kmformat.quantization.halftone.plain import PlainView
    from kmformat.quantization.lossy import cheaper

    dithered = options.dither != "none" and options.strength > 0
    view: View = PlainView(options.color_space)
    if dithered:
        colors, seen = clear_hidden(pixels)[..., :3], (pixels[..., 3:] == 255).all(axis=2)
        view = optimized.suited_view(colors, seen, image.palette[:, :3], options.strength)
    kept = kernels.color_codes(keep) if len(keep) else ()
    movable = ~np.isin(kernels.color_codes(image.palette), kept)
    movable &= not dithered and options.entries is None
    found = cheaper(image, pixels, float(options.lossy), view, movable)
    if not movable.any():
        return found
    palette = sort_palette(found.palette)
    numbers = exact_indices(found.palette[None], palette)[0]
    return replace(found, palette=palette, indices=numbers[found.indices])


def exact_indices(pixels: U8, palette: U8) -> U8:
    """Return indices into a palette that has all colours, hidden ones too."""
    codes = kernels.color_codes(palette)
    order = np.argsort(codes)
    flat = kernels.color_codes(pixels.reshape(-1, pixels.shape[2]))
    position = np.searchsorted(codes[order], flat)
    return order.astype(np.uint8)[position].reshape(pixels.shape[:2])
