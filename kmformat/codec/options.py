"""The options of coding, each declared once (`kmformat.options`), and checked together."""

from __future__ import annotations

from dataclasses import dataclass

from kmformat.arguments import integer, integer_text, integers
from kmformat.errors import ContradictionError, ParameterError
from kmformat.options import EffortOption, option

BITS = (1, 2, 4, 8)
MAX_LEVEL = 22


def _tile_text(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return integer_text(1)(width), integer_text(1)(height)
    except ParameterError:
        raise ParameterError(f"{text!r}: expected WIDTHxHEIGHT, such as 256x256") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class CodingOptions(EffortOption):
    """The options of `kmformat.encode_indexed`.

    Attributes
    ----------
    bits
        Bits of each index: 1, 2, 4 or 8, enough for the palette. Unless told, 4, or 8 for a
        palette of more than 16 colours, or where an effort of 6 or more finds that smaller.
    fast_decode
        Keep to plain tiles: a fifth larger or more on photographs, and 10 to 20 times as fast to
        decode.
    smallest
        Dense tiles wherever they are smaller, and tiles of up to 2^24 pixels: a third less on
        drawings, but slow to read without native kernels, and a region takes the whole tile. Unless
        told, only tiles of up to 2^14 pixels are dense.
    zstd, level
        `zstd=False` stores tiles uncompressed. `level`, 1 to 22, is zstd's for plain tiles, in
        place of the effort's. A tile that would grow is stored.
    tile
        Width and height of the tiles in pixels, each at least 1. Unless told, one tile for an
        image of up to 2^20 pixels, and several of at most that for a larger one.
    threads
        How many tiles to encode at a time; unless told, one for each processor. The bytes do not
        depend on it.
    """

    bits: int | None = option(
        None, "bits of each index (default 4, or 8 above 16 colours or where an effort of 6 or "
        "more finds that smaller); without --colors, there are no more colours than fit",
        parse=int, choices=BITS,
    )  # fmt: skip
    fast_decode: bool = option(
        False, "keep to plain tiles: larger, but 10 to 20 times as fast to decode"
    )
    smallest: bool = option(
        False, "the smallest file: a third less for drawings, but slow to read, and very slow "
        "without native kernels", excludes="fast_decode",
    )  # fmt: skip
    zstd: bool = option(True, "store indices uncompressed")
    level: int | None = option(
        None, "zstd's level for plain tiles, 1 to 22 (by --effort)",
        parse=integer_text(1, MAX_LEVEL), metavar="N", excludes="zstd",
    )  # fmt: skip
    tile: tuple[int, int] | None = option(
        None, "size of tiles in pixels (default one tile, or several of up to 2^20 pixels)",
        parse=_tile_text, metavar="WxH",
    )  # fmt: skip
    threads: int | None = option(
        None, "tiles at a time (default: all processors)", parse=integer_text(1), metavar="N"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits is not None and integer("bits", self.bits, 1, 8) not in BITS:
            raise ParameterError(f"bits {self.bits}: expected 1, 2, 4 or 8")
        if self.level is not None:
            integer("level", self.level, 1, MAX_LEVEL)
        if self.tile is not None:
            integers("tile", self.tile, 2, 1)
        if self.threads is not None:
            integer("threads", self.threads, 1)

    def check_fit(self, colors: int) -> None:
        """Raise ParameterError unless so many colours fit the bits of an index."""
        if self.bits is not None and colors > 1 << self.bits:
            most = 1 << self.bits
            raise ContradictionError(
                f"{{colors}} {colors} does not fit {{bits}} {self.bits}: at most {most}"
            )
