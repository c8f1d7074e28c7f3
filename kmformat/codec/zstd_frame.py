"""zstd frames as KMF takes them: exactly one plain frame of a known size (spec, section 4.3).

The library trusts the size that a frame declares, and reads or ignores what follows it. So every
property of a frame is checked here before anything is decompressed. Zstd tiles are such frames, and
so are the sequences of compact tiles.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import zstandard

from kmformat.errors import Code, FormatError

_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
_MAX_WINDOW_LOG = 23
_MAX_WINDOW = 1 << _MAX_WINDOW_LOG  # 8 MiB
_MAX_BLOCK = 1 << 17
BLOCK_HEADER_SIZE = 3
RLE_BLOCK, _RESERVED_BLOCK = 1, 3
_THREAD = threading.local()


class Setting(NamedTuple):
    """A level of zstd, and what to change of it (names as in ZstdCompressionParameters)."""

    level: int
    changes: tuple[tuple[str, int], ...] = ()


ENTROPY = Setting(1, (("strategy", zstandard.STRATEGY_FAST), ("min_match", 7), ("hash_log", 6)))
"""For ranks, which hold few matches: entropy coding alone, fast and nearly as small as level 15."""
SHORT_MATCHES = Setting(
    16, (("strategy", zstandard.STRATEGY_BTOPT), ("min_match", 6), ("search_log", 1))
)
"""Looks for matches of 6 bytes and more, but briefly."""


def compress(data: bytes, setting: Setting, window_log: int = _MAX_WINDOW_LOG) -> bytes:
    """Return `data` as one zstd frame, the same for the same library version.

    Its window is at most 2^`window_log` bytes.
    """
    options = {"source_size": len(data)} | dict(setting.changes)
    parameters = zstandard.ZstdCompressionParameters.from_level(setting.level, **options)
    if parameters.window_log > window_log:
        options["window_log"] = window_log
        parameters = zstandard.ZstdCompressionParameters.from_level(setting.level, **options)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(data)


def decompress(frame: bytes, least: int, most: int | None = None) -> bytes:
    """Return what `frame` holds, which must be `least` bytes, or from there to `most`.

    Raises
    ------
    FormatError
        With a code that starts with ``zstd-``.
    """
    header = _check_frame_header(frame, least, least if most is None else most)
    end = frame_end(frame, header.size, min(header.window, _MAX_BLOCK))
    if end is None:
        raise FormatError(Code.ZSTD_DATA, "the zstd frame is cut short or has a malformed block")
    if end < len(frame):
        raise FormatError(
            Code.ZSTD_TRAILING, f"{len(frame) - end} bytes follow the zstd frame of {end} bytes"
        )
    try:
        data = _decompressor().decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise FormatError(Code.ZSTD_DATA, f"the zstd frame does not decompress: {error}") from None
    if len(data) != header.content_size:  # the library checks it too; nothing may rest on that
        raise FormatError(
            Code.ZSTD_DATA, f"zstd gave {len(data)} bytes: expected {header.content_size}"
        )
    return data


def _decompressor() -> zstandard.ZstdDecompressor:
    """Return this thread's decompressor: to make one takes longer than most streams take."""
    if not hasattr(_THREAD, "decompressor"):
        _THREAD.decompressor = zstandard.ZstdDecompressor()
    found: zstandard.ZstdDecompressor = _THREAD.decompressor
    return found


class FrameHeader(NamedTuple):
    """What stands before the blocks of a frame (RFC 8878, section 3.1.1.1)."""

    size: int
    """Bytes of the header itself."""
    window: int
    content_size: int | None
    dictionary: int
    checksum: bool


def frame_header(frame: bytes) -> FrameHeader | None:
    """Return the header of a frame, or None if it is incomplete or its reserved bit is set.

    The library's own parser refuses windows that the format has another error for.
    """
    if frame[:4] != _FRAME_MAGIC or len(frame) < 5 or frame[4] & 8:
        return None
    descriptor, position = frame[4], 5
    single = bool(descriptor & 32)
    sizes = (not single, (0, 1, 2, 4)[descriptor & 3], (int(single), 2, 4, 8)[descriptor >> 6])
    fields: list[int | None] = []
    for size in sizes:
        end = position + size
        fields.append(int.from_bytes(frame[position:end], "little") if size else None)
        position = end
    if position > len(frame):
        return None
    window, dictionary, content = fields
    if content is not None and sizes[2] == 2:
        content += 256
    reach = (8 + (window & 7)) << (7 + (window >> 3)) if window is not None else content or 0
    return FrameHeader(position, reach, content, dictionary or 0, bool(descriptor & 4))


def _check_frame_header(frame: bytes, least: int, most: int) -> FrameHeader:
    """Return the header of a frame, checked."""
    header = frame_header(frame)
    if header is None:
        raise FormatError(Code.ZSTD_FRAME, "not a zstd frame, or its header is malformed")
    if header.dictionary:
        raise FormatError(Code.ZSTD_DICTIONARY, "the zstd frame needs a dictionary")
    if header.checksum:
        raise FormatError(Code.ZSTD_CHECKSUM, "the zstd frame has a checksum of its own")
    size = header.content_size
    if size is None or not least <= size <= most:
        shown = "no content size" if size is None else f"{size} bytes"
        expected = f"{least}" if least == most else f"{least} to {most}"
        raise FormatError(
            Code.ZSTD_CONTENT_SIZE, f"the zstd frame declares {shown}: expected {expected} bytes"
        )
    if header.window > _MAX_WINDOW:
        raise FormatError(
            Code.ZSTD_WINDOW,
            f"the zstd frame needs a window of {header.window} bytes: "
            f"expected at most {_MAX_WINDOW}",
        )
    return header


def frame_end(frame: bytes, position: int, largest: int) -> int | None:
    """Return where the frame ends, walking its blocks from a position, or None if it has no end.

    The library would take raw blocks of any size, larger than RFC 8878 allows, too.
    """
    last = False
    while not last:
        start = position + BLOCK_HEADER_SIZE
        if start > len(frame):
            return None
        block_header = int.from_bytes(frame[position:start], "little")
        last, kind, size = bool(block_header & 1), block_header >> 1 & 3, block_header >> 3
        if kind == _RESERVED_BLOCK or size > largest:
            return None
        position = start + (1 if kind == RLE_BLOCK else size)
    return position if position <= len(frame) else None
