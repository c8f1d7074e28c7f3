"""Files and streams: what is read, and that nothing is ever half written."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import Code, FormatError, ParameterError, TruncatedError, encode_indexed
from kmformat.pictures.normalize import as_pixels
from kmformat.reading import damaged_tiles
from kmformat.storage.local import write_file
from tests.samples import icon, indexed, photo
from tools.conformance.forge.container import chunk, forge


class Raw(io.RawIOBase):
    """A stream that can seek, but reads and writes a few bytes at a time."""

    def __init__(self, data: bytes = b"") -> None:
        self.source = io.BytesIO(data)

    def tell(self) -> int:
        return self.source.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self.source.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        return self.source.read(min(size, 7) if size > 0 else size)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.source.write(data[:7])


class Pipe(io.RawIOBase):
    """A stream that only goes forward, a few bytes at a time, and counts them."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._source.read(min(size, 7) if size > 0 else size)

    @property
    def position(self) -> int:
        return self._source.tell()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.kmf"
    kmformat.save(photo(), path, tile=(32, 32))
    return path


@pytest.mark.parametrize("pixels", [photo(), icon()])
def test_a_saved_file_opens_as_bytes_decode(tmp_path: Path, pixels: np.ndarray) -> None:
    path, data = tmp_path / "a.kmf", kmformat.encode(pixels, colors=7)
    kmformat.save(pixels, path, colors=7)
    assert path.read_bytes() == data
    image = kmformat.open(path)
    assert image.mode == ("RGB" if pixels.shape[2] == 3 else "RGBA")
    for read in (np.asarray(image), kmformat.read(str(path)), kmformat.read(io.BytesIO(data))):
        assert np.array_equal(read, kmformat.decode(data))


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


def test_a_box_of_a_file_reads_only_its_head_and_tiles(picture: Path) -> None:
    read: list[tuple[int, int]] = []

    class Spy(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            read.append((self.tell(), size or 0))
            return super().read(size)

    data = picture.read_bytes()
    part = kmformat.read(Spy(data), box=(33, 33, 40, 40))
    assert np.array_equal(part, kmformat.decode(data)[33:40, 33:40])
    info = kmformat.read_info(picture)
    assert info.tiles == 6
    head = info.file_size - info.sizes["tiles"]
    assert sum(end > head for end in (start + size for start, size in read)) == 1


def test_info_tells_what_was_written(picture: Path) -> None:
    info = kmformat.read_info(picture)
    assert (info.width, info.height, info.colors, info.bits, info.alpha) == (80, 60, 16, 4, False)
    assert (info.tile_size, info.tiles, sum(info.methods.values())) == ((32, 32), 6, 6)
    assert info.file_size == picture.stat().st_size
    assert len(info.palette) == 16
    assert info.sizes["header"] + info.sizes["checksum"] == 28
    held = kmformat.read_info(io.BytesIO(forge(chunks=chunk(b"abcd", b"12345"))))
    assert held.chunks == (("abcd", 5),)
    assert held.methods == {"stored": 1}


def test_info_counts_values_as_the_textbook_does() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    info = kmformat.read_info(io.BytesIO(kmformat.encode(pixels)))
    assert (info.raw_values, info.indexed_values) == (49_152, 16_432)


def test_verify_names_each_damaged_tile() -> None:
    data = bytearray(encode_indexed(indexed(20, 20, 16), tile=(10, 10), zstd=False))
    assert list(damaged_tiles(io.BytesIO(data))) == []
    kmformat.verify(io.BytesIO(data))
    data[-1] ^= 1
    data[-60] ^= 1
    assert [error.tile for error in damaged_tiles(io.BytesIO(data))] == [2, 3]
    with pytest.raises(FormatError, match=r"^tile 2: "):
        kmformat.verify(io.BytesIO(data))


def test_saving_to_a_stream_writes_there() -> None:
    stream = io.BytesIO()
    kmformat.save(photo(), stream, colors=3)
    assert stream.getvalue() == kmformat.encode(photo(), colors=3)


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


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kmformat.open(tmp_path / "none.kmf")
    with pytest.raises(IsADirectoryError):
        kmformat.open(tmp_path)


# Writing


def test_writing_replaces_the_whole_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_file(tmp_path / "a.kmf", b"x")
    assert (tmp_path / "a.kmf").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_file(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_a_bad_image_does_not_touch_the_file(picture: Path) -> None:
    before = picture.read_bytes()
    with pytest.raises(ParameterError):
        kmformat.save(photo(), picture, colors=999)
    assert picture.read_bytes() == before


def test_overwriting_can_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    write_file(path, b"old", overwrite=False)
    with pytest.raises(FileExistsError):
        write_file(path, b"new", overwrite=False)
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"

    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"through")
    reader.join()
    assert got == [b"through"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")
def test_a_named_pipe_is_read_forward(tmp_path: Path, picture: Path) -> None:
    pipe, data = tmp_path / "pipe", picture.read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    assert np.array_equal(kmformat.read(pipe), kmformat.decode(data))
    writer.join()


@pytest.mark.parametrize("name", ["n" * 250, "\u20ac" * 80])
def test_long_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_file(tmp_path / name, b"x")
    assert len(os.listdir(tmp_path)) == 1


# Pictures of more than 8 bits, which Pillow alone would clip

SIGNALLING = np.array([0x7FA00000], np.uint32).view(np.float32)[0]
"""A NaN that warns when it is converted."""


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("I;16", [0, 257, 32768, 65535], [0, 1, 128, 255]),
        ("I", [0, 257, 32768, 65535, 70000, -5], [0, 1, 128, 255, 255, 0]),
        ("I", [0, 1, 254, 255], [0, 1, 254, 255]),
        ("F", [0, 0.25, 0.5, 1, -1, np.nan, SIGNALLING], [0, 64, 128, 255, 0, 0, 0]),
        ("F", [0, 1, 2.4, 255, 300, np.inf], [0, 1, 2, 255, 255, 255]),
    ],
)
def test_deep_grey_becomes_8_bits(mode: str, values: list[float], expected: list[int]) -> None:
    dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    image = Image.fromarray(np.array([values], dtype))
    assert image.mode == mode
    assert as_pixels(image)[0].tolist() == [[grey] * 3 for grey in expected]


def test_a_transparent_value_of_16_bits_is_kept() -> None:
    image = Image.fromarray(np.array([[0, 257, 258]], np.uint16))
    image.info["transparency"] = 257
    assert as_pixels(image)[0].tolist() == [[0, 0, 0, 255], [1, 1, 1, 0], [1, 1, 1, 255]]
