"""Figures of k-means at work, for slides, made with matplotlib.

Strategy: each function takes plain values (points, what `run_kmeans` returned, its history) and
returns a figure of 16 to 9; nothing is computed again. Points are colours, (n, 3), from 0 to 255 or
from 0 to 1, which the axes show as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kmformat.errors import ParameterError
from kmformat.explain.storing import Step, storing_steps
from kmformat.plots import drawing, slide

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kmformat.arrays import U8, Floats, Labels
    from kmformat.indexed import IndexedImage
    from kmformat.kmeans import KMeansHistory, KMeansResult

MOST_POINTS = 4000
"""More hide each other; of more, so many are shown, chosen by their weights."""
Rect: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, width and height, as shares of a figure."""
_ACCENT, _MUTED, _INK = "#c2410c", "#8a8f98", "#222222"
_AXES = ("red", "green", "blue")
_VIEW = {"elev": 22.0, "azim": -58.0}


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
    X, shown = _points(X), sampled(X, weights)
    centroids, idx = result
    colors = rgb(centroids, X)
    with drawing():
        figure = slide(arranged=False)
        left, right = (_space(figure, (x, 0.01, 0.5, 0.89), X) for x in (-0.015, 0.475))
        left.set_title(f"{_counted(len(X), 'colour')}")
        _scatter(left, X[shown], rgb(X[shown], X))
        right.set_title(f"their {_counted(len(centroids), 'cluster')}")
        _scatter(right, X[shown], colors[idx[shown]])
        _centroids(right, centroids, colors)
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
    X, shown = _points(X), sampled(X, weights)
    with drawing():
        figure = slide(arranged=False)
        ax = _space(figure, (0.12, -0.02, 0.76, 0.97), X)
        ax.set_title(f"{_counted(history.centroids.shape[1], 'centroid')}, from start to end")
        _scatter(ax, X[shown], rgb(X[shown], X), alpha=0.15)
        _trails(ax, history.centroids, X)
        start, end = history.centroids[0], history.centroids[-1]
        edges = {"edgecolors": _INK, "linewidths": 1.5, "depthshade": False}
        ax.scatter(*start.T, s=90, facecolors="white", zorder=8, label="random start", **edges)
        colors = rgb(end, X)
        ax.scatter(*end.T, s=190, c=colors, zorder=9, label=f"after {_steps(history)}", **edges)
        ax.legend(loc="upper left", bbox_to_anchor=(-0.15, 1), frameon=False)
    return figure


def plot_inertia(history: KMeansHistory) -> Figure:
    """Draw the inertia of a run by iteration: the sum of squared distances to the centroids.

    Parameters
    ----------
    history
        Of `kmformat.kmeans.run_kmeans`; iteration 0 is the random start.
    """
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        draw_inertia(ax, history.inertia, len(history.inertia) - 1)
        ax.set_title("each iteration brings the centroids closer to the colours")
        first, last = history.inertia[0], history.inertia[-1]
        fall = f"{100 * (1 - last / first):.0f} % less" if first else "nothing is left"
        ax.annotate(
            fall, (len(history.inertia) - 1, last), (0, 18), textcoords="offset points",
            ha="right", color=_ACCENT, fontsize=20,
        )  # fmt: skip
    return figure


def plot_elbow(
    inertia: Mapping[int, float], searched: Mapping[int, float] | None = None, K: int | None = None
) -> Figure:
    """Draw the inertia at the end of runs by their K: it falls fast, and slowly after its elbow.

    Parameters
    ----------
    inertia
        By K; as a sum, or a pixel.
    searched
        The same for palettes that were found otherwise, such as by `kmformat.quantize`.
    K
        One to point at.
    """
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        numbers = list(inertia)
        ax.plot(numbers, list(inertia.values()), "o-", color=_ACCENT, lw=3, ms=9, label="k-means")
        if searched:
            ax.plot(
                list(searched), list(searched.values()), "s--", color=_INK, lw=2, ms=6,
                label="KMF's search",
            )  # fmt: skip
            ax.legend(frameon=False)
        if K is not None and K in inertia:
            ax.annotate(
                f"K = {K}", (K, inertia[K]), (40, 60), textcoords="offset points", fontsize=20,
                arrowprops={"arrowstyle": "-|>", "color": _INK},
            )  # fmt: skip
        ticks = [each for each in numbers if each >= max(numbers) / 14]
        ax.set(xlabel="K, number of colours", ylabel="inertia a pixel", xticks=ticks)
        ax.set(ylim=(0, None), xlim=(0, None))
        ax.set_title("how many colours? the elbow curve")
        ax.grid(axis="y", alpha=0.3)
    return figure


def plot_before_after(original: U8, image: IndexedImage) -> Figure:
    """Draw a picture and the same in few colours beside each other, and its palette below.

    Parameters
    ----------
    original
        uint8 (height, width, 3).
    image
        Of the same size.
    """
    if original.shape[:2] != image.indices.shape:
        raise ParameterError(
            f"original of {original.shape[1]} x {original.shape[0]} pixels: expected the image's "
            f"{image.width} x {image.height}"
        )
    distinct = len(np.unique(original.reshape(-1, original.shape[2]), axis=0))
    with drawing():
        figure = slide(arranged=False)
        wide, high = figure.get_size_inches()
        scale = min(6.0 / image.width, 5.4 / image.height)
        width, height = scale * image.width / wide, scale * image.height / high
        low = (1 - height - 0.11) / 2  # all of it in the middle
        for middle, pixels, title in (
            (0.255, original, f"original: {_counted(distinct, 'colour')}"),
            (0.745, image.to_pixels(), f"K = {len(image.palette)}"),
        ):
            ax = figure.add_axes((middle - width / 2, low + 0.08, width, height))
            ax.imshow(pixels, interpolation="nearest" if scale * 150 > 2 else "antialiased")
            ax.set_title(title)
            ax.set_axis_off()
        counts = np.bincount(image.indices.ravel(), minlength=len(image.palette))
        lefts = np.cumsum(counts) - counts
        ax = figure.add_axes((0.02, low, 0.96, 0.06))
        ax.bar(lefts, 1, counts, align="edge", color=image.palette / 255)
        ax.set(xlim=(0, image.indices.size), ylim=(0, 1))
        ax.set_axis_off()
    return figure


def plot_accounting(image: IndexedImage) -> Figure:
    """Draw how many numbers a picture is as pixels, and as a palette and an index for each pixel.

    Of 128 x 128 pixels in 16 colours: 49,152, and 16 x 3 + 16,384 = 16,432.
    """
    (K, d), pixels = image.palette.shape, image.indices.size
    before, after = pixels * d, K * d + pixels
    with drawing():
        figure = slide()
        ax = figure.add_subplot()
        ax.barh([1, 0], [before, pixels], color=[_MUTED, _ACCENT], height=0.5)
        ax.barh([0], [K * d], left=[pixels], color=_INK, height=0.5)
        told = (
            f"{image.width} x {image.height} pixels x {d} channels = {before:,} values",
            f"{K} colours x {d} channels + {pixels:,} indices = {after:,} values",
        )
        for y, text in zip((1, 0), told, strict=True):
            ax.text(0, y + 0.31, text, fontsize=23)
        ax.set(ylim=(-0.5, 1.6), xlabel="values to store", yticks=[])
        ax.set_title(f"{before / after:.2f} times fewer values", fontsize=26)
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
        colors = [_MUTED] * (len(held) - 1) + [_ACCENT]
        ax.barh(places, sizes, color=colors, height=0.42)
        for y, step in zip(places, held, strict=True):
            ax.text(0, y + 0.28, f"{step.name}: {step.how}", fontsize=16)
            part = "" if step.bytes == most else f"   1/{most / step.bytes:.1f}"
            ax.text(step.bytes + most * 0.01, y, f"{step.bytes:,}{part}", va="center", fontsize=18)
        ax.set(yticks=[], xlabel="bytes", xlim=(0, most * 1.22), ylim=(-0.4, len(held) - 0.4))
        ax.set_title("from pixels to a file")
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.spines.left.set_visible(False)
    return figure


# Parts, which an animation has too


def sampled(X: npt.ArrayLike, weights: npt.ArrayLike | None, most: int = MOST_POINTS) -> Labels:
    """Return the rows of points to draw, in their order: all, or so many, chosen by weight."""
    n = len(np.asarray(X))
    if n <= most:
        return np.arange(n)
    likely = np.ones(n) if weights is None else np.asarray(weights, np.float64)
    rng, positive = np.random.default_rng(0), int(np.count_nonzero(likely))
    chosen = rng.choice(n, min(most, positive), replace=False, p=likely / likely.sum())
    return np.sort(chosen)


def rgb(colors: Floats, X: Floats) -> Floats:
    """Return colours from 0 to 1, of a space in which X are all the points."""
    shown: Floats = np.clip(np.asarray(colors) / _scale(X), 0, 1)
    return shown


def draw_inertia(ax: Axes, inertia: Floats, shown: int) -> None:
    """Draw the inertia by iteration, up to one of them, on axes that have room for all."""
    ax.plot(range(len(inertia)), inertia, color=_MUTED, alpha=0.25, lw=2)
    ax.plot(range(shown + 1), inertia[: shown + 1], "o-", color=_ACCENT, lw=3, ms=8)
    ax.set(
        xlabel="iteration", ylabel="inertia", xticks=range(0, len(inertia), 1 + len(inertia) // 12)
    )
    ax.set(ylim=(0, float(max(inertia)) * 1.08 or 1))
    ax.ticklabel_format(axis="y", scilimits=(-3, 4), useMathText=True)
    ax.grid(axis="y", alpha=0.3)


def draw_space(
    figure: Figure, place: Rect, X: Floats, points: Floats, colors: Floats, path: Floats
) -> None:
    """Draw some of the points X in colours, and centroids with their path, (steps, K, 3)."""
    ax = _space(figure, place, X)
    _scatter(ax, points, colors)
    _trails(ax, path, X)
    _centroids(ax, path[-1], rgb(path[-1], X))


def _points(X: npt.ArrayLike) -> Floats:
    points = np.asarray(X, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ParameterError(f"points of shape {points.shape}: expected colours, (n, 3)")
    return points


def _scale(X: Floats) -> float:
    """Return what white is in each channel: 1 or 255."""
    return 1.0 if X.max(initial=0) <= 1 else 255.0


def _space(figure: Figure, place: Rect, X: Floats) -> Any:
    ax: Any = figure.add_axes(place, projection="3d", computed_zorder=False)
    most = _scale(X)
    ax.set(xlim=(0, most), ylim=(0, most), zlim=(0, most))
    ticks = [0, most / 2, most] if most == 1 else [0, 128, 255]
    for name, axis, set_label in zip(
        _AXES,
        (ax.xaxis, ax.yaxis, ax.zaxis),
        (ax.set_xlabel, ax.set_ylabel, ax.set_zlabel),
        strict=True,
    ):
        set_label(name, labelpad=8)
        axis.set_ticks(ticks if name != "green" else ticks[1:])  # one 0 stands beside red's 255
        axis.set_tick_params(labelsize=12, pad=0)
        axis.pane.set_facecolor("#f1f2f4")
    ax.view_init(**_VIEW)
    ax.set_box_aspect((1, 1, 1), zoom=0.95)
    ax.patch.set_visible(False)  # it would hide the labels of axes beside it
    return ax


def _scatter(ax: Any, points: Floats, colors: Floats, alpha: float = 0.8) -> None:
    size = 9 * max(1.0, min(8.0, 1500 / len(points)))
    ax.scatter(*points.T, c=colors, s=size, alpha=alpha, linewidths=0, depthshade=False)


def _centroids(ax: Any, centroids: Floats, colors: Floats) -> None:
    edges = {"edgecolors": _INK, "linewidths": 1.8, "depthshade": False}
    ax.scatter(*centroids.T, c=colors, s=190, zorder=9, **edges)


def _trails(ax: Any, path: Floats, X: Floats) -> None:
    colors = rgb(path[-1], X)
    for k in range(path.shape[1]):
        ax.plot(*path[:, k].T, color=_INK, lw=3.4)
        ax.plot(*path[:, k].T, color=colors[k], lw=2)


def _steps(history: KMeansHistory) -> str:
    return _counted(len(history.inertia) - 1, "iteration")


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
