"""A cluster of Dask does the work, byte for byte, and also where one of its workers is killed."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kmformat import encode, encode_to
from tests.samples import photo

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")

PIXELS = photo(256, 200)


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
    assert killed
    assert stream.getvalue() == encode(PIXELS, tile=(16, 16))
    assert in_memory.getvalue() == encode(PIXELS, tile=(64, 64))
