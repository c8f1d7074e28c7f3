"""What a test vector is (a file, and the image or error it must give), and pictures for them.

The pictures are computed with integers alone, so that they are the same on every machine, now and
later.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import Color, head
from tools.conformance.forge.container import Rows, cut, forge, pack
from tools.conformance.vectors.readers import is_plain, is_small


@dataclass(frozen=True)
class Vector:
    """A file, and what the manifest says of it.

    Attributes
    ----------
    name
        The file's name without ``.kmf``.
    data
        The bytes of the file.
    sections
        What it tries: labels, steps and sections of the spec, with spaces between.
    note
        What is special about it, in a line.
    verdict
        The rest of its entry: sides in pixels, palette and SHA-256 hashes; or the error's code.
    max_pixels
        The limit on width x height to decode it with; None for the default of 2^28.
    """

    name: str
    data: bytes
    sections: str
    note: str
    verdict: dict[str, Any] = field(repr=False)
    max_pixels: int | None = None

    @property
    def entry(self) -> dict[str, Any]:
        """The vector's entry in the manifest."""
        limit = {} if self.max_pixels is None else {"max_pixels": self.max_pixels}
        error = self.verdict.get("error")
        plain = {"plain": True} if is_plain(self.data, error) else {}
        small = {"small": True} if is_small(self.data, error) else {}
        return {
            "file": f"{self.name}.kmf",
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "sections": self.sections.split(),
            "note": self.note,
            **limit,
            **plain,
            **small,
            **self.verdict,
        }


@dataclass(frozen=True)
class Picture:
    """A palette, and the indices into it, row by row."""

    palette: Sequence[Color]
    rows: Rows

    @property
    def colors(self) -> bytes:
        """The palette as bytes, as a file has it."""
        return bytes(channel for color in self.palette for channel in color)

    @property
    def verdict(self) -> dict[str, Any]:
        """What the manifest says of a vector that must decode to this picture."""
        indices, pixels = hashlib.sha256(), hashlib.sha256()
        colored = cache(lambda row: b"".join(bytes(self.palette[index]) for index in row))
        for row in self.rows:
            indices.update(row)
            pixels.update(colored(row))
        return {
            "verdict": "valid",
            "width": len(self.rows[0]),
            "height": len(self.rows),
            "palette": [list(color) for color in self.palette],
            "indices_sha256": indices.hexdigest(),
            "pixels_sha256": pixels.hexdigest(),
        }


Coding = Callable[[Rows, int], tuple[int, bytes]]
"""Codes a tile: given its rows and the bits of an index, the method's number and stored bytes."""


def stored(rows: Rows, bits: int) -> tuple[int, bytes]:
    """Code a tile by method 0, stored."""
    return 0, pack(rows, bits)


def framed(rows: Rows, bits: int) -> tuple[int, bytes]:
    """Code a tile by method 1, zstd, in a frame of raw or RLE blocks."""
    return 1, z.as_frame(pack(rows, bits))


def file_of(
    picture: Picture,
    bits: int,
    *codings: Coding,
    tile_size: tuple[int, int] | None = None,
    flags: int = 0,
    **fields: Any,
) -> bytes:
    """Return a file of a picture.

    Parameters
    ----------
    bits
        Of each index: 1, 2, 4 or 8.
    codings
        Of the tiles, in turn.
    tile_size
        Width and height in pixels; None for a single tile.
    flags, fields
        Further bits of the flags byte, and other fields, as for `forge.container.forge`.
    """
    width, height = len(picture.rows[0]), len(picture.rows)
    tiles = cut(picture.rows, tile_size or (width, height))
    coded = [codings[n % len(codings)](tile, bits) for n, tile in enumerate(tiles)]
    alpha = 4 * (len(picture.palette[0]) == 4)
    return forge(
        flags=flags | alpha | bits.bit_length() - 1, width=width, height=height,
        tile_size=tile_size, palette=picture.colors, methods=[method for method, _ in coded],
        tiles=[data for _, data in coded], **fields,
    )  # fmt: skip


def valid(
    name: str, picture: Picture, data: bytes, sections: str, note: str, **limit: int
) -> Vector:
    """Return a vector that must decode to a picture."""
    return Vector(f"valid-{name}", data, sections, note, picture.verdict, **limit)


def invalid(name: str, error: str, data: bytes, sections: str, note: str, **limit: int) -> Vector:
    """Return a vector that must give an error, named by its code."""
    verdict = {"verdict": "invalid", "error": error}
    return Vector(f"invalid-{name}", data, sections, note, verdict, **limit)


def numbers(count: int, below: int, seed: int) -> list[int]:
    """Return pseudo-random numbers, each less than `below`, by a linear congruential generator."""
    state, out = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((state >> 33) % below)
    return out


def palette_of(K: int, seed: int = 1, *, alpha: bool = False) -> list[Color]:
    """Return K pseudo-random colours, RGB, or RGBA with `alpha`."""
    size = 4 if alpha else 3
    return list(struct.iter_unpack(f"{size}B", bytes(numbers(size * K, 256, seed))))


def noise(width: int, height: int, K: int, seed: int = 2, *, alpha: bool = False) -> Picture:
    """Return a picture whose indices are pseudo-random."""
    indices = bytes(numbers(width * height, K, seed))
    return Picture(palette_of(K, alpha=alpha), cut_rows(indices, width))


def patches(width: int, height: int, K: int, seed: int = 3, *, alpha: bool = False) -> Picture:
    """Return a picture of which most pixels repeat the left or upper one, the rest are random."""
    fresh, which = numbers(width * height, K, seed), numbers(width * height, 8, seed + 1)
    out = bytearray()
    for place, choice in enumerate(which):
        if choice < 5 and place % width:
            out.append(out[-1])
        elif choice < 7 and place >= width:
            out.append(out[-width])
        else:
            out.append(fresh[place])
    return Picture(palette_of(K, alpha=alpha), cut_rows(bytes(out), width))


def flat(width: int, height: int, K: int = 1, index: int = 0) -> Picture:
    """Return a picture all of whose pixels have one index."""
    return Picture(palette_of(K), [bytes([index]) * width] * height)


def given(tile: bytes) -> Coding:
    """Return the coding by method 2, compact, that gives these stored bytes for any tile."""

    def code(rows: Rows, bits: int) -> tuple[int, bytes]:
        assert len(tile) < len(pack(rows, bits))
        return 2, tile

    return code


def corner(width: int, height: int) -> Picture:
    """Return a picture of two colours: the last pixel, at the bottom right, is the only 1."""
    row = bytes(width)
    return Picture(palette_of(2), [*[row] * (height - 1), row[1:] + b"\1"])


def corner_tile(pixels: int) -> bytes:
    """Return some 20 bytes: the data of a compact tile that is a `corner` of so many pixels."""
    zeros, rest = divmod(pixels - 1, 128)  # in layout 4, 0xfe is 128 zeros
    frame = z.frame(zeros + 1, z.repeat(0xFE, zeros), z.raw(bytes([rest << 1 | 1])))
    return head(len(frame), 4, framed=True) + frame


def boxes(width: int, height: int, K: int) -> Picture:
    """Return a picture of nested rectangles, each 4 pixels within the one around it."""
    rows = [
        bytes(min(x, y, width - 1 - x, height - 1 - y) // 4 % K for x in range(width))
        for y in range(height)
    ]
    return Picture(palette_of(K), rows)


def cut_rows(indices: bytes, width: int) -> list[bytes]:
    """Return indices, a byte each, cut into rows of `width` pixels."""
    return [indices[at : at + width] for at in range(0, len(indices), width)]
