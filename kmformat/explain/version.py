"""A picture in few colours, and how like the picture of its lesson it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmformat.pictures.quality import psnr

if TYPE_CHECKING:
    from kmformat.indexed import IndexedImage


@dataclass(frozen=True, eq=False)
class Version:
    """A picture in few colours.

    Attributes
    ----------
    image
        Its palette and indices.
    mse
        Squared error a channel beside the picture of the lesson, 0 to 65025.
    file_bytes
        Bytes of the KMF file.
    """

    image: IndexedImage
    mse: float
    file_bytes: int

    @property
    def psnr(self) -> float:
        """In dB; infinite if the pictures are equal."""
        return psnr(self.mse)

    @property
    def likeness(self) -> str:
        """How like the picture it is, as people read it."""
        return f"PSNR {self.psnr:.1f} dB" if self.mse else "exact"

    @property
    def quality(self) -> str:
        """Quality and size as people read them."""
        return f"{self.likeness}, {self.file_bytes:,} bytes"

    @property
    def colors(self) -> int:
        """Number of palette entries."""
        return len(self.image.palette)
