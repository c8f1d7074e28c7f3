"""Files dropped on the viewer, and what is seen of them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import numpy as np

from kmformat.arrays import U8

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
    return str(page.locator(f"aside dt:text-is('{name}') + dd").text_content())
