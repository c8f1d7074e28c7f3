"""`encode_files`: many pictures to files, on any executor."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from errno import EEXIST
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer
from kmformat.batches.encoding import encode_picture
from kmformat.batches.existing import is_whole
from kmformat.errors import KmfError, ParameterError
from kmformat.executors import Outcome, outcomes
from kmformat.options import takes_options
from kmformat.pictures.formats import load_picture
from kmformat.storage.input import opened_stream
from kmformat.storage.output import remove_unfinished, write_file
from kmformat.writing import EncodeOptions, check_suffix, with_colors

if TYPE_CHECKING:
    from kmformat.storage.input import PathLike

    Job: TypeAlias = tuple[PathLike, PathLike]


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodeFilesOptions(EncodeOptions):
    """The options of many files.

    Attributes
    ----------
    executor
        Any `concurrent.futures.Executor`, such as a ProcessPoolExecutor, or `Client.get_executor()`
        of Dask; unless told, pictures are encoded one after another. Its workers see the same files
        by the same names. In place of a ProcessPoolExecutor one of whose processes died, there is
        another like it, for this call.
    skip_existing
        Leave outputs alone that are there and whole: KMF files whose head has its checksum, and
        whose length is what it says. Other options are not compared.
    attempts
        How often to try a file whose worker dies, 1 or more.
    max_pixels
        The most pixels that a picture may have.
    """

    executor: Executor | None = None
    skip_existing: bool = False
    attempts: int = 3
    max_pixels: int = DEFAULT_MAX_PIXELS

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("attempts", self.attempts, 1)
        integer("max_pixels", self.max_pixels, 1)


@dataclass(frozen=True)
class FileResult:
    """What became of one file of `encode_files`.

    Attributes
    ----------
    input, output
        Paths, as they were given.
    input_bytes, bytes
        Sizes of the picture's file, and of the KMF file; None where that was not written.
    psnr
        In dB; infinite if every pixel has its colour; None if nothing was written.
    seconds
        How long the worker took.
    skipped
        Whether the output was there already, whole.
    error
        Why there is none: a `KmfError`, an OSError (ChildProcessError if its workers died), or
        MemoryError. None if all went well.
    """

    input: str
    output: str
    input_bytes: int | None = None
    bytes: int | None = None
    psnr: float | None = None
    seconds: float = 0.0
    skipped: bool = False
    error: Exception | None = None


class _Task(NamedTuple):
    """A job, and a mark of what is written for it."""

    input: str
    output: str
    mark: str


@takes_options(EncodeFilesOptions, with_colors)
def encode_files(jobs: Iterable[Job], options: EncodeFilesOptions) -> Iterator[FileResult]:
    """Encode pictures in files to KMF files; yield what became of each, in order.

    A file that fails is a result with an error, and the others go on. Files appear whole or not at
    all, and replace others of their names. Jobs are taken as workers get free.

    Parameters
    ----------
    jobs
        Pairs of paths: a picture in any format that Pillow reads, and the KMF file to write, in a
        folder that is there. A second picture for the same file is an error.

    Returns
    -------
    An iterator of `FileResult`. To close it before its end gives up what has not begun.

    Raises
    ------
    ParameterError
        Also for a job that is no pair of paths, where it is met.
    PictureError, FormatError, OSError
        A file of `palette` or `keep` can't be read.
    """
    return _results(jobs, options)


def _results(jobs: Iterable[Job], options: EncodeFilesOptions) -> Iterator[FileResult]:
    executor, threads = options.executor, options.threads
    if executor is not None and threads is None:
        threads = 1  # each file is one worker's: more would be in each other's way
    encode = _Encode(replace(options, executor=None, threads=threads))
    tasks = _tasks(jobs, skip_existing=options.skip_existing)
    with closing(outcomes(encode, tasks, executor, options.attempts)) as run:
        for outcome in run:
            task, error = outcome.item, outcome.error
            if error is None:
                yield outcome.result()
            elif isinstance(error, KmfError | OSError | MemoryError):
                remove_unfinished(task.output, task.mark)
                yield FileResult(task.input, task.output, error=error)
            else:
                raise error


def _tasks(
    jobs: Iterable[Job], *, skip_existing: bool
) -> Iterator[_Task | Outcome[_Task, FileResult]]:
    """Yield what is to be done, and what becomes of the rest."""
    batch, written = token_hex(8), set[str]()
    for number, job in enumerate(jobs):
        source, target = _paths_of(job)
        task = _Task(source, target, f"{batch}{number:x}")
        place = os.path.realpath(target)
        if place in written:
            message = "is another picture's output already"
            yield Outcome(task, error=FileExistsError(EEXIST, message, target))
        elif skip_existing and is_whole(target):
            yield Outcome(task, FileResult(source, target, skipped=True))
        else:
            yield task
        written.add(place)


def _paths_of(job: Job) -> tuple[str, str]:
    try:
        source, target = (os.fspath(path) for path in job)
    except (TypeError, ValueError):
        raise ParameterError(f"job {job!r}: expected a pair of paths") from None
    if not source or not target:
        raise ParameterError(f"job {job!r}: expected a pair of paths, neither of them empty")
    check_suffix(target)
    return source, target


@dataclass(frozen=True)
class _Encode:
    """Encodes a file: what runs in a worker."""

    options: EncodeFilesOptions

    def __call__(self, task: _Task) -> FileResult:
        start = time.perf_counter()
        with opened_stream(task.input) as stream:
            picture = load_picture(stream, self.options.max_pixels).image
            size = stream.seek(0, os.SEEK_END)
        data, became = encode_picture(picture, self.options)
        write_file(task.output, data, mark=task.mark)
        seconds = time.perf_counter() - start
        return FileResult(task.input, task.output, size, len(data), became.psnr, seconds)
