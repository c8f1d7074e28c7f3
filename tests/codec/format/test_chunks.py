"""Chunks of a head, beyond what whole files of `test_container` try."""

from __future__ import annotations

import pytest

from kmformat import Chunk, ParameterError
from kmformat.codec.format.chunks import build_chunks


class Long(bytes):
    """No bytes, which say that they are many."""

    length = 0

    def __len__(self) -> int:
        return self.length


def test_chunks_take_less_than_2_32_bytes_which_is_checked_before_they_are_joined() -> None:
    payload = Long()
    payload.length = (1 << 32) - 9  # and 8 that tell its type and length
    assert build_chunks([Chunk(b"tEXt", payload)], 0) == b"tEXt\xf7\xff\xff\xff"
    payload.length += 1
    for chunks in ([Chunk(b"tEXt", payload)], [Chunk(b"tEXt", b""), Chunk(b"tEXt", payload)]):
        with pytest.raises(ParameterError, match=r"chunks of .*: expected less than 2\^32"):
            build_chunks(chunks, 0)
