"""URLs lead to files as paths do: regions come by ranges, and files appear whole or not at all."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

import kmformat
from kmformat import FormatError, ParameterError, Reader
from kmformat.storage.output import write_file
from kmformat.storage.remote import is_url
from tests.samples import noise, photo

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

PIXELS = noise(300, 400, 3, 1)  # of many bytes
OPTIONS: dict[str, Any] = {"tile": (50, 50), "colors": 200}


class _Silent(SimpleHTTPRequestHandler):
    """A server without ranges, which tells what it was asked for."""

    asked: list[str]

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Range", "all"))
        super().do_GET()


class _WithRanges(_Silent):
    """A server that sends the range of bytes that it is asked for."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        asked = self.headers.get("Range")
        if asked is None or not path.is_file():
            super().do_GET()
            return
        self.asked.append(asked)
        data, (first, last) = path.read_bytes(), asked.removeprefix("bytes=").split("-")
        part = data[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


@contextmanager
def server(folder: Path, kind: type[_Silent]) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(kind):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any) -> None:
            self.asked = asked
            super().__init__(*arguments, directory=str(folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}", asked
        finally:
            serving.shutdown()
            thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kmformat.save(PIXELS, tmp_path / "a.kmf", **OPTIONS)
    (tmp_path / "bad.kmf").write_bytes(b"nothing of the kind" * 2000)
    return tmp_path


def test_a_region_of_a_file_on_a_server_takes_its_ranges(folder: Path) -> None:
    shown = kmformat.decode(folder / "a.kmf")
    with server(folder, _WithRanges) as (address, asked):
        with Reader(f"{address}/a.kmf") as reader:
            assert asked == ["bytes=0-16383"]
            assert np.array_equal(reader.read((100, 100, 150, 150)), shown[100:150, 100:150])
            assert len(asked) == 2
            assert np.array_equal(reader.read((0, 100, 400, 200)), shown[100:200])
            assert len(asked) == 4  # before and after the tile that is known
            with ThreadPoolExecutor(4) as pool:
                rows = list(pool.map(reader.__getitem__, range(200, 300)))
            assert np.array_equal(rows, shown[200:300])
            with pickle.loads(pickle.dumps(reader)) as again:
                assert np.array_equal(again[7:9, 3], shown[7:9, 3])
        assert "all" not in asked
        assert np.array_equal(kmformat.decode(f"{address}/a.kmf"), shown)
        assert kmformat.read_info(f"{address}/a.kmf") == kmformat.read_info(folder / "a.kmf")
        with pytest.raises(FormatError, match="not a KMF file"):
            kmformat.open(f"{address}/bad.kmf")
        with pytest.raises(FileNotFoundError, match="missing"):
            kmformat.decode(f"{address}/missing.kmf")


def test_a_server_without_ranges_is_asked_once_for_all(folder: Path) -> None:
    shown = kmformat.decode(folder / "a.kmf")
    with server(folder, _Silent) as (address, asked):
        with Reader(f"{address}/a.kmf") as reader:
            for top in range(0, 300, 60):
                assert np.array_equal(reader[top : top + 60], shown[top : top + 60])
        assert len(asked) == 1
        palette = kmformat.read_palette(f"{address}/a.kmf")
        assert np.array_equal(palette, kmformat.read_palette(folder / "a.kmf"))


def test_a_server_that_is_not_there_is_an_oserror() -> None:
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9"):
        kmformat.decode("http://127.0.0.1:9/a.kmf")


def test_nothing_is_written_by_http(folder: Path) -> None:
    with (
        server(folder, _WithRanges) as (address, asked),
        pytest.raises(OSError, match="can't be written by HTTP"),
    ):
        kmformat.save(PIXELS, f"{address}/b.kmf")
    assert asked == []


@pytest.mark.parametrize("scheme", ["memory://", "file://", "dir::memory://"])
def test_files_are_written_and_read_by_url(scheme: str, tmp_path: Path) -> None:
    folder = tmp_path if scheme == "file://" else tmp_path.name
    url = f"{scheme}{folder}/a.kmf"
    if scheme.startswith("dir"):
        url = f"dir://a.kmf::memory://{folder}"
    kmformat.save(PIXELS, url, **OPTIONS)
    expected = kmformat.encode(PIXELS, **OPTIONS)
    with fsspec.open(url) as stream:
        assert stream.read() == expected
    assert kmformat.encode_to(photo(), url) == kmformat.read_info(url)
    with fsspec.open(url) as stream:
        assert stream.read() == kmformat.encode(photo())
    with pytest.raises(FileExistsError):
        write_file(url, b"new", overwrite=False)
    system, path = fsspec.core.url_to_fs(url)
    assert [
        each.rpartition("/")[2] for each in system.ls(path.rpartition("/")[0], detail=False)
    ] == ["a.kmf"]


def test_what_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"file://{tmp_path}/a.kmf"
    kmformat.save(photo(), url)
    before = (tmp_path / "a.kmf").read_bytes()

    def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError("the line is dead")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.mv", failing)
    with pytest.raises(OSError, match="the line is dead"):
        kmformat.save(PIXELS, url)
    assert [each.name for each in tmp_path.iterdir()] == ["a.kmf"]
    assert (tmp_path / "a.kmf").read_bytes() == before


def test_files_in_an_archive_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.kmf", kmformat.encode(PIXELS, **OPTIONS))
    shown = kmformat.decode(kmformat.encode(PIXELS, **OPTIONS))
    part = kmformat.decode(f"zip://in/a.kmf::{tmp_path}/b.zip", box=(10, 20, 90, 80))
    assert np.array_equal(part, shown[20:80, 10:90])


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("s3://b/a.kmf", True),
        ("zip://a.kmf::b.zip", True),
        ("simplecache::http://a/b", True),
        ("C:\\a.kmf", False),
        ("c://a.kmf", False),
        ("a.kmf", False),
        ("a:b.kmf", False),
        ("/x/http://", False),
        (b"s3://", False),
        (Path("s3://a"), False),
    ],
)
def test_urls_are_told_from_paths(name: object, url: bool) -> None:
    assert is_url(name) is url


def test_unknown_kinds_of_urls_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"nowhere://a\.kmf: Protocol not known"):
        kmformat.decode("nowhere://a.kmf")
    with pytest.raises(ParameterError, match=r"nowhere://a\.kmf: Protocol not known"):
        kmformat.save(photo(), "nowhere://a.kmf")


def test_pictures_by_url_have_a_palette_in_common() -> None:
    with fsspec.open("memory://pictures/a.kmf", "wb") as stream:
        stream.write(kmformat.encode(photo(), colors=8))
    found = kmformat.build_palette(["memory://pictures/a.kmf"])
    assert len(found) == 8
    stream = io.BytesIO()
    kmformat.save(photo(), stream, palette="memory://pictures/a.kmf")
    assert kmformat.read_info(stream.getvalue()).colors == 8
