"""``kmformat explain``."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.explain import make_lesson
from kmformat.plots import needs_matplotlib
from tests.cli.shell import Shell, process
from tests.samples import photo

FILES = {
    "index.html", "animation.gif", "1-before-after.png", "2-clusters.png", "3-paths.png",
    "4-inertia.png", "5-side-by-side.png", "6-elbow.png", "7-accounting.png", "8-file.png",
}  # fmt: skip


def test_a_picture_is_explained_on_a_page_beside_it(run: Shell) -> None:
    told = run("explain", "photo.png")
    assert told.status == 0
    assert told.err == f"photo.explain.html: {os.path.getsize('photo.explain.html'):,} bytes\n"
    page = Path("photo.explain.html").read_text("utf-8")
    assert "How k-means finds 16 colours" in page
    assert "photo.png: 80 x 60 pixels" in page
    for K in (2, 4, 8, 16, 32, 64):
        assert f"K = {K}<" in page


def test_one_number_is_followed_and_several_are_compared(run: Shell) -> None:
    run("explain", "photo.png", "-c", "5", "--iterations", "3", "--seed", "9", "-o", "a.html")
    assert "How k-means finds 5 colours" in Path("a.html").read_text("utf-8")
    assert "with seed 9" in Path("a.html").read_text("utf-8")
    run("explain", "photo.png", "-c", "3,12,20", "-o", "b.html")
    page = Path("b.html").read_text("utf-8")
    assert "How k-means finds 12 colours" in page
    assert "K = 20<" in page
    assert "K = 64<" not in page


def test_several_numbers_make_a_contact_sheet(run: Shell) -> None:
    assert run("explain", "photo.png", "-c", "2,4,8,16,32").status == 0
    with Image.open("photo.explain.png") as sheet:
        pixels = np.asarray(sheet)
    lesson = make_lesson(photo(), compared=(2, 4, 8, 16, 32))
    shown = {tuple(color) for color in np.unique(pixels.reshape(-1, 3), axis=0).tolist()}
    for version in lesson.versions.values():
        assert {tuple(color) for color in version.image.palette.tolist()} <= shown


def test_a_folder_gets_everything(run: Shell) -> None:
    told = run("explain", "photo.png", "-c", "2", "--iterations", "1", "-o", "lesson")
    assert told.status == 0
    assert set(os.listdir("lesson")) == FILES
    assert len(told.err.splitlines()) == len(FILES)
    for name in FILES - {"index.html"}:
        with Image.open(Path("lesson", name)) as image:
            assert image.size == ((1280, 720) if name == "animation.gif" else (1920, 1080))
    for folder in ("lesson", "lesson/"):
        line = run.fails(1, "explain", "photo.png", "-o", folder)
        assert "index.html: already exists; --force replaces it" in line


def test_an_animation_is_a_gif(run: Shell) -> None:
    run("explain", "photo.png", "-c", "2", "--iterations", "1", "-o", "a.gif")
    with Image.open("a.gif") as image:
        assert (image.format, image.n_frames) == ("GIF", 3)  # type: ignore[attr-defined]


def test_pages_go_through_pipes() -> None:
    stream = io.BytesIO()
    Image.fromarray(photo(9, 9)).save(stream, "PNG")
    done = process("explain", "-", "-c", "2", input=stream.getvalue())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"<!doctype html>")
    assert b"standard input: 9 x 9 pixels" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="names of POSIX")
def test_a_hostile_name_is_text(run: Shell) -> None:
    name = "<script>alert(1)<script>\x1b[2J.png"
    Path("photo.png").rename(name)
    run("explain", name, "-c", "2", "-o", "a.html")
    page = Path("a.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;script&gt;\\x1b[2J.png: 80 x 60" in page


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("explain", 2, "required: PICTURE"),
        ("explain none.png", 1, "none.png: No such file"),
        ("explain none.png -o new/", 1, "none.png: No such file"),
        ("explain photo.png -c 0", 2, "expected an integer, 1 to 256"),
        ("explain photo.png -c 2,", 2, "expected an integer, 1 to 256"),
        ("explain photo.png --iterations 0", 2, "expected an integer, 1 or more"),
        ("explain photo.png -o a.mp4", 2, ".html is a page, .gif an animation, .png a contact"),
        ("explain photo.png -c 2 -o a.png", 2, "a.png: a contact sheet compares several: -c N,N"),
        ("explain photo.png -c 2,4 -o a.gif", 2, "a.gif: an animation is of one number of"),
        ("explain photo.png -o photo.png", 2, "photo.png is the input itself"),
        ("explain photo.png -o icon.png", 1, "icon.png: already exists"),
        ("explain photo.png -o no/such/", 1, "No such file or directory"),
        ("explain .", 1, "Is a directory"),
    ],
)
def test_what_goes_wrong_is_one_line(run: Shell, words: str, status: int, message: str) -> None:
    assert message in run.fails(status, *words.split())
    assert not Path("new").exists()


def test_without_matplotlib_pages_and_sheets_are_made_and_the_rest_is_one_line(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError):
        needs_matplotlib()
    assert run("explain", "photo.png", "-c", "2").status == 0
    assert run("explain", "photo.png", "-c", "2,3").status == 0
    for output in ("a.gif", "new/"):
        line = run.fails(1, "explain", "photo.png", "-o", output)
        assert line == "kmformat: matplotlib is missing: pip install 'kmformat[plots]'"
    assert not Path("new").exists()


def test_kmf_files_are_pictures_too(run: Shell) -> None:
    kmformat.save(photo(), "a.kmf", colors=4)
    assert run("explain", "a.kmf").status == 0
    assert "4,800 pixels" not in Path("a.explain.html").read_text("utf-8")[:100]
    assert "of 4 colours." in Path("a.explain.html").read_text("utf-8")
