"""Palettes in files of their own, and those of pictures."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image, ImagePalette

import kmformat
from kmformat import Code, FormatError, LimitError, ParameterError, PictureError
from kmformat.arrays import U8
from kmformat.palettes.files import read_palette, write_palette
from kmformat.palettes.formats import palette_bytes
from kmformat.pictures.icc import without_profile
from tests.samples import icon, indexed, photo, wide_gamut

SUFFIXES = (".gpl", ".pal", ".hex", ".txt", ".act", ".ase")
TWO = np.array([[255, 0, 10], [1, 2, 3]], np.uint8)


def file(data: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


def picture(image: Image.Image, **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return io.BytesIO(stream.getvalue())


def drawing(palette: U8, **options: object) -> io.BytesIO:
    """A PNG with a palette, which uses the last colour only."""
    image = Image.new("P", (3, 1), len(palette) - 1)
    image.putpalette(palette.tobytes())
    return picture(image, **options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_are_written_and_read_by_path(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"my colours{suffix.upper()}"
    write_palette(TWO, path)
    assert path.read_bytes() == palette_bytes(TWO, suffix, "my colours")
    for name in (path, str(path)):
        assert np.array_equal(read_palette(name), TWO)
    with path.open("rb") as stream:
        assert np.array_equal(read_palette(stream), TWO)


def test_pillow_reads_the_gimp_palette_alike(tmp_path: Path) -> None:
    write_palette(TWO, tmp_path / "two.gpl")
    palette, mode = ImagePalette.load(str(tmp_path / "two.gpl"))
    assert mode == "RGB"
    assert TWO.tobytes() in palette  # of Pillow 11.0 not at the start: it counts the lines before


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.hex"
    path.write_bytes(b"zebra")
    with pytest.raises(PictureError) as caught:
        read_palette(path)
    assert str(caught.value) == f"{path}: line 1: 'zebra': expected RRGGBB or RRGGBBAA"
    with pytest.raises(PictureError, match=r"^bad\.gpl: line 1"):
        read_palette(file(b"zebra", "bad.gpl"))
    with pytest.raises(FileNotFoundError):
        read_palette(tmp_path / "none.gpl")


@pytest.mark.parametrize("suffix", ["", ".png", ".aco", "gpl"])
def test_unknown_suffixes_are_not_written(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ParameterError, match=r"expected \.gpl, \.pal, \.hex, .* or \.ase"):
        palette_bytes(TWO, suffix)
    with pytest.raises(ParameterError):
        write_palette(TWO, tmp_path / "colours.aco")
    assert not list(tmp_path.iterdir())


# Palettes out of pictures.


@pytest.mark.parametrize("alpha", [False, True])
def test_a_kmf_file_gives_its_palette(tmp_path: Path, alpha: bool) -> None:
    path = tmp_path / "a.kmf"
    image = indexed(5, 7, 12, alpha=alpha)
    path.write_bytes(kmformat.encode_indexed(image))
    expected = np.array(kmformat.read_info(path).palette)
    assert np.array_equal(read_palette(path), expected)
    path = path.rename(tmp_path / "a.gpl")
    assert np.array_equal(read_palette(path), expected)


def test_a_kmf_file_whose_alpha_says_nothing_gives_rgb() -> None:
    opaque = np.insert(TWO, 3, 255, axis=1)
    data = kmformat.encode_indexed(kmformat.IndexedImage(opaque, np.eye(2, dtype=np.uint8)))
    assert np.array_equal(read_palette(io.BytesIO(data)), kmformat.decode(data)[0, ::-1, :3])


def test_a_damaged_kmf_file_is_an_error_of_its_kind() -> None:
    data = kmformat.encode_indexed(indexed(8, 8, 5))
    with pytest.raises(FormatError, match=r"^a\.kmf: ") as caught:
        read_palette(file(data[:20], "a.kmf"))
    assert caught.value.code is Code.TRUNCATED


@pytest.mark.parametrize("count", [1, 2, 5, 256])
def test_a_picture_with_a_palette_gives_all_of_it_and_no_more(count: int) -> None:
    palette = np.random.default_rng(count).integers(0, 256, (count, 3), np.uint8)
    palette[-1] = palette[0]
    assert np.array_equal(read_palette(drawing(palette)), palette)


@pytest.mark.parametrize(
    ("transparency", "alpha"),
    [(1, [255, 0]), (b"\x07", [7, 255]), (b"\x07\x08", [7, 8]), (b"\xff", None)],
)
def test_both_kinds_of_transparency_become_alpha(
    transparency: int | bytes, alpha: list[int] | None
) -> None:
    expected = TWO if alpha is None else np.insert(TWO, 3, alpha, axis=1)
    assert np.array_equal(read_palette(drawing(TWO, transparency=transparency)), expected)


@pytest.mark.parametrize("alpha", [b"\xff\xff\0", b"\xff\xff\7\7"])
def test_transparency_beyond_the_palette_is_none(alpha: bytes) -> None:
    data = drawing(TWO).getvalue()
    chunk = b"tRNS" + alpha
    chunk = len(alpha).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big")
    middle = data.index(b"IDAT") - 4
    assert np.array_equal(read_palette(io.BytesIO(data[:middle] + chunk + data[middle:])), TWO)


def test_colours_of_a_picture_come_as_they_first_appear() -> None:
    rng = np.random.default_rng(1)
    colors = rng.permutation(256).astype(np.uint8)[:, None] * np.array([1, 3, 7], np.uint8)
    later = colors[rng.integers(0, 100, 400 * 400 - 356)]  # of several blocks
    pixels = np.concatenate([colors[:100], later, colors]).reshape(400, 400, 3)
    assert np.array_equal(read_palette(picture(Image.fromarray(pixels))), colors)


def test_pixels_that_are_hidden_are_one_colour() -> None:
    pixels = np.array([[[9, 9, 9, 255], [1, 2, 3, 0], [4, 5, 6, 0], [9, 9, 9, 128]]], np.uint8)
    expected = [[9, 9, 9, 255], [0, 0, 0, 0], [9, 9, 9, 128]]
    assert read_palette(picture(Image.fromarray(pixels))).tolist() == expected


def test_a_grey_picture_has_a_palette_too() -> None:
    image = Image.fromarray(np.array([[200, 0, 200]], np.uint8))
    assert read_palette(picture(image)).tolist() == [[200, 200, 200], [0, 0, 0]]


def test_a_stream_is_read_from_where_it_stands() -> None:
    stream = io.BytesIO(b"before" + drawing(TWO).getvalue())
    stream.seek(6)
    assert np.array_equal(read_palette(stream), TWO)


def test_a_pipe_will_do() -> None:
    class Pipe(io.RawIOBase):
        source = drawing(TWO)

        def read(self, size: int = -1) -> bytes:
            return self.source.read(min(size, 7))

    assert np.array_equal(read_palette(Pipe()), TWO)  # type: ignore[arg-type]


@pytest.mark.parametrize("pixels", [photo(), icon(64)])
def test_a_picture_of_too_many_colours_has_no_palette(pixels: U8) -> None:
    with pytest.raises(PictureError, match="more than 256 colours"):
        read_palette(picture(Image.fromarray(pixels)))


def test_what_is_no_picture_either_is_an_error() -> None:
    for data in (b"", b"ff0000\n", bytes(3000)):
        with pytest.raises(PictureError, match=r"^palette: not a picture in a format"):
            read_palette(io.BytesIO(data))
    with pytest.raises(PictureError, match="not a readable picture"):
        read_palette(io.BytesIO(picture(Image.fromarray(photo())).getvalue()[:999]))


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(LimitError, match=r"^palette: picture of 3 x 1 pixels exceeds the limit"):
        read_palette(drawing(TWO), max_pixels=2)
    with pytest.raises(LimitError, match=r"^palette: image of 3 x 1 pixels exceeds"):
        read_palette(io.BytesIO(kmformat.encode(Image.open(drawing(TWO)))), max_pixels=2)


def test_the_limit_of_pillow_is_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS, len(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: read_palette(drawing(TWO)), range(40)))
    assert (Image.MAX_IMAGE_PIXELS, len(warnings.filters)) == before


def test_colours_are_in_srgb(tmp_path: Path) -> None:
    image = Image.open(drawing(TWO))
    image.info["icc_profile"] = wide_gamut()
    expected = np.array(without_profile(image).getpalette(), np.uint8).reshape(-1, 3)
    image.save(tmp_path / "p.png", icc_profile=wide_gamut())
    kmformat.save(image, tmp_path / "p.kmf")
    for name in ("p.png", "p.kmf"):
        assert np.array_equal(read_palette(tmp_path / name), expected)
    assert kmformat.build_palette([image]).tolist() == [expected[1].tolist()]  # the one in use
    shown = kmformat.decode_indexed(kmformat.encode(image, palette=expected))
    assert shown.chunks == ()
    assert np.array_equal(shown.indices, np.asarray(image))
    assert np.array_equal(kmformat.quantize(image, palette=expected).indices, shown.indices)


def test_an_endless_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        name = "endless.hex"
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"\n" * size

    endless = Endless()
    with pytest.raises(PictureError, match=r"^endless\.hex: more than 1,048,576 bytes"):
        read_palette(endless)  # type: ignore[arg-type]
    assert endless.taken == (1 << 20) + 1
    monkeypatch.setattr("kmformat.storage.input._MOST_PIPED", 1 << 21)
    endless.name = "endless"
    with pytest.raises(LimitError, match=r"^endless: more than 2,097,152 bytes through a pipe"):
        read_palette(endless)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [io.StringIO("ff0000"), 7, None])
def test_only_paths_and_binary_streams_are_read(source: object) -> None:
    with pytest.raises(ParameterError, match="expected a path or a binary stream"):
        read_palette(source)  # type: ignore[arg-type]
