"""What a KMF file holds, said line by line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmformat.codec.format.info import Info
    from kmformat.codec.format.overviews import Overview


def contents_of(held: Info) -> dict[str, str]:
    """Return a line for each part of what a file holds, by its name; its colours are not listed."""
    mode = "RGBA" if held.alpha else "RGB"
    methods = ", ".join(f"{count:,} {method}" for method, count in held.methods.items())
    parts = ", ".join(f"{part} {size:,}" for part, size in held.sizes.items() if size)
    return {
        "image": f"{held.width} x {held.height} pixels, {mode}",
        "palette": f"{held.colors} colours, {held.bits} bits an index" + ", packed" * held.packed,
        "tiles": f"{held.tiles:,} of {held.tile_size[0]} x {held.tile_size[1]}: {methods}",
        "chunks": ", ".join(f"{kind} ({size:,} bytes)" for kind, size in held.chunks) or "none",
        "smaller": ", ".join(map(_overview, held.overviews)) or "no overviews",
        "readers": _readers(held),
        "values": f"{held.raw_values:,} as {mode}, {held.indexed_values:,} as "
        f"{held.colors} colours and an index a pixel",
        "bytes": f"{held.file_size:,} ({parts})",
        "ratio": f"{held.raw_values / held.file_size:.1f}:1, "
        f"{held.bits_per_pixel:.2f} bits a pixel",
        "version": "{}.{}".format(*held.version),
    }


def _overview(held: Overview) -> str:
    return f"{held.width} x {held.height} ({held.length:,} bytes)"


def _readers(held: Info) -> str:
    """Say which readers of less than the whole format read a file."""
    shown = list(held.readers)
    if held.workspace is not None:
        shown[-1] += f" ({held.workspace:,} bytes of memory)"
    return ", ".join(shown) or "neither plain nor small"
