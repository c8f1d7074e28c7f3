"""Run a decoder on the test vectors of the spec, and compare what it prints with the manifest.

    python -m tools.conformance [--vectors DIR] [--plain | --small] -- COMMAND...

The decoder is any command. It is run on each vector as ``COMMAND... [--max-pixels N] FILE``, with
the limit on width x height where the manifest states one, and must do this:

* If the file is an image, exit with status 0 and print a line ``WIDTH HEIGHT CHANNELS COLOURS``.
  After its newline come bytes: the palette (COLOURS x CHANNELS), the indices (WIDTH x HEIGHT) and
  the pixels (WIDTH x HEIGHT x CHANNELS), row by row from the top left.
* If the file has an error of section 5 of the spec, exit with status 1 and print its code, such as
  ``tile-checksum``, on a line of its own.
* In any other case, such as a file that can't be opened, exit with another status.

What the command prints on standard error is for people. With --plain the command is a plain reader
(section 1 of the spec), which must print the code ``compact`` for all vectors that the manifest
does not mark as plain. With --small it is a small reader, which may print `small` for those that
the manifest does not mark as small.

A line is printed for each vector that fails, then how many passed and failed. The exit status is 1
if any failed.
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
"""How many vectors are tried at a time."""
TIMEOUT = 60.0
"""Seconds that the decoder has for one vector."""
Entry = dict[str, Any]
"""A vector's entry in manifest.json, or those of its fields that describe an image."""


def check_all(
    directory: Path, command: Sequence[str], timeout: float = TIMEOUT, *, profile: str = ""
) -> list[str]:
    """Run a decoder on all vectors of a directory.

    Parameters
    ----------
    command
        The decoder and its arguments.
    timeout
        Seconds that it has for one vector.
    profile
        "plain" or "small" for a reader of that profile.

    Returns
    -------
    For each vector, what is wrong, or an empty string.

    Raises
    ------
    ValueError, OSError
        The manifest is missing or malformed.
    """
    entries: list[Entry] = json.loads((directory / "manifest.json").read_text("utf-8"))["vectors"]

    def check(entry: Entry) -> str:
        try:
            fault = check_one(entry, directory, command, timeout, profile=profile)
        except (KeyError, TypeError, ValueError, OSError) as error:
            fault = f"could not be tried: {error!r}"
        return fault and f"{entry.get('file', entry)}: {fault}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(check, entries))


def check_one(
    entry: Entry, directory: Path, command: Sequence[str], timeout: float, *, profile: str = ""
) -> str:
    """Run a decoder on one vector; return what is wrong, or an empty string."""
    path = directory / entry["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        return "the file is not the one that the manifest describes"
    wanted = expected(entry, plain=profile == "plain")
    limit = ["--max-pixels", str(entry["max_pixels"])] if "max_pixels" in entry else []
    try:
        done = subprocess.run([*command, *limit, str(path)], capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"expected {_name(wanted)}: no answer in {timeout:g} s"
    came = outcome(done.returncode, done.stdout)
    if came == wanted or (came == profile == "small" and not entry.get("small")):
        return ""
    if isinstance(came, dict) and isinstance(wanted, dict):
        wrong = [name for name in wanted if came[name] != wanted[name]]
        shown = [f"{name}: expected {wanted[name]}, came {came[name]}" for name in wrong]
        return _short("; ".join(shown))
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"expected {_name(wanted)}, came {_name(came)}" + f" ({_short(said)})" * bool(said)


def expected(entry: Entry, *, plain: bool = False) -> Entry | str:
    """Return the image, in the form of `outcome`, or the error's code that a decoder must find."""
    if plain and not entry.get("plain"):
        return "compact"
    if entry["verdict"] == "invalid":
        return str(entry["error"])
    names = ("width", "height", "palette", "indices_sha256", "pixels_sha256")
    return {name: entry[name] for name in names}


def outcome(status: int, printed: bytes) -> Entry | str:
    """Return what a decoder found: an image, an error's code, or in words what it did instead.

    Parameters
    ----------
    status
        Its exit status; negative for a signal.
    printed
        Its standard output.
    """
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
    """Run a decoder on all vectors, and print which failed; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance",
        usage="%(prog)s [--vectors DIR] [--plain | --small] -- COMMAND...",
    )
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIR")
    profiles = parser.add_mutually_exclusive_group()
    for name in ("plain", "small"):
        profiles.add_argument(
            f"--{name}", action="store_const", dest="profile", const=name, default="",
            help=f"the decoder is a {name} reader",
        )  # fmt: skip
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    try:
        faults = check_all(options.vectors, options.command, profile=options.profile)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{options.vectors}: no manifest that can be read: {error!r}")
        return 1
    failed = [fault for fault in faults if fault]
    print(*failed, f"{len(faults) - len(failed)} passed, {len(failed)} failed", sep="\n")
    return int(bool(failed) or not faults)
