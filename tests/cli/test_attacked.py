"""Streams that take parts, pipes, names that a terminal might obey: what went wrong once."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.cli.shell import Shell
from tests.samples import photo

ON_LINUX = sys.platform.startswith("linux")


def program(*words: str, stdin: bytes = b"", unbuffered: bool = False) -> tuple[int, bytes, str]:
    """Run a command as a program, whose standard streams are pipes."""
    options = ["-u"] if unbuffered else []
    done = subprocess.run(
        [sys.executable, *options, "-m", "kmformat", *words], input=stdin, capture_output=True
    )
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photo.png, photo.kmf and photo.gpl."""
    place = tmp_path_factory.mktemp("attacked")
    Image.fromarray(photo(300, 400)).save(place / "photo.png")
    kmformat.save(photo(300, 400), place / "photo.kmf")
    kmformat.write_palette(kmformat.build_palette([photo()]), place / "photo.gpl")
    return place


@pytest.mark.skipif(not ON_LINUX, reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    "words",
    [
        "encode photo.png -o -", "decode photo.kmf -o -", "compare photo.png photo.kmf -o -",
        "palette photo.gpl", "info --json photo.kmf", "verify photo.kmf",
        "compare photo.png photo.kmf", "encode --help",
    ],
)  # fmt: skip
@pytest.mark.parametrize("unbuffered", [False, True])
def test_output_that_is_cut_short_is_an_error(folder: Path, words: str, unbuffered: bool) -> None:
    options = ["-u"] if unbuffered else []
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, *options, "-m", "kmformat", *words.split()],
            cwd=folder, stdout=full, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith(b"kmformat: standard output: No space left on device\n")


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="pipes that block not are of POSIX")
@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_pipe_that_takes_no_more_is_an_error(folder: Path, unbuffered: bool) -> None:
    options = ["-u"] if unbuffered else []
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    words = ["decode", "photo.kmf", "-o", "-"]  # more than the 64 KiB that a pipe holds
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (400, 400), np.uint8)).save(
        folder / "noise.png"
    )
    kmformat.save(Image.open(folder / "noise.png"), folder / "noise.kmf", colors=256)
    words[1] = "noise.kmf"
    done = subprocess.run(
        [sys.executable, *options, "-m", "kmformat", *words],
        cwd=folder, stdout=writing, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writing)
    os.close(reading)
    assert done.returncode == 1
    assert done.stderr.startswith(b"kmformat: standard output: ")


class Parts(io.RawIOBase):
    """A raw stream that takes at most so many bytes at a time, and then nothing."""

    def __init__(self, part: int, most: int, at_end: int | None) -> None:
        self.taken, self._part, self._most, self._at_end = b"", part, most, at_end

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int | None:
        part = bytes(data)[: min(self._part, self._most - len(self.taken))]  # type: ignore[call-overload]
        self.taken += part
        return len(part) or self._at_end


def test_a_raw_stream_gets_every_byte() -> None:
    stream = Parts(7, 1 << 20, 0)
    kmformat.save(photo(), stream)  # type: ignore[arg-type]
    assert stream.taken == kmformat.encode(photo())


@pytest.mark.parametrize(("at_end", "number"), [(None, errno.EAGAIN), (0, errno.EIO)])
def test_a_raw_stream_that_takes_no_more_is_an_error(at_end: int | None, number: int) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  (the number says which)
        kmformat.save(photo(), Parts(7, 100, at_end))  # type: ignore[arg-type]
    assert caught.value.errno == number


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("encode -", "photo.png"), ("encode -", "photo.kmf"), ("decode -", "photo.kmf"),
        ("compare - photo.kmf", "photo.png"), ("compare photo.png -", "photo.kmf"),
        ("palette -", "photo.png"), ("palette -", "photo.kmf"), ("palette -", "photo.gpl"),
        ("palette -c 4 -", "photo.png"), ("info -", "photo.kmf"), ("verify -", "photo.kmf"),
        ("encode --palette - photo.png -o -", "photo.gpl"),
        ("encode --palette - photo.png -o -", "photo.kmf"),
        ("encode --palette - photo.png -o -", "four.png"),
    ],
)  # fmt: skip
def test_every_command_takes_every_input_from_a_pipe(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, source: str
) -> None:
    monkeypatch.chdir(folder)
    four = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    Image.fromarray(four).save("four.png")
    status, out, err = program(*words.split(), stdin=Path(source).read_bytes())
    assert status == 0, err
    assert out


def test_names_are_shown_without_what_a_terminal_might_obey(run: Shell) -> None:
    name = "a\x1b[31m\u202e\n.kmf"
    kmformat.save(photo(), name)
    escaped = "a\\x1b[31m\\u202e\\n.kmf"
    assert run("verify", name).out == f"{escaped}: ok\n"
    assert run("info", name).out.splitlines()[0] == escaped
    assert '"a\\u001b[31m\\u202e\\n.kmf"' in run("info", "--json", name).out
    Path(name).write_bytes(b"damaged")
    for words in (
        ["info", name],
        ["verify", name],
        ["decode", name],
        ["decode", name, "-o", "x.q"],
    ):
        err = run(*words).err
        assert escaped in err or "x.q" in err
        assert err.count("\n") == 1
        assert err.rstrip("\n").isprintable()


def test_a_file_that_appears_while_encoding_is_not_replaced(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def appears(source: str, target: str) -> None:
        Path("photo.kmf").write_text("mine")
        link(source, target)

    monkeypatch.setattr(os, "link", appears)
    assert run.fails(1, "encode", "photo.png") == "kmformat: photo.kmf: File exists"
    assert Path("photo.kmf").read_text() == "mine"
    assert sorted(os.listdir()) == ["icon.png", "photo.kmf", "photo.png"]


@pytest.mark.parametrize("appears", [False, True])
def test_files_are_not_replaced_where_there_are_no_links_either(
    run: Shell, monkeypatch: pytest.MonkeyPatch, appears: bool
) -> None:
    def no_links(*_: str) -> None:
        if appears:
            Path("photo.kmf").write_text("mine")
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    assert run("encode", "photo.png").status == int(appears)
    if appears:
        assert Path("photo.kmf").read_text() == "mine"
    else:
        kmformat.verify("photo.kmf")
    assert sorted(os.listdir()) == ["icon.png", "photo.kmf", "photo.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_replacement_is_private_until_it_is_there_and_keeps_permissions_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen, sync = tmp_path / "a.kmf", list[int](), os.fsync

    def look(descriptor: int) -> None:
        seen.extend(each.stat().st_mode & 0o7777 for each in tmp_path.glob(".kmformat-*.tmp"))
        sync(descriptor)

    path.write_bytes(b"old")
    path.chmod(0o4640)
    monkeypatch.setattr(os, "chmod", lambda *_: seen.append(-1))
    monkeypatch.setattr(os, "fsync", look)
    kmformat.save(photo(), path)
    assert seen == [-1, 0o600]  # the permissions are set while no one else can read it
    monkeypatch.undo()
    path.chmod(0o4640)
    kmformat.save(photo(), path)
    assert path.stat().st_mode & 0o7777 == 0o640


def test_a_slow_stream_keeps_no_other_thread_from_encoding() -> None:
    stream = io.BytesIO()
    Image.fromarray(photo()[:2, :2]).save(stream, "PNG")
    waits, go = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            waits.set()
            go.wait(20)
            return super().read(size)

    limit = Image.MAX_IMAGE_PIXELS
    reader = threading.Thread(target=lambda: kmformat.read_palette(Slow(stream.getvalue())))
    reader.start()
    assert waits.wait(20)
    assert limit == Image.MAX_IMAGE_PIXELS
    encoder = threading.Thread(target=lambda: kmformat.encode(Image.fromarray(photo()), effort=1))
    encoder.start()
    encoder.join(20)
    assert not encoder.is_alive()
    go.set()
    reader.join(20)
    assert not reader.is_alive()


def test_eps_under_any_name_runs_no_program(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a program was run")

    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, fail)
    eps = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n{ } loop\n%%EOF\n"
    Path("looks-like.png").write_text(eps)
    message = "EPS is not read: Ghostscript would run what the file says"
    assert run.fails(1, "encode", "looks-like.png") == f"kmformat: looks-like.png: {message}"
    with pytest.raises(kmformat.PictureError, match="EPS is not read"):
        kmformat.read_palette("looks-like.png")


def test_no_page_after_the_second_is_looked_at(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Image.new("L", (3, 3), n) for n in range(5)]
    pages[0].save("pages.tif", save_all=True, append_images=pages[1:])

    def counted(_: object) -> int:
        raise AssertionError("all pages are counted")

    monkeypatch.setattr("PIL.TiffImagePlugin.TiffImageFile.n_frames", property(counted))
    assert "the first of several frames or pages" in run("encode", "pages.tif").err
