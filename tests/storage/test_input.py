"""Streams of every kind: what is read, and no more."""

from __future__ import annotations

import io
import os
import sys
import threading
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kmformat
from kmformat import (
    Code,
    FormatError,
    Info,
    LimitError,
    ParameterError,
    TruncatedError,
    encode_indexed,
)
from kmformat.storage.input import read_at_most, seekable
from tests.samples import Pipe, Raw, indexed, photo
from tools.conformance.forge.container import forge


def closed() -> io.BytesIO:
    stream = io.BytesIO()
    stream.close()
    return stream


READERS = (
    kmformat.decode, kmformat.decode_indexed, kmformat.open, kmformat.read_info, kmformat.verify,
    kmformat.read_palette,
)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_a_path_a_stream_and_bytes_are_read_alike(picture: Path, reader: Any) -> None:
    def shown(value: Any) -> object:
        if isinstance(value, kmformat.IndexedImage):
            return value.palette.tolist(), value.indices.tolist()
        return value if isinstance(value, Info | None) else np.asarray(value).tolist()

    data = picture.read_bytes()
    expected = shown(reader(picture))
    for source in (
        str(picture), io.BytesIO(data), Pipe(data), Raw(data),
        data, bytearray(data), memoryview(data), np.frombuffer(data, np.uint8),
    ):  # fmt: skip
        assert shown(reader(source)) == expected


def test_a_map_of_a_file_is_its_bytes(picture: Path) -> None:
    with picture.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        assert np.array_equal(kmformat.decode(mapped), kmformat.decode(picture))  # type: ignore[arg-type]


@pytest.mark.parametrize("reader", READERS[:-1])
@pytest.mark.parametrize("data", [b"", b"picture.kmf", photo()])
def test_bytes_of_something_else_are_a_format_error(reader: Any, data: object) -> None:
    with pytest.raises(FormatError) as caught:
        reader(data)
    assert caught.value.code in (Code.MAGIC, Code.TRUNCATED)


@pytest.mark.parametrize("taken", [b"", b"bef"])
def test_a_stream_that_can_seek_is_itself_and_a_pipe_is_read_to_its_end(taken: bytes) -> None:
    stream = io.BytesIO(b"before")
    assert seekable(stream, stream.read(len(taken))) is stream
    assert stream.tell() == 0
    stream.seek(3)
    assert seekable(stream) is stream
    assert stream.tell() == 3
    pipe: Any = Pipe(b"before")
    found = seekable(pipe, pipe.read(len(taken)))
    assert (found.read(), found.seek(2), found.read()) == (b"before", 2, b"fore")


def test_a_stream_too_long_shows_by_one_byte_more() -> None:
    for data, found in ((b"ab", b"ab"), (b"abc", b"abc"), (b"abcdef", b"abcd")):
        assert read_at_most(io.BytesIO(data), 3) == found


def test_an_endless_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    monkeypatch.setattr("kmformat.storage.input._MOST_PIPED", 3 << 20)
    with pytest.raises(LimitError, match="more than 3,145,728 bytes through a pipe"):
        seekable(Endless())  # type: ignore[arg-type]


def test_streams_are_read_from_where_they_stand(picture: Path) -> None:
    stream = io.BytesIO(b"before" + picture.read_bytes())
    stream.seek(6)
    assert np.array_equal(kmformat.read(stream), kmformat.read(picture))


def test_a_stream_that_cannot_seek_is_read_forward(picture: Path) -> None:
    data = picture.read_bytes()
    assert np.array_equal(kmformat.read(Pipe(data)), kmformat.decode(data))  # type: ignore[arg-type]
    with pytest.raises(FormatError) as caught:
        kmformat.read(Pipe(data + b"more"))  # type: ignore[arg-type]
    assert caught.value.code is Code.TRAILING
    for read in (kmformat.read, kmformat.read_one):
        with pytest.raises(TruncatedError, match=f"^the tile data ends at offset {len(data)}, "):
            read(Pipe(data[:-1]))  # type: ignore[arg-type]


def test_a_stream_may_read_and_write_less_than_asked(picture: Path) -> None:
    data = picture.read_bytes()
    assert np.array_equal(kmformat.read(Raw(data)), kmformat.decode(data))  # type: ignore[arg-type]
    raw = Raw()
    kmformat.save(photo(), raw, tile=(32, 32))  # type: ignore[arg-type]
    assert raw.source.getvalue() == data


def test_a_stream_that_says_nothing_of_what_it_wrote_is_believed() -> None:
    class Silent(list[bytes]):
        write = list.append

    silent = Silent()
    kmformat.save(photo(), silent)  # type: ignore[arg-type]
    assert b"".join(silent) == kmformat.encode(photo())


def test_one_file_is_read_out_of_a_longer_stream() -> None:
    files = [encode_indexed(indexed(n, 3, 3)) for n in (1, 2, 30)]
    pipe = Pipe(b"".join(files) + b"rest")
    for end, data in zip(np.cumsum([len(data) for data in files]), files, strict=True):
        assert kmformat.read_one(pipe) == data  # type: ignore[arg-type]
        assert pipe.position == end
    with pytest.raises(FormatError) as caught:
        kmformat.read_one(pipe)  # type: ignore[arg-type]
    assert caught.value.code is Code.MAGIC


def test_the_shortest_files_are_read_and_not_a_byte_more() -> None:
    tiles: dict[str, Any] = {"width": 2, "height": 1, "tile_size": (1, 1), "tiles": [b"\0"] * 2,
                             "methods": [0] * 2, "palette": bytes(3), "flags": 0}  # fmt: skip
    one: dict[str, Any] = tiles | {"width": 1, "tile_size": None, "tiles": [b"\0"], "methods": [0]}
    for fields, length in ((one, 22), (tiles, 30), (tiles | {"chunks": b""}, 31)):
        data = forge(**fields)
        assert len(data) == length
        pipe = Pipe(data + b"rest")
        assert kmformat.read_one(pipe) == data  # type: ignore[arg-type]
        assert pipe.position == length


@pytest.mark.parametrize(
    "stream", [None, b"\x8bKMF", "a.kmf", Path("a.kmf"), closed(), io.StringIO()]
)
def test_one_file_comes_out_of_an_open_binary_stream_only(stream: object) -> None:
    with pytest.raises(ParameterError, match=r"expected (a.* binary|an open) stream"):
        kmformat.read_one(stream)  # type: ignore[arg-type]


def test_a_forged_length_reads_no_more_than_there_is() -> None:
    pipe = Pipe(forge(chunks=b"", width=9999, tiles=[b"abc"], lengths=[9998], methods=[1]))
    with pytest.raises(TruncatedError):
        kmformat.read_one(pipe)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")
def test_a_named_pipe_is_read_forward(tmp_path: Path, picture: Path) -> None:
    pipe, data = tmp_path / "pipe", picture.read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    assert np.array_equal(kmformat.read(pipe), kmformat.decode(data))
    writer.join()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (None, "expected a path or a binary stream, or bytes$"),
        (5, "expected a path or a binary stream"),
        ({}, "dict: expected a path or a binary stream"),
        (io.StringIO("text"), "StringIO: expected a path or a binary stream"),
        (closed(), "closed BytesIO"),
        ("", "an empty path"),
    ],
)
def test_what_is_no_file_is_named(file: object, message: str) -> None:
    function: Any
    for function in READERS:
        with pytest.raises(ParameterError, match=message):
            function(file)
    with pytest.raises(ParameterError, match=message.replace(", or bytes", "")):
        kmformat.save(photo(), file)  # type: ignore[arg-type]
