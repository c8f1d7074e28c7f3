"""Everything that can go wrong, by whose fault it was.

    KmfError
    ├── ParameterError   the caller asked for something impossible (also a ValueError)
    │   └── ContradictionError   options that do not go together
    ├── PictureError     a picture of another format can't be read or written
    ├── FormatError      the bytes are not a KMF file; ``code`` names the rule they break
    │   ├── TruncatedError, ChecksumError, UnsupportedError
    └── LimitError       the file may be fine, but exceeds a limit of this reader
        └── TileLimitError

Reading and writing files can also raise OSError, which is passed on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Code(StrEnum):
    """The name of each rule a file can break, in the order of the spec's section 5."""

    MAGIC = "magic"
    TRUNCATED = "truncated"
    VERSION = "version"
    RESERVED = "reserved"
    VARINT = "varint"
    DIMENSIONS = "dimensions"
    LIMIT = "limit"
    TILE_SIZE = "tile-size"
    PALETTE_SIZE = "palette-size"
    HEAD_CHECKSUM = "head-checksum"
    PALETTE_END = "palette-end"
    CHUNK_LENGTH = "chunk-length"
    CHUNK_TYPE = "chunk-type"
    CHUNK_CRITICAL = "chunk-critical"
    CHUNK_DUPLICATE = "chunk-duplicate"
    CHUNK_COUNT = "chunk-count"
    TAIL = "tail"
    ORDERS = "orders"
    STREAM_TRAILING = "stream-trailing"
    STREAM_TRUNCATED = "stream-truncated"
    STREAM_MAP = "stream-map"
    TILE_METHOD = "tile-method"
    TILE_LENGTH = "tile-length"
    TRAILING = "trailing"
    TILE_CHECKSUM = "tile-checksum"
    ZSTD_FRAME = "zstd-frame"
    ZSTD_DICTIONARY = "zstd-dictionary"
    ZSTD_CHECKSUM = "zstd-checksum"
    ZSTD_CONTENT_SIZE = "zstd-content-size"
    ZSTD_WINDOW = "zstd-window"
    ZSTD_DATA = "zstd-data"
    ZSTD_TRAILING = "zstd-trailing"
    PADDING = "padding"
    INDEX = "index"
    STREAM_LENGTH = "stream-length"
    RANK = "rank"
    STREAM_END = "stream-end"
    DENSE_RUN = "dense-run"
    DENSE_RANK = "dense-rank"
    DENSE_END = "dense-end"


class KmfError(Exception):
    """Base of all errors that this package raises itself."""


class ParameterError(KmfError, ValueError):
    """An argument is of the wrong kind, out of range, or contradicts another."""


class ContradictionError(ParameterError):
    """Options that do not go together.

    The text has the options' names in braces: ``{psnr} goes with {colors} auto`` reads "psnr goes
    with colors auto" in Python, and "--psnr goes with --colors auto" on the command line.
    """

    def __init__(self, text: str) -> None:
        super().__init__(re.sub("[{}]", "", text))
        self._text = text

    def with_switches(self) -> str:
        """Return the text with the names that the options have on the command line."""
        return re.sub(r"{(\w+)}", lambda name: "--" + name[1].replace("_", "-"), self._text)


class PictureError(KmfError):
    """A picture or palette of another format can't be read, or can't hold what is to be written."""


class LimitError(KmfError):
    """The image is larger than the reader was told to accept.

    Attributes
    ----------
    code
        ``Code.LIMIT``, unless it is a limit that the spec does not have.
    """

    code: str = Code.LIMIT


class TileLimitError(LimitError):
    """The image has more tiles than the reader was told to accept: a limit that no spec asks for.

    Attributes
    ----------
    code
        Always "tile-limit", which is none of the spec's.
    """

    code = "tile-limit"


class FormatError(KmfError):
    """The bytes break a rule of the format.

    Attributes
    ----------
    code
        Which rule (spec, section 5).
    tile
        Number of the tile at fault, in row order from 0, or None for the head of the file.
    """

    def __init__(self, code: Code, message: str, *, tile: int | None = None) -> None:
        super().__init__(message if tile is None else f"tile {tile}: {message}")
        self.code = code
        self.tile = tile
        self._message = message

    def __reduce__(self) -> tuple[object, ...]:  # keyword-only arguments need help to pickle
        return _rebuild, (type(self), self.code, self._message, self.tile)

    def in_tile(self, tile: int) -> FormatError:
        """Return the same error, saying in which tile it was."""
        return type(self)(self.code, self._message, tile=tile)


class TruncatedError(FormatError):
    """The file ends before the format says it does."""


class ChecksumError(FormatError):
    """Stored bytes do not match their CRC-32: the file was damaged after it was written."""


class UnsupportedError(FormatError):
    """The file needs a newer reader: an unknown major version or critical chunk."""


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Let errors about a file say which one it is, where several are read."""
    try:
        yield
    except FormatError as error:
        raise type(error)(error.code, f"{name}: {error}") from None
    except (PictureError, LimitError) as error:
        raise type(error)(f"{name}: {error}") from None


def _rebuild(kind: type[FormatError], code: Code, message: str, tile: int | None) -> FormatError:
    return kind(code, message, tile=tile)
