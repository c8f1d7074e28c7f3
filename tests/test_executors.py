"""Many items through any executor."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event, Timer

import pytest

from kmformat.errors import FormatError, ParameterError
from kmformat.executors import Outcome, outcomes
from kmformat.reading import read_info


def negated(number: int) -> int:
    if number == 3:
        raise ParameterError("three: expected another")
    time.sleep(0.002 * (number % 3))
    return -number


def fatal(number: int) -> int:
    """Ends its process: at 5 always, at 2 the first time."""
    mark = Path(f"seen-{number}")
    if number == 5 or (number == 2 and not mark.exists()):
        mark.touch()
        os._exit(1)
    return -number


def pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, multiprocessing.get_context("forkserver"))


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_outcomes_are_in_order_and_errors_are_among_them(threads: int) -> None:
    with ThreadPoolExecutor(threads or 1) as executor:
        found = list(outcomes(negated, range(20), executor if threads else None))
    assert [outcome.item for outcome in found] == [*range(20)]
    assert [o.value for o in found if o.error is None] == [-n for n in range(20) if n != 3]
    with pytest.raises(ParameterError, match="three"):
        found[3].result()


@pytest.mark.parametrize("threads", [0, 2])
def test_what_is_known_already_is_passed_on_in_its_place(threads: int) -> None:
    items = [Outcome(n, 7) if n % 3 else n for n in range(4, 40)]
    with ThreadPoolExecutor(threads or 1) as executor:
        found = list(outcomes(negated, items, executor if threads else None))
    assert [o.item for o in found] == [*range(4, 40)]
    assert [o.value for o in found] == [7 if n % 3 else -n for n in range(4, 40)]


def test_items_are_taken_as_workers_get_free() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    with ThreadPoolExecutor(2) as executor:
        run = outcomes(negated, items(), executor)
        next(run)
        assert taken < 20
        run.close()


def test_a_slow_item_holds_up_those_that_would_be_too_far_ahead_of_it() -> None:
    first = Event()

    def items() -> Iterator[int]:
        yield from range(4)  # two for each of two workers
        assert first.is_set()
        yield from range(4, 20)

    def slow_at_first(number: int) -> int:
        return number if number else first.wait(10) and number

    with ThreadPoolExecutor(2) as executor:
        Timer(0.2, first.set).start()
        found = [
            outcome.result() for outcome in outcomes(slow_at_first, items(), executor, ahead=2)
        ]
    assert found == [*range(20)]


@pytest.mark.skipif(os.name == "nt", reason="no such context")
def test_a_worker_that_ends_costs_a_retry_and_an_item_that_ends_it_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pool() as executor:
        found = list(outcomes(fatal, range(9), executor))
    assert [o.value for o in found] == [0, -1, -2, -3, -4, None, -6, -7, -8]
    lost = found[5].error
    assert isinstance(lost, ChildProcessError)
    assert lost.strerror == "its worker ended 3 times"


class Flaky(Executor):
    """An engine whose workers fail: at the first attempt of each item, or always."""

    def __init__(self, *, always: bool) -> None:
        self.always, self.calls = always, 0

    def submit(self, function, /, *args, **_):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        self.calls += 1
        if self.always or self.calls % 2:
            future.set_exception(ArithmeticError("worker was lost"))
        else:
            future.set_result(function(*args))
        return future


def test_errors_of_other_engines_are_retried_too() -> None:
    assert [o.value for o in outcomes(negated, [1], Flaky(always=False))] == [-1]
    engine = Flaky(always=True)
    (found,) = outcomes(negated, [1], engine, attempts=2)
    assert engine.calls == 2
    assert str(found.error).endswith("its worker failed (ArithmeticError: worker was lost) 2 times")


def inverted(number: int) -> float:
    return 1 / number if number < 7 else read_info(b"none").colors


def test_faults_say_where_they_were_and_errors_of_files_do_not() -> None:
    fault, error = outcomes(inverted, [0, 7], None)
    assert "ZeroDivisionError" in fault.error.__notes__[0]  # type: ignore[union-attr]
    assert isinstance(error.error, FormatError)
    assert not hasattr(error.error, "__notes__")


@pytest.mark.skipif(os.name == "nt", reason="no such context")
def test_the_processes_of_a_pool_of_our_own_end_at_once_where_it_is_given_up() -> None:
    with pool() as executor:
        run = outcomes(time.sleep, [0, *[60] * 9], executor, own=True)
        assert next(run).error is None
        start = time.perf_counter()
        run.close()
    assert time.perf_counter() - start < 30
