"""No file grows: its size today is pinned, for pictures of every kind.

Where a change of the coder makes files smaller, pin the new numbers. Palettes are found here by
whole numbers alone, so that neither the search nor the machine has a say in the sizes; the version
of zstd has, by a few bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest

from kmformat import IndexedImage, encode_indexed
from kmformat.arrays import U8
from kmformat.color.space import SRGB
from kmformat.quantization.remap import remap
from tests.samples import icon, indexed, photo
from tools.docs.make_picture import scene

EFFORTS = (2, 5, 7)
PIXELS: dict[str, Callable[[], U8]] = {
    "photo": photo,
    "larger photo": partial(photo, 300, 400),
    "wide photo": partial(photo, 200, 700, 2),
    "icon": icon,
    "larger icon": partial(icon, 160),
    "scene": cache(scene),
    "scene in tiles": cache(scene),
}
PINNED = {
    ("photo", 8): (329, 329, 329),
    ("photo", 16): (600, 600, 600),
    ("photo", 64): (1560, 1560, 1560),
    ("larger photo", 8): (7972, 6668, 6526),
    ("larger photo", 16): (14820, 12802, 12628),
    ("larger photo", 64): (33462, 32121, 32096),
    ("wide photo", 8): (12082, 10181, 9835),
    ("wide photo", 16): (24511, 21924, 21720),
    ("wide photo", 64): (53553, 51601, 51581),
    ("icon", 8): (90, 90, 90),
    ("icon", 16): (129, 129, 129),
    ("icon", 64): (358, 358, 358),
    ("larger icon", 8): (937, 659, 607),
    ("larger icon", 16): (1152, 862, 788),
    ("larger icon", 64): (1821, 1245, 1245),
    ("scene", 8): (10048, 8608, 8507),
    ("scene", 16): (17230, 14160, 14054),
    ("scene", 64): (34098, 31263, 31240),
    ("scene in tiles", 8): (10823, 9377, 9229),
    ("scene in tiles", 16): (17672, 15157, 15056),
    ("scene in tiles", 64): (34569, 33133, 32964),
    ("noise", 8): (1890, 1890, 1873),
    ("noise", 16): (2468, 2468, 2468),
    ("noise", 64): (3870, 3870, 3870),
}
"""Bytes at each of the efforts, by picture and number of colours."""


def picture(name: str, colors: int) -> IndexedImage:
    """A picture in so many colours: the rounded means of a few passes of k-means."""
    if name == "noise":
        return indexed(60, 80, colors)
    pixels = PIXELS[name]()
    flat = pixels.reshape(-1, pixels.shape[2])
    rising = flat[np.lexsort(flat.T)]
    palette = rising[np.linspace(0, len(flat) - 1, colors).astype(int)]
    for _ in range(8):
        labels = remap(flat[None], palette, SRGB)[0]
        counts = np.bincount(labels, minlength=colors)[:, None]
        sums = np.stack([np.bincount(labels, column, colors) for column in flat.T], axis=1)
        palette = np.where(counts, sums // np.maximum(counts, 1), palette).astype(np.uint8)
    luma = palette[:, :3].astype(int) @ (299, 587, 114)
    palette = palette[luma.argsort(kind="stable")]
    return IndexedImage(palette, remap(pixels, palette, SRGB))


@pytest.mark.parametrize(("name", "colors"), PINNED)
def test_no_file_grows_by_a_hundredth(name: str, colors: int) -> None:
    image, tile = picture(name, colors), (160, 160) if name.endswith("tiles") else None
    sizes = [len(encode_indexed(image, effort=effort, tile=tile)) for effort in EFFORTS]
    grown = [size / pin for size, pin in zip(sizes, PINNED[name, colors], strict=True)]
    assert max(grown) < 1.01, f"{name} in {colors} colours takes {sizes} bytes"
