"""Any bytes are a palette in some format or refused, and palettes come back from all formats."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np

import kmformat
from kmformat.arrays import U8
from kmformat.errors import KmfError, ParameterError, PictureError
from kmformat.palettes.formats import SUFFIXES, names_in, palette_bytes, parse_palette
from kmformat.palettes.hex import parse_pairs
from tools.fuzz.numbers import Numbers

_SUFFIXES = ("", *SUFFIXES)


def one_input(data: bytes) -> None:
    """Read the bytes as a palette, and write what they hold in all formats."""
    numbers = Numbers(data)
    suffix = numbers.choice(_SUFFIXES)
    file = numbers.rest()
    with suppress(PictureError):
        parse_pairs(file)
    stream = io.BytesIO(file)
    stream.name = f"a{suffix}"
    with suppress(KmfError):  # it may be a picture or a KMF file as well
        kmformat.read_palette(stream, max_pixels=1 << 12)
    try:
        palette = parse_palette(file, suffix)
    except PictureError:
        return
    assert palette.dtype == np.uint8
    assert 1 <= len(palette) <= 256
    names = names_in(file, suffix)
    assert len(names) in (0, len(palette))
    for other in SUFFIXES:
        _check_comes_back(palette, other, names)


def _check_comes_back(palette: U8, suffix: str, names: tuple[str, ...]) -> None:
    try:
        file = palette_bytes(palette, suffix, "A name", names)
    except ParameterError:
        assert palette.shape[1] == 4, f"{suffix} takes any palette without alpha"
        return
    again = parse_palette(file, suffix)
    kept = palette.shape[1] == 3 or suffix not in (".gpl", ".pal", ".hex")
    assert not kept or np.array_equal(again, palette), f"{suffix}: {again} of {palette}"
    names = names_in(file, suffix)  # without what does not show, and what says nothing
    again = parse_palette(file, suffix)
    assert names_in(palette_bytes(again, suffix, "A name", names), suffix) == names
