"""The options of coding, each declared once (`kmformat.options`), and checked together."""

from __future__ import annotations

from dataclasses import dataclass

from kmformat.arguments import integer, integer_text, integers
from kmformat.errors import ContradictionError, ParameterError
from kmformat.options import EffortOption, option

BITS = (1, 2, 4, 8)
MAX_LEVEL = 22
MIN_WINDOW_LOG, MAX_WINDOW_LOG = 10, 23
_WINDOWS = [1 << log for log in range(MIN_WINDOW_LOG, MAX_WINDOW_LOG + 1)]
_WINDOWS_EXPECTED = f"expected a power of two, {_WINDOWS[0]} to {_WINDOWS[-1]} bytes"
SMALL_COLORS = 16
"""For small readers, if there are compact tiles or their tables."""
SMALL_BYTES = 1 << 12
"""For small readers: a tile's packed size or, of a zstd tile, the window of its frame."""


def _tile_text(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return integer_text(1)(width), integer_text(1)(height)
    except ParameterError:
        raise ParameterError(f"{text!r}: expected WIDTHxHEIGHT, such as 256x256") from None


def _window_text(text: str) -> int:
    if text not in map(str, _WINDOWS):
        raise ParameterError(f"{text!r}: {_WINDOWS_EXPECTED}")
    return int(text)


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
        told, only those of images of up to 2^14 pixels are dense.
    zstd, level
        `zstd=False` stores tiles uncompressed. `level`, 1 to 22, is zstd's for plain tiles, in
        place of the effort's. A tile that would grow is stored.
    window
        The most bytes of zstd's window for plain tiles, a power of two from 1024 to 2^23: what a
        reader that takes a tile row by row has to remember. Files are larger with less.
    small_reader
        Write for small readers (spec, section 1), which have kilobytes of memory: at most 16
        colours, no metadata, and whichever is smaller of one plain tile with a window of 4 KiB and
        strips of up to 24 rows and 4 KiB, compact or plain; or tiles of the size that `tile` tells.
    tile
        Width and height of the tiles in pixels, each at least 1. Unless told, one tile for an
        image of up to 2^20 pixels, and several of at most that for a larger one. For small parts
        to be read at random, 256 x 256 takes hardly more bytes and a fifth of the time.
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
        "without native kernels",
    )  # fmt: skip
    zstd: bool = option(True, "store indices uncompressed")
    level: int | None = option(
        None, "zstd's level for plain tiles, 1 to 22 (by --effort)",
        parse=integer_text(1, MAX_LEVEL), metavar="N", excludes="zstd",
    )  # fmt: skip
    window: int | None = option(
        None, "the most bytes of zstd's window for plain tiles, a power of two, 1024 to 8388608",
        parse=_window_text, metavar="BYTES",
    )  # fmt: skip
    small_reader: bool = option(
        False, "write for machines with kilobytes of memory: at most 16 colours, no metadata, "
        "and a window of 4 KiB or strips of rows (kmformat info says how much memory)"
    )  # fmt: skip
    tile: tuple[int, int] | None = option(
        None, "size of tiles in pixels (default one tile, or several of up to 2^20 pixels; where "
        "small parts are read, 256x256 takes a fifth of the time)",
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
        if self.window is not None:
            if integer("window", self.window, 1) not in _WINDOWS:
                raise ParameterError(f"window {self.window}: {_WINDOWS_EXPECTED}")
            if self.small_reader and self.window > SMALL_BYTES:
                raise ContradictionError(
                    f"{{window}} {self.window} does not fit {{small_reader}}: at most {SMALL_BYTES}"
                )
        if self.smallest:
            if self.fast_decode:
                raise ContradictionError("{smallest} does not go with {fast_decode}")
            if self.small_reader:
                raise ContradictionError("{smallest} does not go with {small_reader}")
            if not self.zstd:
                raise ContradictionError("{smallest} does not go without zstd")
        if self.tile is not None:
            integers("tile", self.tile, 2, 1)
        if self.threads is not None:
            integer("threads", self.threads, 1)

    @property
    def most_entries(self) -> int | None:
        """The most palette entries that fit, or None where no option says so."""
        limits = [] if self.bits is None else [1 << self.bits]
        return min([*limits, SMALL_COLORS] if self.small_reader else limits, default=None)

    @property
    def plain(self) -> bool:
        """Whether a plain reader reads the file: no compact or dense tiles, no packed palette."""
        return self.fast_decode or not self.zstd

    def check_fit(self, colors: int) -> None:
        """Raise ParameterError unless a file may have so many colours."""
        if self.small_reader and colors > SMALL_COLORS:
            raise ContradictionError(
                f"{{colors}} {colors} does not fit {{small_reader}}: at most {SMALL_COLORS}"
            )
        if self.bits is not None and colors > 1 << self.bits:
            most = 1 << self.bits
            raise ContradictionError(
                f"{{colors}} {colors} does not fit {{bits}} {self.bits}: at most {most}"
            )
