"""The way out: an indexed image to the bytes of a file, in three steps.

A plan is made from the image (`kmformat.codec.plan`); each tile is coded by itself, by any thread
or process, in every way that the plan allows; and a sink (`kmformat.codec.sink`) takes the tiles in
order and makes the file of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.compact.tile import encode_compact, fits
from kmformat.codec.methods import Method, StoredTile
from kmformat.codec.options import CodingOptions
from kmformat.codec.plan import make_plan
from kmformat.codec.sink import CodedTile, MemorySink
from kmformat.codec.threads import map_threads
from kmformat.codec.zstd_frame import Setting, compress
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.options import takes_options

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.plan import Plan

_QUICK = Setting(3)
_NEAR = 1.1
"""Up to so many times the smallest other form, a plain tile may become the smallest: by a higher
level or by wide indices, in which zstd finds up to a tenth more."""


@takes_options(CodingOptions)
def encode_indexed(image: IndexedImage, options: CodingOptions) -> bytes:
    """Return an indexed image as the bytes of a KMF file, without loss.

    Raises
    ------
    ParameterError
    """
    return to_bytes(image, options)


def to_bytes(image: IndexedImage, options: CodingOptions, tail: bytes = b"") -> bytes:
    """Do the same, with options that are checked already, and with a tail after the tiles."""
    if not isinstance(image, IndexedImage):
        raise ParameterError(f"image of type {type(image).__name__}: expected an IndexedImage")
    image.check()
    plan = make_plan(image, options)
    boxes = map(plan.grid.box, range(plan.grid.count))
    tiles = (image.indices[box.slices()] for box in boxes)
    sink = MemorySink(plan)
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
        plain = [_encode_plain(indices, bits, plan.level) for bits in plan.bits]
        return CodedTile(tuple(plain), None, None)
    rival, density = min(sizes), 8 * min(sizes) / indices.size
    level, worth = plan.level_at(density), plan.hopeless_at(density)
    worth *= rival + plan.tables_size // plan.grid.count
    plain = [_encode_plain(indices, plan.bits[0], level, worth)]
    near = len(plain[0]) <= _NEAR * rival
    if near and level != plan.level:  # more than a rival now
        plain[0] = min(plain[0], _encode_plain(indices, plan.bits[0], plan.level), key=len)
    # Where narrow indices are hopeless, wide ones are as well.
    worth = float("inf") if near else worth * (plan.wide and len(plain[0]) <= worth)
    plain += [_encode_plain(indices, bits, plan.level, worth) for bits in plan.bits[1:]]
    return CodedTile(tuple(plain), dense, compact)


def _encode_dense(indices: U8, plan: Plan) -> StoredTile | None:
    if indices.size > plan.dense_pixels:
        return None
    return StoredTile(Method.DENSE, kernels.encode_dense(indices, plan.distances) or b"\0")


def _encode_compact(indices: U8, plan: Plan) -> StoredTile | None:
    height, width = indices.shape
    if plan.tables is None or not fits(np.array([width]), np.array([height])).all():
        return None
    return StoredTile(Method.COMPACT, encode_compact(indices, plan.tables, plan.coder))


def _encode_plain(
    indices: U8, bits: int, level: int | None, worth: float | None = None
) -> StoredTile:
    """Return a tile packed and, where that is smaller, compressed at a level of zstd.

    With `worth`, the level is tried only if level 3 gives at most so many bytes, and nothing is
    tried for 0.
    """
    packed = kernels.pack(indices, bits).tobytes()
    frame = packed
    if level is not None and worth != 0:
        frame = compress(packed, Setting(level) if worth is None else _QUICK)
        if worth is not None and level != _QUICK.level and len(frame) <= worth:
            frame = min(frame, compress(packed, Setting(level)), key=len)
    if len(frame) < len(packed):
        return StoredTile(Method.ZSTD, frame)
    return StoredTile(Method.STORED, packed)
