"""Python's way out: a picture to a file of few colours."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import ParameterError, decode, encode, quantize
from tests.samples import icon, photo


@pytest.mark.parametrize("pixels", [photo(), icon(), photo()[..., 0], photo(1, 1), photo(1, 9)])
@pytest.mark.parametrize("bits", [None, 1, 2, 4, 8])
def test_a_picture_comes_back_as_palette_of_index(pixels: np.ndarray, bits: int | None) -> None:
    data = encode(pixels, bits=bits)
    colors = min(16, 1 << (bits or 4))
    assert np.array_equal(decode(data), quantize(pixels, colors=colors).to_pixels())
    assert encode(Image.fromarray(pixels), bits=bits) == data


def test_the_same_options_give_the_same_bytes() -> None:
    assert encode(photo(), seed=3) == encode(photo(), seed=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 3}, "expected 1, 2, 4 or 8"),
        ({"bits": "4"}, "bits '4': expected an integer"),
        ({"bits": True}, "bits True: expected an integer"),
        ({"colors": 3.5}, "colors 3.5: expected an integer"),
        ({"effort": None}, "effort None: expected an integer"),
        ({"level": 3.0}, "level 3.0: expected an integer"),
        ({"tile": 5}, "tile 5: expected 2 integers"),
        ({"tile": "55"}, "tile '55': expected 2 integers"),
        ({"tile": (5,)}, "expected 2 integers"),
        ({"tile": (5.0, 5)}, "tile 5.0: expected an integer"),
        ({"seed": 1.5}, "seed 1.5: expected an integer"),
        ({"bits": 2, "colors": 5}, "colors 5 does not fit bits 2: at most 4"),
        ({"colors": 0}, "colors 0"),
        ({"colors": 257}, "colors 257"),
        ({"level": 0}, "level 0"),
        ({"level": 23}, "level 23"),
        ({"tile": (0, 5)}, "tile 0"),
        ({"threads": 0}, "threads 0"),
        ({"seed": -1}, "seed -1"),
        ({"effort": 10}, "effort 10"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        encode(photo(), **options)  # type: ignore[arg-type]


def test_saving_to_a_stream_writes_there() -> None:
    stream = io.BytesIO()
    kmformat.save(photo(), stream, colors=3)
    assert stream.getvalue() == kmformat.encode(photo(), colors=3)


@pytest.mark.parametrize("name", ["x.png", "x.GIF", "x.jpeg", "x.tif"])
def test_names_of_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    for file in (tmp_path / name, str(tmp_path / name)):
        with pytest.raises(ParameterError, match=r"files: expected the suffix \.kmf"):
            kmformat.save(photo(), file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x", "x.kmf", "x.KMF", "x.tmp", "v1.2", "x.png.kmf"])
def test_other_names_are_not(tmp_path: Path, name: str) -> None:
    kmformat.save(photo(), tmp_path / name)
    assert kmformat.read_info(tmp_path / name).width == 80


def test_a_bad_image_does_not_touch_the_file(picture: Path) -> None:
    before = picture.read_bytes()
    with pytest.raises(ParameterError):
        kmformat.save(photo(), picture, colors=999)
    assert picture.read_bytes() == before


def test_bits_that_are_enough_keep_a_palette() -> None:
    image = Image.fromarray(np.arange(100, dtype=np.uint8).reshape(10, 10))
    image.putpalette(np.random.default_rng(0).bytes(300))
    assert len(kmformat.decode_indexed(kmformat.encode(image, bits=8)).palette) == 100
    assert len(kmformat.decode_indexed(kmformat.encode(image, bits=4)).palette) == 16
