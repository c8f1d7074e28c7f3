"""Work on many tiles at a time."""

from __future__ import annotations

import pytest

from kmformat.codec.threads import map_threads


def test_work_comes_back_in_order_and_the_first_error_wins() -> None:
    def fail_from_300(item: int) -> int:
        if item >= 300:
            raise ValueError(item)
        return -item

    for threads in (1, 4):
        assert list(map_threads(lambda item: -item, range(600), threads)) == list(
            range(0, -600, -1)
        )
        with pytest.raises(ValueError, match=r"^300$"):
            list(map_threads(fail_from_300, range(600), threads))
