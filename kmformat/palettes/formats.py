"""The registry of palette formats, and palettes as bytes in them. No I/O.

A file says what it is by its first bytes, or else by its suffix. Colours keep their order and
duplicates; a palette whose entries are all opaque is RGB, however it is stored. A format is a line
in `FORMATS`, and a module of this wing that has:

    recognises(data) -> bool                whether the first bytes are those of such a file
    parse(data) -> palette                  uint8 (K, 3) or (K, 4); PictureError if malformed
    build(palette, name) -> bytes           the file; not there if the format is only read

and, if it is `named`, names(data) -> list[str], and a third parameter of `build` for such a list.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from kmformat.errors import ParameterError, PictureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmformat.arrays import U8
    from kmformat.color.parse import Colors


class PaletteFormat(NamedTuple):
    """A format in which programs exchange palettes."""

    module: str
    suffix: str | None
    """None where another format has that of its files."""
    program: str | None
    """Whose it is, for the help."""
    named: bool = False
    """Whether names of single colours are read and written."""


FORMATS = (
    PaletteFormat("gpl", ".gpl", "GIMP", named=True),
    PaletteFormat("jasc", ".pal", "JASC"),
    PaletteFormat("riff", None, "Microsoft"),
    PaletteFormat("hex", ".hex", None),
    PaletteFormat("txt", ".txt", "Paint.NET"),
    PaletteFormat("act", ".act", "Adobe"),
    PaletteFormat("ase", ".ase", "Adobe"),
)
SUFFIXES = {each.suffix: each for each in FORMATS if each.suffix is not None}
MOST_BYTES = 1 << 20
"""Of a palette: 256 lines that anyone wrote, with comments, are far shorter."""


class _Module(Protocol):
    """What the module of a format has: see the head of this module."""

    def recognises(self, data: bytes) -> bool:
        """Tell whether the first bytes are those of such a file."""

    def parse(self, data: bytes) -> U8:
        """Return the palette of a file."""

    def build(self, palette: U8, name: str) -> bytes:
        """Return the file of a palette."""


class _NamedModule(_Module, Protocol):
    """What it has besides if colours have names."""

    def names(self, data: bytes) -> list[str]:
        """Return the name of each colour of a file, "" for one without."""

    def build(self, palette: U8, name: str, names: Sequence[str] = ()) -> bytes:
        """Return the file of a palette whose colours have names."""


def listed_suffixes(*, programs: bool = False) -> str:
    """Return the suffixes as a message has them: .gpl, .pal, ... or .ase."""
    shown = [
        f"{suffix} ({each.program})" if programs and each.program else suffix
        for suffix, each in SUFFIXES.items()
    ]
    return f"{', '.join(shown[:-1])} or {shown[-1]}"


def palette_bytes(
    palette: Colors, suffix: str, name: str = "Untitled", names: Sequence[str] = ()
) -> bytes:
    """Return the file that holds a palette.

    Parameters
    ----------
    palette
        A list of K colours, as for `keep` of `kmformat.quantize`; or an array, (K, 3) RGB or (K, 4)
        RGBA with straight alpha. K is 1 to 256.
    suffix
        .gpl, .pal (JASC), .hex, .txt, .act or .ase, in upper or lower case.
    name
        What programs such as GIMP show as the palette's name.
    names
        Of the colours, as many as there are, or none. Only .gpl files hold them.

    Raises
    ------
    ParameterError
        Anything else; or a palette with alpha for .ase, or for .act with more of it than one fully
        transparent entry.
    """
    from kmformat.color.channels import without_opaque_alpha
    from kmformat.color.parse import as_palette

    palette = without_opaque_alpha(as_palette(palette))
    if suffix.lower() not in SUFFIXES:
        raise ParameterError(f"palette suffix {suffix!r}: expected {listed_suffixes()}")
    found = SUFFIXES[suffix.lower()]
    if found.named:
        return cast("_NamedModule", _module(found)).build(palette, name, names)
    return _module(found).build(palette, name)


def parse_palette(data: bytes, suffix: str) -> U8:
    """Return the palette in the bytes of a palette file; a picture is none.

    Parameters
    ----------
    data
        The whole file.
    suffix
        .gpl, .pal, .hex, .txt, .act or .ase, in upper or lower case. It counts if the first bytes
        say nothing.

    Returns
    -------
    As for `kmformat.read_palette`.

    Raises
    ------
    PictureError
        The file is malformed, or of no known kind.
    """
    found = _format_of(data, suffix)
    if found is None:
        raise PictureError(f"no palette: expected a {listed_suffixes()} file")
    if len(data) > MOST_BYTES:
        raise PictureError(f"more than {MOST_BYTES:,} bytes: expected a palette of 256 colours")
    return finished(_module(found).parse(data))


def names_in(data: bytes, suffix: str) -> tuple[str, ...]:
    """Return the names of the colours of a palette file, as many as there are, or none."""
    found = _format_of(data, suffix)
    if found is None or not found.named:
        return ()
    names = cast("_NamedModule", _module(found)).names(data)
    return tuple(names) if any(names) else ()


def is_palette_file(data: bytes, suffix: str) -> bool:
    """Tell whether bytes, by their beginning or else by their suffix, are a palette file's."""
    return _format_of(data, suffix) is not None


def finished(palette: U8) -> U8:
    """Return a palette that was read, without alpha that says nothing; there must be a colour."""
    from kmformat.color.channels import without_opaque_alpha

    if not len(palette):
        raise PictureError("no colours: expected 1 to 256")
    return without_opaque_alpha(palette).copy()


def _format_of(data: bytes, suffix: str) -> PaletteFormat | None:
    """Return the format of a palette file, or None if it is none."""
    for each in FORMATS:
        if _module(each).recognises(data):
            return each
    from kmformat.codec.format.container import MAGIC

    return None if data.startswith(MAGIC) else SUFFIXES.get(suffix.lower())


def _module(each: PaletteFormat) -> _Module:
    return cast("_Module", import_module(f"{__package__}.{each.module}"))
