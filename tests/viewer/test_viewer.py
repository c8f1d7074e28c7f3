"""The viewer in a real browser: files in, and what is seen of them."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import IndexedImage
from kmformat.arrays import U8
from kmformat.viewer.page import with_files
from tests.samples import icon, indexed, noise, photo
from tests.viewer.conftest import VIEWER

if TYPE_CHECKING:
    from playwright.sync_api import Page

DROP = """(files) => {
    const data = new DataTransfer();
    for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name));
    }
    for (const type of ['dragover', 'drop']) {
        document.querySelector('#stage').dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
}"""
READ = """() => {
    const { width, height } = document.querySelector('#canvas');
    const context = document.querySelector('#canvas').getContext('2d');
    const { data } = context.getImageData(0, 0, width, height);
    let text = '';
    for (let i = 0; i < data.length; i += 8192) {
        text += String.fromCharCode(...data.subarray(i, i + 8192));
    }
    return [width, height, btoa(text)];
}"""


def drop(page: Page, **files: bytes) -> None:
    """Drop files, by names of which the last _ stands for a dot."""
    given = [
        {"name": ".".join(name.rsplit("_", 1)), "base64": b64encode(data).decode()}
        for name, data in files.items()
    ]
    page.evaluate(DROP, given)


def drop_and_wait(page: Page, **files: bytes) -> None:
    """Drop files, and wait until the first is shown whole."""
    drop(page, **files)
    page.wait_for_function("(name) => document.title.startsWith(name)", arg=next(iter(files))[:-4])
    settle(page)


def settle(page: Page) -> None:
    """Wait until nothing more is drawn."""
    page.evaluate(
        """async () => {
            const canvas = document.querySelector('#canvas');
            for (let before, same = 0; same < 4;) {
                await new Promise((done) => setTimeout(done, 60));
                const now = canvas.toDataURL();
                same = now === before ? same + 1 : 0;
                before = now;
            }
        }"""
    )


def canvas(page: Page) -> U8:
    """What the canvas shows, RGBA."""
    settle(page)
    width, height, data = page.evaluate(READ)
    return np.frombuffer(b64decode(data), np.uint8).reshape(height, width, 4)


def part_shown(page: Page, height: int, width: int) -> U8:
    """What the canvas shows in its middle, where an image that it all shows is."""
    seen = canvas(page)
    top, left = (round((seen.shape[0] - height) / 2), round((seen.shape[1] - width) / 2))
    corners = [(top + dy, left + dx) for dy in (0, 1, -1) for dx in (0, 1, -1)]
    empty = seen[..., 3] == 0
    for y, x in corners:  # a half is rounded up or down
        around = empty.copy()
        around[y : y + height, x : x + width] = True
        if around.all():
            return seen[y : y + height, x : x + width]
    raise AssertionError("the image is not in the middle")


def fact(page: Page, name: str) -> str:
    """What the panel says of the file."""
    return str(page.locator(f"#facts dt:text-is('{name}') + dd").inner_text())


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
        np.indices((3000, 5000)).sum(axis=0).astype(np.uint8) >> 3 & 1,
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


def test_on_a_phone_the_panel_is_below_and_a_pinch_zooms(browser: Any, faults: list[str]) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, device_scale_factor=2, has_touch=True
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(VIEWER.as_uri())
    drop_and_wait(page, photo_kmf=kmformat.encode(photo()))
    page.locator("#facts dd", has_text="photo.kmf").wait_for()
    stage, panel = (page.locator(each).bounding_box() for each in ("#stage", "aside"))
    assert stage is not None
    assert panel is not None
    assert panel["y"] >= stage["y"] + stage["height"]
    assert stage["width"] == 390
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    before = float(page.locator("#zoom").text_content().rstrip("%"))
    touch = context.new_cdp_session(page)
    middle = stage["y"] + stage["height"] / 2
    for kind, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
        points = [{"x": 195 + side * spread, "y": middle, "id": side + 1} for side in (-1, 1)]
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if spread else []}
        )
    after = float(page.locator("#zoom").text_content().rstrip("%"))
    assert after / before == pytest.approx(2, rel=0.02)
    context.close()
    assert faults == []
