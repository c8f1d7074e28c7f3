"""All readers make the same of any bytes: the same image, or an error of the same code.

There is one difference that the spec knows (section 4.3, after 4.3k). What RFC 8878 forbids
inside the blocks of a zstd frame, libzstd does not refuse all of; kmf.js and kmf_zstd.h do. So
there are two parties, those with libzstd and those with a decoder of their own, and they may
differ in this alone: the latter all say `zstd-data`, for one of the reasons in `FORBIDDEN`, where
the former go on. Before 1.5.7, libzstd also let the reasons in `FORBIDDEN_NOW` pass: the package
may have another version of it than kmf.h.
"""

from __future__ import annotations

import zstandard

from kmformat.errors import Code
from tools.fuzz.mutate import changed_file as changed
from tools.fuzz.readers import Outcome, c_reader, javascript_reader, python

__all__ = ["changed", "one_input"]

FORBIDDEN = (
    "literals that do not end where their stream ends",
    "a block yields too much",
)
"""Why a frame is corrupt that libzstd takes, in the words of kmf.js."""
FORBIDDEN_NOW = (
    "wrong modes of sequences",
    "sequences that are cut short",
    "sequences that run past an end",
    "sequences that do not end where their bits do",
)
_TILE_ERRORS = list(Code)[list(Code).index(Code.TILE_CHECKSUM) :]
_LATER = {"", *_TILE_ERRORS, Code.ORDERS, Code.STREAM_MAP, Code.STREAM_TRAILING}
"""What may come of a frame that is taken: an image, or what is checked later."""


def one_input(data: bytes) -> None:
    """Read a file with all readers."""
    native, javascript = python(data, native=True), javascript_reader()(data)
    others = {
        "NumPy": (python(data, native=False), native),
        "kmf_zstd.h": (c_reader("KMF_SMALL_ZSTD")(data), javascript),
        "kmf.h": (c_reader()(data), native),
        "kmf.js": (javascript, native),
    }
    for name, (came, wanted) in others.items():
        known = javascript.code == Code.ZSTD_DATA and javascript.why.endswith(_reasons(name))
        assert came == wanted or (known and may_differ(came, wanted)), (
            f"{name}: {came}, and expected {wanted} ({came.why}; {wanted.why}; {javascript.why})"
        )


def _reasons(name: str) -> tuple[str, ...]:
    """Return for which reasons a reader may differ from the one that it is compared with."""
    if name == "kmf.h" or (name == "kmf.js" and zstandard.ZSTD_VERSION < (1, 5, 7)):
        return FORBIDDEN + FORBIDDEN_NOW
    return FORBIDDEN if name == "kmf.js" else ()


def may_differ(one: Outcome, other: Outcome) -> bool:
    """Tell whether readers may differ so in a frame that is forbidden."""
    return Code.ZSTD_DATA in (one.code, other.code) and {one.code, other.code} <= _LATER
