"""An image of any size to a file, in parts: a survey of it, a recipe, and then the tiles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from kmformat.arguments import integers
from kmformat.codec.format.container import read_head
from kmformat.codec.format.head import Box, TileGrid
from kmformat.codec.format.info import Info, info_of
from kmformat.codec.palette_order import packed_best
from kmformat.codec.plan import make_plan, tile_grid
from kmformat.codec.sink import Sink
from kmformat.codec.small import small_workspace
from kmformat.color.channels import with_equal_channels
from kmformat.errors import ContradictionError, ParameterError
from kmformat.indexed import IndexedImage
from kmformat.options import takes_options
from kmformat.patches import Patches
from kmformat.quantization.histogram import ColorHistogram
from kmformat.quantization.options import DEFAULT_COLORS
from kmformat.quantization.quantizer import (
    best_palette,
    exact_palette,
    sample_for,
    with_transparent_entry,
)
from kmformat.quantization.search.palette import sort_palette
from kmformat.storage.input import ANY_SIZE, check_file
from kmformat.storage.output import opened_spool, write_file, write_parts
from kmformat.streaming.recipe import Indexing, Recipe
from kmformat.streaming.sources import blocks_of, channels_of, chunk_size
from kmformat.streaming.survey import Count, Look, Survey
from kmformat.streaming.tasks import Tasks, started
from kmformat.writing import EncodeOptions, check_suffix, with_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.sink import CodedTile
    from kmformat.quantization.dither import Dither
    from kmformat.storage.input import File
    from kmformat.streaming.sources import Blocks

Progress: TypeAlias = Callable[[str, int, int], None]
_ALONE = ("none", "ordered")
"""The dithers that look at one pixel at a time."""
_BLOCK_PIXELS = 1 << 25
"""No block that is chosen for the caller has more pixels, or more than a tile."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamOptions(EncodeOptions):
    """The options of `kmformat.encode_to`: those of `kmformat.encode`, and how the work is done.

    Attributes
    ----------
    block
        Width and height in pixels of what is read at a time, rounded up to whole tiles. Unless
        told, one tile, or so many side by side as one chunk of the source is wide.
    executor
        Does the work: any `concurrent.futures.Executor`, of threads, of processes, or of a cluster,
        such as ``Client.get_executor()`` of Dask; there, each worker reads its own blocks if the
        source can be pickled. Unless told, `threads` of this process.
    progress
        Called now and then with what is done, "palette" or "tiles", and of how many pixels, and how
        many there are.
    """

    block: tuple[int, int] | None = None
    executor: Executor | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.block is not None:
            integers("block", self.block, 2, 1)
        if self.executor is not None and not hasattr(self.executor, "submit"):
            kind = type(self.executor).__name__
            raise ParameterError(f"executor of type {kind}: expected a concurrent.futures.Executor")
        if self.dither not in _ALONE:
            raise ParameterError(
                f"dither {self.dither}: expected {' or '.join(_ALONE)} for an image that is "
                "encoded in parts"
            )
        for name in ("lossy", "overviews"):
            if getattr(self, name) is not None:
                raise ContradictionError(f"{{{name}}} needs all of an image at once: use encode")
        if self.small_reader:
            raise ContradictionError("{small_reader} needs all of an image at once: use encode")
        if self.nominal is not None:
            raise ParameterError("palette of shown and nominal colours: expected colours alone")
        if self.target_psnr is not None:
            raise ContradictionError("{colors} auto needs all of an image at once: use encode")


@takes_options(StreamOptions, with_colors)
def encode_to(source: Any, file: File, options: StreamOptions) -> Info:
    """Encode an image that need not fit into memory; return what the file says of itself.

    It gives the bytes that `kmformat.encode` gives for an array of the same pixels, whatever the
    blocks and whoever does the work. The source is read twice, three times if it is a drawing of
    more colours than asked for, and once if `palette` is told. Memory is that of a few blocks for
    each worker, and 40 to 80 MB for a palette and tables.

    Parameters
    ----------
    source
        Anything with ``shape``, ``dtype`` uint8, and ``source[rows, columns]`` for two slices: a
        NumPy array or memmap, or one of zarr, Dask or h5py; a `kmformat.Reader`; a dataset of
        rasterio; or a slide of OpenSlide. (height, width) is grey, (height, width, 3) RGB, and
        (height, width, 4) RGBA with straight alpha.
    file
        A path, whose file appears or is replaced only once it is complete; or a binary stream.

    Raises
    ------
    ParameterError
        Also for options that need all of an image at once: the dithers "floyd-steinberg",
        "optimized" and "auto"; `colors` "auto", `lossy` and `overviews`.
    OSError
        The file can't be written; an old one is left as it was.
    Exception
        Whatever the source or the executor raises; then too.
    """
    check_file(file, "write")
    if isinstance(file, str | os.PathLike):
        check_suffix(os.fspath(file))
    blocks = blocks_of(source)
    with started(blocks, options.executor, options.threads) as tasks, opened_spool(file) as spool:
        work = _Encoding(blocks, tasks, options)
        palette, recipe = work.recipe()
        sink = Sink(recipe.plan, spool)
        _add_in_order(sink, work.each(recipe, "tiles"))
        head, tiles = sink.smallest(palette, (), 0)
        parsed = read_head(lambda start, end: head[start:end], max_pixels=ANY_SIZE)
        starts = dict(zip(parsed.offsets.tolist(), tiles, strict=False))
        info = info_of(parsed, small_workspace(parsed, lambda start, _: starts[start].data))
        parts = (part for parts in ([head], (tile.data for tile in tiles)) for part in parts)
        if isinstance(file, str | os.PathLike):
            write_file(file, parts)
        else:
            write_parts(file, parts)
    return info


def _add_in_order(sink: Sink, groups: Iterable[list[tuple[int, CodedTile]]]) -> None:
    """Give tiles to a sink in the order of their numbers; groups may have several rows."""
    waiting: dict[int, CodedTile] = {}
    following = 0
    for group in groups:
        waiting.update(group)
        while following in waiting:
            sink.add(waiting.pop(following))
            following += 1


class _Encoding:
    """An image that is being encoded."""

    def __init__(self, source: Blocks, tasks: Tasks, options: StreamOptions) -> None:
        self._tasks, self._options, self._channels = tasks, options, channels_of(source)
        self._size = int(source.shape[1]), int(source.shape[0])
        self._grid = tile_grid(self._size, options)
        self._boxes = _block_grid(source, self._grid, options.block)

    def each(self, work: Any, stage: str, boxes: list[Box] | None = None) -> Iterator[Any]:
        """Yield what work gives for each block of the image, or for some."""
        boxes = list(map(self._boxes.box, range(self._boxes.count))) if boxes is None else boxes
        done, total = 0, sum(box.width * box.height for box in boxes)
        for box, result in zip(boxes, self._tasks.each(work, boxes), strict=True):
            done += box.width * box.height
            if self._options.progress is not None:
                self._options.progress(stage, done, total)
            yield result

    def recipe(self) -> tuple[U8, Recipe]:
        """Return the palette of the file, and how to make its tiles."""
        options, survey = self._options, self._survey(self._most_colors(None))
        palette, entries, exact = self._palette(survey)
        numbers = np.arange(len(palette), dtype=np.uint8)
        if self._any_order(survey):
            palette, numbers = packed_best(palette)
        dither = cast("Dither", options.dither)
        given = options.color_space, dither, options.strength, options.background_color
        indexing = Indexing(entries, exact, *given, numbers)
        indices = np.empty(survey.mosaic.shape[:2], np.uint8)
        patches, parts = survey.look.patches, survey.look.patches.split(survey.mosaic)
        for place, box, pixels in zip(patches.split(indices), patches.boxes, parts, strict=True):
            place[...] = indexing(Box(*box), pixels)
        plan = make_plan(IndexedImage(palette, indices), options, self._size)
        return palette, Recipe(replace(indexing), plan)  # one whose tables are not filled yet

    def _survey(self, colors: int) -> Survey:
        """Return a survey of the image, for up to so many colours."""
        options = self._options
        told, background = options.entries is not None, options.background_color
        sample = None if told else sample_for(colors, options)
        look = Look(Patches(*self._size), sample, options.seed, background, options.lossless)
        channels = 3 if background is not None else self._channels
        survey, boxes = Survey(look, channels), None
        if told and channels == 3:  # only the patches matter
            every = map(self._boxes.box, range(self._boxes.count))
            boxes = [box for box in every if next(look.patches.parts(box), None)]
        for seen in self.each(look, "palette", boxes):
            survey.add(seen)
        survey.use_channels(3 if survey.opaque else 4)
        return survey

    def _palette(self, survey: Survey) -> tuple[U8, U8, bool]:
        """Return the palette, its entries as pixels are compared with them, and if it is exact."""
        options = self._options
        if options.entries is not None:
            palette = options.entries
            if survey.hidden:
                palette = with_transparent_entry(palette)
            return palette, with_equal_channels(survey.mosaic[0], palette)[1], False
        colors = self._most_colors(survey.labels)
        options.check_room(colors)
        _, keep = with_equal_channels(survey.mosaic[0], options.kept)
        survey.use_channels(keep.shape[1])
        if survey.colors is not None:
            exact = exact_palette(survey.colors, keep, colors)
            if exact is not None:
                return exact, exact, True
        if options.lossless and (
            survey.visible is None or exact_palette(survey.visible, keep, colors) is None
        ):
            raise ParameterError(f"image of more than {colors} colours: too many for lossless")
        palette = sort_palette(best_palette(self._histogram(survey, colors), colors, keep, options))
        return palette, palette, False

    def _any_order(self, survey: Survey) -> bool:
        """Return whether the order of the palette is free, and worth choosing."""
        labels = self._channels == 3 and survey.labels is not None
        return self._options.entries is None and not self._options.plain and not labels

    def _histogram(self, survey: Survey, colors: int) -> ColorHistogram:
        """Return the histogram for a palette of so many colours."""
        options, (width, height) = self._options, self._size
        sample = sample_for(colors, options)
        if sample != survey.look.sample:  # of a label mask, there are more colours than expected
            channels = survey.channels
            survey = self._survey(colors)
            survey.use_channels(channels)
        if survey.sample is not None:
            found = ColorHistogram.of_sample(survey.sample, options.color_space, width * height)
            if found is not None:
                return found
        count = Count(options.color_space, options.background_color, survey.channels)
        counts: Iterator[ColorHistogram] = self.each(count, "palette")
        return reduce(ColorHistogram.__add__, counts)

    def _most_colors(self, labels: int | None) -> int:
        """Return how many palette entries there may be; `labels` as `Survey` has them."""
        options = self._options
        if options.lossless:
            return 256
        if options.colors is not None or options.init != "best":
            most = options.most_colors
        elif options.bits is not None:
            most = 1 << options.bits
            own = labels if self._channels == 3 else None
            return most if own is not None and own <= most else min(DEFAULT_COLORS, most)
        else:
            most = max(DEFAULT_COLORS, min(256, (labels or 0) + len(options.kept)))
        return most


def _block_grid(source: Blocks, tiles: TileGrid, block: tuple[int, int] | None) -> TileGrid:
    """Return how an image is cut into what is read at a time: whole tiles."""
    width, height = tiles.tile_width, tiles.tile_height
    if block is None:
        most = _BLOCK_PIXELS // (width * height) * width
        block = min(chunk_size(source)[0], most), height
    columns, rows = -(-max(1, block[0]) // width), -(-block[1] // height)
    return TileGrid(
        tiles.width,
        tiles.height,
        min(columns * width, tiles.width),
        min(rows * height, tiles.height),
    )
