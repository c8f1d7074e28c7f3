"""Python's way out: a picture to a file of few colours."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import (
    FormatError,
    IndexedImage,
    ParameterError,
    PictureError,
    build_palette,
    decode,
    decode_indexed,
    encode,
    quantize,
    suggest_keep,
)
from kmformat.pictures.icc import without_icc
from tests.samples import icon, indexed, photo, pillow_photo, rows, same, wide_gamut


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


# Images that have palette and indices already


@pytest.mark.parametrize("alpha", [False, True])
def test_an_indexed_image_is_kept_exactly(alpha: bool) -> None:
    image = indexed(9, 7, 40, alpha=alpha)
    assert same(quantize(image), image)
    data = encode(image)
    assert data == kmformat.encode_indexed(image)
    assert encode(image, colors=40, bits=8, effort=5) == kmformat.encode_indexed(image, bits=8)


@pytest.mark.parametrize(
    "options",
    [
        {"colors": 4}, {"colors": 5}, {"bits": 1}, {"colors": "auto"}, {"keep": ["red"]},
        {"palette": ["black", "red", "white"]}, {"palette": ["#123"], "dither": "ordered"},
        {"init": "random", "colors": 3}, {"background": "white"},
    ],
)  # fmt: skip
def test_an_indexed_image_is_reduced_as_a_pillow_image_of_mode_p(options: Any) -> None:
    image = indexed(9, 7, 5)
    assert encode(image, **options) == encode(image.to_image(), **options)


def test_an_indexed_image_with_a_profile_becomes_srgb_where_a_pillow_image_does() -> None:
    image = quantize(pillow_photo(icc_profile=wide_gamut()))
    plain = without_icc(image)
    assert same(decode_indexed(encode(image, srgb=True)), plain)
    assert same(decode_indexed(encode(image, strip=True)), plain)
    assert np.array_equal(build_palette([image], colors=256), build_palette([plain], colors=256))
    found = quantize(photo(), palette=image).palette
    assert np.array_equal(found, plain.palette)
    damaged = IndexedImage(image.palette, image.indices, (kmformat.Chunk(b"iccp", b"x"),))
    with pytest.raises(PictureError, match="can't be converted to sRGB"):
        encode(damaged, srgb=True)


def test_an_indexed_image_that_was_spoiled_is_named() -> None:
    image = indexed(9, 7, 5)
    image.indices[0, 0] = 5
    options: Any
    for options in ({}, {"colors": 2}, {"palette": ["red"]}, {"init": "random"}):
        with pytest.raises(ParameterError, match="index 5 is outside the palette of 5"):
            encode(image, **options)


# Palettes, and what holds one


def holders(tmp_path: Path) -> list[Any]:
    """The palette white, red, glass in every form in which Python gives one."""
    colors = [(255, 255, 255, 255), (255, 0, 0, 255), (0, 0, 255, 128)]
    array = np.array(colors, np.uint8)
    image = IndexedImage(array, np.zeros((1, 1), np.uint8))
    kmformat.write_palette(array, tmp_path / "p.gpl")
    image.save(tmp_path / "p.kmf")
    image.to_image().save(tmp_path / "p.png")
    Image.fromarray(array[None]).save(tmp_path / "strip.png")
    files = [tmp_path / name for name in ("p.gpl", "p.kmf", "p.png", "strip.png")]
    return [
        colors, ["white", "#f00", "0000ff80"], array, array.astype(np.int64), array.tolist(), image,
        image.to_image(), Image.fromarray(array[None]), *files, *map(str, files),
    ]  # fmt: skip


def test_a_palette_comes_in_any_form(tmp_path: Path) -> None:
    given = holders(tmp_path)
    expected = np.array(given[0], np.uint8)
    for holder in given:
        for image in (photo(), icon(), indexed(5, 5, 3)):
            found = quantize(image, palette=holder)
            assert np.array_equal(found.palette[:3], expected)
            assert encode(image, palette=holder) == encode(image, palette=expected)
            stream, saved = io.BytesIO(), io.BytesIO()
            kmformat.save(image, stream, palette=holder)
            assert stream.getvalue() == encode(image, palette=expected)
        lost = suggest_keep(photo(), palette=expected)
        assert np.array_equal(suggest_keep(photo(), palette=holder), lost)
        Image.fromarray(photo()).save(saved, "KMF", palette=holder)
        assert saved.getvalue() == encode(photo(), palette=expected)


def test_colours_to_keep_come_in_any_form(tmp_path: Path) -> None:
    for holder in holders(tmp_path):
        for palette in (
            quantize(photo(), keep=holder, colors=5).palette,
            build_palette([photo()], keep=holder, colors=5),
        ):
            assert {(255, 255, 255, 255), (255, 0, 0, 255), (0, 0, 255, 128)} <= rows(palette)


def test_a_palette_file_that_is_none_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.gpl"):
        encode(photo(), palette=tmp_path / "none.gpl")
    (tmp_path / "a.gpl").write_bytes(b"zebra")
    with pytest.raises(PictureError, match=r"a\.gpl: line 1"):
        encode(photo(), keep=str(tmp_path / "a.gpl"))
    (tmp_path / "a.kmf").write_bytes(encode(photo())[:30])
    with pytest.raises(FormatError, match=r"a\.kmf: "):
        quantize(photo(), palette=tmp_path / "a.kmf")
    with pytest.raises(PictureError, match="more than 256 colours"):
        quantize(photo(), palette=Image.fromarray(photo()))
    options: Any
    for options in ({"colors": 4}, {"keep": ["red"]}):
        with pytest.raises(ParameterError, match="does not go with palette"):
            encode(photo(), palette=["red"], **options)


def test_a_text_that_is_a_colour_is_no_path(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    kmformat.write_palette(["blue"], "red.hex")
    Path("red.hex").rename("red")
    with pytest.raises(ParameterError, match="palette 'red': expected a list of colours"):
        quantize(photo(), palette="red")


# One palette for many images


def test_images_for_a_palette_come_in_any_form(tmp_path: Path) -> None:
    Image.fromarray(photo()).save(tmp_path / "p.png")
    image = indexed(9, 9, 5)
    image.save(tmp_path / "i.kmf")
    expected = build_palette([photo(), image.to_pixels()])
    given: list[Any] = [
        [photo(), image],
        [Image.fromarray(photo()), image.to_image()],
        [tmp_path / "p.png", str(tmp_path / "i.kmf")],
        (path for path in (tmp_path / "p.png", tmp_path / "i.kmf")),
    ]
    for images in given:
        assert np.array_equal(build_palette(images), expected)


def test_one_image_is_not_several(tmp_path: Path) -> None:
    one: Any
    for one in (photo(), "a.png", tmp_path / "a.png", indexed(2, 2, 2), pillow_photo(), None, 7):
        with pytest.raises(
            ParameterError, match=r"^images of type \w+: expected several, as a list"
        ):
            build_palette(one)
    with pytest.raises(FileNotFoundError):
        build_palette([tmp_path / "a.png"])
    (tmp_path / "a.png").write_bytes(b"text")
    with pytest.raises(PictureError, match=r"a\.png: not a picture"):
        build_palette([tmp_path / "a.png"])
    for wrong in (7, b"a.png"):
        with pytest.raises(ParameterError, match="image of type"):
            build_palette([wrong])  # type: ignore[list-item]
