"""Loading a Pillow image as its file means it, also where Pillow reads something else.

Strategy: only while its pixels are not read yet, a Pillow image still tells how the file stores
them. So whoever loads one does it here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from kmformat.pictures.containers import bmp_bits

if TYPE_CHECKING:
    from PIL import Image

_COLOR_MAP = 320
_BITS_OF_GREY = re.compile("L;([24])")
"""Pillow's name of grey samples of so many bits, which it scales to 255."""
_MAYBE_NO_ALPHA = ("BMP", "DIB", "TGA")
"""Formats whose fourth byte of a pixel is often neither used nor filled."""


def load(image: Image.Image) -> None:
    """Load the pixels of a Pillow image, and put right in it what Pillow misreads.

    * Colours of a TIFF file's colour map are of 8 bits if none is above 255, as libtiff has it.
    * Indices of a BMP whose palette is black and white, or grey, count as the bits that they have.
    * The transparent level that a PNG states (tRNS) counts on the scale of Pillow's 8-bit pixels.
    * What the first frame of a GIF leaves uncovered is transparent, as browsers show it.
    * Alpha of a BMP or TGA file is none if nothing would be seen of the picture.
    """
    if not getattr(image, "tile", ()):
        image.load()
        return
    _widen_color_map(image)
    _restore_palette(image)
    hidden, frame = _hidden_level(image), _frame_of(image)
    image.load()
    if hidden is not None:
        image.info["transparency"] = hidden
    if frame is not None:
        _clear_outside(image, frame)
    if image.format in _MAYBE_NO_ALPHA:
        _drop_unused_alpha(image)


def _widen_color_map(image: Any) -> None:
    """Let a palette have the lower bytes of a TIFF file's 16-bit colours, where all upper are 0."""
    from PIL import ImagePalette

    tags = getattr(image, "tag_v2", None)
    if tags is not None and image.mode == "P" and max(tags.get(_COLOR_MAP, (256,))) < 256:
        image.palette = ImagePalette.raw("RGB;L", bytes(tags[_COLOR_MAP]))


def _restore_palette(image: Any) -> None:
    """Give a BMP its palette back where Pillow drops it, and with it the bits that an index has.

    Pillow reads indices as pixels of mode 1 where entries 0 and 1 are black and white and all there
    are, and as grey where each entry is the grey level of its number.
    """
    from PIL import ImagePalette

    if image.format not in ("BMP", "DIB") or image.mode not in ("1", "L"):
        return
    bits, levels = bmp_bits(image.fp, image.format), (0, 255) if image.mode == "1" else range(256)
    if bits == (1 if image.mode == "1" else 8):
        return
    image._mode, image.palette = "P", ImagePalette.raw("RGB", bytes(np.repeat(levels, 3).tolist()))
    (tile,) = image.tile
    if tile[0] == "raw":
        raw = "P" if bits == 8 else f"P;{bits}"
        image.tile = [tile._replace(args=(raw, *tile[3][1:]))]


def _hidden_level(image: Any) -> int | tuple[int, ...] | None:
    """Return the transparent level or colour of a PNG on Pillow's scale, None if it is on that."""
    hidden = image.info.get("transparency")
    if image.format != "PNG" or hidden is None:
        return None
    raw = str(image.tile[0][3])
    if image.mode == "L" and (stored := _BITS_OF_GREY.fullmatch(raw)):
        return int(hidden) * (255 // ((1 << int(stored[1])) - 1))
    if image.mode == "RGB" and ";16" in raw:
        return tuple(level >> 8 for level in hidden)
    return None


def _frame_of(image: Any) -> tuple[int, int, int, int] | None:
    """Return the part that the first frame of a GIF covers, if it is not all and has no alpha."""
    if image.format != "GIF" or image.tell() or image.mode not in ("P", "L"):
        return None
    left, upper, right, lower = image.dispose_extent
    covers_all = (left, upper, right, lower) == (0, 0, *image.size)
    return None if covers_all or "transparency" in image.info else (left, upper, right, lower)


def _clear_outside(image: Image.Image, frame: tuple[int, int, int, int]) -> None:
    """Make a GIF transparent outside its frame: by a new entry, else by one that is not used."""
    from PIL import Image

    part, colors = image.crop(frame), image.getpalette() or []
    used = np.bincount(np.asarray(part, np.uint8).ravel(), minlength=256) > 0
    if 0 < len(colors) < 3 * 256:
        used[: len(colors) // 3] = True
    free = np.flatnonzero(~used)
    if not len(free):
        mask = Image.new("L", image.size, 0)
        mask.paste(255, frame)
        image.putalpha(mask)
        return
    entry = int(free[0])
    image.paste(entry, (0, 0, *image.size))
    image.paste(part, frame)
    if 0 < len(colors) <= 3 * entry:
        image.putpalette(colors + [0] * (3 * (entry + 1) - len(colors)))
    image.info["transparency"] = entry


def _drop_unused_alpha(image: Image.Image) -> None:
    """Make an image opaque if every pixel is fully transparent."""
    if not image.has_transparency_data or image.convert("RGBA").getchannel("A").getbbox():
        return
    if image.mode == "P":
        image.putpalette(image.getpalette("RGB") or [])
    else:
        image.putalpha(255)
