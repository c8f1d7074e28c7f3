"""The way out: an indexed image to the bytes of a file, in three steps.

A plan is made from the image (`kmformat.codec.plan`); each tile is coded by itself, by any thread
or process, in every way that the plan allows; and a sink (`kmformat.codec.sink`) takes the tiles in
order and makes the file of them.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.compact.tile import MIN_SIDE, encode_compact, fits
from kmformat.codec.methods import Method, StoredTile
from kmformat.codec.options import SMALL_BYTES, CodingOptions
from kmformat.codec.plan import make_plan
from kmformat.codec.sink import CodedTile, Sink
from kmformat.codec.small import compact_workspace, zstd_workspace
from kmformat.codec.threads import map_threads
from kmformat.codec.zstd_frame import Setting, compress
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.options import takes_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmformat.arrays import U8
    from kmformat.codec.plan import Plan

_QUICK, _TRIAL = 3, 11
"""Levels of zstd: what the first gives tells whether a plain tile is worth a high level, what the
second gives in how many bits an index."""
_GAIN = 1.05
"""So much more a high level gains of wide indices: their matches may start at any."""
_STRIP_ROWS = 24
"""Of strips for small readers, at most: more would be too large where they are 320 pixels wide."""
_SMALL_BITS = 4
"""Of an index, for small readers: they take no more colours."""


@takes_options(CodingOptions)
def encode_indexed(image: IndexedImage, options: CodingOptions) -> bytes:
    """Return an indexed image as the bytes of a KMF file, without loss.

    Raises
    ------
    ParameterError
    """
    if options.small_reader and isinstance(image, IndexedImage):
        image = replace(image, chunks=())
    return to_bytes(image, options)


def to_bytes(image: IndexedImage, options: CodingOptions, tail: bytes = b"") -> bytes:
    """Do the same, with options that are checked already, and with a tail after the tiles."""
    if not isinstance(image, IndexedImage):
        raise ParameterError(f"image of type {type(image).__name__}: expected an IndexedImage")
    image.check()
    if options.small_reader and options.tile is None:
        return min(_small_files(image, options, tail), key=len)
    return _file_of(image, options, tail)


def _small_files(image: IndexedImage, options: CodingOptions, tail: bytes) -> Iterator[bytes]:
    """Yield what small readers take: one plain tile; and strips, as equal as can be."""
    size = (image.width, image.height)
    yield _file_of(image, replace(options, tile=size, fast_decode=True), tail)
    most = min(SMALL_BYTES // kernels.row_bytes(image.width, _SMALL_BITS), _STRIP_ROWS)
    if min(most, image.height) >= MIN_SIDE:
        rows = -(-image.height // -(-image.height // most))
        yield _file_of(image, replace(options, tile=(image.width, rows)), tail)


def _file_of(image: IndexedImage, options: CodingOptions, tail: bytes) -> bytes:
    plan = make_plan(image, options)
    boxes = map(plan.grid.box, range(plan.grid.count))
    tiles = (image.indices[box.slices()] for box in boxes)
    sink = Sink(plan)
    for tile in map_threads(lambda indices: encode_tile(indices, plan), tiles, options.threads):
        sink.add(tile)
    return sink.to_bytes(image.palette, image.chunks, tail)


def encode_tile(indices: U8, plan: Plan) -> CodedTile:
    """Return a tile in every form that a plan allows. It depends on nothing else.

    Parameters
    ----------
    indices
        uint8 (height, width): those of one tile of `plan.grid`.
    """
    dense, compact = _encode_dense(indices, plan), _encode_compact(indices, plan)
    sizes = [len(each) for each in (dense, compact) if each is not None]
    if not sizes:
        plain = [_encode_plain(indices, plan, bits, plan.level) for bits in plan.bits]
        return CodedTile(tuple(plain), None, None)
    rival, density = min(sizes), 8 * min(sizes) / indices.size
    worth = plan.hopeless_at(density) * (rival + plan.tables_size // plan.grid.count)
    first, *others = plan.bits
    quick = _encode_plain(indices, plan, first, None if plan.level is None else _QUICK)
    if len(quick) > worth:
        plain = [quick, *(_encode_plain(indices, plan, bits, None) for bits in others)]
        return CodedTile(tuple(plain), dense, compact)

    level = plan.level_at(density)

    def full(bits: int) -> StoredTile:
        tile = _encode_plain(indices, plan, bits, level)
        if len(tile) <= plan.near * rival and level != plan.level:  # more than a rival now
            return min(tile, _encode_plain(indices, plan, bits, plan.level), key=len)
        return tile

    if plan.wide or plan.grid.count > 1 or (plan.level or 0) <= _TRIAL or not isfinite(worth):
        plain = list(map(full, plan.bits))
    else:  # of an only tile, one of them at the full level, which takes most of the time
        plain = [_encode_plain(indices, plan, bits, _TRIAL) for bits in plan.bits]
        place = min(range(len(plain)), key=lambda at: len(plain[at]) / _GAIN ** (at > 0))
        plain[place] = min(plain[place], full(plan.bits[place]), key=len)
    plain[0] = min(plain[0], quick, key=len)
    return CodedTile(tuple(plain), dense, compact)


def _encode_dense(indices: U8, plan: Plan) -> StoredTile | None:
    if indices.size > plan.dense_pixels:
        return None
    return StoredTile(Method.DENSE, kernels.encode_dense(indices, plan.distances) or b"\0")


def _encode_compact(indices: U8, plan: Plan) -> StoredTile | None:
    height, width = indices.shape
    if plan.tables is None or not fits(np.array([width]), np.array([height])).all():
        return None
    data = encode_compact(indices, plan.tables, plan.coder)
    if plan.small:
        packed = height * kernels.row_bytes(width, plan.bits[0])
        if compact_workspace(data, indices.shape, packed, plan.tables) is None:
            return None
    return StoredTile(Method.COMPACT, data)


def _encode_plain(indices: U8, plan: Plan, bits: int, level: int | None) -> StoredTile:
    """Return a tile packed and, where that is smaller, compressed at a level of zstd."""
    packed = kernels.pack(indices, bits).tobytes()
    frame = packed
    if level is not None:
        frame = compress(packed, Setting(level), plan.window_log)
        row = kernels.row_bytes(indices.shape[1], bits)
        if plan.small and zstd_workspace(frame, row, len(packed)) is None:
            frame = packed
    if len(frame) < len(packed):
        return StoredTile(Method.ZSTD, frame)
    return StoredTile(Method.STORED, packed)
