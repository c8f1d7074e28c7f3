"""Pixels and indexed images to the bytes of a file, and back. No I/O: bytes in, values out.

The way out:  pixels -> palette and indices -> tiles -> head and tile data.
The way back: `kmformat.codec.decoder`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer, integers
from kmformat.codec.choose import choose_tiles, compact_candidate
from kmformat.codec.decoder import AnyBox, BytesLike, fetch_from, read_head, read_image, read_pixels
from kmformat.codec.format.container import build_head
from kmformat.codec.format.grid import TileGrid, auto_tile_size
from kmformat.codec.format.head import DEFAULT_MAX_PIXELS, ENTRY, MAX_TILE_PIXELS, Header
from kmformat.codec.zstd import MAX_LEVEL
from kmformat.color.parse import Colors
from kmformat.effort import DEFAULT_EFFORT, effort_of
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage
from kmformat.pictures.icc import in_srgb, without_profile
from kmformat.pictures.normalize import as_indexed, is_pillow
from kmformat.quantization.dither import Dither
from kmformat.quantization.quantizer import DEFAULT_COLORS, Init, quantize

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]


class EncodeOptions(TypedDict, total=False):
    """The options of `encode`."""

    colors: int | Literal["auto"] | None
    psnr: float | None
    palette: U8 | None
    keep: Colors
    dither: Dither
    effort: int
    init: Init
    iterations: int | None
    seed: int
    srgb: bool
    strip: bool
    bits: int | None
    fast_decode: bool
    zstd: bool
    level: int | None
    tile: tuple[int, int] | None
    threads: int | None


def encode(
    image: Image.Image | npt.NDArray[np.uint8],
    *,
    colors: int | Literal["auto"] | None = None,
    psnr: float | None = None,
    palette: U8 | None = None,
    keep: Colors = (),
    dither: Dither = "none",
    effort: int = DEFAULT_EFFORT,
    init: Init = "best",
    iterations: int | None = None,
    seed: int = 0,
    srgb: bool = False,
    strip: bool = False,
    bits: int | None = None,
    fast_decode: bool = False,
    zstd: bool = True,
    level: int | None = None,
    tile: tuple[int, int] | None = None,
    threads: int | None = None,
) -> bytes:
    """Reduce an image to a small palette and return it as the bytes of a KMF file.

    A Pillow image of mode P or 1 keeps its palette and indices, unless there are more entries than
    `colors` or `bits` allow, or another option asks for other ones. ICC profile, EXIF and XMP of a
    Pillow image are carried, and EXIF's orientation is applied.

    Parameters
    ----------
    image, psnr, palette, keep, dither, effort, init, iterations, seed
        See `kmformat.quantize`.
    colors
        See there; more than 2^bits are an error.
    srgb
        Convert colours to sRGB by the image's ICC profile, instead of carrying it.
    strip
        Carry no metadata. Colours are converted to sRGB then, too, if their profile can be used.
    bits, fast_decode, zstd, level, tile, threads
        See `kmformat.encode_indexed`.

    Raises
    ------
    ParameterError
    PictureError, OSError
        A Pillow image turns out damaged; or `srgb` is asked for, and its profile can't be used.
    """
    if is_pillow(image) and (srgb or strip):
        image = without_profile(image) if srgb else in_srgb(image)
    indexed = quantize(
        image,
        colors=colors if palette is not None else palette_size(colors, bits, image),
        psnr=psnr,
        palette=palette,
        keep=keep,
        dither=dither,
        effort=effort,
        init=init,
        iterations=iterations,
        seed=seed,
    )
    return encode_indexed(
        replace(indexed, chunks=()) if strip else indexed,
        bits=bits,
        effort=effort,
        fast_decode=fast_decode,
        zstd=zstd,
        level=level,
        tile=tile,
        threads=threads,
    )


def palette_size(
    colors: int | Literal["auto"] | None, bits: int | None, image: object = None
) -> int | Literal["auto"] | None:
    """Return how many colours `quantize` is to find where `encode` is told colours and bits."""
    if bits is None:
        return colors
    if integer("bits", bits, 1, 8) not in (1, 2, 4, 8):
        raise ParameterError(f"bits {bits}: expected 1, 2, 4 or 8")
    most = 1 << int(bits)
    if colors is None:
        own = as_indexed(image)
        return most if own is not None and len(own.palette) <= most else min(DEFAULT_COLORS, most)
    if colors != "auto" and integer("colors", colors, 1, 256) > most:
        raise ParameterError(f"colors {colors} do not fit {bits} bits: expected at most {most}")
    return colors


def encode_indexed(
    image: IndexedImage,
    *,
    bits: int | None = None,
    effort: int = DEFAULT_EFFORT,
    fast_decode: bool = False,
    zstd: bool = True,
    level: int | None = None,
    tile: tuple[int, int] | None = None,
    threads: int | None = None,
) -> bytes:
    """Return an indexed image as the bytes of a KMF file, without loss.

    Parameters
    ----------
    bits
        Bits of each index: 1, 2, 4 or 8, enough for the palette. Unless told, 4, or 8 for a
        palette of more than 16 colours, or where an effort of 6 or more finds that smaller.
    effort
        1 to 9: how long to try for a small file (`kmformat.effort`).
    fast_decode
        Keep to plain tiles: a fifth larger or more on photographs, and 10 to 20 times as fast to
        decode.
    zstd, level
        Whether tiles may be compressed at all, and zstd's level for plain ones, 1 to 22, where that
        of the effort won't do. A tile that would grow is stored.
    tile
        Width and height of the tiles in pixels, each at least 1. Unless told, one tile for an
        image of up to 2^20 pixels, and several of at most that for a larger one.
    threads
        How many tiles to encode at a time; unless told, one for each processor. The bytes do not
        depend on it.

    Raises
    ------
    ParameterError
    """
    if not isinstance(image, IndexedImage):
        raise ParameterError(f"image of type {type(image).__name__}: expected an IndexedImage")
    image.check()
    how = effort_of(effort)
    if level is None:
        level = how.level_for(image.indices.size)
    level = integer("level", level, 1, MAX_LEVEL)
    plain = fast_decode or not zstd
    colors, grid = len(image.palette), _tile_grid(image, tile, strips=plain)
    palette_size(colors, bits)  # checks that they fit
    if bits is not None:
        choices = [int(bits)]
    elif colors > 16:
        choices = [8]
    else:
        choices = [4, 8] if how.wide else [4]
    compact = None if plain else compact_candidate(image, grid, how, threads)
    stored = choose_tiles(image, grid, choices, compact, level if zstd else None, how, threads)
    directory = np.array([tile.entry for tile in stored.tiles], ENTRY)
    header = Header(stored.bits, colors, image.palette.shape[1] == 4, grid)
    head = build_head(header, image.palette, (*stored.chunks, *image.chunks), directory)
    return b"".join([head, *(tile.data for tile in stored.tiles)])


def _tile_grid(image: IndexedImage, tile: tuple[int, int] | None, *, strips: bool) -> TileGrid:
    width, height = image.width, image.height
    if tile is None:
        tile_width, tile_height = auto_tile_size(width, height, strips=strips)
    else:
        tile_width, tile_height = integers("tile", tile, 2, 1)
    grid = TileGrid(width, height, min(tile_width, width), min(tile_height, height))
    if grid.tile_width * grid.tile_height > MAX_TILE_PIXELS:
        raise ParameterError(
            f"tile {grid.tile_width} x {grid.tile_height}: "
            f"expected at most {MAX_TILE_PIXELS} pixels"
        )
    return grid


def decode(
    data: BytesLike,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> U8:
    """Return the pixels of a KMF file.

    Parameters
    ----------
    data
        The whole file, any bytes-like object.
    box
        (left, upper, right, lower), half open: the part to decode. Only the tiles that it touches
        are read, so damage elsewhere goes unnoticed. Unless told, the whole image.
    max_pixels
        The most pixels that the image (all of it) may have.
    threads
        How many plain tiles to decode at a time; unless told, one for each processor. Compact ones
        are decoded in step instead.

    Returns
    -------
    uint8, shape (height, width, 3) RGB, or (height, width, 4) RGBA if the palette has alpha.

    Raises
    ------
    FormatError, LimitError
        The file is malformed, or too large.
    ParameterError
        The box is not inside the image, or empty.
    """
    fetch, length = fetch_from(data)
    return read_pixels(read_head(fetch, length, max_pixels), fetch, box, threads)


def decode_indexed(
    data: BytesLike,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> IndexedImage:
    """Return palette, indices and chunks of a KMF file; parameters and errors as for `decode`."""
    fetch, length = fetch_from(data)
    return read_image(read_head(fetch, length, max_pixels), fetch, box, threads)
