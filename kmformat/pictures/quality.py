"""Quality: how far a picture is from its original, as MSE, PSNR, SSIM and largest difference.

Pictures with alpha differ by what they look like on black and on white, by each of the measures
here. Opaque ones are compared as RGB, and a picture without alpha is opaque all over.

All measures go through a picture in parts, so that they need little memory besides it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kmformat.color.channels import with_equal_channels
from kmformat.color.space import SRGB, ColorSpace
from kmformat.errors import ParameterError
from kmformat.indexed import IndexedImage

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats

_BLOCK_PIXELS = 1 << 14
_RADIUS, _SIGMA = 5, 1.5  # of SSIM's Gaussian window, in pixels
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LUMA = np.array([0.299, 0.587, 0.114])
_SIDE = 64
"""Side of the square of windows that are computed together, in pixels: the fastest one tried."""


def mean_squared_error(original: U8, shown: U8 | IndexedImage, space: ColorSpace = SRGB) -> float:
    """Return the squared error a channel, averaged over channels and pixels.

    With alpha, it is the average of the errors seen on black and on white.

    Parameters
    ----------
    original
        uint8 (height, width, 3) RGB or (height, width, 4) RGBA.
    shown
        Pixels, or an indexed image, of the same size.
    space
        Where errors are taken; PSNR is defined on that of `SRGB`.

    Raises
    ------
    ParameterError
        The sizes differ.
    """
    indices = None
    if isinstance(shown, IndexedImage):
        indices, shown = shown.indices, shown.palette
    _check_sizes(original, shown if indices is None else indices)
    original, shown = with_equal_channels(original, shown)
    total = 0.0
    for points, others in zip(
        _points(original, space), _points(shown, space, indices), strict=True
    ):
        error = points - others
        total += float(np.einsum("nd,nd->", error, error))
    return total / (3 * math.prod(original.shape[:2]))


def psnr(error: float) -> float:
    """Return the peak signal-to-noise ratio in dB for a mean squared error; infinite for 0."""
    return 10 * math.log10(255**2 / error) if error else math.inf


def difference(original: U8, shown: U8) -> U8:
    """Return how far each pixel is off in the channel that is furthest off, uint8 (height, width).

    With alpha, it is the larger of the differences seen on black and on white, rounded up: 0 is
    where the two are equal, but for the colour of what is fully transparent.

    Raises
    ------
    ParameterError
        The sizes differ.
    """
    _check_sizes(original, shown)
    original, shown = with_equal_channels(original, shown)
    out = np.empty(original.shape[:2], np.uint8)
    flat, other = (pixels.reshape(-1, pixels.shape[2]) for pixels in (original, shown))
    off = _opaque_difference if original.shape[2] == 3 else _seen_difference
    for part in blocks(len(flat)):
        red, green, blue = off(flat[part], other[part]).T
        np.maximum(np.maximum(red, green), blue, out=out.reshape(-1)[part])
    return out


def ssim(original: U8, shown: U8) -> float:
    """Return the mean structural similarity of two pictures, at most 1; 1 if they are equal.

    It is that of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004), with the
    constants given there: windows of 11 x 11 pixels, Gaussian of sigma 1.5, K1 = 0.01, K2 = 0.03,
    averaged over all windows that lie inside the picture. As there, only grey is compared: the
    luma of ITU-R BT.601, not rounded. So a change of hue alone counts for little.

    A picture of less than 11 pixels from side to side, or from top to bottom, is first mirrored at
    those edges, so that each of these pixels is the middle of a window. With alpha, it is the mean
    of the similarities seen on black and on white.

    Parameters
    ----------
    original, shown
        uint8 (height, width, 3) RGB or (height, width, 4) RGBA, of the same size.

    Raises
    ------
    ParameterError
        The sizes differ.
    """
    _check_sizes(original, shown)
    original, shown = (_widened(pixels) for pixels in with_equal_channels(original, shown))
    height, width = (int(side) - 2 * _RADIUS for side in original.shape[:2])
    total = 0.0
    for top in range(0, height, _SIDE):
        for left in range(0, width, _SIDE):
            part = np.s_[top : top + _SIDE + 2 * _RADIUS, left : left + _SIDE + 2 * _RADIUS]
            similar = _similarities(_seen_luma(original[part]), _seen_luma(shown[part]))
            total += float(similar.mean(axis=0).sum())
    return total / (height * width)


def blocks(pixels: int) -> Iterator[slice]:
    """Return slices that part so many pixels into blocks that fit a processor's cache."""
    return (slice(start, start + _BLOCK_PIXELS) for start in range(0, pixels, _BLOCK_PIXELS))


def _check_sizes(original: U8, shown: U8) -> None:
    (height, width), (rows, columns) = original.shape[:2], shown.shape[:2]
    if (height, width) != (rows, columns):
        raise ParameterError(
            f"original of {width} x {height} and picture of {columns} x {rows} pixels: "
            "expected the same size"
        )


def _points(colors: U8, space: ColorSpace, indices: U8 | None = None) -> Iterator[Floats]:
    """Yield the points of the pixels `colors`, or `colors[indices]`, block by block."""
    colors = colors.reshape(-1, colors.shape[-1])
    # float32 holds bytes exactly, but not points with alpha: what is exact would have an error
    dtype = np.float32 if colors.shape[1] == 3 else np.float64
    if indices is None:
        for part in blocks(len(colors)):
            yield space.points(colors[part], dtype)
    else:
        flat, entries = indices.ravel(), space.points(colors, dtype)
        for part in blocks(len(flat)):
            yield np.take(entries, flat[part], axis=0)


def _opaque_difference(a: U8, b: U8) -> U8:
    return np.maximum(a, b) - np.minimum(a, b)


def _seen_difference(a: U8, b: U8) -> U8:
    """Return the larger of the differences on black and on white, rounded up, of RGBA colours."""
    a_alpha, b_alpha = a[:, 3:].astype(np.int32), b[:, 3:].astype(np.int32)
    black = a[:, :3] * a_alpha - b[:, :3] * b_alpha
    white = black - 255 * (a_alpha - b_alpha)
    off: U8 = ((np.maximum(np.abs(black), np.abs(white)) + 254) // 255).astype(np.uint8)
    return off


def _widened(pixels: U8) -> U8:
    """Return pixels mirrored where they are narrower than a window."""
    if min(pixels.shape[:2]) > 2 * _RADIUS:
        return pixels
    margins = [(0, 0) if side > 2 * _RADIUS else (_RADIUS, _RADIUS) for side in pixels.shape[:2]]
    return np.pad(pixels, [*margins, (0, 0)], mode="symmetric")


def _seen_luma(pixels: U8) -> Floats:
    """Return the grey of pixels, (1, height, width), or (2, height, width) on black and white."""
    luma: Floats = pixels[..., :3] @ _LUMA
    if pixels.shape[2] == 3:
        return luma[None]
    alpha = pixels[..., 3] / 255.0
    luma *= alpha
    return np.stack([luma, luma + 255 * (1 - alpha)])


def _window_sums(length: int) -> Floats:
    """Return the matrix (length - 10, length) that averages each 11 values of a vector."""
    weights = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
    weights /= weights.sum()
    sums = np.zeros((length - 2 * _RADIUS, length))
    for row, start in zip(sums, range(length), strict=False):
        row[start : start + len(weights)] = weights
    return sums


def _similarities(a: Floats, b: Floats) -> Floats:
    """Return the similarity in each window inside grey pictures (n, height, width).

    Gaussians are separable, so a product with a matrix from the left and one from the right
    averages over all windows: many more products than needed, but so fast that they take less time.
    """
    down, across = _window_sums(a.shape[1]), _window_sums(a.shape[2]).T
    a_mean, b_mean, squares, products = (
        down @ values @ across for values in (a, b, a * a + b * b, a * b)
    )
    mean_squares, mean_products = a_mean * a_mean + b_mean * b_mean, a_mean * b_mean
    luminance = (2 * mean_products + _C1) / (mean_squares + _C1)
    structure = (2 * (products - mean_products) + _C2) / (squares - mean_squares + _C2)
    return luminance * structure
