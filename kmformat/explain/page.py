"""The page: a lesson as one HTML file that needs nothing, neither the net nor matplotlib.

Strategy: a function for each section; pictures are PNG in the page, curves are SVG, and a script
moves the centroids. Every text that is not ours is escaped, and the page's own policy lets nothing
be loaded.
"""

from __future__ import annotations

import io
import json
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmformat.explain.charts import Series, bar_chart, line_chart
from kmformat.explain.figures import doublings
from kmformat.explain.parts import counted, sampled
from kmformat.explain.storing import Accounting
from kmformat.report.notebook import data_url, image_png
from kmformat.storage.resources import resource_text

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.explain.lesson import Lesson
    from kmformat.indexed import IndexedImage

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_SMALL_SIDE = 400
"""Pixels: up to so many, a picture is shown with its pixels as squares."""
_TALL = 0.85
"""Width to height: up to that, pictures stay beside each other on small screens."""


def lesson_html(lesson: Lesson, name: str = "picture") -> str:
    """Return the page of a lesson, one HTML document.

    Parameters
    ----------
    name
        What to call the picture.
    """
    K, (height, width) = lesson.colors, lesson.pixels.shape[:2]
    kind = "pixels " * (max(width, height) <= _SMALL_SIDE) + "tall" * (width / height <= _TALL)
    sections = (
        _run(lesson),
        _before_after(lesson),
        _compared(lesson),
        _elbow(lesson),
        _accounting(lesson),
        _file(lesson),
        _better(lesson),
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>k-means: {escape(name)} in {K} colours</title>
<style>{resource_text("explain", "page.css")}</style>
</head>
<body>
<main class="{kind}">
<header>
<h1>How k-means finds {_colors(K)}</h1>
<p>{_about(lesson, name)}</p>
</header>
{"".join(sections)}
<footer>Made by <code>kmformat explain</code>; random starts with seed {lesson.seed}. The page is
one file, and needs nothing else.</footer>
</main>
<script type="application/json" id="lesson">{_data(lesson)}</script>
<script>{resource_text("explain", "page.js")}</script>
</body>
</html>
"""


def _about(lesson: Lesson, name: str) -> str:
    height, width = lesson.pixels.shape[:2]
    full_width, full_height = lesson.full_size
    said = f"{escape(name)}: {full_width} x {full_height} pixels of {_colors(lesson.full_colors)}."
    if lesson.full_size != (width, height):
        said += f" All numbers below are of a reduced copy, {width} x {height} pixels."
    return said


def _before_after(lesson: Lesson) -> str:
    image = lesson.taught.image
    counts = np.bincount(image.indices.ravel(), minlength=len(image.palette))
    order = np.argsort(-counts, kind="stable")
    codes = [f"#{bytes(color).hex()}" for color in image.palette[order].tolist()]
    swatches = "".join(
        f'<i style="background:{code};flex:{count}" title="{code}"></i>'
        for code, count in zip(codes, counts[order].tolist(), strict=True)
    )
    original = f'<img id="original" alt="original" src="{data_url(_png(lesson.pixels))}">'
    return f"""<section id="before-after">
<h2>The picture, and the same in {_colors(lesson.colors)}</h2>
<div class="two">
<figure><figcaption><b>Original</b><br><small>{_colors(lesson.full_colors)}</small></figcaption>
{original}</figure>
{_figure(f"K = {lesson.colors}", lesson.taught.quality, image)}
</div>
<p class="under">The palette: each colour is as wide as its share of the pixels.</p>
<div class="palette">{swatches}</div>
</section>
"""


def _run(lesson: Lesson) -> str:
    K, inertia = lesson.colors, lesson.inertia.tolist()
    last, (height, width) = len(inertia) - 1, lesson.pixels.shape[:2]
    chart = line_chart(
        [Series(dict(enumerate(inertia)))], "Iteration", "Inertia a pixel",
        range(0, last + 1, 1 + last // 12), mark=0,
    )  # fmt: skip
    start = "1 random pixel" if K == 1 else f"{K} random pixels"
    return f"""<section id="run">
<div class="controls">
<button id="play" type="button">Play</button>
<input id="iteration" type="range" min="0" max="{last}" value="0" aria-label="iteration">
<output id="said" for="iteration">random start</output>
<label><input id="own" type="checkbox"> colours as they are</label>
</div>
<div class="run">
<canvas id="space" tabindex="0" role="img"
aria-label="colours and centroids in red, green and blue: dragging, or arrow keys, turn it">
</canvas>
<div>
<canvas id="picture" width="{width}" height="{height}"></canvas>
{chart}
</div>
</div>
<p>Each colour is a point in the space of red, green and blue. k-means starts with {start} as
centroids, and then repeats: each point goes to its closest centroid, and each centroid moves to the
mean of its points. The inertia, here a pixel's mean squared distance to its centroid, only
falls.</p>
<noscript><p>The script of this page moves the centroids, and is turned off.</p></noscript>
</section>
"""


def _compared(lesson: Lesson) -> str:
    cards = "".join(
        _figure(f"K = {K}", version.quality, version.image, enlarges=True)
        for K, version in lesson.versions.items()
    )
    return f"""<section id="compare">
<h2>How many colours?</h2>
<p>The same picture, by k-means from random starts, each run on until it converges. A click enlarges
it.</p>
<div class="grid">{cards}</div>
</section>
"""


def _elbow(lesson: Lesson) -> str:
    K = lesson.colors
    chart = line_chart(
        [
            Series(lesson.elbow, "k-means, when it converged"),
            Series(lesson.elbow_of_search, "KMF's search"),
        ],
        "K, number of colours", "Inertia a pixel", doublings(max(lesson.elbow)),
        mark=K, mark_name=f"K = {K}, shown here", doubling=True,
    )  # fmt: skip
    return f"""<section id="elbow">
<h2>The elbow curve</h2>
<p>More colours leave less error. Before the elbow each one helps a lot, after it hardly. k-means
runs from one random start until it converges. KMF's search, the dashed line, also moves centroids
to where they help more. A step to the right is twice the colours.</p>
{chart}
</section>
"""


def _accounting(lesson: Lesson) -> str:
    sums, (height, width) = Accounting.of(lesson.taught.image), lesson.pixels.shape[:2]
    K, d, pixels, bits = sums.colors, sums.channels, sums.pixels, sums.index_bits
    return f"""<section id="accounting">
<h2>What there is to store</h2>
<p>Instead of {d} values for each pixel: a palette of {_colors(K)}, and for each pixel the number of
its colour.</p>
<p class="sum">{width} x {height} x {d} = {sums.values_before:,} values<br>
{K} x {d} + {pixels:,} = <b>{sums.values_after:,}</b> values</p>
<p>A value of a pixel takes 8 bits, and an index below {K} takes {bits}:</p>
<p class="sum">{width} x {height} x {8 * d} = {8 * sums.values_before:,} bits<br>
{K} x {8 * d} + {pixels:,} x {bits} = <b>{sums.bits_after:,}</b> bits</p>
<p>That is {sums.said}.</p>
</section>
"""


def _file(lesson: Lesson) -> str:
    rows = [(step.name, step.how, step.bytes) for step in lesson.steps]
    bits = 8 * lesson.steps[-1].bytes / lesson.pixel_count
    return f"""<section id="file">
<h2>What the file takes</h2>
<p>In bytes, step by step. In the end it is {bits:.2f} bits a pixel.</p>
{bar_chart(rows)}
</section>
"""


def _better(lesson: Lesson) -> str:
    searched, dithered = lesson.searched, lesson.dithered
    settled = lesson.settled(lesson.colors)
    better = searched.quality
    if settled.mse and searched.mse:  # what is told is the difference of what is told
        gain = round(searched.psnr, 1) - round(settled.psnr, 1)
        better = f"{gain:+.1f} dB beside the converged run"
    cards = (
        _figure("k-means, when it converged", settled.quality, settled.image, enlarges=True),
        _figure("kmformat.quantize", searched.quality, searched.image, enlarges=True),
        _figure("kmformat encode", dithered.quality, dithered.image, enlarges=True),
    )
    return f"""<section id="better">
<h2>The same number of colours, found better</h2>
<p>k-means reached {lesson.taught.likeness} after {counted(len(lesson.inertia) - 1, "iteration")},
and {settled.likeness} when it converged; where it ends depends on its random start.
<code>kmformat.quantize</code> searches on, by moving centroids to where they help more: {better}.
<code>kmformat encode</code> compares colours as eyes see them, and mixes those of photographs from
dots: PSNR counts these as errors, and they take more bytes, but bands are gone.</p>
<div class="grid">{"".join(cards)}</div>
</section>
"""


def _figure(title: str, detail: str, image: IndexedImage, *, enlarges: bool = False) -> str:
    shown = f'<img alt="{escape(title)}" src="{data_url(image_png(image))}">'
    if enlarges:
        shown = f'<button type="button" aria-expanded="false">{shown}</button>'
    caption = f"<figcaption><b>{escape(title)}</b><br><small>{escape(detail)}</small></figcaption>"
    return f"<figure>{caption}{shown}</figure>"


def _data(lesson: Lesson) -> str:
    """Return what the script needs, as JSON that ends no script element."""
    history = lesson.run.history
    shown = lesson.points[sampled(lesson.points, lesson.weights)]
    data = {
        "path": history.centroids.round(3).tolist(),
        "points": shown.astype(int).ravel().tolist(),
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _png(pixels: U8) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _colors(count: int) -> str:
    return counted(count, "colour")
