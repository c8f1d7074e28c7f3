"""KMF as Pillow's users meet it."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from PIL import Image, ImageFile, UnidentifiedImageError

import kmformat
from kmformat import IndexedImage
from tests.samples import icon, indexed, indexed_images, photo


def saved(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "KMF", **options)
    return stream.getvalue()


def opened(data: bytes) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(data))


def drawing(colors: int = 5, **info: object) -> Image.Image:
    """An image of mode P whose last two colours are not used."""
    image = Image.fromarray(indexed(13, 11, max(1, colors - 2)).indices)
    image.putpalette(np.random.default_rng(colors).bytes(3 * colors))
    image.info.update(info)
    return image


def same(a: Image.Image, b: Image.Image) -> bool:
    """Whether two images of mode P have the same palette, indices and transparency."""
    return (
        (a.mode, a.size) == (b.mode, b.size) == ("P", b.size)
        and a.getpalette() == b.getpalette()
        and a.tobytes() == b.tobytes()
        and a.info.get("transparency") == b.info.get("transparency")
    )


def test_importing_the_package_registers_the_format() -> None:
    code = (
        "import kmformat; from PIL import Image; "
        "assert Image.registered_extensions()['.kmf'] == 'KMF'; "
        "assert Image.MIME['KMF'] == 'image/x-kmf'; "
        "import sys; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(indexed_images())
def test_any_image_opens_with_its_palette_and_indices(image: IndexedImage) -> None:
    with opened(kmformat.encode_indexed(image)) as shown:
        assert (shown.format, shown.mode) == ("KMF", "P")
        assert shown.get_format_mimetype() == "image/x-kmf"
        assert np.array_equal(np.asarray(shown), image.indices)
        assert shown.getpalette() == image.palette[:, :3].ravel().tolist()
        mode = "RGBA" if image.palette.shape[1] == 4 else "RGB"
        assert np.array_equal(np.asarray(shown.convert(mode)), image.to_pixels())


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("fast", [False, True])
def test_every_depth_and_method_and_ragged_tiles_open(bits: int, fast: bool) -> None:
    image = indexed(61, 75, min(1 << bits, 16))
    data = kmformat.encode_indexed(image, bits=bits, tile=(23, 17), fast_decode=fast)
    assert np.array_equal(np.asarray(opened(data)), image.indices)


@pytest.mark.parametrize(
    "image",
    [
        drawing(),
        drawing(2),
        drawing(16),
        drawing(17),
        drawing(256),
        drawing(transparency=1),
        drawing(transparency=bytes([0, 100, 255, 3, 7])),
        drawing(40, transparency=bytes(range(40))),
    ],
)
def test_an_image_with_a_palette_comes_back_exactly_through_png_too(image: Image.Image) -> None:
    png = io.BytesIO()
    image.save(png, "PNG")
    before = Image.open(png)
    shown = opened(saved(before))
    assert same(shown, before)
    again = io.BytesIO()
    shown.save(again, "PNG")
    assert same(Image.open(again), before)


def test_a_short_transparency_is_that_of_the_first_entries() -> None:
    shown = opened(saved(drawing(transparency=b"\x00\x80")))
    assert shown.info["transparency"] == b"\x00\x80\xff\xff\xff"


def test_a_palette_with_alpha_of_its_own_is_kept() -> None:
    image = drawing(2)
    image.putpalette(bytes([1, 2, 3, 0, 4, 5, 6, 128]), "RGBA")
    shown = opened(saved(image))
    assert shown.convert("RGBA").tobytes() == image.convert("RGBA").tobytes()


def test_indices_beyond_the_palette_are_black_as_pillow_has_them() -> None:
    image = drawing(5)
    image.putpixel((0, 0), 9)
    shown = opened(saved(image))
    assert shown.convert("RGB").tobytes() == image.convert("RGB").tobytes()
    assert shown.tobytes() == image.tobytes()


def test_black_and_white_is_kept() -> None:
    image = Image.fromarray(photo(31, 17)).convert("1")
    shown = opened(saved(image, bits=1))
    assert shown.getpalette() == [0, 0, 0, 255, 255, 255]
    assert shown.convert("1").tobytes() == image.tobytes()


def test_fewer_colours_can_be_asked_for_and_other_images_are_quantised() -> None:
    assert len(opened(saved(drawing(40), colors=8)).getpalette() or ()) == 24
    image = Image.fromarray(photo())
    assert (
        opened(saved(image)).convert("RGB").tobytes()
        == kmformat.decode(kmformat.encode(image)).tobytes()
    )
    assert len(opened(saved(image, colors=5)).getpalette() or ()) == 15


def test_options_of_other_formats_are_ignored_and_wrong_values_are_not() -> None:
    saved(drawing(), optimize=True, quality=90)
    with pytest.raises(ValueError, match="colors 0"):
        saved(drawing(), colors=0)


def test_opening_reads_the_head_only_and_allocates_no_pixels() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    image = IndexedImage(indexed(1, 1, 16).palette, np.zeros((4000, 5000), np.uint8))
    image.indices[::7, ::5] = 3
    stream = Counting(kmformat.encode_indexed(image, zstd=False, tile=(500, 500)))
    Image.open(stream)
    stream.taken = 0
    tracemalloc.start()
    with Image.open(stream) as shown:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (shown.size, peak < 1 << 18, stream.taken < 4000) == ((5000, 4000), True, True)


def test_files_are_closed_when_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    drawing().save(path)
    image = Image.open(path)
    assert image.filename == str(path)
    image.load()
    assert image.fp is None
    assert same(image, drawing())


def test_images_survive_copy_and_pickle_before_and_after_loading() -> None:
    data = saved(drawing(transparency=b"\x00\x80"))
    for load in (False, True):
        image = opened(data)
        if load:
            image.load()
        for other in (copy.copy(image), pickle.loads(pickle.dumps(image)), image.copy()):
            assert same(other, opened(data))


def test_thumbnails_crops_and_regions() -> None:
    image = opened(saved(Image.fromarray(photo())))
    image.thumbnail((20, 20))
    assert image.size == (20, 15)
    part = opened(saved(drawing())).crop((2, 3, 7, 9))
    assert part.tobytes() == drawing().crop((2, 3, 7, 9)).tobytes()


@pytest.mark.parametrize("alpha", [False, True])
def test_a_crop_reads_only_its_tiles_and_is_that_of_the_loaded_image(alpha: bool) -> None:
    pixels = icon(60) if alpha else photo(60, 80)
    data = kmformat.encode(pixels, tile=(16, 16), colors=20)
    info = kmformat.read_info(data)
    damaged = data[:-1] + bytes([data[-1] ^ 1])  # in the last tile
    image, loaded = Image.open(io.BytesIO(damaged)), Image.open(io.BytesIO(data))
    loaded.load()
    for box in ((3, 2, 40, 30), (0.2, 0.4, 16.3, 16), (5, 5, 6, 6)):
        part, expected = image.crop(box), loaded.crop(box)
        assert part == expected
        assert part.info == expected.info
        assert part.convert("RGBA").tobytes() == expected.convert("RGBA").tobytes()
    with pytest.raises(OSError, match=f"tile {info.tiles - 1}"):
        image.crop((0, 0, *image.size))
    for outside in ((-4, -3, 5, 5), (50, 50, 90, 90), None):
        assert Image.open(io.BytesIO(data)).crop(outside) == loaded.crop(outside)


def test_an_image_can_be_saved_over_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    drawing().save(path)
    with Image.open(path) as image:
        image.save(path)
    with Image.open(path) as image:
        assert same(image, drawing())


def test_verify_finds_damage_that_opening_does_not() -> None:
    data = saved(drawing())
    opened(data).verify()
    image = opened(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(OSError, match="tile-checksum"):
        image.verify()


def test_a_foreign_file_is_not_identified() -> None:
    for data in (b"", b"\x8bKM", b"GIF89a", b"\x8bKMG" + bytes(99)):
        with pytest.raises(UnidentifiedImageError):
            opened(data)


@pytest.mark.parametrize("anyway", [False, True])
def test_damage_is_an_oserror_and_never_half_an_image(
    anyway: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", anyway)
    data = saved(Image.fromarray(photo()))
    head = len(data) - kmformat.read_info(io.BytesIO(data)).sizes["tiles"]
    for length in (5, 20, head - 1):
        with pytest.raises(UnidentifiedImageError, match="truncated"):
            opened(data[:length])
    for bad, code in (
        (data[:-1], "truncated"), (data[:head], "truncated"), (data + b"x", "trailing"),
        (data[:-1] + bytes([data[-1] ^ 1]), "tile-checksum"),
    ):  # fmt: skip
        image = opened(bad)
        assert image.size == (80, 60)
        with pytest.raises(OSError, match=code) as caught:
            image.load()
        assert ("LOAD_TRUNCATED_IMAGES does not apply" in str(caught.value)) == anyway
        with pytest.raises(OSError, match=code):
            opened(bad).verify()


def test_the_bomb_guard_is_on_every_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(drawing())  # 143 pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.warns(Image.DecompressionBombWarning):
        opened(data)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 71)
    with pytest.raises(Image.DecompressionBombError):
        opened(data)
    with pytest.raises(Image.DecompressionBombError):
        kmformat.pillow_plugin.KmfImageFile(io.BytesIO(data))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    opened(data).load()


def test_files_fed_in_parts_come_out_whole() -> None:
    data = saved(drawing())
    parser = ImageFile.Parser()
    for start in range(0, len(data), 7):
        parser.feed(data[start : start + 7])
    assert same(parser.close(), drawing())


def test_streams_that_cannot_seek_are_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._stream = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self._stream.read(size)

    with Image.open(Pipe(saved(drawing()))) as image:  # type: ignore[arg-type]
        assert same(image, drawing())


def test_alpha_of_other_images_survives() -> None:
    image = Image.fromarray(icon())
    shown = opened(saved(image)).convert("RGBA")
    assert np.array_equal(np.asarray(shown), kmformat.decode(kmformat.encode(image)))


WIDE = indexed(48, 4200, 16)
"""Large enough for two overviews, of 525 and 262 pixels."""


@pytest.mark.parametrize("alpha", [False, True])
def test_a_thumbnail_is_made_of_an_overview_in_its_colors(alpha: bool) -> None:
    image = indexed(48, 4200, 16, alpha=alpha)
    data = kmformat.encode(image, overviews="picture")
    start = len(data) - kmformat.read_info(data).sizes["tail"]
    damaged = data[: start - 1] + b"?" + data[start:]  # the image itself can't be read
    with opened(damaged) as shown:
        shown.thumbnail((250, 250))
        assert (shown.mode, shown.size) == ("RGBA" if alpha else "RGB", (250, 3))
        assert "transparency" not in shown.info
        small = kmformat.decode(data, scale=(525, 525))
        assert abs(np.asarray(shown).mean(axis=(0, 1)) - small.mean(axis=(0, 1))).max() < 9


def test_draft_shows_the_smallest_overview_that_has_enough_pixels() -> None:
    data = kmformat.encode(WIDE, overviews="picture")
    for asked, half in [((263, 263), 3), ((262, 262), 4), ((9, 9), 4), ((4200, 3), 4)]:
        with opened(data) as shown:
            mode, box = shown.draft(None, asked) or ("", ())
            assert (mode, box) == ("RGB", (0, 0, *shown.size))
            assert np.array_equal(np.asarray(shown), kmformat.decode(data, scale=0.5**half))
            assert shown.draft(None, (9, 9)) is None  # it is loaded


def test_draft_changes_nothing_where_no_overview_serves() -> None:
    data = kmformat.encode(WIDE, overviews="picture")
    for source, size in [(data, (526, 526)), (kmformat.encode(WIDE), (9, 9)), (data, None)]:
        with opened(source) as shown:
            assert shown.draft("RGB", size) is None
            assert np.array_equal(np.asarray(shown), WIDE.indices)


def test_overviews_of_labels_stay_in_mode_p() -> None:
    data = kmformat.encode(WIDE, overviews="labels")
    with opened(data) as shown:
        shown.draft(None, (300, 300))
        assert (shown.mode, shown.size) == ("P", (525, 6))
        assert shown.getpalette() == WIDE.palette.ravel().tolist()
        expected = kmformat.decode_indexed(data, scale=(525, 525))
        assert np.array_equal(np.asarray(shown), expected.indices)
