"""The command line, as a person or a script meets it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.cli import main
from tests.samples import icon, photo

ON_LINUX = sys.platform.startswith("linux")


class Run(NamedTuple):
    status: int
    out: str
    err: str


class Shell:
    """Runs commands in this process, in a folder of their own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Run:
        try:
            status = main(words)
        except SystemExit as stop:  # argparse
            status = int(stop.code or 0)
        captured = self._capsys.readouterr()
        return Run(status, captured.out, captured.err)

    def fails(self, status: int, *words: str) -> str:
        """Run, expecting one line on standard error and nothing else; return that line."""
        run = self(*words)
        assert (run.status, run.out) == (status, ""), run
        line, rest = run.err.split("\n", 1)
        assert rest == "", run.err
        assert line.startswith("kmformat: ")
        return line


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    Image.fromarray(photo()).save("photo.png")
    Image.fromarray(icon()).save("icon.png")
    return Shell(capsys)


def process(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "kmformat", *words], check=False,
        **{"capture_output": True, "timeout": 60} | options,
    )  # fmt: skip


# The main job


@pytest.mark.parametrize("name", ["photo", "icon"])
def test_encode_and_decode_give_palette_of_index(run: Shell, name: str) -> None:
    assert run("encode", f"{name}.png").status == 0
    Path(f"{name}.png").rename("original.png")
    assert run("decode", f"{name}.kmf") == Run(0, "", "")
    with Image.open("original.png") as original, Image.open(f"{name}.png") as shown:
        expected = kmformat.quantize(original).to_pixels()
        assert shown.mode == "P"
        mode = "RGB" if expected.shape[2] == 3 else "RGBA"
        assert np.array_equal(np.asarray(shown.convert(mode)), expected)


def test_encode_says_what_it_did_in_a_line(run: Shell) -> None:
    result = run("encode", "photo.png")
    size, new = os.path.getsize("photo.png"), os.path.getsize("photo.kmf")
    assert result.out == ""
    assert result.err.startswith(f"photo.kmf: 80x60, 16 colours, {size:,} -> {new:,} bytes (")
    assert f"{new * 8 / 4800:.2f} bits a pixel, PSNR " in result.err
    assert result.err.count("\n") == 1
    Image.new("RGB", (3, 3)).save("flat.png")
    assert "1 colour," in run("encode", "flat.png").err
    assert run("encode", "-f", "flat.png").err.endswith("exact\n")


def test_quiet_says_nothing_and_verbose_more(run: Shell) -> None:
    assert run("encode", "-q", "photo.png") == Run(0, "", "")
    assert run("encode", "-v", "-f", "photo.png").err.count("\n") == 5


def test_options_reach_the_encoder(run: Shell) -> None:
    words = "-c 3 --bits 2 --seed 4 --level 3 --tile 40x30 --threads 2 --init random --iterations 5"
    assert run("encode", "photo.png", "-o", "out.kmf", *words.split()).status == 0
    expected = kmformat.encode(
        photo(), colors=3, bits=2, seed=4, level=3, tile=(40, 30), init="random", iterations=5
    )
    assert Path("out.kmf").read_bytes() == expected
    run("encode", "photo.png", "-f", "-o", "out.kmf", "--no-zstd")
    assert kmformat.read_info("out.kmf").methods == {"stored": 1}


def test_a_box_is_decoded_and_the_suffix_picks_the_format(run: Shell) -> None:
    run("encode", "photo.png")
    assert run("decode", "photo.kmf", "--box", "5,6,25,16", "-o", "part.bmp").status == 0
    with Image.open("part.bmp") as part:
        assert part.format == "BMP"
        assert np.array_equal(np.asarray(part), kmformat.read("photo.kmf")[6:16, 5:25])


def test_standard_input_and_output_carry_data_only() -> None:
    buffer = io.BytesIO()
    Image.fromarray(photo()).save(buffer, "PPM")
    encoded = process("encode", "-", input=buffer.getvalue())
    assert encoded.stdout == kmformat.encode(photo())
    assert encoded.stderr.startswith(b"standard output: 80x60")
    decoded = process("decode", "-", "-o", "-", input=encoded.stdout)
    assert decoded.stderr == b""
    with Image.open(io.BytesIO(decoded.stdout)) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image.convert("RGB")), kmformat.decode(encoded.stdout))
    assert b"80 x 60" in process("info", "-", input=encoded.stdout).stdout
    assert process("verify", "-", input=encoded.stdout).stdout == b"standard input: ok\n"


def test_info_shows_everything_to_people(run: Shell) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    Image.fromarray(pixels).save("noise.png")
    run("encode", "noise.png")
    text = run("info", "noise.kmf").out
    palette = kmformat.read_info("noise.kmf").palette
    for shown in (
        "128 x 128 pixels, RGB", "16 colours, 4 bits an index", f"#{bytes(palette[0]).hex()}",
        "49,152 as RGB, 16,432 as", f"{os.path.getsize('noise.kmf'):,}", "version 1.0",
    ):  # fmt: skip
        assert shown in text


def test_info_speaks_json_to_programs(run: Shell) -> None:
    run("encode", "photo.png", "--tile", "40x60")
    run("encode", "icon.png")
    photo_info, icon_info = map(
        json.loads, run("info", "--json", "photo.kmf", "icon.kmf").out.splitlines()
    )
    assert photo_info["file"] == "photo.kmf"
    assert (photo_info["width"], photo_info["height"], photo_info["tiles"]) == (80, 60, 2)
    assert photo_info["file_size"] == sum(photo_info["sizes"].values())
    assert icon_info["alpha"] is True
    assert len(icon_info["palette"]) == icon_info["colors"]


def test_verify_names_what_failed_and_goes_on(run: Shell) -> None:
    run("encode", "photo.png", "--tile", "40x60")
    data = bytearray(Path("photo.kmf").read_bytes())
    Path("good.kmf").write_bytes(data)
    data[-1] ^= 1
    data[len(data) // 3] ^= 1
    Path("photo.kmf").write_bytes(data)
    result = run("verify", "photo.kmf", "missing.kmf", "good.kmf")
    assert (result.status, result.out) == (1, "good.kmf: ok\n")
    tile_0, tile_1, missing = result.err.splitlines()
    assert tile_0.startswith("kmformat: photo.kmf: tile-checksum: tile 0: ")
    assert tile_1.startswith("kmformat: photo.kmf: tile-checksum: tile 1: ")
    assert missing == "kmformat: missing.kmf: No such file or directory"


# What goes wrong


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


@pytest.mark.parametrize("command", ["encode", "decode", "info", "verify"])
def test_missing_files_and_directories_are_named(run: Shell, command: str) -> None:
    Path("folder").mkdir()
    assert run.fails(1, command, "none") == "kmformat: none: No such file or directory"
    assert run.fails(1, command, "folder") == "kmformat: folder: Is a directory"


@pytest.mark.parametrize("name", [".", "/", "folder"])
def test_folders_are_not_pictures(run: Shell, name: str) -> None:
    Path("folder").mkdir()
    assert run.fails(1, "encode", name) == f"kmformat: {name}: Is a directory"


def test_targets_that_cannot_be_written_are_named_before_the_work(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder").mkdir()
    monkeypatch.setattr("kmformat.cli.encode.to_indexed", None)
    target = os.path.join("none", "a.kmf")
    assert run.fails(1, "encode", "photo.png", "-o", target) == (
        f"kmformat: {target}: No such file or directory"
    )
    assert "folder: Is a directory" in run.fails(1, "encode", "photo.png", "-o", "folder")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("photo.ico", "ICO: it would become 48 x 36 pixels"),
        ("photo.icns", "ICNS: it would become 1024 x 1024 pixels"),
        ("photo.avif", "AVIF: its colours would change"),
        ("icon.bmp", "BMP: it would lose its transparency"),
        ("icon.ppm", "PPM: it would lose its transparency"),
        ("icon.gif", "GIF: it would lose its transparency"),
        ("icon.jpg", "JPEG"),
    ],
)
def test_formats_that_would_change_the_picture_are_refused(
    run: Shell, target: str, message: str
) -> None:
    if Path(target).suffix not in Image.registered_extensions():
        pytest.skip("this Pillow does not know the format")
    name = Path(target).stem
    run("encode", f"{name}.png")
    assert f"can't be written as {message}" in run.fails(1, "decode", f"{name}.kmf", "-o", target)
    assert not Path(target).exists()


@pytest.mark.parametrize(
    "target",
    ["photo.webp", "icon.webp", "photo.gif", "photo.bmp", "icon.tiff", "icon.tga", "photo.jpg"],
)
def test_other_formats_hold_what_was_decoded(run: Shell, target: str) -> None:
    name = Path(target).stem
    run("encode", f"{name}.png")
    assert run("decode", f"{name}.kmf", "-o", target) == Run(0, "", "")
    with Image.open(target) as image:
        expected = kmformat.read(f"{name}.kmf")
        shown = np.asarray(image.convert("RGB" if expected.shape[2] == 3 else "RGBA"))
        if target != "photo.jpg":
            assert np.array_equal(shown, expected)


def test_pictures_with_alpha_can_be_exact_too(run: Shell) -> None:
    colors = np.random.default_rng(0).integers(1, 256, (16, 4), np.uint8)
    Image.fromarray(colors[None]).save("colors.png")
    assert run("encode", "colors.png").err.endswith("exact\n")


def test_spaces_in_a_box_are_accepted(run: Shell) -> None:
    run("encode", "photo.png")
    assert run("decode", "photo.kmf", "--box", "0, 0, 5, 5", "-o", "part.png").status == 0


def test_a_message_is_one_line_whatever_the_name(run: Shell) -> None:
    assert run.fails(1, "info", "a\nb") == "kmformat: a b: No such file or directory"


def test_names_that_cannot_be_shown_are_escaped(run: Shell) -> None:
    run("encode", "photo.png")
    name = os.fsencode("\xfc") + b"\xff.kmf"
    try:
        os.rename(b"photo.kmf", name)
    except OSError:
        pytest.skip("this file system takes no such name")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    for environment in (None, ascii_only):
        result = process("verify", os.fsdecode(name), env=environment)
        assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"\\xfc\\udcff.kmf: ok\n"


# Standard streams


def shell(command: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the shell, in which $K is this program."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        ["bash", "-c", command.replace("$K", f"{sys.executable} -m kmformat")], check=False,
        **{"capture_output": True, "timeout": 60, "stdin": subprocess.DEVNULL} | options,
    )  # fmt: skip


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("$K encode - <&-", b"standard input is closed"),
        ("$K info - <&-", b"standard input is closed"),
        ("$K encode photo.png -o - >&-", b"standard output is closed"),
        ("$K info photo.kmf >&-", b"standard output is closed"),
        ("$K --version >&-", b"standard output is closed"),
        ("$K --version >/dev/full", b"standard output: No space left on device"),
        ("$K --help >/dev/full", b"standard output: No space left on device"),
    ],
)
def test_a_standard_stream_that_is_closed_gives_one_line(
    run: Shell, command: str, message: bytes
) -> None:
    run("encode", "photo.png")
    result = shell(command)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"kmformat: " + message + b"\n"


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_messages_never_go_to_standard_output(run: Shell, closed: str) -> None:
    run("encode", "-q", "photo.png")
    result = shell(f"$K encode -v photo.png -o - {closed}")
    assert result.stdout == Path("photo.kmf").read_bytes()
    failed = shell(f"$K info missing.kmf {closed}")
    assert (failed.returncode, failed.stdout) == (1, b"")


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize(
    "command",
    [
        "$K encode -q <(cat photo.png) -o out.kmf",
        "cat photo.png | $K encode -q /dev/stdin -o out.kmf",
        "$K encode -q photo.png -o /dev/stdout | cat > out.kmf",
        "$K encode -q photo.png -o >(cat > out.kmf); sleep 1",
    ],
)
def test_pipes_have_names_too(run: Shell, command: str) -> None:
    run("encode", "-q", "photo.png")
    result = shell(command)
    assert (result.returncode, result.stderr) == (0, b"")
    assert Path("out.kmf").read_bytes() == Path("photo.kmf").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_temporary_file(
    run: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    number = getattr(signal, name)
    monkeypatch.setattr(os, "replace", lambda *_: signal.raise_signal(number))
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert run("encode", "photo.png") == Run(128 + number, "", "")
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert sorted(os.listdir()) == ["icon.png", "photo.png"]


def test_a_lack_of_threads_gives_one_line(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    run("encode", "photo.png", "--tile", "20x20", "--fast-decode")
    Path("photo.png").unlink()
    monkeypatch.setattr(threading.Thread, "start", start)
    line = run.fails(1, "decode", "photo.kmf", "--threads", "2")
    assert line == "kmformat: can't start new thread"


def test_damaged_pictures_give_one_line(run: Shell) -> None:
    data = Path("photo.png").read_bytes()
    for name, damaged in {
        "cut": data[: len(data) // 2],
        "empty": b"",
        "broken": data[:40] + bytes(20) + data[60:],
    }.items():
        Path(f"{name}.png").write_bytes(damaged)
        assert f"{name}.png: not a" in run.fails(1, "encode", f"{name}.png")
        assert not Path(f"{name}.kmf").exists()


def test_limits_are_named(run: Shell) -> None:
    assert "max_pixels = 4799" in run.fails(1, "encode", "photo.png", "--max-pixels", "4799")
    assert run("encode", "photo.png", "--max-pixels", "4800").status == 0
    assert "limit: image of 80 x 60" in run.fails(1, "info", "photo.kmf", "--max-pixels", "100")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "required"),
        ("paint photo.png", "invalid choice"),
        ("encode", "required"),
        ("encode photo.png -c 0", "expected an integer, 1 to 256"),
        ("encode photo.png -c 257", "expected an integer, 1 to 256"),
        ("encode photo.png -c many", "expected an integer"),
        ("encode photo.png --bits 3", "invalid choice"),
        ("encode photo.png --level 23", "1 to 22"),
        ("encode photo.png --level 3 --no-zstd", "not allowed with"),
        ("encode photo.png --tile 16", "expected WIDTHxHEIGHT"),
        ("encode photo.png --tile 0x16", "expected WIDTHxHEIGHT"),
        ("encode photo.png -q -v", "not allowed with"),
        ("encode photo.png -c 5 --bits 2", "--colors 5 does not fit --bits 2: at most 4"),
        ("encode photo.png --iterations 5", "--iterations goes with --init random"),
        ("decode photo.kmf --box 1,2,3", "expected LEFT,UPPER,RIGHT,LOWER"),
        ("decode photo.kmf --box 0,0,81,60", "inside the image of 80 x 60"),
        ("decode photo.kmf -o out.kmx", "suffix '.kmx'"),
        ("decode photo.kmf -o photo.kmf --force", "photo.kmf is the input itself"),
        ("info", "required: FILE (see kmformat info --help)"),
        ("info - photo.kmf -", "standard input can be read only once"),
        ("verify - -", "standard input can be read only once"),
    ],
)
def test_what_is_not_understood_exits_with_2(run: Shell, words: str, message: str) -> None:
    if words.startswith("decode"):
        Path("photo.png").unlink()
        kmformat.save(photo(), "photo.kmf")
    assert message in run.fails(2, *words.split())


@pytest.mark.parametrize(
    "words", [["encode", ""], ["decode", ""], ["info", ""], ["encode", "photo.png", "-o", ""]]
)
def test_an_empty_name_is_not_understood(run: Shell, words: list[str]) -> None:
    assert "the name is empty" in run.fails(2, *words)


def test_memory_and_interrupts_give_one_line(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status, message in (
        (MemoryError, 1, "kmformat: photo.png: not enough memory"),
        (KeyboardInterrupt, 130, "kmformat: interrupted"),
    ):

        def fail(*_: object, error: type[BaseException] = error, **__: object) -> None:
            raise error

        monkeypatch.setattr("kmformat.cli.encode.to_indexed", fail)
        assert run.fails(status, "encode", "photo.png") == message


@pytest.mark.skipif(not ON_LINUX, reason="/dev/full is Linux's")
@pytest.mark.parametrize("words", ["encode photo.png -o -", "info photo.kmf", "verify photo.kmf"])
def test_a_full_disk_gives_one_line(run: Shell, words: str) -> None:
    assert run("encode", "photo.png").status == 0
    with open("/dev/full", "wb") as full:
        result = process(*words.split(), stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert result.returncode == 1
    assert result.stderr == b"kmformat: standard output: No space left on device\n"
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "words", ["encode photo.png -o -", "info photo.kmf", "decode photo.kmf -o -"]
)
def test_a_closed_pipe_gives_one_line(run: Shell, words: str) -> None:
    assert run("encode", "photo.png").status == 0
    reader, writer = os.pipe()
    os.close(reader)
    result = process(*words.split(), stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    os.close(writer)
    assert result.returncode == 1
    assert result.stderr.endswith(b"Broken pipe\n")
    assert result.stderr.count(b"\n") == 1


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from kmformat.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "slow = {'numpy', 'construct', 'zstandard', 'concurrent'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    assert b"encode" in result.stdout


def test_version_is_printed(run: Shell) -> None:
    assert run("--version") == Run(0, f"kmformat {kmformat.__version__}\n", "")
