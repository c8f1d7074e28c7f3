"""Palettes as bytes: what each format holds, byte by byte, and what is wrong with others."""

from __future__ import annotations

import pkgutil
import struct
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import ParameterError, PictureError
from kmformat import palettes as palettes_wing
from kmformat.arrays import U8
from kmformat.palettes.formats import (
    FORMATS,
    PaletteFormat,
    is_palette_file,
    listed_suffixes,
    names_in,
    palette_bytes,
    parse_palette,
)

SUFFIXES = (".gpl", ".pal", ".hex", ".txt", ".act", ".ase")
TWO = np.array([[255, 0, 10], [1, 2, 3]], np.uint8)
CLEAR = np.array([[255, 0, 10, 255], [1, 2, 3, 0]], np.uint8)
GLASS = np.array([[255, 0, 10, 255], [1, 2, 3, 128]], np.uint8)


@st.composite
def palettes(draw: st.DrawFn, channels: int) -> U8:
    count = draw(st.sampled_from([1, 2, 3, 16, 17, 255, 256]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(0, 256, (count, channels), np.uint8)


# What is written can be read.


@given(palettes(3), st.sampled_from(SUFFIXES))
def test_colours_keep_their_order_and_duplicates(palette: U8, suffix: str) -> None:
    palette = np.concatenate([palette, palette])[:256]
    assert np.array_equal(parse_palette(palette_bytes(palette, suffix), suffix), palette)


@given(palettes(4), st.sampled_from(SUFFIXES))
def test_alpha_survives_or_is_refused(palette: U8, suffix: str) -> None:
    palette[0, 3] = 7
    if suffix in (".act", ".ase"):
        with pytest.raises(ParameterError, match="expected another, such as"):
            palette_bytes(palette, suffix)
    else:
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


def test_the_result_can_be_written_to() -> None:
    for suffix in SUFFIXES:
        palette = parse_palette(palette_bytes(TWO, suffix), suffix)
        assert palette.dtype == np.uint8
        assert palette.flags.writeable
        assert palette.flags.c_contiguous


# The formats, byte by byte.

GPL = b"GIMP Palette\nName: two\nColumns: 2\n#\n255   0  10\t#ff000a\n  1   2   3\t#010203\n"
GPL_ALPHA = (
    b"GIMP Palette\nName: two\nColumns: 2\nChannels: RGBA\n#\n"
    b"255   0  10 255\t#ff000aff\n  1   2   3 128\t#01020380\n"
)
JASC = b"JASC-PAL\r\n0100\r\n2\r\n255 0 10\r\n1 2 3\r\n"
JASC_ALPHA = b"JASC-PAL\r\n0100\r\n2\r\n255 0 10 255\r\n1 2 3 128\r\n"
ACT = b"\xff\0\n\1\2\3" + bytes(762)
TXT = b";paint.net Palette File\r\n;Palette Name: two\r\n;Colors: 2\r\nFFFF000A\r\nFF010203\r\n"
RIFF = b"RIFF\x18\0\0\0PAL data\x0c\0\0\0\0\3\2\0\xff\0\n\0\1\2\3\4"


def swatch(model: bytes, *channels: float, name: str | None = "a") -> bytes:
    """A colour of Adobe's swatches."""
    text = b"" if name is None else f"{name}\0".encode("utf-16-be")
    body = struct.pack(">H", len(text) // 2) + text + model
    body += struct.pack(f">{len(channels)}fH", *channels, 2)
    return struct.pack(">HI", 1, len(body)) + body


def swatches(*blocks: bytes, count: int | None = None) -> bytes:
    count = len(blocks) if count is None else count
    return b"ASEF\0\1\0\0" + count.to_bytes(4, "big") + b"".join(blocks)


TWO_SWATCHES = [
    swatch(b"RGB ", *(c / 255 for c in color), name="#" + bytes(color).hex())
    for color in TWO.tolist()
]
GROUP = b"\xc0\1\0\0\0\x0a\0\4\0t\0w\0o\0\0"
END = b"\xc0\2\0\0\0\0"
ASE = swatches(GROUP, *TWO_SWATCHES, END)


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
        (".txt", TWO, TXT),
        (".txt", GLASS, TXT.replace(b"FF0102", b"800102")),
        (".ase", TWO, ASE),
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
        (
            ".hex",
            b"#two colours\n#PICO-8\n##\n#FF000A\n010203ff # black\n",
        ),
        (".txt", TXT.replace(b"\r", b"")),
        (
            ".txt",
            b"\xef\xbb\xbf; Paint.NET Palette File\r\n; aarrggbb\r\nffff000a ;red\r\n\r\nff010203",
        ),
        (".txt", b"FFFF000A\n010203"),
        (".hex", b";paint.net\n#Description: two\nFFFF000A\nFF010203\n"),
        ("", TXT),
        (".ase", swatches(*TWO_SWATCHES)),
        (".ase", swatches(TWO_SWATCHES[0], GROUP, END, GROUP, TWO_SWATCHES[1], END) + b"more"),
        (".ase", swatches(b"\x12\x34\0\0\0\1x", *TWO_SWATCHES)),
        (".hex", swatches(*TWO_SWATCHES)),
        (".act", ACT + b"\0\2\0\2"),
    ],
)
def test_variants_that_other_programs_write_are_read(suffix: str, data: bytes) -> None:
    assert np.array_equal(parse_palette(data, suffix), TWO)


@pytest.mark.parametrize("suffix", [".txt", ".hex", ""])
def test_paint_net_has_alpha_first(suffix: str) -> None:
    data = b"; Paint.NET Palette\n;\nFFff000a\n80010203\n"
    assert np.array_equal(parse_palette(data, suffix), GLASS)


def test_hexadecimal_colours_may_have_three_digits_after_a_mark() -> None:
    assert parse_palette(b"#f80\n#FFF\n", ".hex").tolist() == [[255, 136, 0], [255, 255, 255]]


@pytest.mark.parametrize(
    ("block", "color"),
    [
        (swatch(b"RGB ", 1, 0.5, 0), [255, 128, 0]),
        (swatch(b"RGB ", 1.001, -0.5, 1e30), [255, 0, 255]),
        (swatch(b"Gray", 0.5), [128, 128, 128]),
        (swatch(b"GRAY", 1), [255, 255, 255]),
        (swatch(b"CMYK", 0, 1, 1, 0), [255, 0, 0]),
        (swatch(b"CMYK", 0.5, 0, 0, 0.2), [102, 204, 204]),
        (swatch(b"CMYK", 0, 0, 0, 1), [0, 0, 0]),
        (swatch(b"LAB ", 1, 0, 0), [255, 255, 255]),
        (swatch(b"LAB ", 0, 0, 0), [0, 0, 0]),
        (swatch(b"LAB ", 0.5, 0, 0), [119, 119, 119]),
        (swatch(b"LAB ", 0.5429, 80.81, 69.89), [255, 0, 0]),  # sRGB red under D50
        (swatch(b"LAB ", 0.2957, 68.30, -112.03), [0, 0, 255]),
        (swatch(b"LAB ", 9e9, -9e9, 9e9), [0, 255, 0]),
        (swatch(b"RGB ", 0, 0, 1, name="\U0001f308 \0"), [0, 0, 255]),
        (swatch(b"RGB ", 0, 0, 1, name=None), [0, 0, 255]),
    ],
)
def test_swatches_of_every_model_become_srgb(block: bytes, color: list[int]) -> None:
    assert parse_palette(swatches(block), ".ase").tolist() == [color]


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
    [
        ("a\nb  c", "a b c"),
        ("", "Untitled"),
        ("\0\n", "Untitled"),
        ("a\udc80", "a"),
        ("ü", "ü"),
        ("a \x13 b", "a b"),
    ],
)
def test_a_name_takes_one_line(name: str, shown: str) -> None:
    assert palette_bytes(TWO, ".gpl", name).decode().split("\n")[1] == f"Name: {shown}"
    assert f";Palette Name: {shown}\r\n".encode() in palette_bytes(TWO, ".txt", name)
    assert f"{shown}\0".encode("utf-16-be") in palette_bytes(TWO, ".ase", name)


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
        (".hex", b"#ff00zz\n", "line 1: '#ff00zz': expected RRGGBB"),
        (".hex", b"#ff0000 red\n", "line 1: '#ff0000 red': expected RRGGBB"),
        (".hex", b"#1234567\n", "line 1: '#1234567': expected RRGGBB"),
        (".txt", b"FF0000\nhello\n", "line 2: 'hello': expected AARRGGBB or RRGGBB"),
        (".txt", b";paint.net\n", "no colours"),
        (".txt", 257 * b"FF010203\n", "line 257: one more colour: expected at most 256"),
        (".ase", b"", r"b'' at the start: expected b'ASEF'"),
        (".ase", b"\0\1\0\0\xe0\xa5" + bytes(200), "a picture of Aseprite: expected b'ASEF'"),
        (".ase", ASE[:11], "11 bytes: expected a header of 12"),
        (".ase", ASE[:-1], "block 4 at offset 112: the file ends within it"),
        (".ase", ASE[:14], "block 1 at offset 12: the file ends within it"),
        (".ase", swatches(count=0), "no colours"),
        (".ase", swatches(*TWO_SWATCHES, count=1 << 31), "block 3 at offset 96: the file ends"),
        (".ase", swatches(GROUP, END), "no colours"),
        (".ase", swatches(*257 * TWO_SWATCHES[:1]), "block 257: one more colour"),
        (".ase", swatches(swatch(b"HSB ", 1, 1, 1)), "block 1: model b'HSB ': expected RGB, Gray"),
        (
            ".ase",
            swatches(swatch(b"CMYK", 1, 1)),
            "block 1: it ends within .*: expected 4 channels",
        ),
        (".ase", swatches(b"\0\1\0\0\0\2\xff\xff"), "block 1: model b'': expected RGB"),
        (".ase", swatches(b"\0\1\0\0\0\0"), "block 1: model b'': expected RGB"),
        (".ase", swatches(swatch(b"Gray", float("nan"))), "block 1: channels .nan.: expected numb"),
        (".act", ACT[:-1], "767 bytes: expected 768 or 772"),
        (".act", b"", "0 bytes: expected 768 or 772"),
        (".act", ACT + b"\1\1\xff\xff", "257 colours: expected 1 to 256"),
        (".act", ACT + b"\0\0\xff\xff", "no colours"),
        (".xyz", b"ff0000", "no palette: expected a .gpl, .pal, .hex, .txt, .act or .ase"),
    ],
)
def test_a_malformed_file_is_one_clear_error(suffix: str, data: bytes, message: str) -> None:
    with pytest.raises(PictureError, match=message) as caught:
        parse_palette(data, suffix)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", GPL[:35], JASC[:19], RIFF[:20], ASE[:12], ASE[:35], TXT[:30]]),
)
def test_any_bytes_are_a_palette_or_an_error(data: bytes, start: bytes) -> None:
    for suffix in (*SUFFIXES, ""):
        try:
            palette = parse_palette(start + data, suffix)
        except PictureError:
            continue
        assert palette.shape[1] in (3, 4)
        assert 1 <= len(palette) <= 256


@pytest.mark.parametrize("palette", [GLASS, np.zeros((2, 4), np.uint8)])
def test_adobe_formats_do_not_lose_alpha(palette: U8) -> None:
    for suffix in (".act", ".ase"):
        with pytest.raises(ParameterError, match=rf"\{suffix} holds .*; expected .* such as \.gpl"):
            palette_bytes(palette, suffix)
    with pytest.raises(ParameterError, match="palette with alpha"):
        palette_bytes(CLEAR, ".ase")


@pytest.mark.parametrize(
    "palette",
    [
        np.zeros((0, 3), np.uint8),
        np.zeros((257, 3), np.uint8),
        np.zeros((2, 5), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((2, 3)),
        [[1, 2]],
        "black",
    ],
)
def test_what_is_no_palette_is_not_written(palette: U8) -> None:
    with pytest.raises(ParameterError, match=r"^palette "):
        palette_bytes(palette, ".gpl")


def test_a_list_of_colours_is_a_palette() -> None:
    given_: Any
    for given_ in (["#ff000a", "#010203"], [(255, 0, 10), [1, 2, 3]], TWO.astype(int)):
        assert palette_bytes(given_, ".hex") == b"ff000a\n010203\n"


# The registry

each_format = pytest.mark.parametrize("each", FORMATS, ids=[each.module for each in FORMATS])


def module_of(each: PaletteFormat) -> Any:
    return import_module(f"kmformat.palettes.{each.module}")


@each_format
def test_every_format_has_a_module_with_all_that_it_needs(each: PaletteFormat) -> None:
    module = module_of(each)
    assert module.recognises(b"") is False
    assert hasattr(module, "build") == (each.suffix is not None)
    if each.suffix is not None:
        assert module.parse(module.build(TWO, "two")).shape[1] in (3, 4)


def test_every_module_that_parses_is_registered() -> None:
    names = [each.name for each in pkgutil.iter_modules(palettes_wing.__path__)]
    modules = {name: import_module(f"kmformat.palettes.{name}") for name in names}
    assert {name for name, module in modules.items() if hasattr(module, "parse")} == {
        each.module for each in FORMATS
    }


def test_suffixes_are_those_of_the_formats_that_are_written() -> None:
    written = tuple(each.suffix for each in FORMATS if each.suffix is not None)
    assert written == SUFFIXES
    assert listed_suffixes() == ".gpl, .pal, .hex, .txt, .act or .ase"
    assert listed_suffixes(programs=True) == (
        ".gpl (GIMP), .pal (JASC), .hex, .txt (Paint.NET), .act (Adobe) or .ase (Adobe)"
    )


@each_format
def test_a_format_recognises_its_own_files_and_no_others(each: PaletteFormat) -> None:
    files = {"gpl": GPL, "jasc": JASC, "riff": RIFF, "hex": b"ff000a\n010203\n", "act": ACT}
    files |= {"txt": TXT, "ase": ASE}
    recognised = [name for name, data in files.items() if module_of(each).recognises(data)]
    assert recognised == ([each.module] if each.module not in ("hex", "act") else [])


@given(palettes(3), st.sampled_from([each.suffix for each in FORMATS if each.suffix is not None]))
def test_every_format_that_is_written_gives_a_palette_back(palette: U8, known: str) -> None:
    for suffix in (known, known.upper()):
        data = palette_bytes(palette, suffix)
        assert is_palette_file(data, suffix)
        assert np.array_equal(parse_palette(data, suffix), palette)


NAMED_GPL = b"""GIMP Palette
Channels: RGBA
#
255   0   0 255\tfire engine  red
  1   2   3 255 #010203ff
  1   2   4 255 Untitled
  1   2   5 128
  1   2   6   0 Stra\xc3\x9fe
"""


def test_names_of_colours_are_read_from_gimp_palettes() -> None:
    expected = ("fire engine  red", "", "", "", "Straße")
    assert names_in(NAMED_GPL, ".gpl") == expected
    assert names_in(b"GIMP Palette\n1 2 3 010203\n", "") == ()
    (long,) = names_in(b"GIMP Palette\n1 2 3 " + "ä".encode() * 300, "")
    assert long == "ä" * 127
    assert names_in(b"#ff0000\n", ".hex") == ()


def test_names_of_colours_are_written_to_gimp_palettes() -> None:
    palette = parse_palette(NAMED_GPL, "")
    names = names_in(NAMED_GPL, "")
    again = palette_bytes(palette, ".gpl", "a", names)
    assert np.array_equal(parse_palette(again, ""), palette)
    assert names_in(again, "") == ("fire engine red", *names[1:])
    odd = palette_bytes(TWO, ".gpl", "a", ["a\n1 2 3 b\x1b", " "])
    assert names_in(odd, "") == ("a 1 2 3 b", "")
    assert palette_bytes(TWO, ".hex", "a", ["x", "y"]) == palette_bytes(TWO, ".hex")
