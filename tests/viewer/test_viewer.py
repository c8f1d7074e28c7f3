"""The viewer in a real browser: files in, and what is seen of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import IndexedImage
from kmformat.viewer.page import with_files
from tests.samples import icon, indexed, noise, photo
from tests.viewer.conftest import VIEWER
from tests.viewer.seen import canvas, drop, drop_and_wait, fact, part_shown, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize(
    ("colors", "options"),
    [(16, {}), (3, {"bits": 8}), (200, {}), (16, {"tile": (70, 50)}), (256, {"fast_decode": True})],
)
def test_a_dropped_file_is_shown_pixel_by_pixel(
    viewer: Page, colors: int, options: dict[str, Any]
) -> None:
    image = indexed(300, 400, colors)
    drop_and_wait(viewer, noise_kmf=kmformat.encode_indexed(image, **options))
    assert viewer.locator("#empty").is_hidden()
    viewer.keyboard.press("1")
    assert np.array_equal(part_shown(viewer, 300, 400)[..., :3], image.to_pixels())
    assert viewer.title() == "noise.kmf - KMF viewer"
    assert fact(viewer, "pixels") == "400 x 300"


def test_a_small_picture_is_shown_in_whole_multiples(viewer: Page) -> None:
    image = indexed(9, 10, 7)
    drop_and_wait(viewer, icon_kmf=kmformat.encode_indexed(image))
    zoom = int(viewer.locator("#zoom").inner_text().rstrip("%")) // 100
    assert zoom > 30
    seen = part_shown(viewer, 9 * zoom, 10 * zoom)
    assert np.array_equal(seen[zoom // 2 :: zoom, zoom // 2 :: zoom, :3], image.to_pixels())


def test_alpha_lets_the_background_through(viewer: Page) -> None:
    data = kmformat.encode(icon(64))
    drop_and_wait(viewer, icon_kmf=data)
    viewer.keyboard.press("1")
    seen, pixels = canvas(viewer), kmformat.decode(data)
    assert {*np.unique(seen[..., 3])} == {*np.unique(pixels[..., 3])}


def test_a_large_file_is_shown_by_its_tiles(viewer: Page) -> None:
    image = IndexedImage(
        np.array([[0, 0, 0], [255, 255, 255]], np.uint8),
        (np.indices((3000, 5000)).sum(axis=0) >> 3 & 1).astype(np.uint8),
    )
    drop_and_wait(viewer, large_kmf=kmformat.encode_indexed(image, tile=(512, 512)))
    settle(viewer)
    seen = canvas(viewer)
    shown = seen[seen[..., 3] > 0]
    assert abs(int(shown[..., 0].mean()) - 127) < 6  # half of it is white
    viewer.keyboard.press("1")
    seen = canvas(viewer)
    assert (seen[..., 3] == 255).all()
    assert {*np.unique(seen[..., :3])} == {0, 255}


def test_the_button_opens_files(viewer: Page, tmp_path: Path) -> None:
    path = tmp_path / "photo.kmf"
    kmformat.save(photo(), path)
    with viewer.expect_file_chooser() as chosen:
        viewer.locator("#choose").click()
    chosen.value.set_files([path])
    viewer.locator("#facts dd", has_text="photo.kmf").wait_for()
    assert viewer.locator("#palette button").count() == 16


def test_an_error_says_what_is_wrong(viewer: Page) -> None:
    drop(viewer, cut_kmf=kmformat.encode(photo())[:50])
    message = viewer.locator("#message")
    message.wait_for()
    assert "cut.kmf can't be shown." in message.inner_text()
    assert "(truncated)" in message.inner_text()
    message.locator("button").click()
    assert message.is_hidden()
    drop(viewer, notes_txt=b"hello")
    message.get_by_text("notes.txt is neither a KMF file nor a picture").wait_for()
    drop(viewer, photo_kmf=kmformat.encode(photo()))
    viewer.locator("#facts dd", has_text="photo.kmf").wait_for()
    assert message.is_hidden()


def test_a_damaged_tile_is_red_and_the_rest_is_there(viewer: Page) -> None:
    image = indexed(200, 300, 16)
    data = bytearray(kmformat.encode_indexed(image, tile=(150, 100)))
    data[-1] ^= 1
    drop_and_wait(viewer, damaged_kmf=bytes(data))
    viewer.keyboard.press("1")
    seen = part_shown(viewer, 200, 300)[..., :3]
    assert np.array_equal(seen[:100], image.to_pixels()[:100])
    assert (seen[100:, 150:] == (0xDD, 0, 0x22)).all()
    assert "Tile 3 is damaged (tile-checksum)" in viewer.locator("#message").inner_text()


def test_dragging_moves_and_keys_zoom(viewer: Page) -> None:
    image = indexed(100, 100, 16)
    drop_and_wait(viewer, some_kmf=kmformat.encode_indexed(image))
    viewer.keyboard.press("1")
    before = canvas(viewer)
    viewer.mouse.move(400, 300)
    viewer.mouse.down()
    viewer.mouse.move(430, 280, steps=3)
    viewer.mouse.up()
    assert np.array_equal(np.roll(before, (-20, 30), (0, 1)), canvas(viewer))
    viewer.keyboard.press("ArrowDown")
    assert np.array_equal(np.roll(before, (-100, 30), (0, 1)), canvas(viewer))
    viewer.keyboard.press("+")
    assert viewer.locator("#zoom").inner_text() == "125%"
    viewer.mouse.wheel(0, -400)
    viewer.locator("#zoom", has_text="250%").wait_for()
    viewer.keyboard.press("0")
    assert viewer.locator("#zoom").inner_text() == "600%"


def test_a_pixel_says_its_place_index_and_colour(viewer: Page) -> None:
    image = indexed(2, 2, 4).with_names(["", "sea", "sky", "sand"])
    drop_and_wait(viewer, four_kmf=kmformat.encode_indexed(image))
    box = viewer.locator("#canvas").bounding_box()
    assert box is not None
    viewer.mouse.move(box["x"] + box["width"] / 2 + 9, box["y"] + box["height"] / 2 + 9)
    index = int(image.indices[1, 1])
    assert index == 3
    assert viewer.locator("#pixel").inner_text() == (
        f"(1, 1): colour 3, #{bytes(image.palette[3]).hex()}, sand"
    )
    assert viewer.locator("#palette .here").get_attribute("data-index") == "3"
    viewer.mouse.move(1, 1)
    assert viewer.locator("#pixel").inner_text() == "Point at a pixel"
    assert viewer.locator("#palette .here").count() == 0


def test_a_colour_that_is_pointed_at_stands_out_and_a_click_hides_the_rest(viewer: Page) -> None:
    image = indexed(60, 80, 5)
    drop_and_wait(viewer, five_kmf=kmformat.encode_indexed(image))
    viewer.keyboard.press("1")
    third = viewer.locator("#palette button").nth(2)
    uses = int((image.indices == 2).sum())
    viewer.wait_for_function(
        "() => document.querySelector('#palette button').title.includes('pix')"
    )
    assert third.get_attribute("title") == f"2: #{bytes(image.palette[2]).hex()}, {uses} pixels"

    third.hover()
    alpha = part_shown(viewer, 60, 80)[..., 3]
    assert (alpha[image.indices == 2] == 255).all()
    assert (alpha[image.indices != 2] < 60).all()
    third.click()
    alpha = canvas(viewer)[..., 3]
    assert (alpha > 0).sum() == uses
    viewer.locator("#palette button").nth(0).click(modifiers=["Control"])
    assert (canvas(viewer)[..., 3] > 0).sum() == uses + int((image.indices == 0).sum())
    viewer.mouse.move(300, 300)
    viewer.keyboard.press("Escape")
    assert (part_shown(viewer, 60, 80)[..., 3] == 255).all()


def test_chequers_are_behind_what_can_be_looked_through(viewer: Page) -> None:
    def chequered() -> bool:
        style = "(stage) => getComputedStyle(stage).backgroundImage"
        return bool(viewer.locator("#stage").evaluate(style) != "none")

    drop_and_wait(viewer, photo_kmf=kmformat.encode(photo()), icon_kmf=kmformat.encode(icon()))
    assert not chequered()
    viewer.locator("#palette button").nth(2).click()
    assert chequered()
    viewer.keyboard.press("Escape")
    assert not chequered()
    viewer.keyboard.press("n")
    assert chequered()


def test_how_a_file_stores_its_picture_is_folded(viewer: Page) -> None:
    drop_and_wait(viewer, five_kmf=kmformat.encode_indexed(indexed(60, 80, 5), zstd=False))
    assert viewer.locator("#facts").is_visible()
    assert not viewer.locator("#details").is_visible()
    viewer.locator("summary").click()
    assert viewer.locator("#details dt", has_text="tiles").is_visible()


def test_the_original_is_on_the_left_of_the_slider(viewer: Page) -> None:
    pixels = noise(200, 300, 3, 1)
    original = io.BytesIO()
    Image.fromarray(pixels).save(original, "PNG")
    data = kmformat.encode(pixels, colors=4)
    drop_and_wait(viewer, noise_kmf=data, noise_png=original.getvalue())
    viewer.locator("#slider").wait_for()
    assert viewer.title() == "noise.kmf - KMF viewer"
    viewer.keyboard.press("1")
    both = np.hstack([pixels[:, :150], kmformat.decode(data)[:, 150:]])
    assert np.array_equal(part_shown(viewer, 200, 300)[..., :3], both)
    assert fact(viewer, "original").startswith(f"{len(original.getvalue()):,} bytes")
    viewer.locator("#slider").focus()
    for _ in range(25):
        viewer.keyboard.press("ArrowLeft")
    assert np.array_equal(part_shown(viewer, 200, 300)[..., :3], kmformat.decode(data))
    viewer.keyboard.press("c")
    assert viewer.locator("#slider").is_hidden()


def test_a_picture_of_another_size_is_no_original(viewer: Page) -> None:
    original = io.BytesIO()
    Image.fromarray(photo(10, 20)).save(original, "PNG")
    drop_and_wait(viewer, photo_kmf=kmformat.encode(photo()), small_png=original.getvalue())
    viewer.locator("#message", has_text="a picture of 20 x 10 pixels").wait_for()
    assert viewer.locator("#slider").is_hidden()


def test_several_files_are_gone_through(viewer: Page) -> None:
    drop_and_wait(viewer, a_kmf=kmformat.encode(photo()), b_kmf=kmformat.encode(icon()))
    viewer.locator("#files").wait_for()
    assert viewer.title().startswith("a.kmf")
    viewer.keyboard.press("n")
    assert viewer.title().startswith("b.kmf")
    viewer.locator("#files").select_option("a.kmf")
    assert viewer.title().startswith("a.kmf")


def test_a_page_with_files_inside_shows_them(page: Page, tmp_path: Path) -> None:
    image, name = indexed(50, 60, 9), "</script><b>&\u2028'.kmf"
    path = tmp_path / "page.html"
    pictures = [(name, kmformat.encode_indexed(image)), ("b.kmf", kmformat.encode(photo()))]
    path.write_text(with_files(VIEWER.read_text("utf-8"), pictures), "utf-8")
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.locator("#facts dd", has_text=name).wait_for()
    settle(page)
    page.keyboard.press("1")
    assert np.array_equal(part_shown(page, 50, 60)[..., :3], image.to_pixels())
    assert page.locator("#files option").all_inner_texts() == [name, "b.kmf"]


def test_a_saved_png_holds_the_picture(viewer: Page, tmp_path: Path) -> None:
    image = indexed(50, 60, 9)
    drop_and_wait(viewer, some_kmf=kmformat.encode_indexed(image))
    with viewer.expect_download() as saved:
        viewer.locator("#save").click()
    assert saved.value.suggested_filename == "some.png"
    saved.value.save_as(tmp_path / "some.png")
    with Image.open(tmp_path / "some.png") as png:
        assert np.array_equal(np.asarray(png), image.indices)


def test_overviews_are_shown_where_they_are_large_enough(viewer: Page) -> None:
    data = kmformat.encode(noise(40, 9000, 3, 6), overviews="picture", tile=(1000, 40))
    info = kmformat.read_info(data)
    broken = bytearray(data)
    at = len(data) - info.sizes["tail"] - 1
    broken[at] ^= 1  # the last tile of the image, which is not needed
    drop_and_wait(viewer, wide_kmf=bytes(broken))
    assert not (canvas(viewer)[..., :3] == (0xDD, 0, 0x22)).all(axis=2).any()  # nothing is red
    assert fact(viewer, "overviews").startswith("1125 x 5")
