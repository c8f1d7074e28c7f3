"""KMF files as C: an array of the bytes, and what a program has to know before it opens them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kmformat.cli.console import printable
from kmformat.errors import ParameterError
from kmformat.reading import read_info

SUFFIX = ".h"
_A_LINE = 24
"""Bytes."""


class Array(NamedTuple):
    """A KMF file that becomes an array."""

    name: str
    """Of the file, or any other: the array's is made of it."""
    data: bytes
    tiles: Sequence[str] = ()
    """What its tiles are called, if they have names."""


def header_of(arrays: Sequence[Array], target: str, max_pixels: int) -> bytes:
    """Return the text of a C header.

    Parameters
    ----------
    target
        The name that it will have, for its guard.

    Raises
    ------
    ParameterError
        Two arrays or tiles would have one name.
    FormatError
        A file is none, or damaged.
    """
    names = _different(Path(each.name).stem for each in arrays)
    guard = identifier(Path(target).name).upper()
    parts = [
        "/* Written by kmformat. Include it in one file of a program, beside kmf.h. */",
        f"#ifndef {guard}\n#define {guard}\n#include <stdint.h>",
        *(_part(name, each, max_pixels) for name, each in zip(names, arrays, strict=True)),
        "#endif\n",
    ]
    return "\n\n".join(parts).encode()


def identifier(name: str) -> str:
    """Return a name in C that is like another, in lower case."""
    found = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
    return found if found[:1].isalpha() else f"image_{found}".rstrip("_")


def _part(name: str, array: Array, max_pixels: int) -> str:
    info = read_info(io.BytesIO(array.data), max_pixels=max_pixels)
    upper, (width, height) = name.upper(), info.tile_size
    tiles = f", {info.tiles} tiles of {width} x {height}" if info.tiles > 1 else ""
    called = printable(Path(array.name).name).replace("*/", "* /")
    about = f"{called}: {info.width} x {info.height}, {info.colors} colours of {info.bits} bits"
    work = f"#define {upper}_WORK {info.workspace} /* bytes: see kmf_open, with KMF_SMALL */"
    lines = [
        f"/* {about}{tiles} */",
        f"#define {upper}_WIDTH {info.width}",
        f"#define {upper}_HEIGHT {info.height}",
        f"/* no {upper}_WORK: not for small readers */" if info.workspace is None else work,
    ]
    if array.tiles:
        tiles_called = [f"{upper}_{each.upper()}" for each in _different(array.tiles)]
        lines += ["enum {", *(f"    {each}," for each in tiles_called), f"    {upper}_TILES", "};"]
    lines.append(f"static const uint8_t {name}_kmf[{len(array.data)}] = {{")
    for start in range(0, len(array.data), _A_LINE):
        lines.append(f"    {','.join(map(str, array.data[start : start + _A_LINE]))},")
    return "\n".join([*lines, "};"])


def _different(names: Iterable[str]) -> list[str]:
    """Return an identifier for each name."""
    found: dict[str, str] = {}
    for name in names:
        called = identifier(name)
        if called in found:
            raise ParameterError(f"{printable(name)}: {called} in C, as {printable(found[called])}")
        found[called] = name
    return [*found]
