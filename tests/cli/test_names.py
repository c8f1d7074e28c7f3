"""Which files a command works on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

import kmformat
from tests.cli.shell import ON_LINUX, Run, Shell, bash
from tests.samples import photo

TREE = ("tree/a.png", "tree/b/a.png", "tree/b/c/d.BMP")


@pytest.fixture
def tree(run: Shell) -> Shell:
    """A runner of commands, in a folder with a tree of pictures, and of other things."""
    for number, name in enumerate(TREE):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(8, 9, number)).save(name)
    Path("tree/notes.txt").write_text("no picture")
    Path("tree/b/.a.png").write_text("hidden")
    Path("tree/.git").mkdir()
    Path("tree/.git/x.png").write_text("hidden")
    if hasattr(os, "mkfifo"):
        os.mkfifo("tree/pipe.png")
    return run


def found(folder: str, pattern: str = "*.kmf") -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob(pattern))


def test_folders_are_mirrored_there_and_back(tree: Shell) -> None:
    assert tree("encode", "-q", "-r", "tree", "-o", "out/") == Run(0, "", "")
    assert found("out") == ["a.kmf", "b/a.kmf", "b/c/d.kmf"]
    assert tree("decode", "-q", "-r", "out", "-o", "back/x") == Run(0, "", "")
    assert found("back/x", "*.png") == ["a.png", "b/a.png", "b/c/d.png"]
    assert tree("encode", "-q", "-r", "tree").status == 0
    assert found("tree") == ["a.kmf", "b/a.kmf", "b/c/d.kmf"]
    assert tree("verify", "-r", "tree/b").out.splitlines() == [
        f"{os.path.join('tree', 'b', 'a.kmf')}: ok",
        f"{os.path.join('tree', 'b', 'c', 'd.kmf')}: ok",
    ]


def test_a_command_does_not_take_what_it_made_for_its_input(tree: Shell) -> None:
    tree("quantize", "-q", "-r", "tree")
    assert len(found("tree", "*.quantized.png")) == 3
    assert tree("quantize", "-q", "-r", "tree", "--skip-existing") == Run(0, "", "")
    assert len(found("tree", "*.quantized*")) == 3


def test_names_come_from_a_list_too_and_their_tree_is_kept(tree: Shell) -> None:
    Path("list").write_text("tree/a.png\n\ntree/b/a.png\r\n")
    tree("encode", "-q", "photo.png", "--files-from", "list", "-o", "out")
    assert found("out") == ["photo.kmf", "tree/a.kmf", "tree/b/a.kmf"]
    Path("list").write_bytes(b"\0".join(os.fsencode(Path(name).absolute()) for name in TREE[1:]))
    (Path("tree") / "e").mkdir()
    os.chdir("tree/e")
    Path("more").write_text("../b/a.png")
    tree("encode", "-q", "--files-from", "more", "-o", "up")
    assert found("up") == ["b/a.kmf"]
    tree("encode", "-q", "--files-from", "../../list", "-o", "all")
    assert [name[-10:] for name in found("all")] == ["ee/b/a.kmf", "/b/c/d.kmf"]


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
def test_a_list_may_come_from_standard_input(tree: Shell) -> None:
    result = bash("find tree/b -name '[ad]*' -type f -print0 | $K encode -q --files-from - -o out")
    assert (result.returncode, result.stderr) == (0, b"")
    assert found("out") == ["tree/b/a.kmf", "tree/b/c/d.kmf"]
    assert tree("verify", "-q", "-r", "out") == Run(0, "", "")


def test_patterns_are_expanded_where_there_is_no_such_file(run: Shell) -> None:
    assert run("encode", "-q", "*.png", "-o", "out/").status == 0
    assert found("out") == ["icon.kmf", "photo.kmf"]
    assert "out/*.png: No such file" in run.fails(1, "decode", "out/*.png")
    Path("photo.png").rename("[ab].png")
    Image.fromarray(photo(4, 4)).save("a.png")
    run("encode", "-q", "[ab].png")
    assert kmformat.read_info("[ab].kmf").height == 60
    assert not Path("a.kmf").exists()


def test_a_file_that_is_named_twice_is_done_once(run: Shell) -> None:
    assert run("verify", "photo.png", "photo.png", "*.png").err.count("\n") == 3


def test_a_folder_in_which_there_is_nothing_is_an_error(run: Shell) -> None:
    Path("empty").mkdir()
    line = run.fails(1, "encode", "-r", "empty")
    assert line == "kmformat: empty: nothing to work on in this folder"


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="permissions of POSIX")
def test_a_folder_that_can_not_be_listed_is_an_error_and_the_others_are_done(tree: Shell) -> None:
    Path("tree/b/c").chmod(0)
    try:
        result = tree("encode", "-r", "tree", "-o", "out/")
    finally:
        Path("tree/b/c").chmod(0o700)
    assert result.status == 1
    assert result.err.startswith("kmformat: tree/b/c: Permission denied\n")
    assert found("out") == ["a.kmf", "b/a.kmf"]


def test_one_palette_for_a_tree(tree: Shell) -> None:
    shared = tree("palette", "-r", "tree", "-c", "5").out
    expected = kmformat.build_palette([photo(8, 9, n) for n in range(3)], colors=5, space="auto")
    assert shared.split() == [bytes(color).hex() for color in expected]
    assert tree("palette", "-r", "tree", "-c", "5", "-j", "2").out == shared


def test_pairs_are_compared_by_name_or_from_a_list(tree: Shell) -> None:
    tree("encode", "-q", "-r", "tree", "-o", "out/")
    Path("out/b/c/e.kmf").write_bytes(Path("out/a.kmf").read_bytes())
    result = tree("compare", "-r", "tree", "out", "-o", "sheets")
    assert result.status == 1
    lines = result.out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        str(Path("out", name)) for name in ("a.kmf", "b/a.kmf", "b/c/d.kmf")
    ]
    assert all("PSNR " in line and "SSIM " in line for line in lines)
    error, last = result.err.splitlines()
    assert error.endswith("e.kmf: no picture of this name in tree")
    assert last.startswith("3 done, 0 skipped, 1 failed: ")
    assert found("sheets", "*.png") == ["a.png", "b/a.png", "b/c/d.png"]
    Path("pairs").write_text("tree/a.png\tout/a.kmf\ntree/a.png\tphoto.png\n")
    result = tree("compare", "--files-from", "pairs")
    assert len(result.out.splitlines()) == 1
    assert "photo.png: original of 9 x 8" in result.err
    Path("pairs").write_text("tree/a.png out/a.kmf\n")
    assert "expected ORIGINAL, a tab, and FILE" in tree.fails(2, "compare", "--files-from", "pairs")
