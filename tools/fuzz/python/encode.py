"""Any indexed image, at any options, comes back from its file in all readers."""

from __future__ import annotations

from typing import Any

import numpy as np

import kmformat
from kmformat import IndexedImage, kernels
from kmformat.errors import ParameterError
from kmformat.indexed import Chunk
from tools.fuzz.numbers import Numbers
from tools.fuzz.readers import MAX_PIXELS, Outcome, c_reader, javascript_reader, python

_SIDE = 24
_LONG = 2100
"""Pixels of a side that overviews are made of; there are more than `MAX_PIXELS` then."""
_TYPES = (b"iccp", b"exif", b"xmpp", b"note", b"a123")


def one_input(data: bytes) -> None:
    """Encode an image, and read it."""
    numbers = Numbers(data)
    options = _options(numbers)
    image = _image(numbers, long=options.get("overviews") is not None)
    encode = kmformat.encode if "overviews" in options else kmformat.encode_indexed
    try:
        file = encode(image, **options)
    except ParameterError:
        return
    read = kmformat.decode_indexed(file)
    if not options.get("small_reader"):
        assert read.chunks == image.chunks, f"chunks {read.chunks}"
        assert read.names == image.names
    assert Outcome("", read) == Outcome("", image), "another image"
    if image.indices.size <= MAX_PIXELS:
        _check_everywhere(file, image, options)


def _check_everywhere(file: bytes, image: IndexedImage, options: dict[str, Any]) -> None:
    """Check that NumPy's kernels write the same file, and that all readers read it."""
    kernels.use_native(False)
    try:
        assert kmformat.encode_indexed(image, **options) == file, "NumPy writes other bytes"
    finally:
        kernels.use_native(True)
    readers = {
        "NumPy": python(file, native=False),
        "kmf.h": c_reader()(file),
        "kmf_zstd.h": c_reader("KMF_SMALL_ZSTD")(file),
        "kmf.js": javascript_reader()(file),
    }
    if options.get("small_reader"):
        readers["KMF_SMALL"] = c_reader("KMF_SMALL")(file)
    for name, came in readers.items():
        assert came == Outcome("", image), f"{name}: {came} ({came.why})"


def _options(numbers: Numbers) -> dict[str, Any]:
    """Return options of `kmformat.encode_indexed`; some contradict each other."""
    drawn: dict[str, Any] = {"threads": 1, "effort": numbers.choice((1, 2, 3, 1, 4, 5, 2, 7))}
    told = numbers.take(0, 1023)
    if told & 1:
        drawn["bits"] = numbers.choice((8, 4, 2, 1))
    if told & 2:
        drawn["tile"] = numbers.take(1, _SIDE), numbers.take(1, _SIDE)
    if told & 28 == 4:
        drawn["fast_decode"] = True
    if told & 28 == 8:
        drawn["smallest"] = True
    if told & 28 == 12:
        drawn["small_reader"] = True
    if told & 28 == 16:
        drawn["zstd"] = False
    if told & 28 == 20:
        drawn["level"] = numbers.take(1, 22)
    if told & 32:
        drawn["window"] = 1 << numbers.take(10, 23)
    if told & 960 == 64:  # then options that ask for fewer colours would get them
        drawn.pop("bits", None)
        drawn.pop("small_reader", None)
        drawn["overviews"] = numbers.choice(("picture", "labels"))
        if "tile" in drawn:  # of a pixel each, tens of thousands would take seconds
            drawn["tile"] = tuple(max(8, side) for side in drawn["tile"])
    return drawn


def _image(numbers: Numbers, *, long: bool) -> IndexedImage:
    colors = numbers.choice((2, 3, 5, 15, 16, 17, 40, 255, 256, 1))
    width, height = (_LONG if long else numbers.take(1, _SIDE)), numbers.take(1 + long, _SIDE)
    channels, pattern = numbers.take(3, 4), numbers.take(0, 3)
    chunks = tuple(
        Chunk(numbers.choice(_TYPES), numbers.rest()[: numbers.take(0, 40)])
        for _ in range(max(0, numbers.take(0, 7) - 4))
    )
    names = ["", *(f"colour {n}" for n in range(1, colors))] if numbers.take(0, 7) == 7 else ()
    palette = numbers.array((colors, channels))
    indices = numbers.array((height, width), colors)
    if pattern == 1:  # areas
        indices = indices[::4, ::4].repeat(4, 0).repeat(4, 1)[:height, :width]
    elif pattern == 2:  # mostly one colour
        indices = indices * (indices % 4 == 1)
    elif pattern == 3:  # rows alike
        indices = np.resize(indices[0], (height, width))
    if long and numbers.take(0, 1):
        indices = indices.T
    return IndexedImage(palette, np.ascontiguousarray(indices), chunks).with_names(names)
