"""KMF files changed part by part, so that a change reaches what is behind lengths and checksums.

`changed_file` changes one or a few parts of a file: the bytes of a tile, of a sequence or a block
of a zstd frame inside of it, of a chunk or the palette; or methods, sides, flags, and which tiles
and chunks there are. All lengths and checksums are made right, but for some files on purpose.
What bytes become is the business of `change`, such as that of libFuzzer, which learns from
coverage.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from kmformat.codec.zstd_frame import RLE_BLOCK, frame_header
from tools.conformance.forge.compact import head
from tools.conformance.forge.container import chunk
from tools.conformance.forge.varints import varint
from tools.conformance.forge.zstd import Block, block_bytes
from tools.fuzz.parts import Parts, take_apart

Change: TypeAlias = Callable[[bytes], bytes]
"""Changes some bytes, and perhaps how many there are."""
_FRAMED, _LAYOUT = 8, 7
_TYPES = (b"ORDR", b"SMAP", b"TAIL", b"ovrv", b"name", b"iccp", b"exif", b"xmpp", b"Unkn", b"unkn")


def changed_file(data: bytes, random: Random, change: Change) -> bytes:
    """Return a file with some of its parts changed; its bytes, if there are no parts."""
    parts = take_apart(data) if random.randrange(8) else None
    if parts is None:
        return change(data)
    for _ in range(1 + random.randrange(2)):
        kind = random.choices(list(_CHANGES), list(_CHANGES.values()))[0]
        kind(parts, random, change)
    made = parts.to_bytes()
    return made if random.randrange(16) else change(made)


def _tile(parts: Parts, random: Random, change: Change) -> None:
    place = random.randrange(len(parts.tiles))
    method, data = parts.tiles[place]
    if method == 1 and random.randrange(4):
        data = changed_frame(data, random, change)
    elif method == 2 and random.randrange(4):
        data = changed_sequences(data, parts.streams, random, change)
    else:
        data = change(data)
    parts.tiles[place] = method, data


def _method(parts: Parts, random: Random, _: Change) -> None:
    place = random.randrange(len(parts.tiles))
    parts.tiles[place] = random.randrange(5), parts.tiles[place][1]


def _tiles(parts: Parts, random: Random, _: Change) -> None:
    from_, to = random.randrange(len(parts.tiles)), random.randrange(len(parts.tiles))
    parts.tiles[to] = parts.tiles[from_]
    if random.randrange(8) == 0:
        parts.tiles.insert(to, parts.tiles[from_])


def _sides(parts: Parts, random: Random, _: Change) -> None:
    def other(side: int) -> int:
        return max(0, random.choice((side - 1, side + 1, side // 2, 2 * side, 8)))

    if parts.tile_size is None or random.randrange(3):
        parts.width, parts.height = random.choice(
            ((other(parts.width), parts.height), (parts.width, other(parts.height)))
        )
    else:
        width, height = parts.tile_size
        parts.tile_size = random.choice(((other(width), height), (width, other(height)), None))


def _flags(parts: Parts, random: Random, _: Change) -> None:
    parts.flags ^= 1 << random.choice((0, 0, 1, 1, 2, 6, 7))


def _colors(parts: Parts, random: Random, _: Change) -> None:
    parts.colors = min(256, max(1, parts.colors + random.choice((-1, 1, parts.colors))))


def _palette(parts: Parts, random: Random, change: Change) -> None:
    palette = change(parts.palette)
    if not parts.packed:  # as many bytes as there were
        palette = palette[: len(parts.palette)].ljust(len(parts.palette), b"\x80")
    elif random.randrange(8) == 0 and parts.unpacked():
        parts.packed, palette = False, parts.unpacked()
    parts.palette = palette


def _chunk(parts: Parts, random: Random, change: Change) -> None:
    chunks = parts.chunks = list(parts.chunks or [])
    place = random.randrange(len(chunks)) if chunks else 0
    what = random.randrange(8)
    if not chunks or what == 0:
        chunks.insert(place, chunk(random.choice(_TYPES), change(b"\2")))
        return
    kind, payload = chunks[place][:4], chunks[place][8:]
    if what == 1:
        chunks.pop(place)
    elif what == 2:
        chunks.append(chunks[place])
    elif what == 3:
        chunks[place] = change(chunks[place])
    elif kind == b"ORDR":
        chunks[place] = chunk(kind, changed_sequences(payload, 1, random, change))
    elif kind == b"SMAP":
        streams = payload[:1] if random.randrange(4) else change(payload[:1])
        chunks[place] = chunk(kind, streams + changed_sequences(payload[1:], 1, random, change))
    else:
        chunks[place] = chunk(kind, change(payload))


def _tail(parts: Parts, _: Random, change: Change) -> None:
    parts.tail = change(parts.tail)


_CHANGES = {
    _tile: 60, _method: 5, _tiles: 5, _sides: 6, _flags: 4, _colors: 3, _palette: 6, _chunk: 10,
    _tail: 1,
}  # fmt: skip
"""How often each change is made."""


def changed_sequences(data: bytes, streams: int, random: Random, change: Change) -> bytes:
    """Return the data of a compact tile, or of a table, with a number or a sequence changed."""
    fields, at = list[int | tuple[int, bytes]](), 0
    while at < len(data):
        if streams > 1:
            streams -= 1
            number, at = _varint_at(data, at)
            fields.append(number)
            if number == 0 and streams > 1:
                continue
        stated, at = _varint_at(data, at)
        fields.append((stated & 15, data[at : at + (stated >> 4)]))
        at += stated >> 4
    if not fields:
        return change(data)
    place = random.randrange(len(fields))
    field = fields[place]
    if isinstance(field, int):
        fields[place] = max(0, field + random.choice((-1, 1)))
    else:
        fields[place] = _changed_sequence(*field, random, change)
    return b"".join(
        varint(each)
        if isinstance(each, int)
        else head(len(each[1]), each[0] & _LAYOUT, framed=each[0] >= _FRAMED) + each[1]
        for each in fields
    )


def _changed_sequence(kind: int, body: bytes, random: Random, change: Change) -> tuple[int, bytes]:
    if random.randrange(8) == 0:
        return kind ^ 1 << random.randrange(4), body
    if kind & _FRAMED:
        return kind, changed_frame(body, random, change)
    return kind, change(body)


def _varint_at(data: bytes, at: int) -> tuple[int, int]:
    """Return the number there, such as it is, and where it ends."""
    number = shift = 0
    while at < len(data) and shift < 35:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            break
    return number, at


def changed_frame(frame: bytes, random: Random, change: Change) -> bytes:
    """Return a zstd frame with the content of a block, its kind, or the header changed."""
    header = frame_header(frame)
    if header is None or random.randrange(8) == 0:
        return change(frame)
    blocks, at, last = list[Block](), header.size, False
    while not last and at + 3 <= len(frame):
        stated = int.from_bytes(frame[at : at + 3], "little")
        last, kind, size = bool(stated & 1), stated >> 1 & 3, stated >> 3
        end = at + 3 + (1 if kind == RLE_BLOCK else size)
        blocks.append(Block(kind, size, frame[at + 3 : end]))
        at = end
    if not blocks:
        return change(frame)
    place = random.randrange(len(blocks))
    kind, size, body = blocks[place]
    if random.randrange(8) == 0:
        kind = random.randrange(4)
    else:
        body = change(body)
    if kind == RLE_BLOCK:
        blocks[place] = Block(kind, size, body[:1])
    else:
        blocks[place] = Block(kind, len(body), body)
    ends = [number == len(blocks) for number in range(1, len(blocks) + 1)]
    joined = (block_bytes(each, last=end) for each, end in zip(blocks, ends, strict=True))
    return frame[: header.size] + b"".join(joined)
