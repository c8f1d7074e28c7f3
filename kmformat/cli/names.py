"""Which files a command is to work on: names, patterns, folders, and lists of names."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from errno import ENOENT
from glob import glob, has_magic
from typing import NamedTuple

from kmformat.cli.console import STANDARD
from kmformat.cli.sources import source
from kmformat.errors import ParameterError
from kmformat.storage.remote import is_url

_NOT_READ = {"BUFR", "EMF", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
"""Formats that Pillow tells but does not read itself, or not on all systems."""


class Found(NamedTuple):
    """A file to work on.

    Attributes
    ----------
    name
        What opens it; or "-".
    place
        Where it belongs below a folder of outputs: its name alone if it was told itself, and its
        path below the folder, or the folders of its name in a list, if it was found there.
    error
        Why it can't be worked on, if that is known.
    original
        What it is to be compared with, if it is.
    """

    name: str
    place: str
    error: OSError | None = None
    original: str = ""


class _Told(NamedTuple):
    """A name that was told; what is in it, if it is a folder, belongs below `folder`."""

    name: str
    place: str
    folder: str = ""


def found_files(
    arguments: Namespace, suffixes: Callable[[], Collection[str]], made: str = ""
) -> list[Found]:
    """Return the files that a command line names, each once, in order.

    Parameters
    ----------
    arguments
        With ``inputs``, ``recursive`` and ``files_from``.
    suffixes
        Gives those of the files that are taken from folders, in lower case.
    made
        The end of names that the command itself gives, which are not taken from folders.

    Raises
    ------
    ParameterError, OSError
        There is no name, or the list can't be read.
    """
    told = [_Told(name, os.path.basename(name)) for name in expanded(arguments.inputs)]
    if arguments.files_from is not None:
        told += [_Told(name, _tree(name), _tree(name)) for name in read_names(arguments.files_from)]
    elif not told:
        program = f"kmformat {arguments.command}"
        raise ParameterError(f"names of files are required, or --files-from (see {program} --help)")
    check_standard([one.name for one in told])
    found = list[Found]()
    for one in told:
        if arguments.recursive and os.path.isdir(one.name):
            found += _inside(one, suffixes(), made)
        else:
            found.append(Found(one.name, one.place))
    return list({file.name: file for file in found}.values())


def found_pairs(arguments: Namespace) -> list[Found]:
    """Return the files that a command line names, each with its original.

    That is the first name; or with ``recursive`` and two folders, the picture in one that has the
    name of a KMF file in the other; or with ``files_from``, what stands before a tab on a line.

    Raises
    ------
    ParameterError, OSError
        Also where a line is no pair.
    """
    original, program = arguments.original, f"kmformat {arguments.command}"
    if arguments.files_from is not None:
        if original is not None:
            raise ParameterError("--files-from names the pairs: expected no ORIGINAL and FILE")
        pairs = [line.split("\t") for line in read_names(arguments.files_from)]
        for pair in pairs:
            if len(pair) != 2 or not all(pair):
                raise ParameterError(f"{pair[0]!r}: expected ORIGINAL, a tab, and FILE on a line")
        check_standard([name for pair in pairs for name in pair])
        return [Found(file, _tree(file), original=original) for original, file in pairs]
    if not arguments.files:
        raise ParameterError(f"ORIGINAL and FILE are required (see {program} --help)")
    names = expanded(arguments.files)
    check_standard([original, *names])
    if not (arguments.recursive and any(map(os.path.isdir, names))):
        return [Found(name, os.path.basename(name), original=original) for name in names]
    if len(names) > 1:
        raise ParameterError(f"--recursive: {len(names)} FILEs: expected one folder")
    return list(_pairs_inside(original, names[0]))


def _pairs_inside(originals: str, folder: str) -> Iterator[Found]:
    """Yield the KMF files in a folder, each with the picture of its name in another."""
    known: dict[str, Found] = {}
    for one in _inside(_Told(originals, ""), picture_suffixes(), ""):
        known.setdefault(os.path.splitext(one.place)[0], one)
    for file in _inside(_Told(folder, ""), kmf_suffixes(), ""):
        original = known.get(os.path.splitext(file.place)[0])
        if original is not None:
            yield file._replace(original=original.name)
        elif file.error is not None:
            yield file._replace(original=originals)
        else:
            error = FileNotFoundError(ENOENT, f"no picture of this name in {originals}", file.name)
            yield file._replace(original=originals, error=error)


def expanded(names: Iterable[str]) -> list[str]:
    """Return names with files in place of patterns, where the shell has left that to us."""
    return [name for given in names for name in _globbed(given)]


def check_standard(names: Sequence[str]) -> None:
    """Raise ParameterError if standard input is to be read twice."""
    if names.count(STANDARD) > 1:
        raise ParameterError("standard input can be read only once")


def read_names(name: str) -> list[str]:
    """Return the names in a list: one a line, or between NULs, as ``find -print0`` has them."""
    with source(name) as stream:
        data = stream.read()
    parts = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(part) for part in parts if part.strip()]


def picture_suffixes() -> Collection[str]:
    """Return the suffixes of the pictures that are read, but for KMF."""
    from PIL import Image

    known = Image.registered_extensions().items()
    return {suffix for suffix, kind in known if kind in Image.OPEN.keys() - _NOT_READ - {"KMF"}}


def kmf_suffixes() -> Collection[str]:
    """Return the suffix of KMF files."""
    return {".kmf"}


def _globbed(name: str) -> list[str]:
    """Return the files that a pattern stands for, unless it is a file's name."""
    if not has_magic(name) or os.path.lexists(name):
        return [name]
    return sorted(glob(name, recursive=True)) or [name]


def _tree(name: str) -> str:
    """Return a name as it can stand below a folder: without a root or ``..``, as tar has it.

    Of a URL, it is what stands behind the kind.
    """
    if is_url(name):
        name = name.partition("::")[0].partition("://")[2]
    parts = os.path.splitdrive(os.path.normpath(name))[1].split(os.sep)
    return os.path.join(*[part for part in parts if part not in ("", os.pardir)] or [""])


def _inside(told: _Told, suffixes: Collection[str], made: str) -> Iterator[Found]:
    """Yield the files in a folder, at any depth, in the order of their names.

    Neither hidden ones nor devices and pipes are among them. What can't be listed is told first.
    """
    errors, paths = list[OSError](), list[str]()
    for folder, folders, names in os.walk(told.name, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            suffix = os.path.splitext(name)[1].lower()
            path = os.path.join(folder, name)
            taken = suffix in suffixes and name[0] != "." and not (made and name.endswith(made))
            if taken and (os.path.isfile(path) or not os.path.exists(path)):  # or a broken link
                paths.append(path)
    if not paths and not errors:
        errors.append(FileNotFoundError(ENOENT, "nothing to work on in this folder", told.name))
    yield from (Found(str(error.filename), "", error) for error in errors)
    for path in paths:
        yield Found(path, os.path.join(told.folder, os.path.relpath(path, told.name)))
