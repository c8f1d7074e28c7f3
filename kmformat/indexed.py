"""The indexed image: a palette, and for each pixel an index into it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kmformat.errors import ParameterError
from kmformat.head import Chunk

U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class IndexedImage:
    """An image of few colours: what a KMF file holds, and what `encode_indexed` takes.

    Attributes
    ----------
    palette
        uint8, shape (K, 3) RGB or (K, 4) RGBA with straight alpha, K from 1 to 256. sRGB.
    indices
        uint8, shape (height, width), both at least 1, each index below K.
    chunks
        Data carried beside the image; kept when a file is read and written again.

    Raises
    ------
    ParameterError
        Shape, dtype or an index is not as said.
    """

    palette: U8
    indices: U8
    chunks: tuple[Chunk, ...] = field(default=())

    def __post_init__(self) -> None:
        palette, indices = self.palette, self.indices
        if palette.dtype != np.uint8 or palette.ndim != 2 or palette.shape[1] not in (3, 4):
            raise ParameterError(
                f"palette of shape {palette.shape}, dtype {palette.dtype}: "
                "expected (K, 3) or (K, 4), uint8"
            )
        if not 1 <= len(palette) <= 256:
            raise ParameterError(f"palette of {len(palette)} colours: expected 1 to 256")
        if indices.dtype != np.uint8 or indices.ndim != 2 or 0 in indices.shape:
            raise ParameterError(
                f"indices of shape {indices.shape}, dtype {indices.dtype}: "
                "expected (height, width), uint8"
            )
        if (largest := int(indices.max())) >= len(palette):
            raise ParameterError(f"index {largest} is outside the palette of {len(palette)}")

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.indices.shape[1])

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.indices.shape[0])

    def to_pixels(self) -> U8:
        """Return palette[indices]: uint8, shape (height, width, 3), or 4 if there is alpha."""
        return self.palette[self.indices]
