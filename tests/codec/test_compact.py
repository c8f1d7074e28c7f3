"""Compact tiles: the transform is exact, and used where it pays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import (
    Code,
    FormatError,
    IndexedImage,
    KmfError,
    Method,
    ParameterError,
    decode,
    decode_indexed,
    encode_indexed,
    quantize,
)
from kmformat.codec.compact.fit import cluster_contexts, learn_tables, sample_bands
from kmformat.codec.compact.model import (
    Tables,
    default_orders,
    default_tables,
    distances,
    from_lehmer_codes,
    inverse,
    lehmer_codes,
    read_tables,
    write_tables,
)
from kmformat.codec.compact.sequences import (
    LAYOUTS,
    Coder,
    FieldReader,
    top_of,
    varint,
    write_sequence,
)
from kmformat.codec.compact.tile import decode_compact, encode_compact
from kmformat.codec.decoder import read_head
from kmformat.codec.zstd_frame import ENTROPY, Setting
from kmformat.storage.streams import fetch_from
from tests.samples import U8, indexed, photo
from tools.conformance.forge.container import chunk, forge

QUICK, THOROUGH = Coder((ENTROPY,)), Coder((ENTROPY, Setting(19)), thorough=True)
few_and_many = st.sampled_from([1, 2, 3, 4, 15, 16, 17, 40, 256])


def random_case(K: int, height: int, width: int, seed: int) -> tuple[U8, U8]:
    """Palette and indices; small indices are frequent, so that tables have something to learn."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (K, int(rng.choice([3, 4]))), np.uint8)
    indices = rng.integers(0, K, (2, height, width), np.uint8)
    return palette, indices.min(axis=0)


# The transform


@given(few_and_many, st.integers(1, 24), st.integers(1, 24), st.integers(0, 99), st.data())
@settings(deadline=None)
def test_decoding_inverts_encoding(
    K: int, height: int, width: int, seed: int, data: st.DataObject
) -> None:
    palette, indices = random_case(K, height, width, seed)
    streams = data.draw(st.sampled_from([1, 2, 8]))
    tables = learn_tables(indices, palette, streams=streams, learned=data.draw(st.booleans()))
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
    dist = distances(tables.palette).tolist()
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
    tables = learn_tables(indices, palette, streams=3, learned=False)
    for coder in (QUICK, THOROUGH):
        data = encode_compact(indices, tables, coder)
        assert np.array_equal(by_the_spec(data, indices.shape, tables), indices)


def test_default_orders_are_neighbours_first_then_by_distance() -> None:
    palette = np.array([[0, 0, 0], [10, 0, 0], [30, 0, 0], [200, 0, 0]], np.uint8)
    orders = default_orders(palette)
    assert orders[1, 3].tolist() == [
        3,
        1,
        2,
        0,
    ]  # dist sums from 3 and 1: 2 -> 170 + 20, 0 -> 200 + 10
    assert orders[2, 2].tolist() == [2, 1, 0, 3]
    assert np.array_equal(np.sort(orders, axis=2), np.broadcast_to(np.arange(4), (4, 4, 4)))
    assert np.array_equal(inverse(inverse(orders)), orders)


@given(st.integers(1, 16), st.integers(0, 99))
def test_lehmer_codes_tell_a_permutation(K: int, seed: int) -> None:
    rows = np.random.default_rng(seed).permuted(np.tile(np.arange(K), (9, 1)), axis=1)
    digits = lehmer_codes(rows.astype(np.uint8))
    assert (digits < np.arange(K, 0, -1)).all()
    assert np.array_equal(from_lehmer_codes(digits), rows)
    assert not lehmer_codes(np.arange(K, dtype=np.uint8)).any()


def test_contexts_that_behave_alike_share_a_stream() -> None:
    sure, unsure = [90, 5, 5, 0], [25, 25, 25, 25]
    counts = np.array([unsure, sure, [0, 0, 0, 0], sure, unsure])
    assert cluster_contexts(counts, 2).tolist() == [1, 0, 0, 0, 1]


def test_a_huge_image_is_sampled_in_bands() -> None:
    indices = np.zeros((4200, 3000), np.uint8)
    assert 1 << 21 < sample_bands(indices).size <= 1 << 22
    assert sample_bands(indices[:100]).shape == (100, 3000)


# Sequences


@given(st.sampled_from(LAYOUTS), st.integers(1, 600), st.floats(0, 1), st.integers(0, 99))
def test_sequences_come_back_from_every_layout(
    layout: int, count: int, zeros: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, top_of(layout) + 1, count).astype(np.uint8)
    numbers[rng.random(count) < zeros] = 0
    written, chosen = write_sequence(numbers, [layout], QUICK)
    reader = FieldReader(written)
    read, found = reader.sequence(count)
    reader.end()
    assert chosen == found == layout
    assert np.array_equal(read, numbers)


@given(st.integers(0, 2**35 - 1))
def test_varints_come_back(value: int) -> None:
    assert FieldReader(varint(value)).varint() == value


# Files


def test_photographs_are_stored_compact_and_smaller_unless_fast_decoding_is_wanted() -> None:
    image = quantize(photo(200, 300))
    compact, plain = encode_indexed(image), encode_indexed(image, fast_decode=True)
    assert len(compact) < 0.95 * len(plain)
    methods = [read_head(*fetch_from(data), 10**6).directory["method"] for data in (compact, plain)]
    assert [list(method) for method in methods] == [[Method.COMPACT], [Method.ZSTD]]
    for data in (compact, plain):
        assert np.array_equal(decode(data), image.to_pixels())


@pytest.mark.parametrize("colors", [2, 4, 16, 17, 256])
@pytest.mark.parametrize("effort", [1, 2, 3, 5, 6, 9])
def test_no_effort_loses_more_than_16_bytes_to_plain_tiles(colors: int, effort: int) -> None:
    for image in (quantize(photo(70, 90), colors=colors), indexed(40, 50, colors)):
        best = encode_indexed(image, effort=effort)
        plain = encode_indexed(image, effort=effort, fast_decode=True)
        assert len(best) <= len(plain) + 16
        assert np.array_equal(decode_indexed(best).indices, image.indices)


def test_tiles_in_step_and_alone_and_of_all_shapes_are_the_same() -> None:
    image = quantize(photo(203, 307))
    data = encode_indexed(image, tile=(101, 50))  # the last column is 4 pixels wide: too thin
    head = read_head(*fetch_from(data), 10**6)
    compact = head.directory["method"] == Method.COMPACT
    assert compact.reshape(5, 4).tolist()[:4] == [[True, True, True, False]] * 4
    assert np.array_equal(decode(data), image.to_pixels())
    for box in ((0, 0, 1, 1), (99, 49, 205, 51), (306, 202, 307, 203)):
        left, upper, right, lower = box
        assert np.array_equal(decode(data, box=box), image.to_pixels()[upper:lower, left:right])


def test_huge_tiles_are_not_compact() -> None:
    image = IndexedImage(indexed(1, 1, 2).palette, np.zeros((4100, 4100), np.uint8))
    image.indices[::3, ::5] = 1
    data = encode_indexed(image, tile=(4100, 4100), effort=2)
    head = read_head(*fetch_from(data), 1 << 28)
    assert head.directory["method"].tolist() == [Method.ZSTD]


def test_threads_are_checked_even_where_they_do_not_matter() -> None:
    data = encode_indexed(quantize(photo(200, 300)))
    with pytest.raises(ParameterError, match="threads 0"):
        decode(data, threads=0)


def test_tables_are_no_chunks_of_the_image() -> None:
    image = quantize(photo(200, 300))
    again = decode_indexed(encode_indexed(image))
    assert again.chunks == ()
    assert encode_indexed(again) == encode_indexed(image)


def test_the_first_tile_at_fault_is_named_among_many_in_step() -> None:
    image = quantize(photo(128, 160))
    data = bytearray(encode_indexed(image, tile=(32, 32)))
    head = read_head(*fetch_from(bytes(data)), 10**6)
    for tile in (17, 9):
        data[int(head.offsets[tile])] ^= 1
    with pytest.raises(FormatError) as caught:
        decode(bytes(data))
    assert (caught.value.tile, caught.value.code) == (9, Code.TILE_CHECKSUM)


def test_an_image_without_tables_has_one_stream_and_default_orders() -> None:
    palette, indices = random_case(5, 9, 9, 1)
    tables = default_tables(palette)
    assert write_tables(tables) == []
    decoded = decode_compact([encode_compact(indices, tables, QUICK)], (9, 9), tables)
    assert np.array_equal(decoded[0], indices)


@given(st.integers(0, 10**6), st.integers(0, 7), st.sampled_from([3, 16, 17]))
@settings(deadline=None)
def test_any_damage_with_right_checksums_is_an_image_or_an_error(
    seed: int, bit: int, K: int
) -> None:
    palette, indices = random_case(K, 20, 20, 1)
    tables = learn_tables(indices, palette, streams=4, learned=True)
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
