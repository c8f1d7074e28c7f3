"""Run a decoder on the test vectors of the spec.

    python -m tools.conformance [--vectors DIR] [--plain] -- COMMAND...

The command is run on each vector as ``COMMAND... [--max-pixels N] FILE``. It must

* for an image exit with status 0 and print a line ``WIDTH HEIGHT CHANNELS COLOURS``, and after
  its newline the bytes of the palette (COLOURS x CHANNELS), the indices (WIDTH x HEIGHT, a byte
  each) and the pixels (WIDTH x HEIGHT x CHANNELS), in row order;
* for an error of the spec's section 5 exit with status 1 and print a line, its code;
* for anything else exit with another status.

With --plain the command is a plain reader (section 1 of the spec): of the vectors that the manifest
does not mark as plain it must say `compact`.

What it prints on standard error is for people. A line is printed of each vector that fails, and
how many passed at the end; the exit status is 1 if any failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
AT_ONCE = 4
TIMEOUT = 60.0
"""Seconds for one vector."""
Entry = dict[str, Any]


def check_all(
    directory: Path, command: Sequence[str], timeout: float = TIMEOUT, *, plain: bool = False
) -> list[str]:
    """Return a line for each vector of a directory: what is wrong, or nothing.

    Parameters
    ----------
    command
        The decoder.
    timeout
        Seconds for one vector.
    plain
        Whether it is a plain reader.

    Raises
    ------
    ValueError, OSError
        There is no manifest that can be read.
    """
    entries: list[Entry] = json.loads((directory / "manifest.json").read_text("utf-8"))["vectors"]

    def check(entry: Entry) -> str:
        try:
            fault = check_one(entry, directory, command, timeout, plain=plain)
        except (KeyError, TypeError, ValueError, OSError) as error:
            fault = f"could not be tried: {error!r}"
        return fault and f"{entry.get('file', entry)}: {fault}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(check, entries))


def check_one(
    entry: Entry, directory: Path, command: Sequence[str], timeout: float, *, plain: bool = False
) -> str:
    """Return what is wrong with what a decoder makes of one vector, or nothing."""
    path = directory / entry["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        return "the file is not the one that the manifest describes"
    wanted = expected(entry, plain=plain)
    limit = ["--max-pixels", str(entry["max_pixels"])] if "max_pixels" in entry else []
    try:
        done = subprocess.run([*command, *limit, str(path)], capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"expected {_name(wanted)}: no answer in {timeout:g} s"
    came = outcome(done.returncode, done.stdout)
    if came == wanted:
        return ""
    if isinstance(came, dict) and isinstance(wanted, dict):
        wrong = [name for name in wanted if came[name] != wanted[name]]
        shown = [f"{name}: expected {wanted[name]}, came {came[name]}" for name in wrong]
        return _short("; ".join(shown))
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"expected {_name(wanted)}, came {_name(came)}" + f" ({_short(said)})" * bool(said)


def expected(entry: Entry, *, plain: bool = False) -> Entry | str:
    """Return the image, as `outcome` does, or the code that an entry asks of a decoder."""
    if plain and not entry.get("plain"):
        return "compact"
    if entry["verdict"] == "invalid":
        return str(entry["error"])
    names = ("width", "height", "palette", "indices_sha256", "pixels_sha256")
    return {name: entry[name] for name in names}


def outcome(status: int, printed: bytes) -> Entry | str:
    """Return what a decoder found: an image, the code of an error, or words for neither."""
    if status == 1:
        line, newline, rest = printed.partition(b"\n")
        code = line.rstrip(b"\r")
        plain = newline and not rest and code.replace(b"-", b"").isalpha()
        return code.decode("ascii", "replace") if plain else f"status 1 and {_short(repr(printed))}"
    if status:
        return f"status {status}" if status > 0 else f"a crash by signal {-status}"
    line, _, rest = printed.partition(b"\n")
    try:
        width, height, channels, colors = map(int, line[:60].split())
    except ValueError:
        return f"status 0 and no image, but {_short(repr(printed[:60]))}"
    ends = (colors * channels, width * height, width * height * channels)
    if min(width, height, colors) < 1 or channels not in (3, 4) or len(rest) != sum(ends):
        return f"an image of {_short(line.decode('ascii'))} in {len(rest)} bytes"
    palette, indices = rest[: ends[0]], rest[ends[0] : ends[0] + ends[1]]
    return {
        "width": width,
        "height": height,
        "palette": [list(palette[at : at + channels]) for at in range(0, ends[0], channels)],
        "indices_sha256": hashlib.sha256(indices).hexdigest(),
        "pixels_sha256": hashlib.sha256(rest[ends[0] + ends[1] :]).hexdigest(),
    }


def _name(found: Entry | str) -> str:
    return found if isinstance(found, str) else f"an image of {found['width']} x {found['height']}"


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else text[:most] + "..."


def main(arguments: list[str] | None = None) -> int:
    """Try a decoder; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance", usage="%(prog)s [--vectors DIR] [--plain] -- COMMAND..."
    )
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIR")
    parser.add_argument("--plain", action="store_true", help="the decoder is a plain reader")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    try:
        faults = check_all(options.vectors, options.command, plain=options.plain)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{options.vectors}: no manifest that can be read: {error!r}")
        return 1
    failed = [fault for fault in faults if fault]
    print(*failed, f"{len(faults) - len(failed)} passed, {len(failed)} failed", sep="\n")
    return int(bool(failed) or not faults)
