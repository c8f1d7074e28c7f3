"""The command line: files in, files out, and a line about it. Front door: `main`.

A command is a subparser in `parser`, and a module of its name whose `run` does it; that module is
imported once the command line has been understood. May import: everything.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

_MANY_OBJECTS = 100_000
"""Imports make many objects, and none is garbage: not to look for it saves a short run 5%."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # No product here is large enough for threads of OpenBLAS, which take 20 ms to start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_MANY_OBJECTS)
    try:
        from kmformat.cli.run import run_command
    except KeyboardInterrupt:  # as early as this, nothing says more
        return 130
    return run_command(argv)
