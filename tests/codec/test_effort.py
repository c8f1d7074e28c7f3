"""Every effort is worth its time: no file is larger for it."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat import decode_indexed, encode_indexed, quantize
from tests.samples import indexed, photo


@pytest.mark.parametrize("colors", [2, 4, 16, 17, 256])
@pytest.mark.parametrize("effort", [1, 2, 3, 5, 6, 9])
def test_no_effort_loses_more_than_16_bytes_to_plain_tiles(colors: int, effort: int) -> None:
    for image in (quantize(photo(70, 90), colors=colors), indexed(40, 50, colors)):
        best = encode_indexed(image, effort=effort)
        plain = encode_indexed(image, effort=effort, fast_decode=True)
        assert len(best) <= len(plain) + 16
        assert np.array_equal(decode_indexed(best).indices, image.indices)
