"""Processes that a command works in: silent, ended at once with it, and as this one is set up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from kmformat.cli.sources import silent_stderr

if TYPE_CHECKING:
    from concurrent.futures import Executor

_STDERR = 2


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def processes(count: int, module: str) -> Iterator[Executor | None]:
    """Yield a pool of so many processes that have imported a module; None for one."""
    if count == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor

    # forks of a process without threads, where there are such: quick, and safe
    forked = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forked else "spawn")
    if forked:
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload([module])
        with silent_stderr():  # nor does a process speak that is given up before it is set up
            ensure_running()
    with ProcessPoolExecutor(count, context, _begin) as pool:
        yield pool


def _begin() -> None:
    """Set up a process as `run_command` does its own; nothing else works in it."""
    from PIL import Image

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends this one
    Thread(target=_end_with_parent, daemon=True).start()
    Image.MAX_IMAGE_PIXELS = None  # the limit is --max-pixels
    warnings.simplefilter("ignore")
    if sys.stderr is not None:
        sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)  # libtiff and the like speak there
    os.close(nowhere)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
