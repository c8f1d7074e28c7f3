"""Palettes in files: what each format holds, byte by byte, and what is wrong with others."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImagePalette

import kmformat
from kmformat import Code, FormatError, LimitError, ParameterError, PictureError
from kmformat.palettes.files import read_palette, write_palette
from kmformat.palettes.formats import palette_bytes, parse_palette
from kmformat.pictures.icc import without_profile
from tests.pictures.test_metadata import wide_gamut
from tests.samples import icon, indexed, photo

U8 = npt.NDArray[np.uint8]

SUFFIXES = (".gpl", ".pal", ".hex", ".act")
TWO = np.array([[255, 0, 10], [1, 2, 3]], np.uint8)
CLEAR = np.array([[255, 0, 10, 255], [1, 2, 3, 0]], np.uint8)
GLASS = np.array([[255, 0, 10, 255], [1, 2, 3, 128]], np.uint8)


@st.composite
def palettes(draw: st.DrawFn, channels: int) -> U8:
    count = draw(st.sampled_from([1, 2, 3, 16, 17, 255, 256]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(0, 256, (count, channels), np.uint8)


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


def test_paint_net_has_alpha_first() -> None:
    data = b"; Paint.NET Palette\n;\nFFff000a\n80010203\n"
    assert np.array_equal(parse_palette(data, ".hex"), GLASS)


# What is written can be read.


@given(palettes(3), st.sampled_from(SUFFIXES))
def test_colours_keep_their_order_and_duplicates(palette: U8, suffix: str) -> None:
    palette = np.concatenate([palette, palette])[:256]
    assert np.array_equal(parse_palette(palette_bytes(palette, suffix), suffix), palette)


@given(palettes(4), st.sampled_from([".gpl", ".pal", ".hex"]))
def test_alpha_survives(palette: U8, suffix: str) -> None:
    palette[0, 3] = 7
    assert np.array_equal(parse_palette(palette_bytes(palette, suffix), suffix), palette)


@given(palettes(3), st.integers(0, 255))
def test_a_colour_table_keeps_one_transparent_entry(colors: U8, hidden: int) -> None:
    palette = np.dstack([colors[None], np.full((1, len(colors)), 255, np.uint8)])[0]
    palette[hidden % len(palette), 3] = 0
    assert np.array_equal(parse_palette(palette_bytes(palette, ".act"), ".act"), palette)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_palette_that_is_opaque_is_written_as_rgb(suffix: str) -> None:
    opaque = np.insert(TWO, 3, 255, axis=1)
    assert palette_bytes(opaque, suffix) == palette_bytes(TWO, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_are_written_and_read_by_path(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"my colours{suffix.upper()}"
    write_palette(TWO, path)
    assert path.read_bytes() == palette_bytes(TWO, suffix, "my colours")
    for name in (path, str(path)):
        assert np.array_equal(read_palette(name), TWO)
    with path.open("rb") as stream:
        assert np.array_equal(read_palette(stream), TWO)


def test_the_result_can_be_written_to() -> None:
    for suffix in SUFFIXES:
        palette = parse_palette(palette_bytes(TWO, suffix), suffix)
        assert palette.dtype == np.uint8
        assert palette.flags.writeable
        assert palette.flags.c_contiguous


def test_pillow_reads_the_gimp_palette_alike(tmp_path: Path) -> None:
    write_palette(TWO, tmp_path / "two.gpl")
    palette, mode = ImagePalette.load(str(tmp_path / "two.gpl"))
    assert mode == "RGB"
    assert TWO.tobytes() in palette  # of Pillow 11.0 not at the start: it counts the lines before


# The formats, byte by byte.

GPL = b"GIMP Palette\nName: two\nColumns: 2\n#\n255   0  10\t#ff000a\n  1   2   3\t#010203\n"
GPL_ALPHA = (
    b"GIMP Palette\nName: two\nColumns: 2\nChannels: RGBA\n#\n"
    b"255   0  10 255\t#ff000aff\n  1   2   3 128\t#01020380\n"
)
JASC = b"JASC-PAL\r\n0100\r\n2\r\n255 0 10\r\n1 2 3\r\n"
JASC_ALPHA = b"JASC-PAL\r\n0100\r\n2\r\n255 0 10 255\r\n1 2 3 128\r\n"
ACT = b"\xff\0\n\1\2\3" + bytes(762)
RIFF = b"RIFF\x18\0\0\0PAL data\x0c\0\0\0\0\3\2\0\xff\0\n\0\1\2\3\4"


@pytest.mark.parametrize(
    ("suffix", "palette", "data"),
    [
        (".gpl", TWO, GPL),
        (".gpl", GLASS, GPL_ALPHA),
        (".pal", TWO, JASC),
        (".pal", GLASS, JASC_ALPHA),
        (".hex", TWO, b"ff000a\n010203\n"),
        (".hex", GLASS, b"ff000aff\n01020380\n"),
        (".act", TWO, ACT + b"\0\2\xff\xff"),
        (".act", CLEAR, ACT + b"\0\2\0\1"),
    ],
)
def test_each_format_as_it_is_written(suffix: str, palette: U8, data: bytes) -> None:
    assert palette_bytes(palette, suffix, "two") == data
    assert np.array_equal(parse_palette(data, suffix), palette)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".gpl", GPL.replace(b"\n", b"\r\n")),
        (".gpl", b"\xef\xbb\xbf" + GPL),
        (".gpl", b"GIMP Palette\n#\n255 0 10\n\n1\t2\t3 Nearly black 99\n"),
        (".gpl", b"GIMP Palette\nName: caf\xe9\nColumns: x\n255 0 10 1 2 3\n 1 2 3"),
        (".pal", JASC.replace(b"\r\n", b"\n")),
        (".pal", JASC + b"\r\n \r\n"),
        (".pal", b"JASC-PAL\r0100\r2\r255 0 10 255\r1 2 3"),
        (".pal", RIFF),
        (".pal", RIFF[:12] + b"junk\3\0\0\0abc\0" + RIFF[12:] + b"more"),
        (".hex", b"\xef\xbb\xbf#FF000A\r\n\r\n  010203ff"),
        (".hex", b"; two\n// colours\n# here\n#\nff000a ; red\n#010203 // black\n"),
        (".HEX", b"ff000a\r010203"),
        (".act", ACT + b"\0\2\0\2"),
    ],
)
def test_variants_that_other_programs_write_are_read(suffix: str, data: bytes) -> None:
    assert np.array_equal(parse_palette(data, suffix), TWO)


def test_a_colour_table_of_768_bytes_has_256_colours() -> None:
    palette = parse_palette(ACT, ".act")
    assert palette.shape == (256, 3)
    assert np.array_equal(palette[:2], TWO)
    assert not palette[2:].any()


def test_a_hex_file_may_mix_colours_with_and_without_alpha() -> None:
    assert np.array_equal(parse_palette(b"ff000a\n01020380", ".hex"), GLASS)


@pytest.mark.parametrize(("data", "suffix"), [(GPL, ".hex"), (JASC, ""), (RIFF, ".act")])
def test_the_first_bytes_count_more_than_the_suffix(data: bytes, suffix: str) -> None:
    assert np.array_equal(parse_palette(data, suffix), TWO)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb  c", "a b c"), ("", "Untitled"), ("\0\n", "Untitled"), ("a\udc80", "a"), ("ü", "ü")],
)
def test_a_name_takes_one_line(name: str, shown: str) -> None:
    assert palette_bytes(TWO, ".gpl", name).decode().split("\n")[1] == f"Name: {shown}"


# What is wrong.


@pytest.mark.parametrize(
    ("suffix", "data", "message"),
    [
        (".gpl", b"255 0 0\n", "line 1: '255 0 0': expected GIMP Palette"),
        (".gpl", b"", "line 1: '': expected GIMP Palette"),
        (".gpl", b"GIMP Palette\nName: x\n# y\n", "no colours"),
        (".gpl", b"GIMP Palette\n#\n1 2 256 x\n", "line 3: '1 2 256 x': expected 3 numbers"),
        (".gpl", b"GIMP Palette\n1 2\n", "line 2: '1 2': expected 3 numbers"),
        (".gpl", b"GIMP Palette\n1 -2 3\n", "line 2: '1 -2 3': expected 3 numbers"),
        (".gpl", b"GIMP Palette\nblack\n", "line 2: 'black': expected 3 numbers"),
        (".gpl", b"GIMP Palette\nChannels: RGBA\n1 2 3 x\n", "line 3: '1 2 3 x': expected 4 num"),
        (".gpl", b"GIMP Palette\nChannels: CMYK\n", "line 2: 'Channels: CMYK': expected Channels"),
        (".gpl", b"GIMP Palette\n1 2 3\nChannels: RGBA\n", "line 3: 'Channels: RGBA': expected"),
        (".gpl", b"GIMP Palette\n" + 257 * b"1 2 3\n", "line 258: one more colour"),
        (".gpl", b"GIMP Palette\n" + 9**6 * b"1", "line 2: '1111.*[.]{3}': expected 3 numbers"),
        (".pal", b"\x00\xff", r"line 1: '\\x00.': expected JASC-PAL"),
        (".pal", b"JASC-PAL", "line 2: '': expected 0100"),
        (".pal", b"JASC-PAL\n0200\n", "line 2: '0200': expected 0100"),
        (".pal", b"JASC-PAL\n0100\n", "line 3: '': expected the number of colours"),
        (".pal", b"JASC-PAL\n0100\n0\n", "line 3: '0': expected the number of colours, 1 to 256"),
        (".pal", b"JASC-PAL\n0100\n257\n", "line 3: '257': expected the number of colours"),
        (".pal", b"JASC-PAL\n0100\nx\n", "line 3: 'x': expected the number of colours"),
        (".pal", JASC[:-7], "line 3: '2': expected 1, the number of colours that follow"),
        (".pal", JASC + b"4 5 6\r\n", "line 3: '2': expected 3, the number of colours that follow"),
        (".pal", b"JASC-PAL\n0100\n1\n1 2 300\n", "line 4: '1 2 300': expected 3 or 4 numbers"),
        (".pal", b"JASC-PAL\n0100\n1\n1 2\n", "line 4: '1 2': expected 3 or 4 numbers"),
        (".pal", b"JASC-PAL\n0100\n1\n1 2 3 4 5\n", "line 4: '1 2 3 4 5': expected 3 or 4 num"),
        (".pal", b"JASC-PAL\n0100\n1\n" + 257 * b"1 2 3\n", "line 260: one more colour"),
        (".pal", RIFF[:12], "expected a chunk 'data'"),
        (".pal", RIFF[:12] + b"junk\xff\xff\xff\xff" + RIFF[12:], "expected a chunk 'data'"),
        (".pal", RIFF[:-1], "it ends within the palette: expected 2 colours"),
        (".pal", RIFF[:22] + b"\0\0", "no colours"),
        (".pal", RIFF[:22] + b"\1\1" + bytes(2000), "257 colours: expected 1 to 256"),
        (".hex", b"", "no colours"),
        (".hex", b"; nothing\n", "no colours"),
        (".hex", b"ff0000\nff00\n", "line 2: 'ff00': expected RRGGBB or RRGGBBAA"),
        (".hex", b"\n\nred", "line 3: 'red': expected RRGGBB"),
        (".hex", b"ff0000 00ff00\n", "line 1: 'ff0000 00ff00': expected RRGGBB"),
        (".hex", "٣٣٣٣٣٣".encode(), "line 1: .*: expected RRGGBB"),
        (".hex", b"\x89PNG\r\n", "line 1: .*: expected RRGGBB"),
        (".hex", 257 * b"010203\n", "line 257: one more colour: expected at most 256"),
        (".hex", b"\n" * (1 << 20) + b"010203", "more than 1,048,576 bytes"),
        (".act", ACT[:-1], "767 bytes: expected 768 or 772"),
        (".act", b"", "0 bytes: expected 768 or 772"),
        (".act", ACT + b"\1\1\xff\xff", "257 colours: expected 1 to 256"),
        (".act", ACT + b"\0\0\xff\xff", "no colours"),
        (".xyz", b"ff0000", "no palette: expected a .gpl, .pal, .hex or .act file"),
    ],
)
def test_a_malformed_file_is_one_clear_error(suffix: str, data: bytes, message: str) -> None:
    with pytest.raises(PictureError, match=message) as caught:
        parse_palette(data, suffix)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


@given(st.binary(max_size=60), st.sampled_from([b"", GPL[:35], JASC[:19], RIFF[:20]]))
def test_any_bytes_are_a_palette_or_an_error(data: bytes, start: bytes) -> None:
    for suffix in (*SUFFIXES, ""):
        try:
            palette = parse_palette(start + data, suffix)
        except PictureError:
            continue
        assert palette.shape[1] in (3, 4)
        assert 1 <= len(palette) <= 256


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


@pytest.mark.parametrize("suffix", ["", ".png", ".txt", "gpl"])
def test_unknown_suffixes_are_not_written(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ParameterError, match=r"expected \.gpl, \.pal, \.hex or \.act"):
        palette_bytes(TWO, suffix)
    with pytest.raises(ParameterError):
        write_palette(TWO, tmp_path / "colours.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("palette", [GLASS, np.zeros((2, 4), np.uint8)])
def test_a_colour_table_does_not_lose_alpha(palette: U8) -> None:
    with pytest.raises(ParameterError, match=r"expected \.gpl, \.pal or \.hex"):
        palette_bytes(palette, ".act")


@pytest.mark.parametrize(
    "palette",
    [
        np.zeros((0, 3), np.uint8),
        np.zeros((257, 3), np.uint8),
        np.zeros((2, 5), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((2, 3), np.int64),
        [[1, 2, 3]],
    ],
)
def test_what_is_no_palette_is_not_written(palette: U8) -> None:
    with pytest.raises(ParameterError, match=r"^palette of "):
        palette_bytes(palette, ".gpl")


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
    with pytest.raises(LimitError, match=r"^palette: the picture exceeds the limit"):
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
    monkeypatch.setattr("kmformat.palettes.files._MOST_PIPED", 1 << 21)
    endless.name = "endless"
    with pytest.raises(LimitError, match=r"^endless: more than 2,097,152 bytes"):
        read_palette(endless)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [io.StringIO("ff0000"), 7, None])
def test_only_paths_and_binary_streams_are_read(source: object) -> None:
    with pytest.raises(ParameterError, match="expected a path or a binary stream"):
        read_palette(source)  # type: ignore[arg-type]
