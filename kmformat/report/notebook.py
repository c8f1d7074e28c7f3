"""How an indexed image and the head of a file show themselves in a notebook: as PNG, and as HTML.

The HTML needs nothing else: the picture is in it, and every text from a file is escaped. Colours
are those of the page around it, light or dark.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from kmformat.indexed import ICC_CHUNK
from kmformat.pictures.formats import to_picture
from kmformat.report.contents import contents_of

if TYPE_CHECKING:
    from kmformat.codec.format.info import Info
    from kmformat.indexed import IndexedImage

_LARGEST_SIDE, _SMALL_SIDE = 1024, 256
"""Pixels of the longer side: the most that are shown, and up to which a picture is enlarged."""
_MOST_LABELS = 32


def image_png(image: IndexedImage) -> bytes:
    """Return the image as PNG: exact up to 1024 pixels on its longer side, and else reduced."""
    longest = max(image.width, image.height)
    if longest <= _LARGEST_SIDE:
        colors = tuple(chunk for chunk in image.chunks if chunk.type == ICC_CHUNK)
        return to_picture(replace(image, chunks=colors), "PNG")
    from PIL import Image

    from kmformat.pictures.reduction import average

    part = _LARGEST_SIDE / longest
    size = max(1, round(image.width * part)), max(1, round(image.height * part))
    stream = io.BytesIO()
    Image.fromarray(average(image, size)).save(stream, "PNG")
    return stream.getvalue()


def image_html(image: IndexedImage) -> str:
    """Return the image with its palette below: each colour, its share of the pixels, its name."""
    counts = np.bincount(image.indices.ravel(), minlength=len(image.palette))
    shares = [f"{100 * count / image.indices.size:.1f} %" for count in counts.tolist()]
    longest = max(image.width, image.height)
    times = max(1, _SMALL_SIDE // longest)
    width = round(image.width * min(times, _LARGEST_SIDE / longest))
    picture = (
        f'<img alt="{image.width} x {image.height} pixels" src="{data_url(image_png(image))}" '
        f'style="width:{width}px;max-width:100%;image-rendering:{_rendering(times)}">'
    )
    count = len(image.palette)
    said = f"{image.width} x {image.height} pixels, {count} colour{'s' if count > 1 else ''}"
    colors = list(map(tuple, image.palette.tolist()))
    return f"<div>{picture}<div>{said}</div>{swatches_html(colors, image.names, shares)}</div>"


def info_html(held: Info) -> str:
    """Return what the head of a file says: a table, and the palette."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for name, text in contents_of(held).items()
    )
    return f"<div><table>{rows}</table>{swatches_html(held.palette, held.names)}</div>"


def swatches_html(
    colors: Iterable[tuple[int, ...]], names: Sequence[str] = (), notes: Sequence[str] = ()
) -> str:
    """Return colours as a row of swatches; up to 32, or with names, with what they are below.

    Parameters
    ----------
    colors
        (r, g, b) or (r, g, b, a), each 0 to 255.
    names, notes
        One for each colour, or none.
    """
    codes = [f"#{bytes(color).hex()}" for color in colors]
    labelled = len(codes) <= _MOST_LABELS or bool(names)
    cells = []
    for number, code in enumerate(codes):
        texts = [code, *(each[number] for each in (names, notes) if each)]
        told = [escape(text) for text in texts if text]
        block = f"background:{code};height:24px;border:1px solid #8886"
        title = f"{number}: {', '.join(told)}"
        below = f"<small>{'<br>'.join(told)}</small>" if labelled else ""
        width = "min-width:64px" if labelled else "width:18px"
        cells.append(
            f'<div title="{title}" style="{width}"><div style="{block}"></div>{below}</div>'
        )
    row = "display:flex;flex-wrap:wrap;gap:4px;margin-top:4px;line-height:1.2"
    return f'<div style="{row}">{"".join(cells)}</div>'


def data_url(data: bytes, media_type: str = "image/png") -> str:
    """Return an address that holds the data itself."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _rendering(times: int) -> str:
    return "pixelated" if times > 1 else "auto"
