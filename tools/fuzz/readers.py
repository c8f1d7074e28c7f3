"""All readers of KMF files in one process, and what each makes of a file.

`python` reads with the native kernels or with NumPy's; `CReader` is spec/kmf.h in a shared library,
with libzstd or with kmf_zstd.h; `JavaScriptReader` is spec/kmf.js in Node.
"""

from __future__ import annotations

import atexit
import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np

from kmformat import IndexedImage, decode_indexed, kernels
from kmformat.errors import FormatError, LimitError
from tools.conformance.javascript import Decoder
from tools.fuzz.building import shared_library

MAX_PIXELS = 1 << 12
"""Of a file that is read."""


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a file.

    Attributes
    ----------
    code
        Of the error, or "".
    why
        What the reader says of the error.
    """

    code: str
    image: IndexedImage | None = None
    why: str = ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outcome) or self.code != other.code:
            return False
        mine, its = self.image, other.image
        if mine is None or its is None:
            return mine is its
        return np.array_equal(mine.palette, its.palette) and np.array_equal(
            mine.indices, its.indices
        )

    def __str__(self) -> str:
        return self.code or "an image"


def python(data: bytes, *, native: bool) -> Outcome:
    """Read a file with the package."""
    before = kernels.NATIVE
    if native != before:
        kernels.use_native(native)
    try:
        return Outcome("", decode_indexed(data, max_pixels=MAX_PIXELS, threads=1))
    except (FormatError, LimitError) as error:
        return Outcome(error.code, why=str(error))
    finally:
        if native != before:
            kernels.use_native(before)


class _Judged(ctypes.Structure):
    """As judge.h has it."""

    _fields_ = (
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("colors", ctypes.c_uint),
        ("channels", ctypes.c_uint),
        ("palette", ctypes.c_uint8 * 1024),
        ("indices", ctypes.POINTER(ctypes.c_uint8)),
    )


class CReader:
    """spec/kmf.h, built with some defines, such as KMF_SMALL_ZSTD."""

    def __init__(self, *defines: str) -> None:
        self._library = ctypes.CDLL(str(shared_library(*defines)))
        self._library.judge_error_name.restype = ctypes.c_char_p
        self._library.judge.argtypes = (
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint64,
            ctypes.POINTER(_Judged),
        )

    def __call__(self, data: bytes) -> Outcome:
        """Read a file."""
        found = _Judged()
        error = self._library.judge(data, len(data), MAX_PIXELS, ctypes.byref(found))
        if error:
            return Outcome(self._library.judge_error_name(error).decode())
        shape, colors = (found.height, found.width), (found.colors, found.channels)
        size = colors[0] * colors[1]
        palette = np.frombuffer(bytes(found.palette)[:size], np.uint8).reshape(colors)
        indices = np.ctypeslib.as_array(found.indices, shape).copy()
        self._library.judge_free(ctypes.byref(found))
        return Outcome("", IndexedImage(palette, indices))


class JavaScriptReader:
    """spec/kmf.js."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        atexit.register(self._decoder.close)

    def __call__(self, data: bytes) -> Outcome:
        """Read a file."""
        answer = self._decoder(data, maxPixels=MAX_PIXELS)
        if answer.code:
            return Outcome(answer.code, why=str(answer.told["message"]))
        palette = np.array(answer.told["palette"], np.uint8)
        rgba = (
            palette
            if palette.shape[1] == 4
            else np.pad(palette, ((0, 0), (0, 1)), constant_values=255)
        )
        assert np.array_equal(answer.rgba, rgba[answer.indices]), (
            "kmf.js: colours are not those of the palette"
        )
        return Outcome("", IndexedImage(palette, answer.indices))


@cache
def c_reader(*defines: str) -> CReader:
    """Return the reader in C that is built with these defines."""
    return CReader(*defines)


@cache
def javascript_reader() -> JavaScriptReader:
    """Return the reader in JavaScript."""
    return JavaScriptReader()
