"""Pillow's warnings, kept from people who can do nothing about them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_LOCK = RLock()
"""What `warnings` keeps, and Pillow's limit, belong to all threads."""


@contextmanager
def quiet(**limit: int | None) -> Iterator[None]:
    """Let Pillow warn of nothing; one thread at a time.

    Parameters
    ----------
    limit
        ``max_pixels``: Pillow's limit meanwhile, above which its warning of large pictures, the
        only one that is left, is an error; None for no limit. Unless told, the limit stays.
    """
    from PIL import Image

    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS
        if "max_pixels" in limit:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            Image.MAX_IMAGE_PIXELS = limit["max_pixels"]
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before
