"""Many threads and processes at once give what one gives, and leave the process as it was."""

from __future__ import annotations

import gc
import io
import locale
import logging
import multiprocessing
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.reading import damaged_tiles
from tests.samples import icon, photo

WORKERS, JOBS = 8, 64


def png() -> io.BytesIO:
    stream = io.BytesIO()
    Image.fromarray(photo(40, 50)).quantize(40).save(stream, "PNG")
    stream.seek(0)
    return stream


def saved_by_pillow(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "KMF", **options)
    return stream.getvalue()


@cache
def file() -> bytes:
    return kmformat.encode(photo(90, 110), tile=(32, 32), effort=1, overviews="picture")


def loaded() -> bytes:
    with Image.open(io.BytesIO(file())) as image:
        return image.convert("RGB").tobytes()


WORK: list[Callable[[], bytes]] = [
    lambda: kmformat.encode(photo(40, 50), effort=1),
    lambda: kmformat.encode(icon(24), colors=8),
    lambda: kmformat.encode(Image.fromarray(icon(32)), dither="floyd-steinberg", effort=1),
    lambda: kmformat.encode(photo(30, 40), colors=5, dither="optimized", effort=1),
    lambda: kmformat.encode(photo(30, 40), init="random", colors=6),
    lambda: kmformat.decode(file()).tobytes(),
    lambda: kmformat.decode(file(), scale=0.3).tobytes(),
    lambda: kmformat.Reader(file()).read((20, 30, 70, 80)).tobytes(),
    loaded,
    lambda: saved_by_pillow(Image.fromarray(photo(30, 40)), colors=12, effort=1),
    lambda: kmformat.read_palette(png()).tobytes(),
    lambda: repr(kmformat.read_info(file())).encode(),
    lambda: repr([*damaged_tiles(file())]).encode(),
    lambda: np.asarray(kmformat.open(file())).tobytes(),
]


def digest(number: int) -> str:
    return sha256(WORK[number % len(WORK)]()).hexdigest()


def state_of_process() -> dict[str, object]:
    """What a library has no business to change."""
    umask = os.umask(0o22)
    os.umask(umask)
    return {
        "warnings": (list(warnings.filters), warnings.showwarning),
        "limit": Image.MAX_IMAGE_PIXELS,
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "locale": locale.setlocale(locale.LC_ALL),
        "folder": os.getcwd(),
        "umask": umask,
        "logging": logging.root.manager.disable,
        "numpy": np.geterr(),
        "numpy's chance": repr(np.random.get_state()),  # noqa: NPY002
        "chance": random.getstate(),
        "garbage": (gc.isenabled(), gc.get_threshold()),
        "recursion": sys.getrecursionlimit(),
        "environment": dict(os.environ),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "threads": set(threading.enumerate()),
        "children": multiprocessing.active_children(),
    }


@contextmanager
def switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_threads_at_once_give_what_one_gives_and_change_nothing() -> None:
    alone = [digest(number) for number in range(len(WORK))]
    before, numbers = state_of_process(), [*range(JOBS)]
    random.Random(1).shuffle(numbers)
    with switching_often(), ThreadPoolExecutor(WORKERS) as pool:
        together = dict(zip(numbers, pool.map(digest, numbers), strict=True))
    assert [together[number] for number in sorted(together)] == [
        alone[number % len(WORK)] for number in range(JOBS)
    ]
    assert state_of_process() == before


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of Python 3.12, for threads
def test_processes_give_what_one_gives_however_they_start(method: str) -> None:
    numbers = [0, 2, 3, 5, 8, 9]
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert list(pool.map(digest, numbers, timeout=120)) == [*map(digest, numbers)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, forks amid threads are not safe")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_amid_threads_that_encode_can_encode() -> None:
    stop, expected = threading.Event(), digest(0)

    def work() -> None:
        while not stop.is_set():
            digest(random.randrange(len(WORK)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            child = os.fork()
            if not child:
                signal.alarm(60)
                os._exit(0 if digest(0) == expected else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
