"""What is told of many files: lines, JSON, a report, a bar meanwhile, and a line at the end."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Iterable
from typing import IO

from kmformat.cli.console import complain, complaint, named, say, show, shown
from kmformat.cli.progress import Progress
from kmformat.cli.tasks import Planned, Task, Told
from kmformat.errors import ParameterError

_REPORT = ".jsonl"


class Telling:
    """Tells what becomes of files, as the options say.

    Attributes
    ----------
    status
        0, or 1 once a file has failed.
    """

    def __init__(self, count: int, arguments: Namespace) -> None:
        self.status = 0
        self._count, self._quiet = count, arguments.quiet
        self._verbose = getattr(arguments, "verbose", False)
        self._json = getattr(arguments, "json", False)
        self._done = "to do" if arguments.dry_run else "done"
        self._tally = dict.fromkeys((self._done, "skipped", "failed"), 0)
        self._before = self._after = 0
        self._start = time.perf_counter()
        self._report = None if arguments.report is None else _opened(arguments.report)
        self._progress = Progress(count, wanted=not (self._quiet or arguments.dry_run))

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._progress.close()
        if self._report is not None:
            self._report.close()
        if self._count > 1 and not self._quiet and kind in (None, KeyboardInterrupt):
            say(self._summary())

    def say(self, message: str) -> None:
        """Print a line to standard error."""
        with self._progress.paused():
            say(message)

    def tell(self, task: Task, told: Told) -> None:
        """Tell what has become of a task.

        Raises
        ------
        ParameterError
            It has failed by that, and was the only one.
        """
        done, status = told.done, self._counted(told)
        facts = {**_names(task), "status": status, "seconds": round(told.seconds, 4), **done.facts}
        if done.error is not None:
            facts["error"] = complaint(done.error)
        self._before, self._after = self._before + done.before, self._after + done.after
        if self._report is not None:
            self._report.write(f"{json.dumps(facts)}\n")
            self._report.flush()
        with self._progress.paused():
            for line in told.said:
                say(line)
            if done.error is not None:
                # what is wrong with one of two files says which
                named_already = task.original and not isinstance(done.error, ParameterError)
                complain(done.error, None if named_already else shown(task.name))
            elif done.skipped and self._verbose:
                say(f"{shown(task.target)}: is there already")
            if self._json:
                show(json.dumps(facts))
            elif done.text is not None:
                show(done.text)
        self._progress.step()

    def tell_plans(self, tasks: Iterable[Planned]) -> None:
        """Tell what would be done, and do nothing."""
        for task in tasks:
            if not isinstance(task, Task):
                self.tell(task.item, task.result())
                continue
            self._tally[self._done] += 1
            names = [shown(name) for name in (task.original, task.name) if name]
            goal = f" -> {shown(task.target, 'standard output')}" if task.target else ""
            show(f"{', '.join(names)}{goal}")

    def _counted(self, told: Told) -> str:
        """Return in a word what has become of a task, having counted it."""
        status = "skipped" if told.done.skipped else "done"
        if told.done.error is not None:
            if self._count == 1 and isinstance(told.done.error, ParameterError):
                raise told.done.error
            self.status, status = 1, "failed"
        self._tally[self._done if status == "done" else status] += 1
        return status

    def _summary(self) -> str:
        counts = ", ".join(f"{number:,} {what}" for what, number in self._tally.items())
        sizes = ""
        if self._before:
            sizes = f": {self._before:,} bytes"
        if self._before and self._after:
            ratio = self._before / self._after
            sizes = f": {self._before:,} -> {self._after:,} bytes ({ratio:.1f}:1)"
        return f"{counts}{sizes}, in {time.perf_counter() - self._start:.1f} s"


def _names(task: Task) -> dict[str, object]:
    """Return the names of a task as JSON has them."""
    if task.original:
        return {"original": named(task.original), "file": named(task.name)}
    if task.target:
        return {"input": named(task.name), "output": named(task.target, "standard output")}
    return {"file": named(task.name)}


def _opened(name: str) -> IO[str]:
    """Open a report, in place of one that was there."""
    if not name.endswith(_REPORT):
        raise ParameterError(f"--report {name}: expected a name that ends in {_REPORT}")
    return open(name, "w", encoding="ascii")
