"""The page of a lesson: what it shows, that it needs nothing, and that names do no harm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kmformat.explain import Lesson, lesson_html, make_lesson
from kmformat.explain.charts import Series, bar_chart, line_chart
from tests.samples import photo, rows

HOSTILE = '</title><script>alert(1)</script><img src=x onerror="alert(2)">&\'.png'
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Page(HTMLParser):
    """Tags and attributes of a page, its text, and its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts = "", list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.cdata_elem == "script":
            self.scripts.append(data)
        elif self.cdata_elem is None:
            self.text += data


@pytest.fixture(scope="session")
def html(lesson: Lesson) -> str:
    return lesson_html(lesson, "photo.png")


def test_it_is_one_file_that_needs_nothing(html: str) -> None:
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    assert "@import" not in html
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith("data:image/png;base64,")
    policy = [held["content"] for tag, held in page.tags if "http-equiv" in held]
    assert policy == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    ]


def test_it_tells_the_numbers_of_the_lesson(lesson: Lesson, html: str) -> None:
    text = " ".join(Page(html).text.split())
    assert "How k-means finds 8 colours" in text
    assert f"photo.png: 80 x 60 pixels of {len(lesson.points):,} colours." in text
    assert "80 x 60 x 3 = 14,400 values" in text
    assert "8 x 3 + 4,800 = 4,824 values" in text
    assert "80 x 60 x 24 = 115,200 bits" in text
    assert "8 x 24 + 4,800 x 3 = 14,592 bits" in text
    for step in lesson.steps:
        assert f"{step.name} {step.how}" in text
        assert f"{step.bytes:,}" in text
    for version in (*lesson.versions.values(), lesson.searched, lesson.dithered):
        assert f"PSNR {version.psnr:.1f} dB, {version.file_bytes:,} bytes" in text
    for K in lesson.compared:
        assert f"K = {K}" in text


def test_its_script_has_the_history_as_it_is(lesson: Lesson, html: str) -> None:
    data = json.loads(Page(html).scripts[0])
    history = lesson.run.history
    assert np.allclose(data["path"], history.centroids, atol=0.001)
    assert len(data["points"]) % 3 == 0
    dots = re.findall(r"<title>(\d+): ([\d,.]+(?:e\+\d+)?)</title>", html)
    told = dict(dots[: len(lesson.inertia)])
    assert told == {str(i): f"{value:,.6g}" for i, value in enumerate(lesson.inertia)}


def test_names_are_text_and_nothing_else(lesson: Lesson, html: str) -> None:
    hostile = lesson_html(lesson, HOSTILE)
    page, plain = Page(hostile), Page(html)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert HOSTILE in page.text


def test_a_reduced_picture_says_so() -> None:
    lesson = make_lesson(np.tile(photo(), (1, 12, 1)), colors=2, compared=(2,), iterations=1)
    text = " ".join(Page(lesson_html(lesson)).text.split())
    assert f"picture: 960 x 60 pixels of {len(rows(photo().reshape(-1, 3))):,} colours." in text
    assert "All numbers below are of a reduced copy, 768 x 48 pixels." in text


def test_the_gain_is_the_difference_of_the_numbers_that_are_told(lesson: Lesson) -> None:
    for each in (lesson, make_lesson(photo(), colors=16, compared=(2,), seed=4)):
        text = " ".join(Page(lesson_html(each)).text.split())
        (gain,) = re.findall(r"([+-][\d.]+) dB beside the converged run", text)
        told = re.findall(r"PSNR ([\d.]+) dB, ", text[text.index("beside the converged run") :])
        assert float(gain) == pytest.approx(float(told[1]) - float(told[0]))


def test_a_picture_of_one_colour_has_a_page_too() -> None:
    text = Page(lesson_html(make_lesson(np.zeros((2, 2, 3), np.uint8)))).text
    assert "How k-means finds 1 colour\n" in text
    assert "exact" in text


# In a browser


def in_chromium(html: str, path: Path, script: str, *options: str) -> Any:
    """What a script on the page finds, in a browser without the net."""
    told = f"{script}.then((found) => {{ document.body.textContent = JSON.stringify(found); }})"
    html = html.replace("<head>", f"<head><script>{FRAMES}</script>", 1)
    path.write_text(html.replace("</body>", f"<script>{told}</script></body>"), "utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", f"--user-data-dir={path.parent / 'profile'}",
            "--virtual-time-budget=20000", *options, "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    (body,) = re.findall(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    return json.loads(body)


FRAMES = """
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 16);
window.cancelAnimationFrame = clearTimeout;
"""
"""Frames that follow the browser's virtual time, which its own do not."""
PLAYED = """(async () => {
  const errors = [];
  addEventListener("error", (event) => errors.push(event.message));
  const wait = (time) => new Promise((done) => setTimeout(done, time));
  const slider = document.getElementById("iteration"), said = document.getElementById("said");
  const picture = document.getElementById("picture"), space = document.getElementById("space");
  await document.getElementById("original").decode();
  await wait(100);
  const { width, height } = picture;
  const shown = () => [...picture.getContext("2d").getImageData(0, 0, width, height).data];
  const drawn = () => space.toDataURL();
  const first = shown(), start = drawn(), told = [said.textContent];
  slider.value = 2;
  slider.dispatchEvent(new Event("input"));
  const second = shown(), moved = drawn();
  told.push(said.textContent);
  space.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
  const turned = drawn();
  document.getElementById("play").click();
  await wait(15000);
  told.push(said.textContent, document.getElementById("play").textContent);
  const card = document.querySelector("#compare figure");
  card.querySelector("button").click();
  return { first, second, last: shown(), told, errors, large: card.classList.contains("large"),
    changed: [start !== moved, moved !== turned], wide: document.documentElement.scrollWidth };
})()"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize(
    ("width", "options"),
    [(1280, ()), (500, ("--force-dark-mode", "--force-prefers-reduced-motion"))],
)
def test_in_a_browser_it_plays_the_run(
    lesson: Lesson, html: str, tmp_path: Path, width: int, options: tuple[str, ...]
) -> None:
    found = in_chromium(
        html, tmp_path / "page.html", PLAYED, f"--window-size={width},900", *options
    )
    assert found["errors"] == []
    last = len(lesson.run.history.inertia) - 1
    assert found["told"] == [
        "random start", f"iteration 2 of {last}", f"iteration {last} of {last}", "Play"
    ]  # fmt: skip
    assert found["changed"] == [True, True]
    assert found["large"]
    for name, iteration in (("first", 0), ("second", 2), ("last", last)):
        shown = np.array(found[name], np.uint8).reshape(60, 80, 4)[..., :3]
        expected = lesson.rebuilt(iteration).to_pixels()
        # centroids are rounded to 0.001 for the page, which may change a pixel between two
        assert (shown == expected).all(axis=2).mean() > 0.999
    assert found["wide"] <= width  # nothing sticks out


# Charts


def test_a_line_goes_through_its_values_from_0_up() -> None:
    svg = line_chart(
        [Series({0: 100.0, 5: 50.0, 10: 0.0}, "a & b")], "x <", "y", (0, 5, 10), mark=5
    )
    (points,) = re.findall(r'polyline points="([^"]+)"', svg)
    (x0, y0), (x5, y5), (x10, y10) = (map(float, point.split(",")) for point in points.split())
    assert x5 - x0 == pytest.approx(x10 - x5)
    assert y5 - y0 == pytest.approx(y10 - y5, abs=0.2)
    assert y10 > y0
    assert f'class="mark" cx="{x5}" cy="{y5}"' in svg
    assert "a &amp; b" in svg
    assert "x &lt;" in svg
    assert ">100<" in svg


@pytest.mark.parametrize("most", [0.0, 0.003, 1.0, 7.0, 99.0, 100.0, 101.0, 6.9e8, 2e12])
def test_a_scale_is_of_a_few_round_numbers_that_hold_all(most: float) -> None:
    svg = line_chart([Series({1: most})], "x", "y", (1,))
    labels = re.findall(r'text-anchor="end">([^<]+)<', svg)
    assert 2 <= len(labels) <= 7
    assert all(len(label) <= 6 for label in labels)
    (y,) = re.findall(r'<circle cx="[^"]+" cy="([^"]+)"', svg)
    assert 13.9 <= float(y) <= 340


def test_bars_are_as_long_as_their_amounts() -> None:
    bars = bar_chart([("a", "first", 1000), ("b", "<second>", 250), ("c", "none", 0)])
    assert re.findall(r"width:([\d.]+)%", bars) == ["72.00", "18.00", "0.00"]
    assert "1,000" in bars
    assert "25 %" in bars
    assert "&lt;second&gt;" in bars
