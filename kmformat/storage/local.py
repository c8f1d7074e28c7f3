"""Writing files of this machine: each appears complete or not at all, an old one goes last."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from errno import EEXIST
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmformat.storage.streams import PathLike


def write_file(path: PathLike, data: bytes, *, overwrite: bool = True) -> None:
    """Write a whole file, or leave things as they were.

    The bytes go to a new file in the same folder, which then takes the name. Through a symbolic
    link, the file that it points to is replaced. A device or pipe is written to directly.

    Raises
    ------
    OSError
        With the name `path`, whatever went wrong.
    """
    try:
        mode = _mode_of(path)
        if mode is not None and not stat.S_ISREG(mode):  # /dev/stdout has no real path to open
            with open(path, "wb") as device:
                device.write(data)
            return
        if mode is not None and not overwrite:
            raise FileExistsError(EEXIST, os.strerror(EEXIST))
        target = os.path.realpath(path)
        name = f".kmformat-{secrets.token_hex(8)}.tmp"  # not longer than names may be
        temporary = os.path.join(os.path.dirname(target), name)
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def _mode_of(path: PathLike) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None
