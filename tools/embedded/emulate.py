"""Run the test vectors of the spec through kmf.h on an emulated Cortex-M4.

    python -m tools.embedded.emulate

The program (`vectors.c`) is a small reader (section 1 of the spec), with compact tiles or without.
It has for each file exactly the bytes of work that the spec says are enough, or 8 KB more where the
file is read and does not lie in memory. All vectors run in one emulator. A vector's result must be
what the manifest says, or `small` or `work` if it is not marked as small.

For each build, what fails is printed, and how many passed and failed. The exit status is 1 if any
failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import kmformat
from tools.conformance.runner import VECTORS, Entry, expected, outcome
from tools.embedded.arm import SMALL, compile_for

WORK = 1 << 14
"""Bytes of work for a file of which the spec does not say how much is enough."""
FOR_READS = 1 << 13
"""Bytes more: room for a block of zstd, or for what stands in a compact tile uncompressed."""
MACHINE = ("-machine", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none")
BUILDS = {
    "memory": (),
    "reads": ("-DREADS",),
    "plain, memory": ("-DKMF_WITHOUT_COMPACT",),
}
TIMEOUT = 120.0
"""Seconds for all vectors."""


def line_of(entry: Entry, more: int) -> str:
    """Return what the program is told of a vector, which gets so many bytes more than it needs."""
    path, limit, need = VECTORS / entry["file"], entry.get("max_pixels", 1 << 28), None
    if entry["verdict"] == "valid":
        need = kmformat.read_info(path, max_pixels=limit).workspace
    return f"{path} {limit} {(WORK if need is None else need) + more}\n"


def results_of(elf: Path, folder: Path, lines: Iterable[str]) -> list[bytes]:
    """Return what the program says of each vector."""
    (folder / "files.txt").write_text("".join(lines))
    command = ["qemu-system-arm", *MACHINE, "-semihosting-config", "enable=on,target=native"]
    subprocess.run([*command, "-kernel", elf], cwd=folder, check=True, timeout=TIMEOUT)
    data, found = memoryview((folder / "results.bin").read_bytes()), []
    while data:
        end = 4 + int.from_bytes(data[:4], "little")
        found.append(bytes(data[4:end]))
        data = data[end:]
    return found


def fault_of(entry: Entry, result: bytes, *, plain: bool) -> str:
    """Return what is wrong with the result of a vector, or an empty string."""
    is_error = result.replace(b"-", b"").isalpha()
    came = outcome(1, result + b"\n") if is_error else outcome(0, result)
    wanted = expected(entry, plain=plain)
    if came == wanted or (came in ("small", "work") and not entry.get("small")):
        return ""
    said = came if isinstance(came, str) else f"an image of {came['width']} x {came['height']}"
    return f"{entry['file']}: came {said}"


def main() -> int:
    """Run all builds, and print what fails; return the exit status."""
    entries: list[Entry] = json.loads((VECTORS / "manifest.json").read_text("utf-8"))["vectors"]
    failed = 0
    for name, options in BUILDS.items():
        with tempfile.TemporaryDirectory() as folder:
            elf = Path(folder) / "vectors.elf"
            compile_for("cortex-m4", "vectors.c", elf, *SMALL, *options)
            more = FOR_READS if "-DREADS" in options else 0
            results = results_of(elf, Path(folder), [line_of(each, more) for each in entries])
        plain = "-DKMF_WITHOUT_COMPACT" in options
        pairs = zip(entries, results, strict=True)
        faults = [fault for each, came in pairs if (fault := fault_of(each, came, plain=plain))]
        refused = sum(result in (b"small", b"work", b"compact") for result in results)
        count = len(entries) - len(faults)
        print(*faults, f"{name}: {count} passed, {len(faults)} failed, {refused} refused", sep="\n")
        failed += len(faults)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
