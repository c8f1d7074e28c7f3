"""Any bytes are a picture or refused; a picture becomes a KMF file of its size, and one again.

As `kmformat encode` does it, but for the options, and `kmformat decode`.
"""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from random import Random

import kmformat
from kmformat.batches.encoding import encode_picture
from kmformat.errors import LimitError, PictureError
from kmformat.overviews.pyramid import to_file
from kmformat.pictures.formats import load_picture, to_picture
from kmformat.writing import EncodeOptions
from tools.fuzz.mutate import Change

_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_PIXELS = 1 << 12
_OPTIONS = EncodeOptions(effort=1, colors=16, threads=1)
_KINDS = ("PNG", "GIF", "BMP", "TIFF")


def one_input(data: bytes) -> None:
    """Encode a picture, and write what it became as a picture."""
    try:
        loaded = load_picture(io.BytesIO(data), _MAX_PIXELS)
        file, _ = encode_picture(loaded.image, _OPTIONS, to_file)
    except (LimitError, PictureError):
        return
    except OSError as error:  # of a system call, but there is none
        raise AssertionError(f"not an error of ours: {error!r}") from error
    image = kmformat.decode_indexed(file)
    upright = image.width, image.height
    assert loaded.image.size in (upright, upright[::-1])
    try:
        picture = to_picture(image, _KINDS[len(data) % len(_KINDS)])
    except PictureError:
        return
    again = load_picture(io.BytesIO(picture), _MAX_PIXELS).image
    assert again.size == upright


def changed(data: bytes, random: Random, change: Change) -> bytes:
    """Return a picture changed; of a PNG, a chunk, with a checksum that is right."""
    if not data.startswith(_PNG) or random.randrange(4) == 0:
        return change(data)
    chunks, at = list[bytes](), len(_PNG)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append(data[at + 4 : at + 8 + size])
        at += 12 + size
    place = random.randrange(len(chunks))
    kind, payload = chunks[place][:4], chunks[place][4:]
    inside = payload
    if kind == b"IDAT" and random.randrange(2):
        with suppress(zlib.error):
            inside = zlib.decompressobj().decompress(payload, 1 << 16)
    changed = change(inside)
    payload = changed if inside is payload else zlib.compress(changed)
    chunks[place] = kind + payload
    return _PNG + b"".join(
        (len(each) - 4).to_bytes(4, "big") + each + zlib.crc32(each).to_bytes(4, "big")
        for each in chunks
        if len(each) >= 4
    )
