"""<img> shows KMF pictures where spec/kmf-img.js is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import kmformat
from tests.viewer.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

PIXELS = """(image) => {
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
}"""


def shown(page: Page, selector: str) -> Any:
    """The pixels of an image, RGBA, once it has been replaced."""
    image = page.locator(selector)
    image.and_(page.locator("[src^='blob:']")).wait_for()
    page.wait_for_function("(image) => image.complete", arg=image.element_handle())
    found = image.evaluate(PIXELS)
    return np.array(found["data"], np.uint8).reshape(found["height"], found["width"], 4)


def test_the_example_shows_its_pictures_and_its_error(page: Page, site: str) -> None:
    page.goto(f"{site}/web-example.html")
    for selector, name in (("img >> nth=0", "compact-example"), ("img >> nth=1", "example")):
        expected = kmformat.read(ROOT / "spec" / "vectors" / f"{name}.kmf")
        assert np.array_equal(shown(page, selector)[..., :3], expected)
    page.locator("#error", has_text="trailing").wait_for()
    assert page.locator("img >> nth=2").get_attribute("src") is None


def test_images_that_come_or_change_later_are_shown(page: Page, site: str) -> None:
    page.goto(f"{site}/web-example.html")
    page.evaluate(
        """() => document.body.append(Object.assign(new Image(), {
            id: 'late', src: 'vectors/example.kmf' }))"""
    )
    assert shown(page, "#late").shape == (2, 3, 4)
    page.evaluate("() => { document.querySelector('#late').src = 'vectors/compact-example.kmf'; }")
    page.wait_for_function("() => document.querySelector('#late').naturalWidth === 8")


def test_a_lazy_image_waits_until_it_is_near(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/web-example.html")
    shown(page, "img >> nth=0")
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend', '<p style="height: 9000px"></p>'
                + '<img id="lazy" loading="lazy" data-kmf="vectors/valid-1-bit-1-colours.kmf">');
        }"""
    )
    page.wait_for_timeout(300)
    assert not [url for url in asked if url.endswith("valid-1-bit-1-colours.kmf")]
    page.locator("#lazy").scroll_into_view_if_needed()
    assert shown(page, "#lazy").shape == (3, 7, 4)


def test_what_is_not_there_is_an_error(page: Page, site: str) -> None:
    page.goto(f"{site}/web-example.html")
    page.locator("#error", has_text="trailing").wait_for()
    page.evaluate("() => document.body.append(Object.assign(new Image(), { src: 'none.kmf' }))")
    page.locator("#error", has_text="none.kmf: 404").wait_for()
