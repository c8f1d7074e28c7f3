"""Where a command's data goes: nothing is overwritten by mistake."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PIL import Image

import kmformat
from tests.cli.shell import Run, Shell
from tests.samples import icon, photo


def test_nothing_is_overwritten_unless_forced(run: Shell) -> None:
    Path("photo.kmf").write_bytes(b"precious")
    assert "--force" in run.fails(1, "encode", "photo.png")
    assert Path("photo.kmf").read_bytes() == b"precious"
    assert run("encode", "photo.png", "--force").status == 0
    assert "--force" in run.fails(1, "decode", "photo.kmf")
    assert run("decode", "-f", "photo.kmf").status == 0


def test_a_failed_run_leaves_the_old_file(run: Shell) -> None:
    Path("text.png").write_text("no picture")
    Path("text.kmf").write_bytes(b"precious")
    assert "not a picture" in run.fails(1, "encode", "-f", "text.png")
    assert Path("text.kmf").read_bytes() == b"precious"
    Path("text.png").write_bytes(b"precious")
    assert "magic: not a KMF file" in run.fails(1, "decode", "-f", "text.kmf")
    assert Path("text.png").read_bytes() == b"precious"


def test_targets_that_cannot_be_written_are_named_before_the_work(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder").mkdir()
    monkeypatch.setattr("kmformat.batches.encoding.to_indexed", None)
    target = os.path.join("none", "a.kmf")
    assert run.fails(1, "encode", "photo.png", "-o", target) == (
        f"kmformat: {target}: No such file or directory"
    )
    assert "folder: Is a directory" in run.fails(1, "encode", "photo.png", "-o", "folder")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_where_a_folder_takes_no_files_o_is_named(
    run: Shell, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(path: str, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr("kmformat.cli.targets.write_file", refuse)
    line = f"kmformat: photo.kmf: {os.strerror(number)}"
    assert run.fails(1, "encode", "photo.png") == f"{line}; -o writes it elsewhere"
    assert run.fails(1, "encode", "photo.png", "-o", "photo.kmf") == line


@pytest.mark.parametrize("command", [(), ("encode",), ("decode",), ("quantize",)])
def test_help_says_first_that_files_go_beside_their_originals(
    run: Shell, command: tuple[str, ...]
) -> None:
    _, description, _ = run(*command, "--help").out.split("\n\n", 2)
    assert "beside its" in description
    assert "-o" in description


def test_several_files_are_encoded_and_decoded_beside_themselves_or_in_a_folder(run: Shell) -> None:
    assert run("encode", "-q", "photo.png", "icon.png") == Run(0, "", "")
    assert sorted(os.listdir()) == ["icon.kmf", "icon.png", "photo.kmf", "photo.png"]
    assert run("decode", "photo.kmf", "icon.kmf", "-o", "out").status == 0
    assert run("encode", "photo.png", "-o", f"out{os.sep}").status == 0
    assert sorted(os.listdir("out")) == ["icon.png", "photo.kmf", "photo.png"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("photo.png icon.png -o photo.png", 1, "photo.png: Not a directory"),
        ("photo.png icon.png -o -", 2, "several files do not go to standard output"),
        ("- - -o .", 2, "standard input can be read only once"),
        ("- -o ./", 2, "standard input has no name"),
    ],
)
def test_where_several_files_cannot_go(run: Shell, words: str, status: int, message: str) -> None:
    assert message in run.fails(status, "encode", *words.split())


def test_no_output_goes_over_an_input_or_another_output(run: Shell) -> None:
    Image.fromarray(photo()).save("a.png")
    Image.fromarray(photo(9, 9)).save("a.bmp")
    kmformat.save(icon(), "a.kmf")
    before = Path("a.kmf").read_bytes()
    assert "a.kmf is the input itself" in run("encode", "-f", "a.png", "a.kmf").err
    assert Path("a.kmf").read_bytes() == before
    same = os.path.join(os.getcwd(), "a.bmp")
    line = run.fails(2, "encode", "-f", "a.png", same)
    assert f"a.png and {same} would both become" in line
    assert Path("a.kmf").read_bytes() == before


def test_two_files_of_one_name_are_refused_before_any_work(run: Shell) -> None:
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Image.fromarray(photo(5, 5)).save(f"{folder}/a.png")
    words = ("encode", "photo.png", "one/a.png", "two/a.png", "-o", "out/")
    assert run.fails(2, *words) == (
        f"kmformat: one/a.png and two/a.png would both become {os.path.join('out', 'a.kmf')}: "
        "expected one of them, or -r FOLDER, which keeps folders"
    )
    assert not Path("out").exists()


def test_what_is_there_and_whole_is_skipped(run: Shell) -> None:
    run("encode", "photo.png", "icon.png")
    whole, cut = Path("photo.kmf"), Path("icon.kmf")
    data, stamp = cut.read_bytes(), whole.stat().st_mtime_ns
    cut.write_bytes(data[:-1])
    result = run("encode", "--skip-existing", "-v", "photo.png", "icon.png")
    assert result.status == 0
    assert result.err.startswith("photo.kmf: is there already\nread the picture")
    assert "\n1 done, 1 skipped, 0 failed: " in result.err
    assert (cut.read_bytes(), whole.stat().st_mtime_ns) == (data, stamp)
    cut.write_bytes(b"precious")
    line = run.fails(1, "encode", "--skip-existing", "icon.png")
    assert line == "kmformat: icon.kmf: already exists; --force replaces it"
    Path("photo.png").unlink()
    Path("icon.png").write_bytes(b"")
    assert run("decode", "--skip-existing", "photo.kmf") == Run(0, "", "")
    stamp = Path("photo.png").stat().st_mtime_ns
    assert run("decode", "--skip-existing", "photo.kmf") == Run(0, "", "")
    assert Path("photo.png").stat().st_mtime_ns == stamp


def test_what_is_older_than_its_input_is_redone(run: Shell) -> None:
    run("encode", "-c", "4", "photo.png", "icon.png")
    for name, seconds in (("photo.png", 50), ("photo.kmf", 40), ("icon.png", 50), ("icon.kmf", 60)):
        os.utime(name, (seconds, seconds))
    assert run("encode", "-q", "-u", "photo.png", "icon.png") == Run(0, "", "")
    assert kmformat.read_info("photo.kmf").colors == 16
    assert kmformat.read_info("icon.kmf").colors == 4


def test_of_force_skip_and_update_there_is_one(run: Shell) -> None:
    for words in (["-f", "-u"], ["-f", "--skip-existing"], ["-u", "--skip-existing"]):
        assert "not allowed with" in run.fails(2, "encode", "photo.png", *words)
