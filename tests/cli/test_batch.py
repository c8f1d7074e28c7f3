"""Many files through one command."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

import kmformat
from tests.cli.shell import ON_LINUX, Shell
from tests.samples import photo


@pytest.fixture
def many(run: Shell) -> Shell:
    """A runner of commands, in a folder with p0.png to p4.png, of which p2.png is no picture."""
    for number in range(5):
        Image.fromarray(photo(20, 30, number)).save(f"p{number}.png")
    Path("p2.png").write_text("no picture")
    return run


def test_processes_do_what_one_does_and_say_it_in_the_same_order(many: Shell) -> None:
    names = [f"p{number}.png" for number in range(5)]
    alone = many("encode", *names, "-j", "1", "-o", "one/")
    both = many("encode", *names, "-j", "2", "-o", "two/")
    assert alone.status == both.status == 1
    *lines, last = both.err.replace("two", "one").splitlines()
    assert lines == alone.err.splitlines()[:-1]
    assert lines[2] == "kmformat: p2.png: not a picture in a format that Pillow reads"
    assert last.startswith("4 done, 0 skipped, 1 failed: ")
    for number in (0, 1, 3, 4):
        assert Path(f"one/p{number}.kmf").read_bytes() == Path(f"two/p{number}.kmf").read_bytes()
    assert len(os.listdir("two")) == 4
    back = many("decode", "-r", "two", "-o", "back/", "-j", "2", "--scale", "1/2")
    assert back.err.startswith("4 done, 0 skipped, 0 failed: ")
    with Image.open("back/p3.png") as shown:
        assert shown.size == (15, 10)


def test_a_report_has_a_line_for_each_file_and_so_has_json(many: Shell) -> None:
    kmformat.save(photo(), "p1.kmf")
    words = ("encode", "p0.png", "p1.png", "p2.png", "--skip-existing", "--report", "r.jsonl")
    shown = many(*words, "--json").out
    assert Path("r.jsonl").read_text() == shown
    done, skipped, failed = map(json.loads, shown.splitlines())
    data = Path("p0.kmf").read_bytes()
    assert (done["input"], done["output"], done["status"]) == ("p0.png", "p0.kmf", "done")
    assert (done["bytes"], done["input_bytes"]) == (len(data), os.path.getsize("p0.png"))
    assert (done["width"], done["height"], done["colors"]) == (30, 20, 16)
    assert done["psnr"] > 20
    assert done["seconds"] > 0
    assert (skipped["status"], skipped["output"]) == ("skipped", "p1.kmf")
    assert (failed["status"], failed["input"]) == ("failed", "p2.png")
    assert failed["error"] == "not a picture in a format that Pillow reads"
    Image.new("RGB", (3, 3)).save("flat.png")
    assert json.loads(many("encode", "--json", "flat.png").out)["psnr"] is None


def test_verify_speaks_json_and_is_quiet_of_what_is_right(run: Shell) -> None:
    run("encode", "-q", "photo.png", "--tile", "40x60")
    data = bytearray(Path("photo.kmf").read_bytes())
    assert run("verify", "-q", "photo.kmf") == (0, "", "")
    data[-1] ^= 1
    Path("bad.kmf").write_bytes(data)
    result = run("verify", "--json", "photo.kmf", "bad.kmf", "photo.png")
    assert result.status == 1
    good, bad, none = map(json.loads, result.out.splitlines())
    assert (good["file"], good["status"], good["damage"]) == ("photo.kmf", "done", [])
    assert (bad["status"], [(d["code"], d["tile"]) for d in bad["damage"]]) == (
        "failed", [("tile-checksum", 1)],
    )  # fmt: skip
    assert [damage["code"] for damage in none["damage"]] == ["magic"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(many: Shell) -> None:
    kmformat.save(photo(), "p1.kmf")
    before = sorted(os.listdir())
    result = many("encode", "p?.png", "none.png", "--dry-run", "--skip-existing")
    assert result.status == 1
    assert result.out.splitlines() == [f"p{n}.png -> p{n}.kmf" for n in (0, 2, 3, 4)]
    error, last = result.err.splitlines()
    assert error == "kmformat: none.png: No such file or directory"
    assert last.startswith("4 to do, 1 skipped, 1 failed")
    assert many("encode", "p0.png", "--dry-run", "-o", "new/").status == 0
    assert sorted(os.listdir()) == before


def start(*words: str, **options: object) -> subprocess.Popen[bytes]:
    """Start a command, which takes SIGINT even where this process is in the background."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "kmformat", *words],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def slow_pictures(count: int) -> Sequence[str]:
    """Pictures that take a tenth of a second each, and more where the machine is busy."""
    names = [f"q{number}.png" for number in range(count)]
    for number, name in enumerate(names):
        Image.fromarray(photo(200, 200, number)).save(name)
    return names


def wait_for(pattern: str) -> None:
    for _ in range(6000):
        if list(Path().glob(pattern)):
            return
        time.sleep(0.01)
    raise AssertionError("no file was written")


@pytest.mark.skipif(not ON_LINUX, reason="signals of POSIX")
@pytest.mark.usefixtures("run")
def test_an_interrupt_ends_all_processes_at_once_and_leaves_whole_files_only() -> None:
    names = slow_pictures(40)
    program = start("encode", *names, "-j", "2", "-o", "out", start_new_session=True)
    wait_for("out/q*.kmf")
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to all processes
    _, err = program.communicate(timeout=60)
    assert program.returncode == 130
    *_, last, interrupted = err.decode().splitlines()
    assert " done, 0 skipped, 0 failed" in last
    assert interrupted == "kmformat: interrupted"
    assert b"Traceback" not in err
    done = sorted(Path("out").iterdir())
    assert 0 < len(done) < 40
    for path in done:
        assert path.suffix == ".kmf"
        kmformat.verify(path)


@pytest.mark.skipif(not ON_LINUX, reason="reads /proc")
@pytest.mark.usefixtures("run")
def test_a_killed_worker_costs_a_retry_only() -> None:
    names = slow_pictures(12)
    program = start("encode", *names, "-j", "2", "-o", "out", "--dither", "none")
    wait_for("out/q*.kmf")
    workers = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if grandparent(path) == program.pid
    ]
    os.kill(max(workers), signal.SIGKILL)
    _, err = program.communicate(timeout=120)
    assert program.returncode == 0, err
    assert b"12 done, 0 skipped, 0 failed" in err
    assert sorted(os.listdir("out")) == sorted(f"q{number}.kmf" for number in range(12))
    for name in os.listdir("out"):
        kmformat.verify(Path("out", name))


SPEAKERS = """
import os
from multiprocessing import forkserver, resource_tracker
from kmformat.cli.workers import processes
with processes(2, "kmformat.cli.encode"):
    helpers = forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid
    print(*(os.readlink(f"/proc/{process}/fd/2") for process in helpers))
"""


@pytest.mark.skipif(not ON_LINUX, reason="reads /proc")
def test_processes_that_are_given_up_before_they_begin_say_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", SPEAKERS], capture_output=True)
    assert (done.stdout, done.stderr) == (b"/dev/null /dev/null\n", b"")


def grandparent(stat: Path) -> int:
    """The parent's parent of a process: workers are forks of a server."""
    pid = stat.read_text().rpartition(")")[2].split()[1]
    parent = Path(f"/proc/{pid}/stat")
    return int(parent.read_text().rpartition(")")[2].split()[1]) if pid != "0" else 0


@pytest.mark.skipif(not ON_LINUX, reason="needs a pseudo-terminal")
@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("quiet", [False, True])
def test_on_a_terminal_a_bar_says_how_far_it_is(quiet: bool) -> None:
    import fcntl  # not everywhere
    import termios

    reading, writing = os.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    words = ["decode", "-q"] if quiet else ["decode"]
    for number in (0, 1, 3):
        kmformat.save(photo(8, 8, number), f"p{number}.kmf")
    subprocess.run(
        [sys.executable, "-m", "kmformat", *words, "-f", "p0.kmf", "p1.kmf", "p3.kmf"],
        stderr=writing, check=True, env=os.environ | {"TQDM_MININTERVAL": "0"},
    )  # fmt: skip
    os.set_blocking(reading, False)
    try:
        shown = os.read(reading, 1 << 16)
    except BlockingIOError:
        shown = b""
    os.close(writing)
    os.close(reading)
    assert (b"3/3" in shown) == (not quiet)
    assert (b"3 done, 0 skipped, 0 failed" in shown) == (not quiet)
