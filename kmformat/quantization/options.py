"""The options of quantising, each declared once (`kmformat.options`), and checked together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Literal, SupportsFloat, TypeAlias, cast, get_args

from kmformat.arguments import color_text, integer, integer_text, name_text, one_of
from kmformat.cached import cached_property
from kmformat.color import ANY_SPACES, AnySpace
from kmformat.errors import ContradictionError, ParameterError
from kmformat.options import EffortOption, option
from kmformat.quantization.dither import ANY_DITHERS, AnyDither, Dither

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.color.parse import Color, Colors
    from kmformat.color.space import ColorSpace
    from kmformat.pictures.normalize import AnyImage

    PaletteLike: TypeAlias = Colors | str | PathLike[str] | AnyImage
    """Colours; or what holds some, out of which `kmformat.writing` has taken them."""

Show: TypeAlias = Literal["nominal", "measured"]
Init: TypeAlias = Literal["best", "random"]

DEFAULT_COLORS = 16
DEFAULT_ITERATIONS = 10
DEFAULT_PSNR = 35.0
"""dB: where people hardly see a difference any more. Photographs take 26 to 153 colours for it."""


def _colors_text(text: str) -> int | str:
    try:
        return text if text == "auto" else integer_text(1, 256)(text)
    except ParameterError as error:
        raise ParameterError(f"{error}, or auto") from None


def _share_text(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ParameterError(f"{text!r}: expected 0 to 1")
    return value


def _decibels_text(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ParameterError(f"{text!r}: expected decibels, 0 or more")
    return value


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchOptions(EffortOption):
    """How to search for a palette, of one image or of many.

    Attributes
    ----------
    keep
        Colours that the palette must have exactly, used or not; at most as many as it may have,
        repeated ones counted once. The others are sought to go with them. A transparent one is the
        entry of transparent pixels. It is a list of (r, g, b), (r, g, b, a), "#rgb", "#rrggbb",
        "#rrggbbaa", the "#" left out or not, and names of CSS such as "red" and "transparent"; an
        array of rows; or what holds a palette: the path of a palette file, of a KMF file or of a
        picture, an `IndexedImage`, or a Pillow image; or the name of a device with a fixed one:
        "black-and-white", "cga", "cga-4", "commodore-64", "e-paper-6", "e-paper-7", "spectra-6",
        "spectra-6-inky", "acep-7", "game-boy", "pico-8" or "web-safe".
    space
        Where colours are near or far, for the search and for the pixels: "srgb" for the least
        squared error, or "oklab" for hues as eyes see them, also of what is small and bright. Or
        "auto": "oklab", unless a PSNR is to be reached or the palette is found the textbook's way.
    seed
        For the random choices: 0 or more. The same seed gives the same palette.
    """

    keep: PaletteLike = option(
        (), "a colour that the palette must have exactly, such as '#ff0000', ff000080 or red, in "
        "the picture's own colour space; may be repeated",
        parse=color_text, metavar="COLOR", many=True,
    )  # fmt: skip
    space: AnySpace = option(
        "srgb", "where colours are compared: as numbers, for the least squared error, or as eyes "
        "see them, which keeps hues (default auto: oklab, but srgb for --psnr and --init random)",
        parse=str, choices=ANY_SPACES, typed="auto", group="search",
    )  # fmt: skip
    seed: int = option(
        0, "for random choices (default 0)", parse=integer_text(0), metavar="N", group="search"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("space", self.space, ANY_SPACES)
        integer("seed", self.seed, 0)
        self.check_room(256)

    @cached_property
    def color_space(self) -> ColorSpace:
        """The space in which colours are compared."""
        from kmformat.color.spaces import SPACE_OF

        return SPACE_OF["oklab" if self.space == "auto" else self.space]

    @cached_property
    def kept(self) -> U8:
        """The different colours to keep, uint8 (k, 3), or (k, 4) if any is not opaque."""
        from kmformat import kernels
        from kmformat.color.parse import parse_colors

        return kernels.unique_colors(parse_colors("keep", cast("Colors", self.keep)))

    def check_room(self, colors: int) -> None:
        """Raise ParameterError unless the colours to keep are at most so many."""
        if len(self.kept) > colors:
            raise ParameterError(
                f"keep of {len(self.kept)} different colours: expected at most {colors}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class PaletteOptions(SearchOptions):
    """The options of `kmformat.build_palette`.

    Attributes
    ----------
    colors
        The most palette entries, 1 to 256.
    """

    colors: int = DEFAULT_COLORS

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_room(integer("colors", self.colors, 1, 256))


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantizeOptions(SearchOptions):
    """The options of `kmformat.quantize`.

    Attributes
    ----------
    colors
        The most palette entries, 1 to 256; unless told, 16, or the image's own. They are ordered by
        alpha, then from dark to light. Or "auto": as few as reach `psnr`, while one less would not.
    psnr
        Only with "auto": the PSNR to be reached in dB, 35 unless told, measured on the result,
        dithered or not, as `kmformat compare` measures it. Infinite for an exact image.
    lossless
        Keep every colour that is seen, or raise ParameterError: with the count if they are more
        than 256, or if samples do not fit 8 bits. Goes with none of colors, psnr, palette, lossy,
        init and iterations.
    palette
        Use this one as it is, order and all: 1 to 256 colours, given as for `keep`. It is in sRGB,
        to which the colours of an image are converted by its ICC profile. Goes with none of colors,
        psnr, keep, init and iterations. Opaque colours are RGBA of alpha 255
        where the image or the palette has alpha. Where the image has fully transparent pixels and
        the palette no such entry, one is added at its end, (0, 0, 0, 0).
        It may also be one of pairs: what a panel shows for each colour, to which pixels are
        matched, and by what its driver knows it, which the result has. Pairs are an array (K, 2,
        3); the path of a .hex file with two colours a line; or the name of a panel: "spectra-6",
        "spectra-6-inky" or "acep-7".
    show
        Of a palette of pairs, the colours that the result has: "nominal", for the driver, or
        "measured", to look at.
    background
        An opaque colour, as for `keep`, on which the image is put first: the result has no alpha.
    dither
        How palette entries are mixed where no entry is near: "none", "floyd-steinberg",
        "ordered", or "optimized", which seeks palette and indices together, for photographs to look
        best at few bytes, and compares colours in "oklab" whatever the space. Or "auto": "none" for
        drawings, and where a PSNR is to be reached or the palette is found the textbook's way;
        "optimized" for photographs, and for those of more than 4 megapixels "floyd-steinberg", in
        "oklab".
    dither_strength
        Only with a dither: how much of what palette entries lack it makes up for, from 0, nothing,
        to 1, all of it, the default. Less gives less noise and smaller files.
    lossy
        Decibels, such as 0.1: where it saves bits, pixels get a slightly worse index, for files
        that are smaller by a sixth or more. Errors grow by at most so much: without a dither, the
        squared error (in "srgb", that of PSNR); with one, what an eye sees of all errors together.
        Not with dither "ordered", in which the same colour at the same place has the same index.
    init, iterations
        "best" searches for the best palette known. "random" is the textbook's way: random pixels
        as initial centroids, then `iterations` (10 unless told) of Lloyd's algorithm; without
        `keep`.
    """

    colors: int | Literal["auto"] | None = option(
        None, "the most colours, 1 to 256, or 'auto' for as few as reach --psnr (default the "
        "picture's own palette if it has one, or else 16)",
        parse=_colors_text, metavar="N", short="-c", first=True,
    )  # fmt: skip
    psnr: float | None = option(
        None, "the quality that --colors auto is to reach, in dB (default 35)",
        parse=_decibels_text, metavar="DB",
    )  # fmt: skip
    lossless: bool = option(
        False, "keep every colour, or fail with their count if they are more than 256"
    )
    palette: PaletteLike | None = option(
        None, "use the colours of a palette file (see kmformat palette --help), a KMF file or a "
        "picture, or of a device by name, such as pico-8 (see kmformat palette --list)",
        parse=name_text, metavar="FILE", first=True,
    )  # fmt: skip
    show: Show = option(
        "nominal", "of a --palette of pairs, such as spectra-6 or a .hex file with two colours a "
        "line, the colours that the file has: nominal, for the panel's driver (default), or "
        "measured, as it looks",
        parse=str, choices=get_args(Show),
    )  # fmt: skip
    background: Color | None = option(
        None, "put pictures with alpha on this colour, such as white or '#fff'",
        parse=color_text, metavar="COLOR",
    )  # fmt: skip
    dither: AnyDither = option(
        "none", "mix colours that the palette lacks from dots of others (default auto: photographs "
        "optimized, drawings none)",
        parse=str, choices=ANY_DITHERS, typed="auto", group="dither", first=True,
    )  # fmt: skip
    dither_strength: float | None = option(
        None, "how much of the lack --dither makes up for, 0 to 1 (default 1)",
        parse=_share_text, metavar="S", group="dither",
    )  # fmt: skip
    lossy: float | None = option(
        None, "take a slightly worse index where it saves bits, for a loss of at most so many dB, "
        "such as 0.1",
        parse=_decibels_text, metavar="DB", group="dither",
    )  # fmt: skip
    init: Init = option(
        "best", "how the palette is found: the best way known (default), or the textbook's: random "
        "pixels as initial centroids",
        parse=str, choices=get_args(Init), group="search",
    )  # fmt: skip
    iterations: int | None = option(
        None, "iterations of k-means after --init random (default 10)",
        parse=integer_text(1), metavar="N", group="search",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("dither", self.dither, ANY_DITHERS)
        self._check_strength(self.dither_strength)
        self.check_background()
        one_of("init", self.init, get_args(Init))
        one_of("show", self.show, get_args(Show))
        if self.show != "nominal" and self._pairs is None:
            raise ContradictionError("{show} measured goes with a {palette} of pairs")
        if self.colors is not None and not self._auto:
            integer("colors", self.colors, 1, 256)
        if self.lossless:
            others = {"palette": self.palette is not None, "lossy": self.lossy is not None}
            self._check_alone("lossless", "keeps every colour", **others)
        elif self.entries is not None:
            self._check_alone("palette", "is used as it is", keep=len(self.kept) > 0)
        elif self.init == "random":
            if len(self.kept):
                raise ContradictionError("{keep} goes with {init} best")
            if self.iterations is not None:
                integer("iterations", self.iterations, 1)
        elif self.iterations is not None:
            raise ContradictionError("{iterations} goes with {init} random")
        if self.psnr is not None:
            self._check_psnr(self.psnr)
        if self.lossy is not None:
            self._check_decibels("lossy", self.lossy)
            if self.dither == "ordered":
                raise ContradictionError("{lossy} goes with any {dither} but ordered")

    @cached_property
    def color_space(self) -> ColorSpace:
        """The space in which colours are compared."""
        from kmformat.color.spaces import SPACE_OF

        if self.dither == "optimized":
            return SPACE_OF["oklab"]
        if self.space == "auto" and self._by_numbers:
            return SPACE_OF["srgb"]
        return super().color_space

    def with_dither_for(self, pixels: U8) -> QuantizeOptions:
        """Return the options with the dither that suits a picture, where that is to be chosen."""
        if self.dither != "auto":
            return self
        from kmformat.quantization.dither.suited import suited_dither

        dither: Dither = "none" if self._by_numbers else suited_dither(pixels)
        if dither == "none":
            return replace(self, dither=dither, dither_strength=None)
        return replace(self, dither=dither, space="oklab")

    @cached_property
    def entries(self) -> U8 | None:
        """The palette to use as it is, uint8 (K, 3) or (K, 4), or None; of pairs, the measured."""
        from kmformat.color.parse import as_palette

        if self.palette is None:
            return None
        return as_palette(
            cast("Colors", self.palette) if self._pairs is None else self._pairs[:, 0]
        )

    @cached_property
    def nominal(self) -> U8 | None:
        """The colours to have in place of `entries`, uint8 (K, 3) or (K, 4), or None."""
        from kmformat.color.parse import as_palette

        if self._pairs is None or self.show == "measured":
            return None
        return as_palette(self._pairs[:, 1])

    @property
    def _pairs(self) -> U8 | None:
        palette = cast("U8", self.palette)
        return palette if getattr(palette, "ndim", 0) == 3 and palette.shape[1] == 2 else None

    @cached_property
    def background_color(self) -> U8 | None:
        """The colour to put the image on, uint8 (3,), or None."""
        from kmformat.color.parse import parse_colors

        return None if self.background is None else parse_colors("background", [self.background])[0]

    def check_background(self) -> None:
        """Raise ParameterError unless the background is an opaque colour, or there is none."""
        if self.background_color is not None and len(self.background_color) == 4:
            raise ParameterError(f"background {self.background!r}: expected an opaque colour")

    @property
    def target_psnr(self) -> float | None:
        """The PSNR to be reached in dB, or None where a number of colours is asked for."""
        if not self._auto:
            return None
        return DEFAULT_PSNR if self.psnr is None else float(self.psnr)

    @property
    def most_colors(self) -> int:
        """How many palette entries there may be, 1 to 256."""
        if self._auto:
            return 256
        return DEFAULT_COLORS if self.colors is None else int(self.colors)

    @property
    def textbook_iterations(self) -> int | None:
        """How many iterations the textbook's way takes, or None for the search."""
        if self.init == "best":
            return None
        return DEFAULT_ITERATIONS if self.iterations is None else self.iterations

    @property
    def strength(self) -> float:
        """The share of each error that a dither makes up for."""
        return 1.0 if self.dither_strength is None else float(self.dither_strength)

    @property
    def _by_numbers(self) -> bool:
        """Whether the result is to be good in squared error, or the textbook's."""
        return self._auto or self.init == "random"

    @property
    def _auto(self) -> bool:
        return isinstance(self.colors, str) and self.colors == "auto"

    def _check_alone(self, name: str, why: str, **others: bool) -> None:
        """Raise ContradictionError if an option is told beside one that it does not go with."""
        others |= {
            "colors": self.colors is not None,
            "psnr": self.psnr is not None,
            "init": self.init != "best",
            "iterations": self.iterations is not None,
        }
        for other, told in others.items():
            if told:
                raise ContradictionError(f"{{{other}}} does not go with {{{name}}}, which {why}")

    def _check_strength(self, strength: object) -> None:
        if strength is None:
            return
        if self.dither == "none":
            raise ContradictionError("{dither_strength} goes with a {dither}")
        number = isinstance(strength, SupportsFloat) and not isinstance(strength, bool)
        if not number or not 0 <= float(cast("SupportsFloat", strength)) <= 1:
            raise ParameterError(f"dither_strength {strength!r}: expected 0 to 1")

    def _check_psnr(self, psnr: object) -> None:
        if not self._auto:
            raise ContradictionError("{psnr} goes with {colors} auto")
        self._check_decibels("psnr", psnr)

    @staticmethod
    def _check_decibels(name: str, value: object) -> None:
        """Raise ParameterError unless a value is a number, 0 or more."""
        if isinstance(value, bool) or not isinstance(value, SupportsFloat) or not float(value) >= 0:
            raise ParameterError(f"{name} {value!r}: expected decibels, 0 or more")
