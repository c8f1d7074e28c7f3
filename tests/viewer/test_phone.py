"""The viewer on a phone: fingers, few pixels of CSS, and many of the screen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.samples import indexed, photo
from tests.viewer.conftest import VIEWER
from tests.viewer.seen import drop_and_wait, part_shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def phone(browser: Browser, faults: list[str]) -> Iterator[Page]:
    """The viewer on a phone of 780 x 1600 pixels, which are 390 x 800 of CSS."""
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, device_scale_factor=2, has_touch=True
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(VIEWER.as_uri())
    yield page
    context.close()
    assert faults == []


def test_the_panel_is_below_and_a_pinch_zooms(phone: Page) -> None:
    drop_and_wait(phone, photo_kmf=kmformat.encode(photo()))
    stage, panel = (phone.locator(each).bounding_box() for each in ("#stage", "aside"))
    assert stage is not None
    assert panel is not None
    assert panel["y"] >= stage["y"] + stage["height"]
    assert stage["width"] == 390
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 390
    before = float(str(phone.locator("#zoom").text_content()).rstrip("%"))
    touch = phone.context.new_cdp_session(phone)
    middle = stage["y"] + stage["height"] / 2
    for kind, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
        points = [{"x": 195 + side * spread, "y": middle, "id": side + 1} for side in (-1, 1)]
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if spread else []}
        )
    after = float(str(phone.locator("#zoom").text_content()).rstrip("%"))
    assert after / before == pytest.approx(2, rel=0.02)


def test_a_tap_says_what_is_there(phone: Page) -> None:
    image = indexed(2, 2, 4)
    drop_and_wait(phone, four_kmf=kmformat.encode_indexed(image))
    assert phone.locator("#pixel").inner_text() == "Point at a pixel"
    box = phone.locator("#canvas").bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + box["width"] / 2 + 9, box["y"] + box["height"] / 2 + 9)
    said = f"(1, 1): colour {image.indices[1, 1]}"
    assert phone.locator("#pixel").inner_text().startswith(said)


def test_a_picture_that_fits_is_shown_pixel_by_pixel(phone: Page) -> None:
    image = indexed(512, 768, 16)
    drop_and_wait(phone, wide_kmf=kmformat.encode_indexed(image))
    assert phone.locator("#zoom").text_content() == "100%"
    assert np.array_equal(part_shown(phone, 512, 768)[..., :3], image.to_pixels())


def test_all_is_in_sight_and_large_enough_for_fingers(phone: Page) -> None:
    original = io.BytesIO()
    Image.fromarray(photo()).save(original, "PNG")
    data = kmformat.encode(photo(), colors=16)
    drop_and_wait(phone, photo_kmf=data, photo_png=original.getvalue())
    phone.locator("#slider").wait_for()
    for button in phone.locator("button, summary").all():
        box = button.bounding_box()
        if box is not None:
            assert box["width"] >= 44, button.inner_text()
            assert box["height"] >= 44, button.inner_text()
    box = phone.locator("#save").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800


def test_the_canvas_has_the_pixels_of_the_screen(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 411, "height": 731}, device_scale_factor=2.625)
    page = context.new_page()
    page.goto(VIEWER.as_uri())
    drop_and_wait(page, photo_kmf=kmformat.encode(photo()))
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    sides = page.evaluate(
        "() => { const { width, height } = document.querySelector('#canvas');"
        " return [width, height]; }"
    )
    assert sides == [round(box["width"] * 2.625), round(box["height"] * 2.625)]
    context.close()
