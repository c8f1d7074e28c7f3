"""What belongs to all threads is put back as it was."""

from __future__ import annotations

import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from kmformat.pictures.pillow_globals import pixel_limit, without_warnings


def state() -> tuple[object, list[object]]:
    return Image.MAX_IMAGE_PIXELS, list(warnings.filters)


def test_warnings_are_not_given_and_then_are_again() -> None:
    before = state()
    with without_warnings():
        warnings.warn("not heard", UserWarning, stacklevel=1)
    assert state() == before
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


@pytest.mark.parametrize("limit", [7, None])
def test_the_limit_counts_inside_only_whatever_happens(limit: int | None) -> None:
    def fail() -> None:
        with pixel_limit(limit):
            assert limit == Image.MAX_IMAGE_PIXELS
            raise KeyError

    before = state()
    with pytest.raises(KeyError):
        fail()
    assert state() == before


def test_a_picture_that_pillow_only_warns_of_is_an_error_inside() -> None:
    with pixel_limit(7), pytest.raises(Image.DecompressionBombWarning):
        Image._decompression_bomb_check((2, 4))
    with pixel_limit(8):
        Image._decompression_bomb_check((2, 4))


def test_limits_may_be_nested() -> None:
    with pixel_limit(7):
        with pixel_limit(9):
            assert Image.MAX_IMAGE_PIXELS == 9
        assert Image.MAX_IMAGE_PIXELS == 7


def test_one_thread_waits_for_another() -> None:
    before, inside, most = state(), threading.Semaphore(1), list[bool]()

    def limited(number: int) -> None:
        with pixel_limit(number):
            most.append(inside.acquire(blocking=False))
            time.sleep(0.001)
            assert number == Image.MAX_IMAGE_PIXELS
            inside.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(limited, range(1, 30)))
    assert most == [True] * 29
    assert state() == before
