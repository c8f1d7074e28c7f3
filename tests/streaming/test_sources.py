"""Whatever is read in blocks is encoded as an array is, by threads and by processes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import ParameterError, Reader, decode_to, encode, encode_to
from kmformat.codec.format.head import Box
from kmformat.streaming.sources import blocks_of, chunk_size, read_block, sent
from tests.samples import icon, photo

PIXELS = photo(60, 90)
TILE = (32, 24)


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


opened: list[Any] = []
"""Files that are to be closed after a test."""


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


def zarr_array(folder: Path, pixels: Any) -> Any:
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(
        folder / "a.zarr", shape=pixels.shape, dtype="u1", chunks=(16, 40, *pixels.shape[2:])
    )
    array[...] = pixels
    return array


def dask_array(_: Path, pixels: Any) -> Any:
    array = pytest.importorskip("dask.array")
    return array.from_array(pixels, chunks=(25, 30, -1)[: pixels.ndim])


def h5py_dataset(folder: Path, pixels: Any) -> Any:
    h5py = pytest.importorskip("h5py")
    return h5py.File(folder / "a.h5", "w").create_dataset("a", data=pixels)


def tiff_by_tiles(folder: Path, pixels: Any) -> Any:
    tifffile, zarr = pytest.importorskip("tifffile"), pytest.importorskip("zarr")
    tifffile.imwrite(folder / "a.tif", pixels, tile=(16, 32), photometric="rgb")
    opened.append(tifffile.TiffFile(folder / "a.tif"))
    return zarr.open(opened[-1].pages[0].aszarr(), mode="r")


def raster(folder: Path, pixels: Any) -> Any:
    rasterio = pytest.importorskip("rasterio")
    bands = np.moveaxis(np.atleast_3d(pixels), 2, 0)
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", dtype="uint8", count=len(bands),
        width=pixels.shape[1], height=pixels.shape[0],
    ) as dataset:  # fmt: skip
        dataset.write(bands)
    return rasterio.open(folder / "a.tif")


def kmf_file(folder: Path, pixels: Any) -> Any:
    kmformat.save(pixels, folder / "source.kmf", lossless=True)
    return Reader(folder / "source.kmf")


KINDS = [zarr_array, dask_array, h5py_dataset, tiff_by_tiles, raster]


@pytest.mark.filterwarnings("ignore")  # of what these packages use themselves
@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_other_packages_are_read_in_blocks(
    kind: Any, tmp_path: Path, processes: Executor
) -> None:
    source, expected = kind(tmp_path, PIXELS), encode(PIXELS, tile=TILE)
    for executor in (None, processes):
        stream = io.BytesIO()
        encode_to(source, stream, tile=TILE, executor=executor)
        assert stream.getvalue() == expected


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [zarr_array, dask_array, h5py_dataset, raster])
def test_grey_and_alpha_are_read_too(kind: Any, tmp_path: Path) -> None:
    for number, pixels in enumerate((PIXELS[..., 1].copy(), icon(60))):
        folder = tmp_path / str(number)
        folder.mkdir()
        stream = io.BytesIO()
        encode_to(kind(folder, pixels), stream, tile=TILE)
        assert stream.getvalue() == encode(pixels, tile=TILE)


def test_a_file_is_encoded_again_from_a_reader(tmp_path: Path, processes: Executor) -> None:
    few = kmformat.decode(encode(PIXELS))
    for executor in (None, processes):
        stream = io.BytesIO()
        with kmf_file(tmp_path, few) as source:
            encode_to(source, stream, tile=TILE, executor=executor)
        assert stream.getvalue() == encode(few, tile=TILE)


class Slide:
    """What of OpenSlide's class is used."""

    dimensions = (90, 60)

    def read_region(self, location: tuple[int, int], level: int, size: tuple[int, int]) -> Any:
        assert level == 0
        (x, y), (width, height) = location, size
        return Image.fromarray(PIXELS).convert("RGBA").crop((x, y, x + width, y + height))


def test_slides_are_read_by_regions() -> None:
    stream = io.BytesIO()
    encode_to(Slide(), stream, tile=TILE)
    assert stream.getvalue() == encode(PIXELS, tile=TILE)


@pytest.mark.filterwarnings("ignore")
def test_a_file_is_decoded_into_datasets(tmp_path: Path) -> None:
    data, expected = encode(PIXELS, tile=TILE), kmformat.decode(encode(PIXELS))
    for target in (
        zarr_array(tmp_path, np.zeros_like(PIXELS)),
        h5py_dataset(tmp_path, np.zeros_like(PIXELS)),
    ):
        decode_to(data, target)
        assert np.array_equal(target[...], expected)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([[1]], "source of type list"),
        (np.zeros((3, 3), np.uint16), "dtype uint16: expected uint8"),
        (np.zeros((3, 3, 2), np.uint8), r"shape \(3, 3, 2\)"),
        (np.zeros((0, 3), np.uint8), r"shape \(0, 3\)"),
        (np.zeros(3, np.uint8), r"shape \(3,\)"),
    ],
)
def test_what_is_no_image_is_refused(source: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        encode_to(source, io.BytesIO())


def test_a_source_that_gives_something_else_is_refused() -> None:
    class Odd:
        shape, dtype = (9, 9), np.uint8

        def __getitem__(self, key: Any) -> Any:
            return np.zeros((3, 3), np.uint8)

    with pytest.raises(ParameterError, match=r"gave uint8 of shape \(3, 3\) for rows 0 to 9"):
        read_block(Odd(), Box(0, 0, 9, 9))


@pytest.mark.filterwarnings("ignore")
def test_what_a_source_reads_at_a_time_is_known(tmp_path: Path) -> None:
    assert chunk_size(zarr_array(tmp_path, PIXELS)) == (40, 16)
    assert chunk_size(dask_array(tmp_path, PIXELS)) == (30, 25)
    assert chunk_size(blocks_of(raster(tmp_path, PIXELS)))[0] == 90
    assert chunk_size(PIXELS) == (1, 1)


def test_only_what_leads_to_the_same_pixels_elsewhere_is_sent(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "a", np.uint8, "w+", 7, PIXELS.shape)
    mapped[...] = PIXELS
    found = sent(mapped)
    assert found is not None
    assert np.array_equal(found[slice(3, 9), slice(2, 5)], PIXELS[3:9, 2:5])
    assert sent(mapped[1:]) is None
    assert sent(PIXELS) is None
    unpicklable = Slide()
    unpicklable.lock = io.BytesIO().getbuffer()  # type: ignore[attr-defined]
    assert sent(blocks_of(unpicklable)) is None
