"""`encode_to` gives the bytes of `encode`, and a `Reader` any part of them as an array does."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

import kmformat
from kmformat.arrays import U8
from kmformat.errors import ParameterError
from tools.fuzz.numbers import Numbers

_SIDE = 30


def one_input(data: bytes) -> None:
    """Encode an image in parts, and read parts of it."""
    numbers = Numbers(data)
    options = _options(numbers)
    key = _part(numbers), _part(numbers)
    image = _image(numbers)
    file = io.BytesIO()
    try:
        kmformat.encode_to(image, file, block=_block(data), **options)
    except ParameterError:
        return
    written = file.getvalue()
    assert written == kmformat.encode(image, **options), f"other bytes: {options}"
    pixels = kmformat.decode(written)
    with kmformat.Reader(written, threads=1, cache=len(data) % 2 << 10) as reader:
        for _ in range(2):  # the second time, of tiles that are kept
            part = pixels[key]
            assert not part.size or np.array_equal(reader[key], part), f"{key}"
        into = np.zeros_like(pixels)
        kmformat.decode_to(written, into, threads=1)
        assert np.array_equal(into, pixels)


def _options(numbers: Numbers) -> dict[str, Any]:
    drawn: dict[str, Any] = {"threads": 1, "effort": numbers.take(1, 3), "dither": "none"}
    told = numbers.take(0, 63)
    if told & 1:
        drawn["tile"] = numbers.take(1, _SIDE), numbers.take(1, _SIDE)
    if told & 2:
        drawn["colors"] = numbers.choice((2, 3, 16, 17, 40))
    if told & 12 == 4:
        drawn["fast_decode"] = True
    if told & 12 == 8:
        drawn["smallest"] = True
    if told & 16:
        drawn["dither"] = "ordered"
    if told & 32:
        drawn["palette"] = [(0, 0, 0), (255, 255, 255), (200, 30, 30)]
        drawn.pop("colors", None)
    return drawn


def _part(numbers: Numbers) -> slice:
    start, stop = numbers.take(0, 2 * _SIDE) - _SIDE, numbers.take(0, 2 * _SIDE) - _SIDE
    return slice(start or None, stop or None, numbers.choice((None, 1, 2, -1, 7)))


def _block(data: bytes) -> tuple[int, int] | None:
    return None if len(data) % 3 else (1 + len(data) % _SIDE, 1 + sum(data) % _SIDE)


def _image(numbers: Numbers) -> U8:
    height, width = numbers.take(1, _SIDE), numbers.take(1, _SIDE)
    channels, levels = numbers.choice((3, 4, 1)), numbers.choice((256, 2, 8))
    shape = (height, width) if channels == 1 else (height, width, channels)
    image = numbers.array(shape)
    return image if levels == 256 else image // (256 // levels) * (255 // (levels - 1))
