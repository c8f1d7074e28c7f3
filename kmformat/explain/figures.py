"""Figures of k-means at work, for slides, made with matplotlib.

Strategy: each function takes plain values (points, what `run_kmeans` returned, its history) and
returns a figure of 16 to 9; nothing is computed again. Points are colours, (n, 3), from 0 to 255 or
from 0 to 1, which the axes show as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import ParameterError
from kmformat.explain.parts import (
    ACCENT,
    INK,
    MUTED,
    checked_points,
    counted,
    draw_centroids,
    draw_inertia,
    draw_trails,
    rgb,
    sampled,
    scatter,
    space,
)
from kmformat.explain.storing import Accounting, Step, storing_steps
from kmformat.plots import drawing, slide

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kmformat.arrays import U8
    from kmformat.indexed import IndexedImage
    from kmformat.kmeans import KMeansHistory, KMeansResult


def plot_clusters(
    X: npt.ArrayLike, result: KMeansResult, *, weights: npt.ArrayLike | None = None
) -> Figure:
    """Draw colours as points in RGB: on the left as they are, on the right as their centroids.

    Parameters
    ----------
    X
        Colours, shape (n, 3); of many, some are drawn.
    result
        What `kmformat.kmeans.run_kmeans` returned for them.
    weights
        How many pixels have each colour, shape (n,), for those that are drawn.
    """
    X, shown = checked_points(X), sampled(X, weights)
    centroids, idx = result
    colors = rgb(centroids, X)
    with drawing():
        figure = slide(arranged=False)
        left, right = (space(figure, (x, 0.0, 0.5, 0.89), X) for x in (-0.01, 0.48))
        left.set_title("The colours as points")
        scatter(left, X[shown], rgb(X[shown], X))
        right.set_title(f"Their {counted(len(centroids), 'cluster')}")
        scatter(right, X[shown], colors[idx[shown]])
        draw_centroids(right, centroids, colors)
    return figure


def plot_paths(
    X: npt.ArrayLike, history: KMeansHistory, *, weights: npt.ArrayLike | None = None
) -> Figure:
    """Draw how the centroids moved, from their random start (hollow) to where they ended (filled).

    Parameters
    ----------
    X
        Colours, shape (n, 3); of many, some are drawn.
    history
        Of `kmformat.kmeans.run_kmeans`.
    weights
        How many pixels have each colour, shape (n,), for those that are drawn.
    """
    X, shown = checked_points(X), sampled(X, weights)
    iterations = counted(len(history.inertia) - 1, "iteration")
    with drawing():
        figure = slide(arranged=False)
        count = counted(history.centroids.shape[1], "centroid")
        figure.suptitle(f"The way of {count}, from start to end", fontsize=21, y=0.95)
        ax = space(figure, (0.2, -0.02, 0.7, 0.95), X)
        scatter(ax, X[shown], rgb(X[shown], X), alpha=0.15)
        draw_trails(ax, history.centroids, X)
        start, end = history.centroids[0], history.centroids[-1]
        hollow = {"facecolors": "white", "edgecolors": INK, "linewidths": 1.8}
        ax.scatter(*start.T, s=90, depthshade=False, zorder=10, label="Random start", **hollow)
        draw_centroids(ax, end, rgb(end, X), label=f"After {iterations}")
        ax.legend(loc="upper left", bbox_to_anchor=(-0.32, 0.92), frameon=False)
    return figure


def plot_inertia(history: KMeansHistory, pixels: int | None = None) -> Figure:
    """Draw the inertia of a run by iteration: squared distances to the closest centroids.

    Parameters
    ----------
    history
        Of `kmformat.kmeans.run_kmeans`; iteration 0 is the random start.
    pixels
        How many there are, for the inertia a pixel; unless told, it is the sum over all points.
    """
    inertia, last = history.inertia / (pixels or 1), len(history.inertia) - 1
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        draw_inertia(ax, inertia, last, f"Inertia {'a pixel' if pixels else 'of all points'}")
        ax.set_title("Each iteration brings the centroids closer to the colours")
        fall = f"{100 * (1 - inertia[-1] / inertia[0]):.0f} % less" if inertia[0] else "Exact"
        ax.annotate(
            fall, (last, inertia[-1]), (0, 18), textcoords="offset points",
            ha="right", color=ACCENT, fontsize=24,
        )  # fmt: skip
    return figure


def plot_elbow(
    inertia: Mapping[int, float], searched: Mapping[int, float] | None = None, K: int | None = None
) -> Figure:
    """Draw the inertia at the end of runs by their K: it falls fast, and slowly after its elbow.

    K has a logarithmic axis, on which a step to the right is twice the colours.

    Parameters
    ----------
    inertia
        A pixel, by K.
    searched
        The same for palettes that `kmformat.quantize` found.
    K
        That of the lesson, to point at.
    """
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        ax.plot(
            list(inertia), list(inertia.values()), "o-", color=ACCENT, lw=3, ms=9,
            label="k-means from a random start, until it converges",
        )  # fmt: skip
        if searched:
            ax.plot(
                list(searched), list(searched.values()), "s--", color=INK, lw=2, ms=6,
                label="KMF's search: k-means that moves centroids on\nto where they help more",
            )  # fmt: skip
        ax.legend(frameon=False)
        if K is not None and K in inertia:
            ax.annotate(
                f"K = {K}, shown here", (K, inertia[K]), (0, 90), textcoords="offset points",
                fontsize=20, ha="center", arrowprops={"arrowstyle": "-|>", "color": INK},
            )  # fmt: skip
        ax.set_xscale("log", base=2)
        ticks = doublings(max(inertia))
        ax.set(xlabel="K, number of colours", ylabel="Inertia a pixel", ylim=(0, None))
        ax.set_xticks(ticks, [str(each) for each in ticks])
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_title("How many colours? The elbow curve")
        ax.grid(alpha=0.3)
    return figure


def plot_before_after(original: U8, image: IndexedImage, colors: int | None = None) -> Figure:
    """Draw a picture and the same in few colours beside each other, and its palette below.

    Parameters
    ----------
    original
        uint8 (height, width, 3).
    image
        Of the same size.
    colors
        How many the original has, where `original` is a reduced copy of it.
    """
    if original.shape[:2] != image.indices.shape:
        raise ParameterError(
            f"original of {original.shape[1]} x {original.shape[0]} pixels: expected the image's "
            f"{image.width} x {image.height}"
        )
    if colors is None:
        colors = len(np.unique(original.reshape(-1, original.shape[2]), axis=0))
    with drawing():
        figure = slide(arranged=False)
        wide, high = figure.get_size_inches()
        scale = min(6.2 / image.width, 5.1 / image.height)
        width, height = scale * image.width / wide, scale * image.height / high
        strip = min(0.18, 0.8 - height)
        low = (0.81 - height - strip) / 2  # all of it, with its titles, in the middle
        for middle, pixels, title in (
            (0.253, original, f"Original: {counted(colors, 'colour')}"),
            (0.747, image.to_pixels(), f"K = {len(image.palette)}"),
        ):
            ax = figure.add_axes((middle - width / 2, low + strip + 0.1, width, height))
            ax.imshow(pixels, interpolation="nearest" if scale * 150 > 2 else "antialiased")
            ax.set_title(title, fontsize=26)
            ax.set_axis_off()
        _draw_palette(figure.add_axes((0.01, low, 0.98, strip)), image)
    return figure


def plot_accounting(image: IndexedImage) -> Figure:
    """Draw how many numbers a picture is as pixels, and as a palette and an index for each pixel.

    Of 128 x 128 pixels in 16 colours: 49,152, and 16 x 3 + 16,384 = 16,432, or 65,920 bits.
    """
    sums = Accounting.of(image)
    K, d, pixels = sums.colors, sums.channels, sums.pixels
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        widths = [sums.values_before, pixels, pixels * sums.index_bits / 8]
        ax.barh([2, 1, 0], widths, color=[MUTED, ACCENT, ACCENT], height=0.42)
        ax.barh([1, 0], [K * d] * 2, left=widths[1:], color=INK, height=0.42)
        told = (
            f"{image.width} x {image.height} pixels x {d} channels = "
            f"{sums.values_before:,} values = {8 * sums.values_before:,} bits",
            f"{K} colours x {d} channels + {pixels:,} indices = {sums.values_after:,} values",
            f"{K} colours x {8 * d} bits + {pixels:,} indices x "
            f"{counted(sums.index_bits, 'bit')} = {sums.bits_after:,} bits",
        )
        for y, text in zip((2, 1, 0), told, strict=True):
            ax.text(0, y + 0.28, text, fontsize=21)
        ax.set(ylim=(-0.35, 2.6), xlabel="Values of 8 bits, for the pixels shown", yticks=[])
        ax.set_title(sums.said.capitalize(), fontsize=26)
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.spines.left.set_visible(False)
    return figure


def plot_steps(steps: IndexedImage | Sequence[Step]) -> Figure:
    """Draw the bytes that a picture takes, step by step from its pixels to its file.

    Parameters
    ----------
    steps
        An indexed image, or steps that `storing_steps` returned for one.
    """
    held = storing_steps(steps) if not isinstance(steps, Sequence) else steps
    sizes, most = [step.bytes for step in held], max(step.bytes for step in held)
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        places = range(len(held))[::-1]
        colors = [MUTED] * (len(held) - 1) + [ACCENT]
        ax.barh(places, sizes, color=colors, height=0.42)
        for y, step in zip(places, held, strict=True):
            ax.text(0, y + 0.28, f"{step.name}: {step.how}", fontsize=18)
            part = "" if step.bytes == most else f" ({100 * step.bytes / most:.2g} %)"
            ax.text(step.bytes + most * 0.01, y, f"{step.bytes:,}{part}", va="center", fontsize=20)
        ax.set(yticks=[], xlabel="Bytes", xlim=(0, most * 1.22), ylim=(-0.4, len(held) - 0.4))
        ax.set_title("From pixels to a file")
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.spines.left.set_visible(False)
    return figure


def doublings(most: int) -> list[int]:
    """Return 1, 2, 4 and so on up to the most: the numbers of an axis of K."""
    return [1 << power for power in range(max(most, 1).bit_length())]


def _draw_palette(ax: Axes, image: IndexedImage) -> None:
    """Draw a palette as a strip, the colours of most pixels first."""
    counts = np.bincount(image.indices.ravel(), minlength=len(image.palette))
    order = np.argsort(-counts, kind="stable")
    counts, colors = counts[order], image.palette[order] / 255
    ax.bar(np.cumsum(counts) - counts, 1, counts, align="edge", color=colors)
    ax.set(xlim=(0, image.indices.size), ylim=(0, 1))
    ax.set_title("The palette: each colour as wide as its share of the pixels", fontsize=18)
    ax.set_axis_off()
