"""Lessons that the tests of this wing share, made once."""

from __future__ import annotations

import pytest

from kmformat.explain import Lesson, make_lesson
from tests.samples import photo


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    return make_lesson(photo(), colors=8, compared=(2, 4, 8), iterations=6, seed=3)
