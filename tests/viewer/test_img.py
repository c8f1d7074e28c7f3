"""<img> shows KMF pictures where spec/kmf-img.js is on the page."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.viewer.conftest import ROOT
from tools.conformance.check_types import WEB, examples

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

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


PNG = io.BytesIO()
Image.new("RGB", (5, 4)).save(PNG, "PNG")
A, B, NONE = "vectors/example.kmf", "vectors/compact-example.kmf", "none.kmf"  # 3 and 8 pixels wide
OTHER = f"data:image/png;base64,{b64encode(PNG.getvalue()).decode()}"  # 5 pixels wide
INLINE = b64encode((ROOT / "spec" / A).read_bytes()).decode()
ORDERS: dict[str, tuple[int, list[dict[str, str | None]]]] = {
    "a KMF file": (3, [{"src": A}]),
    "another KMF file": (8, [{"src": A}, {"src": B}]),
    "a KMF file again": (3, [{"src": A}, {"src": A}]),
    "another and back": (3, [{"src": A}, {"src": B}, {"src": A}]),
    "another picture": (5, [{"src": A}, {"src": OTHER}]),
    "another picture and back": (3, [{"src": A}, {"src": OTHER}, {"src": A}]),
    "another picture first": (3, [{"src": OTHER}, {"src": A}]),
    "a missing file": (0, [{"src": A}, {"src": NONE}]),
    "a missing file first": (3, [{"src": NONE}, {"src": A}]),
    "no source": (0, [{"src": A}, {"src": None}]),
    "another data-kmf": (8, [{"data-kmf": A}, {"data-kmf": B}]),
    "another data-kmf and back": (3, [{"data-kmf": A}, {"data-kmf": B}, {"data-kmf": A}]),
    "a missing data-kmf": (0, [{"data-kmf": A}, {"data-kmf": NONE}]),
    "a missing data-kmf and back": (3, [{"data-kmf": A}, {"data-kmf": NONE}, {"data-kmf": A}]),
    "no data-kmf": (0, [{"data-kmf": A}, {"data-kmf": None}]),
    "a picture after data-kmf": (5, [{"data-kmf": A}, {"data-kmf": None, "src": OTHER}]),
    "data-kmf over src": (3, [{"src": OTHER, "data-kmf": A}, {"src": B}]),
    "a missing data-kmf over src": (5, [{"src": OTHER, "data-kmf": NONE}]),
    "a file in the page": (3, [{"src": f"data:application/octet-stream;base64,{INLINE}"}]),
    "a file in the page, by its type": (3, [{"src": f"data:image/x-kmf;base64,{INLINE}"}]),
    "a file in the page, after a picture": (3, [{"src": OTHER}, {"src": f"data:;base64,{INLINE}"}]),
}
"""Changes of attributes of an image, and how wide it is then; 0 where it shows its alt text."""
CHANGE = """async ([orders, pause]) => {
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    await Promise.all(Object.entries(orders).map(async ([id, [, steps]]) => {
        const image = document.body.appendChild(Object.assign(new Image(), { id, alt: id }));
        for (const step of steps) {
            for (const [name, value] of Object.entries(step)) {
                if (value === null) image.removeAttribute(name);
                else image.setAttribute(name, value);
            }
            await wait(pause);
        }
    }));
    await wait(300);
    const found = () => Object.fromEntries(Object.keys(orders).map((id) => {
        const { complete, naturalWidth } = document.getElementById(id);
        return [id, complete ? naturalWidth : undefined];
    }));
    const isRight = ([id, width]) => orders[id][0] === width;
    for (let tries = 0; tries < 100 && !Object.entries(found()).every(isRight); tries++) {
        await wait(50);
    }
    return found();
}"""


@pytest.mark.parametrize("pause", [1, 300])
def test_an_image_shows_what_it_was_last_asked_for(page: Page, site: str, pause: int) -> None:
    page.goto(f"{site}/web-example.html")
    widths = page.evaluate(CHANGE, [ORDERS, pause])
    assert widths == {name: width for name, (width, _) in ORDERS.items()}


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
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}/web-example.html")
    page.locator("#error", has_text="trailing").wait_for()
    page.evaluate("() => document.body.append(Object.assign(new Image(), { src: 'none.kmf' }))")
    page.locator("#error", has_text="none.kmf: the server answered 404").wait_for()
    assert [text for text in said if text.startswith("vectors/invalid-trailing.kmf: KmfError")]


def test_a_png_by_the_name_of_a_kmf_file_is_no_error(page: Page, site: str) -> None:
    page.route("**/png.kmf", lambda route: route.fulfill(body=PNG.getvalue()))
    page.goto(f"{site}/web-example.html")
    page.locator("#error", has_text="trailing").wait_for()
    add = "(name) => document.body.append(Object.assign(new Image(), { src: name, id: name }))"
    for name in ("png.kmf", "none.kmf"):
        page.evaluate(add, name)
    page.locator("#error", has_text="none.kmf").wait_for()
    assert "png" not in page.locator("#error").inner_text()
    assert page.evaluate("() => document.getElementById('png.kmf').naturalWidth") == 5


def test_a_page_needs_no_more_of_a_content_security_policy_than_told(page: Page, site: str) -> None:
    told = re.search(r"`(default-src 'self';[^`]*)`", WEB.read_text("utf-8"))
    assert told

    def add_policy(route: Route) -> None:
        answer = route.fetch()
        policy = f"{told[1]}; style-src 'unsafe-inline'"
        route.fulfill(
            response=answer, headers={**answer.headers, "Content-Security-Policy": policy}
        )

    page.route("**/web-example.html", add_policy)
    page.goto(f"{site}/web-example.html")
    assert shown(page, "img >> nth=0").shape == (8, 8, 4)
    page.locator("#error", has_text="trailing").wait_for()


def test_a_worker_makes_the_picture_as_told(page: Page, site: str) -> None:
    worker, user = (text for text in examples() if "orker" in text)
    page.route(
        "**/kmf-worker.js",
        lambda route: route.fulfill(body=worker, content_type="text/javascript"),
    )
    page.route(
        "**/lake.kmf", lambda route: route.fulfill(path=ROOT / "spec" / "vectors" / "example.kmf")
    )
    page.goto(f"{site}/web-example.html")
    page.evaluate(
        f"""() => {{
            const image = document.body.appendChild(Object.assign(new Image(), {{ id: 'worked' }}));
            {user}
        }}"""
    )
    assert shown(page, "#worked").shape == (2, 3, 4)
