"""The plan of a file: tile size, index bits, zstd level, tables; decided before any tile is coded.

It is made from the image, or from the patches that stand for it. A plan is small and can be sent
to any process, which can then code any tile (`kmformat.codec.encoder.encode_tile`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.cached import cached_property
from kmformat.codec import dense
from kmformat.codec.compact.fit import Survey, learn_tables
from kmformat.codec.compact.model import write_tables
from kmformat.codec.compact.tile import MAX_ASPECT, MAX_SIDE, encode_compact, fits
from kmformat.codec.effort import QUICK, coding_effort
from kmformat.codec.format.head import MAX_TILE_PIXELS, Box, TileGrid
from kmformat.codec.options import MAX_WINDOW_LOG, SMALL_BYTES
from kmformat.codec.small import tables_workspace
from kmformat.codec.threads import map_threads
from kmformat.codec.varints import varint_size
from kmformat.errors import ParameterError
from kmformat.patches import Patches

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16
    from kmformat.codec.compact.model import Tables
    from kmformat.codec.compact.sequences import Coder
    from kmformat.codec.effort import CodingEffort
    from kmformat.codec.options import CodingOptions
    from kmformat.indexed import Chunk, IndexedImage

DENSE_PIXELS = 1 << 14
"""Images of up to so many pixels are dense unless told otherwise: a reader without native kernels
takes less than a second for the worst of them, noise, and longer for many tiles."""
AUTO_TILE_PIXELS = 1 << 20
"""Tiles chosen for the caller have at most so many pixels: larger ones make no smaller files."""
_STRIP_WIDTH = 8192
"""Pixels: plain tiles are strips of the whole image's width up to this."""
_LARGE_PIXELS, _LARGE_SIDE = 1 << 24, 512
"""Pixels of an image, and the side of its plain tiles, that are squares in larger ones."""
_FEWER_STREAMS = ((1 << 13, 1), (40_000, 2), (150_000, 4))
"""(pixels, streams): tiles of fewer pixels repay no more streams."""
_LEARN_PIXELS = 1 << 13
"""Images of fewer pixels repay no learned orders."""

_NEAR, _NEAR_PIXELS = 1.1, 1 << 22
"""A high level of zstd finds up to a tenth more; in images of more pixels that takes too long."""
_SPARSE = 0.22
"""Bits a pixel: sparser tiles are drawings, of which high levels of zstd make up to a third less.
In busier ones they gain the less the busier these are, and take longer."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How to code the tiles of a file.

    Attributes
    ----------
    grid
        How the image is cut into tiles.
    bits
        Bits of each index that are tried for plain tiles; the smallest file decides.
    wide
        Whether all are tried for each tile, or the second only where a plain tile is the smallest.
    level
        zstd's level for plain tiles, 1 to 22; None to store them.
    busy_level
        The same where a compact tile is busy (`level_at`).
    hopeless
        Skip `level` for a plain tile if level 3 already exceeds `hopeless` times the compact size
        (`hopeless_at`).
    near
        Up to so many times the smallest other form, a plain tile that is busy is tried at `level`
        all the same: it may become the smallest.
    sparse
        Bits a pixel up to which a compact tile is a drawing's; from 1.5 times that on it is busy.
    tables
        What compact tiles share; None for plain tiles only.
    coder
        How hard to try for short streams.
    dense_pixels
        Tiles of up to so many pixels are tried as dense ones.
    distances
        Those between the colours of the palette, uint16 (K, K), which dense tiles share.
    packed
        Whether the palette may be packed.
    window_log
        zstd's window for plain tiles has at most 2^`window_log` bytes.
    small
        Store tiles that small readers might refuse (spec, section 1) otherwise.
    """

    grid: TileGrid
    bits: tuple[int, ...]
    wide: bool
    level: int | None
    busy_level: int | None
    hopeless: float
    near: float
    sparse: float
    tables: Tables | None
    coder: Coder
    dense_pixels: int
    distances: U16
    packed: bool
    window_log: int
    small: bool

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks that a file with compact tiles states its tables in."""
        return () if self.tables is None else tuple(write_tables(self.tables))

    def level_at(self, density: float) -> int | None:
        """Return the level for a plain tile where the compact one has so many bits a pixel."""
        return self.level if density < 1.5 * self.sparse else self.busy_level

    def hopeless_at(self, density: float) -> float:
        """Return what to take for `hopeless` where a compact tile has so many bits a pixel."""
        return 1 + (self.hopeless - 1) * min(1, (self.sparse / density) ** 2)

    @property
    def tables_size(self) -> int:
        """Bytes that the tables add to a file without other chunks."""
        return _stated_bytes(self.chunks)


def make_plan(
    sample: IndexedImage, options: CodingOptions, size: tuple[int, int] | None = None
) -> Plan:
    """Return how to code the tiles of an image.

    Parameters
    ----------
    sample
        The image, or the mosaic of its patches (`kmformat.patches`), or any part of it that looks
        like the rest: what is learned is learned from it.
    size
        Width and height of the image in pixels, if the sample is not all of it.

    Raises
    ------
    ParameterError
        The palette does not fit the bits of an index, or a tile would have too many pixels.
    """
    effort, colors = coding_effort(options.effort), len(sample.palette)
    options.check_fit(colors)
    plain = options.plain
    grid = tile_grid(size or (sample.width, sample.height), options)
    pixels, dense_pixels = grid.width * grid.height, 0
    if options.smallest:
        dense_pixels = dense.MAX_PIXELS
    elif effort.streams and pixels <= DENSE_PIXELS and not (plain or options.small_reader):
        dense_pixels = DENSE_PIXELS
    level, busy_level = effort.levels_for(pixels, plain=plain)
    window = options.window
    if options.small_reader:
        level, busy_level, window = max(level, 19), max(busy_level, 19), window or SMALL_BYTES
    if options.level is not None:
        level = busy_level = int(options.level)
    tables = None
    if not plain and grid.tile_width * grid.tile_height > dense_pixels:
        tables = _tables_for(sample, grid, effort, options)
    narrow = plain and pixels >= AUTO_TILE_PIXELS
    narrow |= options.small_reader and tables is not None  # wide ones are too large for them
    return Plan(
        grid=grid,
        bits=_bits(options.bits, colors, narrow=narrow),
        wide=effort.wide,
        level=level if options.zstd else None,
        busy_level=busy_level if options.zstd else None,
        hopeless=effort.hopeless_for(pixels),
        near=_NEAR if pixels <= _NEAR_PIXELS else 0,
        sparse=_SPARSE if pixels > AUTO_TILE_PIXELS else 2 * _SPARSE,  # of few, more can be tried
        tables=tables,
        coder=effort.coder,
        dense_pixels=dense_pixels,
        distances=kernels.color_distances(sample.palette),
        packed=not plain,
        window_log=MAX_WINDOW_LOG if window is None else int(window).bit_length() - 1,
        small=options.small_reader,
    )


def _bits(stated: int | None, colors: int, *, narrow: bool) -> tuple[int, ...]:
    if stated is not None:
        return (int(stated),)
    if colors > 16:
        return (8,)
    return (4,) if narrow else (4, 8)


def tile_grid(size: tuple[int, int], options: CodingOptions) -> TileGrid:
    """Return how an image of a width and height, in pixels, is cut into tiles.

    Raises
    ------
    ParameterError
        A tile would have too many pixels.
    """
    (width, height), tile = size, options.tile
    if tile is None:
        most = dense.MAX_PIXELS if options.smallest else AUTO_TILE_PIXELS
        tile = auto_tile_size(width, height, most, strips=options.plain)
    tile_width, tile_height = tile
    grid = TileGrid(width, height, min(int(tile_width), width), min(int(tile_height), height))
    if grid.tile_width * grid.tile_height > MAX_TILE_PIXELS:
        raise ParameterError(
            f"tile {grid.tile_width} x {grid.tile_height}: "
            f"expected at most {MAX_TILE_PIXELS} pixels"
        )
    return grid


def _tables_for(
    sample: IndexedImage, grid: TileGrid, effort: CodingEffort, options: CodingOptions
) -> Tables | None:
    tables = _best_tables(sample, grid, effort, options.threads)
    if tables is None or not options.small_reader:
        return tables
    fit = tables_workspace(write_tables(tables), len(sample.palette))
    return None if fit is None else tables


def _best_tables(
    sample: IndexedImage, grid: TileGrid, effort: CodingEffort, threads: int | None
) -> Tables | None:
    """Return the best of the tables worth trying; None if no tile may be compact."""
    if not effort.streams or len(sample.palette) == 1 or not fits(*grid.tile_sides()).any():
        return None
    indices = Patches(sample.width, sample.height).mosaic(sample.indices)
    survey = Survey(indices, sample.palette)
    tables = [
        learn_tables(survey, streams=streams, learned=learned)
        for streams, learned in _table_plans(grid, effort)
    ]
    if len(tables) == 1:
        return tables[0]
    (height, width), pixels = indices.shape, grid.width * grid.height
    tile = min(grid.tile_width, width), min(grid.tile_height, height)
    trial = TileGrid(width, height, *tile)
    (may,) = np.nonzero(fits(*trial.tile_sides()))
    boxes = [trial.box(number) for number in may.tolist()]

    def size_with(tables: Tables) -> int:
        tiles = _trial_size(indices, boxes, tables, threads)
        return _stated_bytes(write_tables(tables)) + tiles * pixels // indices.size

    return min(tables, key=size_with)


def _trial_size(indices: U8, boxes: Iterable[Box], tables: Tables, threads: int | None) -> int:
    """Return how many bytes tiles take with tables: which are best shows with little effort."""

    def encode_one(box: Box) -> int:
        return len(encode_compact(indices[box.slices()], tables, QUICK))

    return sum(map_threads(encode_one, boxes, threads))


def _stated_bytes(chunks: Sequence[Chunk]) -> int:
    """Return how many bytes chunks take, with the length of them all, if there are no others."""
    if not chunks:
        return 0
    total = sum(8 + len(chunk.payload) for chunk in chunks)
    return total + varint_size(total)


def _table_plans(grid: TileGrid, effort: CodingEffort) -> list[tuple[int, bool]]:
    """Return numbers of streams, and whether to learn orders, to try.

    Streams are paid for in each tile, orders once.
    """
    tile_pixels, pixels = grid.tile_width * grid.tile_height, grid.width * grid.height
    streams = next((few for limit, few in _FEWER_STREAMS if tile_pixels < limit), 8)
    plans = [(min(streams, effort.streams), effort.streams > 1 and pixels >= _LEARN_PIXELS)]
    if effort.plans:
        plans += [(1, False), (2, True), (4, True), (8, True), (4, False), (8, False)]
    return list(dict.fromkeys(plans))


def auto_tile_size(
    width: int, height: int, most: int = AUTO_TILE_PIXELS, *, strips: bool
) -> tuple[int, int]:
    """Return a (width, height) of at most so many pixels: one tile for a small image.

    As strips, tiles are as wide as the image if that is at most 8192 pixels: they lie in one piece
    in the decoded image, which is fastest for plain tiles. Those of an image of more than 2^24
    pixels are squares of up to 512 x 512, which are smaller, and better to read in parts. Compact
    tiles are about square, as they then have fewest anti-diagonals. All are alike, if that takes
    less than twice as many. A long, thin image is cut into tiles that may be compact.
    """
    if strips and width * height > _LARGE_PIXELS:
        return _part(width, _LARGE_SIDE), _part(height, _LARGE_SIDE)
    widest = longest = most
    if width * height > most:
        widest = _STRIP_WIDTH if strips else most // min(height, isqrt(most))
    if not strips:
        shorter = min(width, height)
        longest = max(MAX_SIDE, MAX_ASPECT * shorter)
    tile_width = _part(width, min(widest, longest))
    return tile_width, _part(height, min(most // tile_width, longest))


def _part(length: int, most: int) -> int:
    """Return the length of equal parts, none longer than `most`, or as equal as can be."""
    fewest = -(-length // most)
    alike = (parts for parts in range(fewest, 2 * fewest) if length % parts == 0)
    return -(-length // next(alike, fewest))
