"""A property that is computed once takes no lock."""

from __future__ import annotations

import threading

from kmformat.cached import cached_property


class Slow:
    def __init__(self, *, wait: bool) -> None:
        self.begun, self.go, self.wait = threading.Event(), threading.Event(), wait
        self.times = 0

    @cached_property
    def value(self) -> int:
        """Forty-two."""
        self.times += 1
        self.begun.set()
        if self.wait:
            self.go.wait(60)
        return 42


def test_it_is_computed_once_and_another_instance_need_not_wait_for_it() -> None:
    slow, other = Slow(wait=True), Slow(wait=False)
    thread = threading.Thread(target=lambda: slow.value)
    thread.start()
    slow.begun.wait(60)
    done = threading.Event()

    def ask() -> None:
        assert other.value == 42
        done.set()

    threading.Thread(target=ask, daemon=True).start()
    assert done.wait(30)
    slow.go.set()
    thread.join()
    assert (slow.value, slow.value, slow.times) == (42, 42, 1)
    assert Slow.value.__doc__ == "Forty-two."
