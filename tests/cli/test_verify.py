"""``kmformat verify``."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell


def test_verify_names_what_failed_and_goes_on(run: Shell) -> None:
    run("encode", "photo.png", "--tile", "40x60")
    data = bytearray(Path("photo.kmf").read_bytes())
    Path("good.kmf").write_bytes(data)
    data[-1] ^= 1
    data[len(data) // 3] ^= 1
    Path("photo.kmf").write_bytes(data)
    result = run("verify", "photo.kmf", "missing.kmf", "good.kmf")
    assert (result.status, result.out) == (1, "good.kmf: ok\n")
    tile_0, tile_1, missing, last = result.err.splitlines()
    assert last.startswith("1 done, 0 skipped, 2 failed: ")
    assert tile_0.startswith("kmformat: photo.kmf: tile-checksum: tile 0: ")
    assert tile_1.startswith("kmformat: photo.kmf: tile-checksum: tile 1: ")
    assert missing == "kmformat: missing.kmf: No such file or directory"
