"""What an indexed image takes, step by step: pixels, indices, packed bytes, zstd, and KMF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.codec.encoder import encode_indexed
from kmformat.reading import read_info

if TYPE_CHECKING:
    from kmformat.indexed import IndexedImage


@dataclass(frozen=True)
class Step:
    """How many bytes the image takes after a step.

    Attributes
    ----------
    name
        Of the step, in a few words.
    how
        What is stored then.
    bytes
        All of them, palette included; of the last two, all of a file.
    """

    name: str
    how: str
    bytes: int


def storing_steps(image: IndexedImage) -> tuple[Step, ...]:
    """Return the steps from an image's pixels to its file, in order.

    Packed indices take 1, 2, 4 or 8 bits. The last two steps are files as `kmformat.encode_indexed`
    writes them: plain, with ``fast_decode=True``, and as they are by default.
    """
    count, channels = image.palette.shape
    pixels, table = image.indices.size, image.palette.size
    bits = next(bits for bits in (1, 2, 4, 8) if count <= 1 << bits)
    packed = image.height * kernels.row_bytes(image.width, bits)
    plain = read_info(encode_indexed(image, bits=bits, fast_decode=True))
    small = read_info(encode_indexed(image))
    return (
        Step("pixels", f"{pixels:,} pixels of {channels} bytes", pixels * channels),
        Step("indices", f"a byte a pixel, and {count} colours of {channels} bytes", pixels + table),
        Step("packed", f"{bits} bit{'s' * (bits > 1)} a pixel, and the palette", packed + table),
        Step(*_file(plain.methods, "plain"), plain.file_size),
        Step("KMF", _file(small.methods, "default")[1], small.file_size),
    )


def _file(methods: dict[str, int], kind: str) -> tuple[str, str]:
    said = {
        "stored": ("stored", "the packed bytes as they are"),
        "zstd": ("zstd", "the packed bytes, compressed"),
        "compact": ("compact", "each index predicted from its neighbours"),
        "dense": ("dense", "each index predicted from its neighbours, adaptively"),
    }
    most = max(methods, key=lambda name: methods[name])
    name, how = said.get(most, (most, f"tiles of method {most}"))
    return name, f"{how}: a {kind} KMF file"
