"""The decoder gets every test vector of the spec right, and what checks that can fail."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest

import kmformat
from kmformat.codec.format.container import read_head
from kmformat.codec.methods import PLAIN, TABLE_CHUNKS
from kmformat.errors import Code
from kmformat.storage.input import fetch_from
from tests.samples import copy_folder
from tools.conformance import kmf2raw, make_vectors
from tools.conformance import runner as conformance

VECTORS = make_vectors.VECTORS
ENTRIES = {
    entry["file"]: entry for entry in json.loads((VECTORS / "manifest.json").read_text())["vectors"]
}
VALID, INVALID = (
    [name for name, entry in ENTRIES.items() if entry["verdict"] == verdict]
    for verdict in ("valid", "invalid")
)


def limit(name: str) -> int:
    return int(ENTRIES[name].get("max_pixels", kmformat.DEFAULT_MAX_PIXELS))


@pytest.mark.parametrize("name", VALID)
def test_a_valid_vector_gives_its_image(name: str) -> None:
    entry, data = ENTRIES[name], (VECTORS / name).read_bytes()
    image = kmformat.decode_indexed(data, max_pixels=limit(name))
    assert image.indices.shape == (entry["height"], entry["width"])
    assert image.palette.tolist() == entry["palette"]
    assert hashlib.sha256(image.indices.tobytes()).hexdigest() == entry["indices_sha256"]
    pixels = kmformat.decode(data, max_pixels=limit(name))
    assert pixels.shape == (*image.indices.shape, image.palette.shape[1])
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == entry["pixels_sha256"]


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_vector_gives_its_error(name: str) -> None:
    data = (VECTORS / name).read_bytes()
    for decode in (kmformat.decode, kmformat.decode_indexed):
        with pytest.raises((kmformat.FormatError, kmformat.LimitError)) as caught:
            decode(data, max_pixels=limit(name))
        error = caught.value
        assert isinstance(error, kmformat.FormatError | kmformat.LimitError)
        assert error.code == ENTRIES[name]["error"]


def is_more_than_plain(name: str) -> bool:
    """Return whether a reader comes to what plain readers leave out.

    That is a packed palette, a table, or a compact or dense tile.
    """
    data = (VECTORS / name).read_bytes()
    try:  # not whether the file is as long as it must be, which comes later
        head = read_head(fetch_from(data)[0], max_pixels=limit(name))
    except (kmformat.FormatError, kmformat.LimitError):
        error, codes = str(ENTRIES[name]["error"]), list(map(str, Code))
        if (data[5:6] or b"\0")[0] & 0x20 and codes.index(error) >= codes.index("palette-end"):
            return True
        in_tables = ("orders", "padding", "stream-", "varint", "zstd-")
        return "5.9" in ENTRIES[name]["sections"] and error.startswith(in_tables)
    tables = any(chunk.type in TABLE_CHUNKS for chunk in head.chunks)
    return head.header.packed or tables or not set(head.methods) <= set(PLAIN)


def test_the_vectors_that_are_not_marked_plain_have_what_plain_readers_leave_out() -> None:
    assert all(entry.get("plain", True) is True for entry in ENTRIES.values())
    unmarked = {name for name, entry in ENTRIES.items() if "plain" not in entry}
    assert unmarked == set(filter(is_more_than_plain, ENTRIES))
    assert 0 < len(unmarked) < len(ENTRIES)


def test_the_valid_vectors_that_are_marked_small_are_those_that_fit() -> None:
    assert all(entry.get("small", True) is True for entry in ENTRIES.values())
    marked = {name for name in VALID if "small" in ENTRIES[name]}
    infos = {name: kmformat.read_info(VECTORS / name, max_pixels=limit(name)) for name in VALID}
    fit = {name for name, info in infos.items() if "small" in info.readers}
    assert fit - marked == {"valid-zstd-match-beyond-window.kmf"}  # which is not looked at
    assert 0 < len(marked) == len(fit) - 1


def test_the_vectors_are_as_they_are_made() -> None:
    assert make_vectors.differences(VECTORS) == []


def test_a_file_too_many_and_one_too_few_are_seen(tmp_path: Path) -> None:
    vectors = tmp_path / "vectors"
    copy_folder(VECTORS, vectors)
    (vectors / "example.kmf").rename(vectors / "other.kmf")
    expected = ["other.kmf: is not made by this program", "example.kmf: is missing"]
    assert make_vectors.differences(vectors) == expected


# The command that runs a decoder on the vectors

FEW = ("example.kmf", "valid-alpha-2-colours.kmf", "valid-limit-exact.kmf", "invalid-trailing.kmf",
       "invalid-limit-given.kmf")  # fmt: skip
DECODER = [sys.executable, "-m", "tools.conformance.kmf2raw"]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A directory of a few of the vectors."""
    for name in FEW:
        shutil.copyfile(VECTORS / name, tmp_path / name)
    manifest = {"vectors": [ENTRIES[name] for name in FEW]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def faults_of(few: Path, program: str, timeout: float = 60) -> list[str]:
    """Return what is said of a decoder that is a Python program."""
    (few / "decoder.py").write_text(program)
    command = [sys.executable, "-S", str(few / "decoder.py")]
    return conformance.check_all(few, command, timeout)


def test_our_decoder_passes(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main(["--vectors", str(few), "--", *DECODER]) == 0
    assert capsys.readouterr().out == "5 passed, 0 failed\n"


def test_a_file_that_is_not_there_is_no_format_error(tmp_path: Path) -> None:
    assert kmf2raw.main([str(tmp_path / "none.kmf")]) == 2


def test_a_wrong_code_is_a_failure(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults = faults_of(few, "print('truncated'); raise SystemExit(1)")
    assert faults[3] == "invalid-trailing.kmf: expected trailing, came truncated"
    assert faults[0] == "example.kmf: expected an image of 3 x 2, came truncated"
    command = ["--vectors", str(few), "--", sys.executable, "-S", str(few / "decoder.py")]
    assert conformance.main(command) == 1
    assert capsys.readouterr().out.endswith("\n0 passed, 5 failed\n")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", "a crash by signal 6"),
        ("raise ValueError('what went wrong')", "what went wrong"),
        ("raise SystemExit(2)", "came status 2"),
        ("print('trailing')", "status 0 and no image, but b'trailing"),
        ("print('3 2 x 3')", "status 0 and no image"),
        ("print('3 2 3 3')", "an image of 3 2 3 3 in 0 bytes"),
        ("print('-3 2 3 3')", "an image of -3 2 3 3"),
        ("print('9' * 100_000)", "status 0 and no image"),
        ("import os; os.write(1, bytes(range(256)))", "status 0 and no image"),
        ("print('two\\nlines'); raise SystemExit(1)", "status 1 and b'two"),
        ("import os; os.write(1, b'\\xff\\n'); raise SystemExit(1)", "status 1 and b'"),
        ("pass", "status 0 and no image, but b''"),
    ],
)
def test_crashes_and_garbage_are_failures(few: Path, program: str, said: str) -> None:
    faults = faults_of(few, program)
    assert all(said in fault for fault in faults)


def test_a_decoder_that_takes_too_long_fails(few: Path) -> None:
    faults = faults_of(few, "import time; time.sleep(9)", timeout=0.3)
    assert all("no answer in 0.3 s" in fault for fault in faults)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [(2, "an image of 3 3 3 3"), (8, "palette"), (18, "indices"), (-1, "pixels")],
)
def test_a_wrong_image_is_a_failure_that_says_where(few: Path, place: int, wrong: str) -> None:
    image = kmf2raw.raw((few / "example.kmf").read_bytes(), 6)
    changed = bytearray(image)
    changed[place] ^= 1
    faults = faults_of(few, f"import os; os.write(1, {bytes(changed)!r})")
    assert wrong in faults[0]
    assert not faults_of(few, f"import os; os.write(1, {image!r})")[0]


def test_the_limit_is_handed_on(few: Path) -> None:
    program = "import sys; print('limit' if '--max-pixels' in sys.argv else '?'); sys.exit(1)"
    faults = faults_of(few, program)
    assert faults[4] == ""
    assert faults[3] != ""


# A plain reader: it refuses what has SMAP, and there is nothing else compact among the few.
PLAIN_READER = """
import sys
from tools.conformance import kmf2raw
if b"SMAP" in open(sys.argv[-1], "rb").read():
    print("compact")
    sys.exit(1)
sys.exit(kmf2raw.main())
"""


def test_a_plain_reader_must_refuse_what_is_compact(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact = ("compact-example.kmf", "valid-tables-unused.kmf")
    for name in compact:
        shutil.copyfile(VECTORS / name, few / name)
    manifest = {"vectors": [ENTRIES[name] for name in FEW + compact]}
    (few / "manifest.json").write_text(json.dumps(manifest))
    vectors, reader = ["--vectors", str(few)], ["--", sys.executable, "-c", PLAIN_READER]
    assert conformance.main([*vectors, "--plain", *reader]) == 0
    assert capsys.readouterr().out == "7 passed, 0 failed\n"
    assert conformance.main([*vectors, *reader]) == 1
    assert "compact-example.kmf: expected an image of 8 x 8, came c" in capsys.readouterr().out
    assert conformance.main([*vectors, "--plain", "--", *DECODER]) == 1
    assert "tables-unused.kmf: expected compact, came an image of" in capsys.readouterr().out


SMALL_READER = """
import sys
print("small")
sys.exit(1)
"""


def test_a_small_reader_may_refuse_what_is_not_marked(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = "valid-compact-17-colours.kmf"
    shutil.copyfile(VECTORS / large, few / large)
    manifest = {"vectors": [ENTRIES[name] for name in ("example.kmf", large)]}
    (few / "manifest.json").write_text(json.dumps(manifest))
    vectors = ["--vectors", str(few)]
    reader = ["--", sys.executable, "-S", "-c", SMALL_READER]
    assert conformance.main([*vectors, "--small", *reader]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "example.kmf: expected an image of 3 x 2, came small", "1 passed, 1 failed",
    ]  # fmt: skip
    assert conformance.main([*vectors, "--small", "--", *DECODER]) == 0
    assert conformance.main([*vectors, *reader]) == 1


def test_trouble_with_the_manifest_is_told(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (few / "example.kmf").write_bytes(b"?")
    (few / "invalid-trailing.kmf").unlink()
    faults = conformance.check_all(few, DECODER)
    assert "not the one that the manifest describes" in faults[0]
    assert "could not be tried: FileNotFoundError" in faults[3]
    (few / "manifest.json").write_text('{"vectors": [{"sha256": 3}]}')
    assert "could not be tried: KeyError" in conformance.check_all(few, DECODER)[0]
    for broken in ("{", "[]", "{}"):
        (few / "manifest.json").write_text(broken)
        assert conformance.main(["--vectors", str(few), "--", *DECODER]) == 1
        assert "no manifest that can be read" in capsys.readouterr().out


def test_a_command_that_is_not_there_is_told(few: Path) -> None:
    assert "could not be tried" in conformance.check_all(few, ["/nowhere/decoder"])[0]


def test_what_a_decoder_prints_is_what_it_decodes() -> None:
    data = (VECTORS / "example.kmf").read_bytes()
    image = kmformat.decode_indexed(data)
    parts = (image.palette, image.indices, image.to_pixels())
    body = b"".join(part.tobytes() for part in parts)
    assert kmf2raw.raw(data, 6) == b"3 2 3 3\n" + body
