"""Palettes as bytes in the formats in which programs exchange them. No I/O.

A file says what it is by its first bytes, or else by its suffix. Each format is a pair of
functions, `_parse_` and `_format_`. Colours keep their order and duplicates.

    suffix  what it is                            alpha
    .gpl    GIMP; text                            a line "Channels: RGBA" and 4 numbers a colour, as
                                                  Aseprite has it; GIMP itself reads RGB only
    .pal    JASC (Paint Shop Pro); text           a fourth number, as Aseprite has it
            RIFF (Microsoft); binary, read only   none
    .hex    RRGGBB a line, as Lospec has it       RRGGBBAA; AARRGGBB if comments say Paint.NET
    .act    Adobe colour table; binary            one entry may be fully transparent

A palette whose entries are all opaque is RGB, however it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.codec.format.container import MAGIC
from kmformat.color.parse import without_opaque_alpha
from kmformat.errors import ParameterError, PictureError

U8 = npt.NDArray[np.uint8]
_Parser: TypeAlias = Callable[[bytes], U8]

MOST_BYTES = 1 << 20
"""Of a palette: 256 lines that anyone wrote, with comments, are far shorter."""
_OPAQUE = 255
_BOM = b"\xef\xbb\xbf"
_NO_ENTRY = 0xFFFF

_GPL_FIELD = re.compile(r"([A-Za-z][\w -]*):\s*(.*)", re.ASCII)
_HEX_COLOR = re.compile(r"#?([0-9a-f]{6}(?:[0-9a-f]{2})?)\s*(?:(?:;|//).*)?", re.IGNORECASE)
_HEX_COMMENT = re.compile(r"(?:;|//|#(?:\s|$)).*")


def palette_bytes(palette: U8, suffix: str, name: str = "Untitled") -> bytes:
    """Return the file that holds a palette.

    Parameters
    ----------
    palette
        uint8, (K, 3) RGB or (K, 4) RGBA with straight alpha; K 1 to 256.
    suffix
        .gpl, .pal (JASC), .hex or .act, in upper or lower case.
    name
        What GIMP shows as the palette's name.

    Raises
    ------
    ParameterError
        Anything else; or a palette with alpha, other than one fully transparent entry, for .act.
    """
    palette = without_opaque_alpha(_checked(palette))
    match suffix.lower():
        case ".gpl":
            return _format_gpl(palette, name)
        case ".pal":
            return _format_jasc(palette)
        case ".hex":
            return "".join(f"{bytes(color).hex()}\n" for color in palette).encode()
        case ".act":
            return _format_act(palette)
    raise ParameterError(f"palette suffix {suffix!r}: expected .gpl, .pal, .hex or .act")


def parse_palette(data: bytes, suffix: str) -> U8:
    """Return the palette in the bytes of a palette file; a picture is none.

    Parameters
    ----------
    data
        The whole file.
    suffix
        .gpl, .pal, .hex or .act, in upper or lower case. It counts if the first bytes say nothing.

    Returns
    -------
    As for `read_palette`.

    Raises
    ------
    PictureError
        The file is malformed, or of no known kind.
    """
    parse = _parser_of(data, suffix)
    if parse is None:
        raise PictureError("no palette: expected a .gpl, .pal, .hex or .act file")
    if len(data) > MOST_BYTES:
        raise PictureError(f"more than {MOST_BYTES:,} bytes: expected a palette of 256 colours")
    return finished(parse(data))


def _checked(palette: U8) -> U8:
    if not isinstance(palette, np.ndarray) or palette.dtype != np.uint8:
        kind = getattr(palette, "dtype", type(palette).__name__)
        raise ParameterError(f"palette of type {kind}: expected an array of uint8")
    if palette.ndim != 2 or palette.shape[1] not in (3, 4) or not 1 <= len(palette) <= 256:
        raise ParameterError(
            f"palette of shape {palette.shape}: expected 1 to 256 colours of 3 or 4 channels"
        )
    return palette


def is_palette_file(data: bytes, suffix: str) -> bool:
    """Tell whether bytes, by their beginning or else by their suffix, are a palette file's."""
    return _parser_of(data, suffix) is not None


def finished(palette: U8) -> U8:
    """Return a palette that was read, without alpha that says nothing; there must be a colour."""
    if not len(palette):
        raise PictureError("no colours: expected 1 to 256")
    return np.ascontiguousarray(without_opaque_alpha(palette))


def _parser_of(data: bytes, suffix: str) -> _Parser | None:
    """Return what parses such a palette file, or None if it is none."""
    text = data.removeprefix(_BOM)
    if text.startswith(b"GIMP Palette"):
        return _parse_gpl
    if text.startswith(b"JASC-PAL"):
        return _parse_jasc
    if data[:4] == b"RIFF" and data[8:12] == b"PAL ":
        return _parse_riff
    if data.startswith(MAGIC):
        return None
    by_suffix = {".gpl": _parse_gpl, ".pal": _parse_jasc, ".hex": _parse_hex, ".act": _parse_act}
    return by_suffix.get(suffix.lower())


def _parse_gpl(data: bytes) -> U8:
    lines = _lines(data)
    _expect(next(lines, (1, "")), "GIMP Palette")
    channels, colors = 3, list[list[int]]()
    for number, line in lines:
        if line.startswith("#"):
            continue
        if field := _GPL_FIELD.fullmatch(line):
            if field[1] == "Channels":
                if field[2] not in ("RGB", "RGBA") or colors:
                    raise _error(number, line, "Channels: RGBA, before any colour")
                channels = len(field[2])
            continue
        color = _numbers(line.split(maxsplit=channels)[:channels])
        if color is None or len(color) < channels:
            raise _error(number, line, f"{channels} numbers, each 0 to 255, and perhaps a name")
        _add(colors, color, number)
    return _as_palette(colors)


def _format_gpl(palette: U8, name: str) -> bytes:
    shown = "".join(c for c in " ".join(name.split()) if c.isprintable()) or "Untitled"
    lines = ["GIMP Palette", f"Name: {shown}", f"Columns: {min(len(palette), 16)}"]
    if palette.shape[1] == 4:
        lines.append("Channels: RGBA")
    lines.append("#")
    lines += [
        " ".join(f"{value:3}" for value in color) + f"\t#{bytes(color).hex()}" for color in palette
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _parse_jasc(data: bytes) -> U8:
    lines = _lines(data)
    _expect(next(lines, (1, "")), "JASC-PAL")
    _expect(next(lines, (2, "")), "0100")
    header, line = next(lines, (3, ""))
    count = int(line) if re.fullmatch("[0-9]{1,3}", line) else 0
    if not 1 <= count <= 256:
        raise _error(header, line, "the number of colours, 1 to 256")
    colors = list[list[int]]()
    for number, line in lines:
        color = _numbers(line.split())
        if color is None or len(color) not in (3, 4):
            raise _error(number, line, "3 or 4 numbers, each 0 to 255")
        _add(colors, color, number)
    if len(colors) != count:
        raise _error(header, str(count), f"{len(colors)}, the number of colours that follow")
    return _as_palette(colors)


def _format_jasc(palette: U8) -> bytes:
    rows = [" ".join(map(str, color)) for color in palette.tolist()]
    return "".join(f"{line}\r\n" for line in ("JASC-PAL", "0100", str(len(rows)), *rows)).encode()


def _parse_riff(data: bytes) -> U8:
    """Return the palette of a RIFF file: in its chunk "data" the version, the count, and colours.

    The fourth byte of a colour is flags, not alpha.
    """
    start = 12
    while data[start : start + 4] != b"data":
        if start + 8 > len(data):
            raise PictureError("RIFF file without a palette: expected a chunk 'data'")
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        start += 8 + length + length % 2
    count = int.from_bytes(data[start + 10 : start + 12], "little")
    if count > 256:
        raise PictureError(f"{count:,} colours: expected 1 to 256")
    colors = np.frombuffer(data[start + 12 : start + 12 + 4 * count], np.uint8)
    if len(colors) < 4 * count:
        raise PictureError(f"it ends within the palette: expected {count} colours")
    return colors.reshape(-1, 4)[:, :3]


def _parse_hex(data: bytes) -> U8:
    colors, alpha_first = list[list[int]](), False
    for number, line in _lines(data):
        if _HEX_COMMENT.fullmatch(line):
            alpha_first |= "paint.net" in line.lower()  # its files have AARRGGBB
            continue
        color = _HEX_COLOR.fullmatch(line)
        if color is None:
            raise _error(number, line, "RRGGBB or RRGGBBAA")
        channels = list(bytes.fromhex(color[1]))
        if alpha_first and len(channels) == 4:
            channels.append(channels.pop(0))
        _add(colors, channels, number)
    return _as_palette(colors)


def _parse_act(data: bytes) -> U8:
    """Return the palette of an Adobe colour table, with its count and transparent entry if given.

    A transparent entry that is not among the colours is none.
    """
    if len(data) not in (768, 772):
        raise PictureError(f"{len(data):,} bytes: expected 768 or 772, as a colour table has")
    count, hidden = 256, _NO_ENTRY
    if len(data) == 772:
        count, hidden = (int(n) for n in np.frombuffer(data, ">u2", 2, 768))
        if count > 256:
            raise PictureError(f"{count:,} colours: expected 1 to 256")
    palette = np.full((count, 4), _OPAQUE, np.uint8)
    palette[:, :3] = np.frombuffer(data, np.uint8, 3 * count).reshape(-1, 3)
    palette[hidden : hidden + 1, 3] = 0
    return palette


def _format_act(palette: U8) -> bytes:
    alpha = palette[:, 3] if palette.shape[1] == 4 else np.full(len(palette), _OPAQUE)
    hidden = np.flatnonzero(alpha == 0).tolist()
    if len(hidden) > 1 or ((alpha > 0) & (alpha < _OPAQUE)).any():
        raise ParameterError(
            "palette with alpha: .act holds it for one fully transparent entry only; "
            "expected .gpl, .pal or .hex"
        )
    table = palette[:, :3].tobytes().ljust(768, b"\0")
    return table + np.array([len(palette), *(hidden or [_NO_ENTRY])], ">u2").tobytes()


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that are not blank, and their numbers from 1."""
    text = data.removeprefix(_BOM).decode("utf-8", "replace")
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        if line.strip():
            yield number, line.strip()


def _expect(numbered: tuple[int, str], expected: str) -> None:
    number, line = numbered
    if line != expected:
        raise _error(number, line, expected)


def _error(number: int, line: str, expected: str) -> PictureError:
    shown = line if len(line) <= 40 else f"{line[:40]}..."
    return PictureError(f"line {number}: {shown!r}: expected {expected}")


def _numbers(fields: list[str]) -> list[int] | None:
    """Return decimal numbers up to 255, or None if any is something else."""
    if not all(re.fullmatch("[0-9]{1,3}", field) and int(field) <= 255 for field in fields):
        return None
    return [int(field) for field in fields]


def _add(colors: list[list[int]], color: list[int], number: int) -> None:
    if len(colors) == 256:
        raise PictureError(f"line {number}: one more colour: expected at most 256")
    colors.append(color + [_OPAQUE] * (4 - len(color)))


def _as_palette(colors: list[list[int]]) -> U8:
    return np.array(colors, np.uint8).reshape(-1, 4)
