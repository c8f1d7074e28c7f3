"""``kmformat view``."""

from __future__ import annotations

import io
import json
import re
import sys
import webbrowser
from base64 import b64decode
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from tests.cli.shell import Shell


def given(page: str) -> list[tuple[str, bytes]]:
    """The names and contents of the files inside a page."""
    found = re.search(r'<script id="given" type="application/json">(.*?)</script>', page)
    assert found is not None
    return [(each["name"], b64decode(each["base64"])) for each in json.loads(found[1])]


def test_a_page_holds_the_files(run: Shell) -> None:
    run("encode", "photo.png", "icon.png", "-o", "./")
    assert run("view", "photo.kmf", "icon.kmf", "photo.png", "-o", "page.html") == (0, "", "")
    page = Path("page.html").read_text("utf-8")
    names = ["photo.kmf", "icon.kmf", "photo.png"]
    assert given(page) == [(name, Path(name).read_bytes()) for name in names]
    assert "<title>photo.kmf, icon.kmf, photo.png</title>" in page


def test_a_page_needs_no_other_and_no_network(run: Shell) -> None:
    run("encode", "photo.png")
    run("view", "photo.kmf", "-o", "page.html")
    page = Path("page.html").read_text("utf-8")
    assert not re.search(r"^(import|export)\b|^[^*]*\bimport\(", page, re.MULTILINE)
    assert "serviceWorker" not in page
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https:" not in page


def test_without_a_target_the_page_is_opened(
    run: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def remember(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", remember)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run("encode", "photo.png")
    status, out, err = run("view", "photo.kmf")
    assert (status, err) == (0, "")
    path = Path(unquote(urlsplit(opened[0]).path))
    assert out == f"{path}\n"
    assert given(path.read_text("utf-8"))[0][0] == "photo.kmf"


def test_where_there_is_no_browser_the_page_is_named(
    run: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run("encode", "photo.png")
    status, out, err = run("view", "photo.kmf")
    assert (status, err) == (0, "no browser was found: open that file in one\n")
    assert Path(out.strip()).is_file()


def test_names_cannot_break_out_of_the_page(run: Shell) -> None:
    run("encode", "photo.png")
    name = "<script>a&b<!--.kmf"
    Path(name).write_bytes(Path("photo.kmf").read_bytes())
    run("view", name, "-o", "page.html")
    page = Path("page.html").read_text("utf-8")
    assert given(page)[0][0] == name
    assert "<script>a" not in page
    assert "a&b<" not in page
    assert "<title>&lt;script&gt;a&amp;b&lt;!--.kmf</title>" in page


def test_files_of_one_name_keep_their_folders(run: Shell) -> None:
    run("encode", "photo.png")
    Path("a").mkdir()
    Path("a/photo.kmf").write_bytes(Path("photo.kmf").read_bytes())
    run("view", "photo.kmf", "a/photo.kmf", "-o", "page.html")
    names = [name for name, _ in given(Path("page.html").read_text("utf-8"))]
    assert names == ["photo.kmf", str(Path("a/photo.kmf"))]


def test_an_original_that_browsers_do_not_show_becomes_a_png(run: Shell) -> None:
    Image.open("photo.png").save("photo.tif")
    run("encode", "photo.png")
    run("view", "photo.kmf", "photo.tif", "-o", "page.html")
    data = given(Path("page.html").read_text("utf-8"))[1][1]
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        assert image.tobytes() == Image.open("photo.png").tobytes()


def test_what_is_no_picture_is_told_and_nothing_is_written(run: Shell) -> None:
    Path("cut.kmf").write_bytes(b"\x8bKMF\x10")
    Path("text.txt").write_text("hello")
    for name, said in (("cut.kmf", "truncated"), ("text.txt", "text.txt"), ("none.kmf", "none")):
        status, out, err = run("view", name, "-o", "page.html")
        assert (status, out) == (1, "")
        assert said in err
    assert not Path("page.html").exists()


def test_standard_input_is_read_once(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    run("encode", "photo.png")
    data = Path("photo.kmf").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("view", "-", "-", "-o", "page.html").status == 2
    assert run("view", "-", "-o", "page.html").status == 0
    assert given(Path("page.html").read_text("utf-8")) == [("standard input", data)]


def test_a_page_is_not_replaced_unless_told(run: Shell) -> None:
    run("encode", "photo.png")
    Path("page.html").write_text("mine")
    assert run("view", "photo.kmf", "-o", "page.html").status == 1
    assert Path("page.html").read_text() == "mine"
    assert run("view", "photo.kmf", "-o", "page.html", "-f").status == 0
