"""Compact tiles: the transform is exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import IndexedImage, KmfError, decode_indexed
from kmformat.arrays import U8
from kmformat.codec.compact.fit import Survey, learn_tables
from kmformat.codec.compact.model import Tables, read_tables, write_tables
from kmformat.codec.compact.sequences import Coder, FieldReader, top_of
from kmformat.codec.compact.tile import decode_compact, encode_compact
from kmformat.codec.zstd_frame import ENTROPY, Setting
from kmformat.kernels.orders import color_distances
from tests.samples import random_case
from tools.conformance.forge.container import chunk, forge

QUICK, THOROUGH = Coder((ENTROPY,)), Coder((ENTROPY, Setting(19)), thorough=True)
few_and_many = st.sampled_from([1, 2, 3, 4, 15, 16, 17, 40, 256])


@given(few_and_many, st.integers(1, 24), st.integers(1, 24), st.integers(0, 99), st.data())
@settings(deadline=None)
def test_decoding_inverts_encoding(
    K: int, height: int, width: int, seed: int, data: st.DataObject
) -> None:
    palette, indices = random_case(K, height, width, seed)
    streams = data.draw(st.sampled_from([1, 2, 8]))
    tables = learn_tables(
        Survey(indices, palette), streams=streams, learned=data.draw(st.booleans())
    )
    read = read_tables(write_tables(tables), palette)
    coder = THOROUGH if data.draw(st.booleans()) else QUICK
    tiles = [indices, indices[::-1].copy(), np.zeros_like(indices)]
    decoded = decode_compact([encode_compact(t, tables, coder) for t in tiles], indices.shape, read)
    assert np.array_equal(decoded, tiles)


def by_the_spec(data: bytes, shape: tuple[int, int], tables: Tables) -> U8:
    """Decode a tile of at most 16 colours and default orders, pixel by pixel, as the spec says."""
    (height, width), K, reader = shape, len(tables.palette), FieldReader(data)
    left, streams, escaped = height * width, [], []
    for number in range(tables.streams):
        count = reader.varint() if number < tables.streams - 1 else left
        left -= count
        ranks, layout = reader.sequence(count) if count else (np.empty(0, np.uint8), 3)
        streams.append(ranks.tolist())
        top = top_of(layout)
        if top + 1 < K:
            escaped += [(number, place) for place, rank in enumerate(streams[-1]) if rank == top]
    if escaped:
        for (number, place), more in zip(escaped, reader.sequence(len(escaped))[0], strict=True):
            streams[number][place] += int(more)
    reader.end()
    dist = color_distances(tables.palette).tolist()
    out = np.zeros((height, width), np.uint8)
    for diagonal in range(height + width - 1):
        for y in range(max(0, diagonal - width + 1), min(height, diagonal + 1)):
            x = diagonal - y
            N = int(out[y - 1, x]) if y else 0
            W = int(out[y, x - 1]) if x else 0
            NW = int(out[y - 1, x - 1]) if x and y else 0
            keys = [(dist[v][W] + dist[v][N], v) for v in range(K)]
            order = list(dict.fromkeys([W, N, *(v for _, v in sorted(keys))]))
            context = 4 * (N * K + W) + min(3, order.index(NW))
            out[y, x] = order[streams[tables.context_map[context]].pop(0)]
    return out


@given(st.sampled_from([2, 5, 16]), st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
@settings(deadline=None)
def test_a_decoder_that_goes_pixel_by_pixel_agrees(
    K: int, height: int, width: int, seed: int
) -> None:
    palette, indices = random_case(K, height, width, seed)
    tables = learn_tables(Survey(indices, palette), streams=3, learned=False)
    for coder in (QUICK, THOROUGH):
        data = encode_compact(indices, tables, coder)
        assert np.array_equal(by_the_spec(data, indices.shape, tables), indices)


@given(st.integers(0, 10**6), st.integers(0, 7), st.sampled_from([3, 16, 17]))
@settings(deadline=None)
def test_any_damage_with_right_checksums_is_an_image_or_an_error(
    seed: int, bit: int, K: int
) -> None:
    palette, indices = random_case(K, 20, 20, 1)
    tables = learn_tables(Survey(indices, palette), streams=4, learned=True)
    tile = bytearray(encode_compact(indices, tables, QUICK))
    chunks = [bytearray(part.payload) for part in write_tables(tables)]
    part = [tile, *chunks][seed % (1 + len(chunks))]
    part[seed % len(part)] ^= 1 << bit
    kinds = [known.type for known in write_tables(tables)]
    blob = b"".join(chunk(k, bytes(payload)) for k, payload in zip(kinds, chunks, strict=True))
    try:
        shown = decode_indexed(
            forge(flags=3 | 4 * (palette.shape[1] == 4), width=20, height=20, methods=[2],
                  palette=palette.tobytes(), chunks=blob, tiles=[bytes(tile)])
        )  # fmt: skip
        assert IndexedImage(shown.palette, shown.indices)
    except KmfError as error:
        assert str(error)
