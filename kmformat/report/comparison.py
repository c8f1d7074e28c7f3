"""A comparison: a picture beside its original in figures, of quality, size and colours.

The measures are those of `kmformat.pictures.quality`; `kmformat.report.sheet` draws them.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat.indexed import IndexedImage
from kmformat.pictures.quality import blocks, difference, mean_squared_error, psnr, ssim

if TYPE_CHECKING:
    from kmformat.arrays import U8

_DERIVED = ("psnr", "raw_bytes", "original_bits_per_pixel", "bits_per_pixel", "ratio", "raw_ratio")


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    width, height
        In pixels.
    channels
        Values of each pixel of the original: 3, or 4 with alpha.
    mse
        Squared error a channel, 0 to 65025.
    ssim
        Structural similarity, at most 1.
    max_error
        The largest difference of any channel of any pixel, 0 to 255.
    exact
        Share of the pixels that are as in the original, 0 to 1.
    original_bytes, file_bytes
        Sizes of the files, or None if unknown.
    palette
        The colours, (r, g, b) or (r, g, b, a), each 0 to 255, in the order of the file; None if the
        picture is not indexed.
    shares
        Share of the pixels that have each of these colours, 0 to 1.
    ssimulacra2
        A measure of looks, at most 100 (`kmformat.pictures.ssimulacra2`); None, as `compare` leaves
        it, if it was not measured: it takes far longer than all else.
    """

    width: int
    height: int
    channels: int
    mse: float
    ssim: float
    max_error: int
    exact: float
    original_bytes: int | None = None
    file_bytes: int | None = None
    palette: tuple[tuple[int, ...], ...] | None = None
    shares: tuple[float, ...] | None = None
    ssimulacra2: float | None = None

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB; infinite if the pictures are equal."""
        return psnr(self.mse)

    @property
    def raw_bytes(self) -> int:
        """Bytes of the original's pixels, not compressed."""
        return self.width * self.height * self.channels

    @property
    def original_bits_per_pixel(self) -> float | None:
        """Bits of the original's file for each pixel."""
        return _quotient(self.original_bytes, self.width * self.height, 8)

    @property
    def bits_per_pixel(self) -> float | None:
        """Bits of the file for each pixel."""
        return _quotient(self.file_bytes, self.width * self.height, 8)

    @property
    def ratio(self) -> float | None:
        """How many times as large as the file the original's file is."""
        return _quotient(self.original_bytes, self.file_bytes)

    @property
    def raw_ratio(self) -> float | None:
        """How many times as large as the file the original's pixels are, not compressed."""
        return _quotient(self.raw_bytes, self.file_bytes)

    def to_dict(self) -> dict[str, object]:
        """Return all of it as JSON can hold it: a PSNR that is infinite is None."""
        values = asdict(self) | {name: getattr(self, name) for name in _DERIVED}
        return values | {"psnr": self.psnr if math.isfinite(self.psnr) else None}

    def figures(self) -> dict[str, str]:
        """Return the figures as people read them, each by its name."""
        figures = {
            "PSNR": f"{self.psnr:.2f} dB" if self.mse else "exact",
            "SSIM": f"{self.ssim:.4f}",
            "largest error": f"{self.max_error}",
            # rounded down: 100 % would say that the pictures are equal
            "exact pixels": f"{math.floor(1000 * self.exact) / 10:.1f} %",
        }
        if self.ssimulacra2 is not None:
            figures["SSIMULACRA2"] = f"{self.ssimulacra2:.1f}"
        if self.file_bytes is not None:
            figures["bits a pixel"] = f"{self.bits_per_pixel:.2f}"
        if self.ratio is not None:
            figures["original : file"] = _ratio_text(self.ratio)
        if self.raw_ratio is not None:
            figures["raw : file"] = _ratio_text(self.raw_ratio)
        return figures


def compare(
    original: U8,
    shown: U8 | IndexedImage,
    *,
    original_bytes: int | None = None,
    file_bytes: int | None = None,
) -> Comparison:
    """Compare a picture with its original.

    Parameters
    ----------
    original
        uint8 (height, width, 3) RGB or (height, width, 4) RGBA.
    shown
        Pixels, or an indexed image, of the same size.
    original_bytes, file_bytes
        Sizes of their files, if there are any.

    Raises
    ------
    ParameterError
        The sizes differ.
    """
    palette = shares = None
    error = mean_squared_error(original, shown)
    if isinstance(shown, IndexedImage):
        palette = tuple(map(tuple, shown.palette.tolist()))
        shares = _shares(shown.indices, len(palette))
        shown = shown.to_pixels()
    off = difference(original, shown)
    height, width, channels = original.shape
    return Comparison(
        width=width,
        height=height,
        channels=channels,
        mse=error,
        ssim=ssim(original, shown),
        max_error=int(off.max()),
        exact=np.count_nonzero(off == 0) / (height * width),
        original_bytes=original_bytes,
        file_bytes=file_bytes,
        palette=palette,
        shares=shares,
    )


def _shares(indices: U8, colors: int) -> tuple[float, ...]:
    flat, counts = indices.ravel(), np.zeros(colors, np.int64)
    for part in blocks(len(flat)):  # bincount takes 8 bytes a pixel
        counts += np.bincount(flat[part], minlength=colors)
    return tuple((counts / len(flat)).tolist())


def _quotient(amount: int | None, parts: int | None, factor: int = 1) -> float | None:
    """Return factor * amount / parts, or None if that is not known (an empty file has no ratio)."""
    return None if amount is None or not parts else factor * amount / parts


def _ratio_text(ratio: float) -> str:
    return f"{ratio:.1f} : 1" if ratio < 100 else f"{ratio:,.0f} : 1"
