"""Info: a file's head in figures: dimensions, palette, tiles by method, bytes of each part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from kmformat.codec.format.head import FileHead
from kmformat.codec.format.overviews import Overview, overviews_of
from kmformat.codec.methods import PLAIN, TABLE_CHUNKS, Method
from kmformat.indexed import names_of


@dataclass(frozen=True)
class Info:
    """What the head of a file says.

    Attributes
    ----------
    width, height
        In pixels.
    version
        (major, minor) of the format.
    bits
        Bits of each index: 1, 2, 4 or 8.
    alpha
        Whether the palette has alpha.
    palette
        The colours, (r, g, b) or (r, g, b, a), each 0 to 255.
    packed
        Whether the palette is packed.
    names
        The name of each colour, "" for one without; empty if there are no names at all.
    tile_size
        (width, height) of a tile, in pixels; that of the image if there is only one.
    tiles
        Number of tiles.
    methods
        How many tiles are stored by each method that occurs.
    chunks
        (type, payload bytes) of each chunk.
    overviews
        The smaller copies of the image that the file lists, largest first.
    workspace
        Bytes of memory that a small reader needs (spec, section 1); None if it may refuse the file.
    sizes
        Bytes of each part of the file, in order; together they are the file.
    """

    width: int
    height: int
    version: tuple[int, int]
    bits: int
    alpha: bool
    palette: tuple[tuple[int, ...], ...]
    packed: bool
    names: tuple[str, ...]
    tile_size: tuple[int, int]
    tiles: int
    methods: dict[str, int]
    chunks: tuple[tuple[str, int], ...]
    overviews: tuple[Overview, ...]
    workspace: int | None
    sizes: dict[str, int]

    @property
    def colors(self) -> int:
        """Number of palette entries."""
        return len(self.palette)

    @property
    def channels(self) -> int:
        """Values of each pixel: 3, or 4 with alpha."""
        return 4 if self.alpha else 3

    @property
    def readers(self) -> tuple[str, ...]:
        """The profiles of readers (spec, section 1) that read the file: plain, small, or none."""
        tables = any(kind.encode() in TABLE_CHUNKS for kind, _ in self.chunks)
        plain = (
            not tables and not self.packed and set(self.methods) <= {m.name.lower() for m in PLAIN}
        )
        return ("plain",) * plain + ("small",) * (self.workspace is not None)

    @property
    def file_size(self) -> int:
        """Bytes of the whole file."""
        return sum(self.sizes.values())

    @property
    def bits_per_pixel(self) -> float:
        """Bits of the whole file for each pixel."""
        return 8 * self.file_size / (self.width * self.height)

    @property
    def raw_values(self) -> int:
        """Numbers in the uncompressed picture: one for each channel of each pixel."""
        return self.width * self.height * self.channels

    @property
    def indexed_values(self) -> int:
        """Numbers in the indexed picture: one for each pixel, and the palette's."""
        return self.width * self.height + self.colors * self.channels

    def _repr_html_(self) -> str:
        """Show the figures and the palette in a notebook."""
        # the wing stands above this one, and only a notebook brings it in
        return cast("str", import_module("kmformat.report.notebook").info_html(self))


def info_of(head: FileHead, workspace: int | None) -> Info:
    """Return what a parsed head says, and what a small reader needs for the file."""
    header, grid = head.header, head.header.grid
    methods = Counter(head.directory["method"].tolist())
    return Info(
        width=grid.width,
        height=grid.height,
        version=header.version,
        bits=header.bits,
        alpha=header.alpha,
        palette=tuple(map(tuple, head.palette.tolist())),
        packed=header.packed,
        names=names_of(head.chunks, header.colors),
        tile_size=(grid.tile_width, grid.tile_height),
        tiles=grid.count,
        methods={Method(number).name.lower(): methods[number] for number in sorted(methods)},
        chunks=tuple((chunk.type.decode("ascii"), len(chunk.payload)) for chunk in head.chunks),
        overviews=overviews_of(head),
        workspace=workspace,
        sizes=head.sizes | {"tiles": head.tail_offset - head.head_length, "tail": head.tail},
    )
