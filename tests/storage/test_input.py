"""Streams of every kind: what is read, and no more."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import kmformat
from kmformat import Code, FormatError, ParameterError, TruncatedError, encode_indexed
from tests.samples import Pipe, Raw, indexed, photo
from tools.conformance.forge.container import forge


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
    with pytest.raises(TruncatedError):
        kmformat.read(Pipe(data[:-1]))  # type: ignore[arg-type]


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


def closed() -> io.BytesIO:
    stream = io.BytesIO()
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (None, "expected a path or a binary stream"),
        (5, "expected a path or a binary stream"),
        (photo(), "expected a path or a binary stream"),
        (io.StringIO("text"), "StringIO: expected a path or a binary stream"),
        (closed(), "closed BytesIO"),
        ("", "an empty path"),
    ],
)
def test_what_is_no_file_is_named(file: object, message: str) -> None:
    for function in (kmformat.read, kmformat.open, kmformat.read_info, kmformat.read_one):
        with pytest.raises(ParameterError, match=message):
            function(file)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=message):
        kmformat.save(photo(), file)  # type: ignore[arg-type]
