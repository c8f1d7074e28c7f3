"""A cluster of Dask does the work, byte for byte, and also where one of its workers is killed."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kmformat import encode, encode_files, encode_to
from tests.samples import photo

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")

PIXELS = photo(256, 200)


def pictures(folder: Path) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(3)]
    for seed, path in enumerate(paths):
        Image.fromarray(photo(30, 40, seed=seed)).save(path)
    return paths


def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path) -> None:
    source: Any = np.memmap(tmp_path / "raw", np.uint8, "w+", shape=PIXELS.shape)
    source[...] = PIXELS
    killed: list[int] = []

    def kill_one(stage: str, done: int, _: int) -> None:
        if stage == "tiles" and done and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        stream = io.BytesIO()
        encode_to(source, stream, tile=(16, 16), executor=client.get_executor(), progress=kill_one)
        in_memory = io.BytesIO()
        encode_to(PIXELS, in_memory, tile=(64, 64), executor=client.get_executor())
        jobs = [(str(path), f"{path}.kmf") for path in pictures(tmp_path)]
        results = list(encode_files(jobs, executor=client.get_executor()))
    assert [result.error for result in results] == [None, None, None]
    assert all(Path(target).read_bytes() == encode(Image.open(path)) for path, target in jobs)
    assert killed
    assert stream.getvalue() == encode(PIXELS, tile=(16, 16))
    assert in_memory.getvalue() == encode(PIXELS, tile=(64, 64))
