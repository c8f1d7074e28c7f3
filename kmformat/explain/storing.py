"""What an indexed image takes, step by step: pixels, indices, packed bytes, zstd, and KMF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.codec.encoder import encode_indexed
from kmformat.reading import read_info

if TYPE_CHECKING:
    from kmformat.indexed import IndexedImage


_SHARES = {2: "half", 3: "a third", 4: "a quarter", 6: "a sixth", 8: "an eighth"}
_ALMOST = 0.03


@dataclass(frozen=True)
class Accounting:
    """How many values, and bits, a picture is as pixels, and as a palette and indices.

    Attributes
    ----------
    colors, channels, pixels
        Of the image.
    """

    colors: int
    channels: int
    pixels: int

    @classmethod
    def of(cls, image: IndexedImage) -> Accounting:
        """Return that of an image."""
        colors, channels = image.palette.shape
        return cls(colors, channels, image.indices.size)

    @property
    def index_bits(self) -> int:
        """Bits that hold any index: 4 of 16 colours."""
        return max(1, (self.colors - 1).bit_length())

    @property
    def values_before(self) -> int:
        """Values of 8 bits, as pixels."""
        return self.pixels * self.channels

    @property
    def values_after(self) -> int:
        """Values of 8 bits, as palette and indices."""
        return self.colors * self.channels + self.pixels

    @property
    def bits_after(self) -> int:
        """Bits as palette and indices, where an index has as few as hold it."""
        return self.colors * self.channels * 8 + self.pixels * self.index_bits

    @property
    def said(self) -> str:
        """What is left, in a few words."""
        values = _share(self.values_after, self.values_before)
        bits = _share(self.bits_after, 8 * self.values_before)
        each = f"{self.index_bits} bit{'s' * (self.index_bits > 1)}"
        return f"{values} of the values; at {each} an index, {bits} of the bits"


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


def _share(part: int, whole: int) -> str:
    times = round(whole / part)
    if times in _SHARES and abs(times * part / whole - 1) <= _ALMOST:
        return _SHARES[times]
    return f"{100 * part / whole:.0f} %"


def _file(methods: dict[str, int], kind: str) -> tuple[str, str]:
    said = {
        "stored": ("stored", "the packed bytes as they are"),
        "zstd": ("zstd", "the packed bytes compressed"),
        "compact": ("compact", "each index predicted from its neighbours"),
        "dense": ("dense", "each index predicted from its neighbours, adaptively"),
    }
    most = max(methods, key=lambda name: methods[name])
    name, how = said.get(most, (most, f"tiles of method {most}"))
    return name, f"{how}, in a {kind} file"
