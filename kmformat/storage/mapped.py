"""An array in a file, as other processes can have it: by its path."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class MappedFile:
    """A memmap of bytes by the path of its file: pickled itself, it takes all of them along."""

    path: str
    shape: tuple[int, ...]
    offset: int
    by_rows: bool

    dtype = np.dtype(np.uint8)

    def __getitem__(self, key: tuple[slice, slice]) -> Any:
        shape = self.shape if self.by_rows else self.shape[::-1]
        pixels = np.memmap(self.path, np.uint8, "r", self.offset, shape)
        return (pixels if self.by_rows else pixels.T)[key]


def mapped_file(array: object) -> MappedFile | None:
    """Return a memmap by its path; None for any other array, as a view of some of it is."""
    if type(array) is not np.memmap or not isinstance(array.base, mmap.mmap) or not array.filename:
        return None
    by_rows = array.flags.c_contiguous
    return MappedFile(str(array.filename), array.shape, int(array.offset), by_rows)
