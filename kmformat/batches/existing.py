"""Which files are there already, and whole: told by their heads, without a look at any tile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kmformat.arguments import DEFAULT_MAX_PIXELS
from kmformat.codec.format.container import MAGIC
from kmformat.errors import FormatError
from kmformat.storage.input import opened_file, opened_stream

if TYPE_CHECKING:
    from kmformat.storage.input import PathLike


def is_whole(path: PathLike) -> bool:
    """Tell whether a KMF file is there whose head has its checksum, and which ends as that says."""
    try:
        with opened_file(path, DEFAULT_MAX_PIXELS, any_size=True):
            return True
    except (FormatError, OSError):
        return False


def is_remnant(path: PathLike) -> bool:
    """Tell whether a file may be what is left of a KMF file: it begins as one, or is empty."""
    with opened_stream(path) as file:
        return MAGIC.startswith(file.read(len(MAGIC)))


def is_older(path: PathLike, than: PathLike) -> bool:
    """Tell whether a file was written before another; not where one of them is missing."""
    try:
        return os.stat(path).st_mtime_ns < os.stat(than).st_mtime_ns
    except OSError:
        return False
