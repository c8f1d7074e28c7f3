"""A real browser, Chromium, and pages in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import kmformat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
VIEWER = Path(kmformat.__file__).parent / "viewer" / "viewer.html"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; the test is skipped where it, or playwright, is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install '.[browser]'")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with tempfile.TemporaryDirectory() as profile, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*FLAGS, f"--crash-dumps-dir={profile}"]
        )
        yield browser
        browser.close()


@pytest.fixture
def faults() -> list[str]:
    """What the page threw, which no test expects."""
    return []


@pytest.fixture
def page(browser: Browser, faults: list[str]) -> Iterator[Page]:
    """A page of 1000 x 700 pixels in which nothing may be thrown."""
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


@pytest.fixture
def viewer(page: Page) -> Page:
    """The viewer, opened from its file, without a network."""
    page.context.set_offline(True)
    page.goto(VIEWER.as_uri())
    return page


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a server of the folder spec/."""
    handler = partial(Handler, directory=str(ROOT / "spec"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
