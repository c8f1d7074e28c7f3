"""What a test vector is: a file, and the image or the error that it must give.

The pictures that go into valid ones are made here by arithmetic, the same everywhere for ever.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tools.conformance.forge.compact import Color
from tools.conformance.forge.container import Rows, cut, forge, pack
from tools.conformance.forge.zstd import as_frame
from tools.conformance.vectors.plain import is_plain


@dataclass(frozen=True)
class Vector:
    """A file and what is to be said of it in the manifest.

    Attributes
    ----------
    name
        Of the file, without suffix.
    sections
        Labels and section numbers of the spec, with spaces between.
    note
        What is special, in a line.
    verdict
        The rest of its entry: size, palette and digests, or the error.
    max_pixels
        The limit to decode it with, if that is not the usual one.
    """

    name: str
    data: bytes
    sections: str
    note: str
    verdict: dict[str, Any] = field(repr=False)
    max_pixels: int | None = None

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of the manifest."""
        limit = {} if self.max_pixels is None else {"max_pixels": self.max_pixels}
        plain = {"plain": True} if is_plain(self.data, self.verdict.get("error")) else {}
        return {
            "file": f"{self.name}.kmf",
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "sections": self.sections.split(),
            "note": self.note,
            **limit,
            **plain,
            **self.verdict,
        }


@dataclass(frozen=True)
class Picture:
    """A palette, and rows of indices."""

    palette: Sequence[Color]
    rows: Rows

    @property
    def colors(self) -> bytes:
        """The palette as it stands in a file."""
        return bytes(channel for color in self.palette for channel in color)

    @property
    def verdict(self) -> dict[str, Any]:
        """What the manifest says of the picture."""
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
"""Rows of a tile and the bits of an index to the number of a method and the stored bytes."""


def stored(rows: Rows, bits: int) -> tuple[int, bytes]:
    """Code a tile by method 0."""
    return 0, pack(rows, bits)


def framed(rows: Rows, bits: int) -> tuple[int, bytes]:
    """Code a tile by method 1, in a plain frame."""
    return 1, as_frame(pack(rows, bits))


def file_of(
    picture: Picture,
    bits: int,
    *codings: Coding,
    tile_size: tuple[int, int] | None = None,
    flags: int = 0,
    **head: Any,
) -> bytes:
    """Return a file of a picture, its tiles coded in turn by these codings."""
    width, height = len(picture.rows[0]), len(picture.rows)
    tiles = cut(picture.rows, tile_size or (width, height))
    coded = [codings[n % len(codings)](tile, bits) for n, tile in enumerate(tiles)]
    alpha = 4 * (len(picture.palette[0]) == 4)
    return forge(
        flags=flags | alpha | bits.bit_length() - 1, width=width, height=height,
        tile_size=tile_size, palette=picture.colors, methods=[method for method, _ in coded],
        tiles=[data for _, data in coded], **head,
    )  # fmt: skip


def valid(
    name: str, picture: Picture, data: bytes, sections: str, note: str, **limit: int
) -> Vector:
    """Return a vector that gives a picture."""
    return Vector(f"valid-{name}", data, sections, note, picture.verdict, **limit)


def invalid(name: str, error: str, data: bytes, sections: str, note: str, **limit: int) -> Vector:
    """Return a vector that gives an error."""
    verdict = {"verdict": "invalid", "error": error}
    return Vector(f"invalid-{name}", data, sections, note, verdict, **limit)


def numbers(count: int, below: int, seed: int) -> list[int]:
    """Return numbers of no pattern, each less than `below`, from a linear congruence."""
    state, out = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((state >> 33) % below)
    return out


def palette_of(K: int, seed: int = 1, *, alpha: bool = False) -> list[Color]:
    """Return K colours of no pattern."""
    size = 4 if alpha else 3
    return list(struct.iter_unpack(f"{size}B", bytes(numbers(size * K, 256, seed))))


def noise(width: int, height: int, K: int, seed: int = 2, *, alpha: bool = False) -> Picture:
    """Return a picture of no pattern."""
    indices = bytes(numbers(width * height, K, seed))
    return Picture(palette_of(K, alpha=alpha), cut_rows(indices, width))


def patches(width: int, height: int, K: int, seed: int = 3, *, alpha: bool = False) -> Picture:
    """Return a picture whose pixels are mostly like one of their neighbours, the rest anything."""
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
    """Return a picture of one index."""
    return Picture(palette_of(K), [bytes([index]) * width] * height)


def given(tile: bytes) -> Coding:
    """Return the coding by method 2 whose outcome is this tile."""

    def code(rows: Rows, bits: int) -> tuple[int, bytes]:
        assert len(tile) < len(pack(rows, bits))
        return 2, tile

    return code


def boxes(width: int, height: int, K: int) -> Picture:
    """Return a picture of frames within each other."""
    rows = [
        bytes(min(x, y, width - 1 - x, height - 1 - y) // 4 % K for x in range(width))
        for y in range(height)
    ]
    return Picture(palette_of(K), rows)


def cut_rows(indices: bytes, width: int) -> list[bytes]:
    """Return indices as rows."""
    return [indices[at : at + width] for at in range(0, len(indices), width)]
