"""Hot loops on plain arrays. Front door: this module, as in ``kernels.pack(indices, 4)``.

A kernel knows no image, file or option: arrays in, arrays out, the same result on every machine.
Each is NumPy, in the module named below, which is imported when one of its kernels is first used.
Where the C extension is built, the kernels in `kmformat.kernels.native` take their place, with
equal results: with KMF_NATIVE=0 in the environment they do not, with KMF_NATIVE=1 they must.
May import: only `kmformat.arrays`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmformat.kernels.areas import count_areas, mean_spans
    from kmformat.kernels.clusters import nearest_centroids, sum_clusters
    from kmformat.kernels.counting import (
        color_codes,
        count_neighbours,
        count_ranks,
        decode_codes,
        overlapping_words,
        sum_by,
        unique_codes,
        unique_colors,
    )
    from kmformat.kernels.dense import (
        BAD_END,
        BAD_RANK,
        BAD_RUN,
        decode_dense,
        encode_dense,
    )
    from kmformat.kernels.diffusion import diffuse
    from kmformat.kernels.halftone import HELD, Viewer, settle
    from kmformat.kernels.nearest import (
        SMALL_PRODUCT,
        NearestEntry,
        NearestLight,
        RgbTable,
        computed_once,
        look_up_colors,
        mark_colors,
        nearest_entries,
        nearest_rgb_entries,
    )
    from kmformat.kernels.orders import PairOrders, color_distances, default_orders, inverse_orders
    from kmformat.kernels.packed_palette import pack_palette, unpack_palette
    from kmformat.kernels.packing import (
        ColorTable,
        clip,
        has_spare_bits,
        largest_index,
        pack,
        read_runs,
        row_bytes,
        unpack,
        write_runs,
    )
    from kmformat.kernels.wavefront import decode_wavefront, split_streams

__all__ = [
    "BAD_END",
    "BAD_RANK",
    "BAD_RUN",
    "HELD",
    "NATIVE",
    "SMALL_PRODUCT",
    "ColorTable",
    "NearestEntry",
    "NearestLight",
    "PairOrders",
    "RgbTable",
    "Viewer",
    "clip",
    "color_codes",
    "color_distances",
    "computed_once",
    "count_areas",
    "count_neighbours",
    "count_ranks",
    "decode_codes",
    "decode_dense",
    "decode_wavefront",
    "default_orders",
    "diffuse",
    "encode_dense",
    "has_spare_bits",
    "inverse_orders",
    "largest_index",
    "look_up_colors",
    "mark_colors",
    "mean_spans",
    "nearest_centroids",
    "nearest_entries",
    "nearest_rgb_entries",
    "overlapping_words",
    "pack",
    "pack_palette",
    "read_runs",
    "row_bytes",
    "settle",
    "split_streams",
    "sum_by",
    "sum_clusters",
    "unique_codes",
    "unique_colors",
    "unpack",
    "unpack_palette",
    "write_runs",
]

_HOMES = {
    "packing": (
        "ColorTable", "clip", "has_spare_bits", "largest_index", "pack", "read_runs", "row_bytes",
        "unpack", "write_runs",
    ),
    "clusters": ("nearest_centroids", "sum_clusters"),
    "areas": ("count_areas", "mean_spans"),
    "dense": ("BAD_END", "BAD_RANK", "BAD_RUN", "decode_dense", "encode_dense"),
    "packed_palette": ("pack_palette", "unpack_palette"),
    "orders": ("PairOrders", "color_distances", "default_orders", "inverse_orders"),
    "wavefront": ("decode_wavefront", "split_streams"),
    "counting": (
        "color_codes", "count_neighbours", "count_ranks", "decode_codes", "overlapping_words",
        "sum_by", "unique_codes", "unique_colors",
    ),
    "nearest": (
        "SMALL_PRODUCT", "NearestEntry", "NearestLight", "RgbTable", "computed_once",
        "look_up_colors", "mark_colors", "nearest_entries", "nearest_rgb_entries",
    ),
    "diffusion": ("diffuse",),
    "halftone": ("HELD", "Viewer", "settle"),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def _is_native() -> bool:
    told = os.environ.get("KMF_NATIVE")
    if told == "0":
        return False
    try:
        import_module("kmformat._native")
    except ImportError as error:
        if told == "1":
            raise ImportError(f"KMF_NATIVE is 1, but the C extension is missing: {error}") from None
        return False
    return True


NATIVE = _is_native()
"""Whether the kernels that are compiled are used."""


def use_native(native: bool) -> None:
    """Say whether the kernels that are compiled are used from now on: to compare both."""
    global NATIVE
    if native:
        import_module("kmformat._native")
    NATIVE = native
    for name in _HOME:
        globals().pop(name, None)


def __getattr__(name: str) -> Any:
    """Import the module of a kernel when the kernel is first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.native"), name, None) if NATIVE else None
    if value is None:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
