"""All readers agree on all vectors but for frames that RFC 8878 forbids, as the spec says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kmformat import kernels
from kmformat.errors import Code
from tools.conformance.forge.container import forge
from tools.conformance.forge.libzstd_frames import PATCHES_40_30_5
from tools.conformance.forge.zstd import compressed, frame, match, window_byte
from tools.conformance.runner import VECTORS

if not (shutil.which("cc") and shutil.which("node") and Path("/usr/include/zstd.h").exists()):
    pytest.skip("readers in C or JavaScript can't be tried here", allow_module_level=True)
if not kernels.NATIVE:
    pytest.skip("native kernels are not to be used", allow_module_level=True)

from tools.fuzz.python.agree import FORBIDDEN, FORBIDDEN_NOW, may_differ, one_input
from tools.fuzz.readers import Outcome, c_reader, javascript_reader, python


def reserved_modes() -> bytes:
    body = bytearray(match(b"\1", 1, 34).body)
    body[3] |= 1
    return frame(35, compressed(bytes(body)))


def more_than_the_window() -> bytes:
    return frame(1027, match(b"\1", 1, 1026), window=window_byte(10))


def literals_beyond_their_stream() -> bytes:
    changed = bytearray(PATCHES_40_30_5)
    changed[35] = 102
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "width", "height", "reason"),
    [
        (literals_beyond_their_stream(), 40, 30, FORBIDDEN[0]),
        (more_than_the_window(), 13, 79, FORBIDDEN[1]),
        (reserved_modes(), 7, 5, FORBIDDEN_NOW[0]),
    ],
)
def test_a_forbidden_frame_is_corrupt_for_all_but_libzstd(
    data: bytes, width: int, height: int, reason: str
) -> None:
    palette = bytes(range(15))
    file = forge(flags=3, width=width, height=height, palette=palette, tiles=[data], methods=[1])
    javascript = javascript_reader()(file)
    assert javascript.code == Code.ZSTD_DATA
    assert javascript.why.endswith(reason)
    assert c_reader("KMF_SMALL_ZSTD")(file).code == Code.ZSTD_DATA
    assert python(file, native=True).code in ("", Code.ZSTD_DATA)
    one_input(file)


def test_only_what_comes_of_a_frame_may_differ() -> None:
    corrupt = Outcome(Code.ZSTD_DATA)
    assert may_differ(Outcome(""), corrupt)
    assert may_differ(corrupt, Outcome(Code.INDEX))
    assert not may_differ(Outcome(Code.HEAD_CHECKSUM), corrupt)
    assert not may_differ(Outcome(""), Outcome(Code.INDEX))


def test_some_vectors_agree() -> None:
    small = [path for path in sorted(VECTORS.glob("*.kmf")) if path.stat().st_size < 300]
    for path in small[::8]:
        one_input(path.read_bytes())
