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
    ("photo", 8): (546, 546, 546),
    ("photo", 16): (823, 823, 823),
    ("photo", 64): (1786, 1786, 1766),
    ("larger photo", 8): (7979, 6677, 6535),
    ("larger photo", 16): (14827, 12811, 12637),
    ("larger photo", 64): (33471, 32132, 32107),
    ("wide photo", 8): (12089, 10190, 9844),
    ("wide photo", 16): (24518, 21933, 21729),
    ("wide photo", 64): (53563, 51613, 51593),
    ("icon", 8): (173, 156, 149),
    ("icon", 16): (217, 210, 196),
    ("icon", 64): (467, 467, 463),
    ("larger icon", 8): (945, 667, 615),
    ("larger icon", 16): (1160, 870, 796),
    ("larger icon", 64): (1900, 1295, 1295),
    ("scene", 8): (10056, 8618, 8517),
    ("scene", 16): (17241, 14173, 14067),
    ("scene", 64): (34144, 31311, 31288),
    ("scene in tiles", 8): (10850, 9430, 9260),
    ("scene in tiles", 16): (17697, 15185, 15084),
    ("scene in tiles", 64): (34629, 33195, 33026),
    ("noise", 8): (1900, 1900, 1883),
    ("noise", 16): (2477, 2477, 2477),
    ("noise", 64): (3879, 3879, 3879),
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
