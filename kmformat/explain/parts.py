"""Parts of figures that an animation has too: colours in space, and inertia by iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kmformat.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kmformat.arrays import Floats, Labels

MOST_POINTS = 4000
"""More hide each other; of more, so many are shown, chosen by their weights."""
ACCENT, MUTED, INK = "#c2410c", "#8a8f98", "#222222"
Rect: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, width and height, as shares of a figure."""
_AXES = ("red", "green", "blue")
_VIEW = {"elev": 22.0, "azim": -58.0}


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


def draw_inertia(
    ax: Axes, inertia: Floats, shown: int, name: str = "Inertia a pixel", narrow: bool = False
) -> None:
    """Draw the inertia by iteration, up to one of them, on axes that have room for all.

    Narrow axes have their name above, and the numbers of the first and last iteration alone.
    """
    last = len(inertia) - 1
    ax.plot(range(len(inertia)), inertia, color=MUTED, alpha=0.25, lw=2)
    ax.plot(range(shown + 1), inertia[: shown + 1], "o-", color=ACCENT, lw=3, ms=8)
    ax.set(xlabel="Iteration", xticks=range(0, last + 1, last or 1 if narrow else 1 + last // 12))
    ax.set(ylim=(0, float(max(inertia)) * 1.08 or 1))
    if narrow:
        ax.set_title(name, fontsize=17)
        ax.locator_params(axis="y", nbins=4)
    else:
        ax.set_ylabel(name)
    if max(inertia) < 1e6:  # of more, all digits would not fit
        ax.yaxis.set_major_formatter("{x:,g}")
    ax.grid(axis="y", alpha=0.3)


def space(figure: Figure, place: Rect, X: Floats) -> Any:
    """Return axes of red, green and blue, from black to the white of the points X."""
    ax: Any = figure.add_axes(place, projection="3d", computed_zorder=False)
    most = _scale(X)
    ax.set(xlim=(0, most), ylim=(0, most), zlim=(0, most))
    for name, axis, set_label in zip(
        _AXES,
        (ax.xaxis, ax.yaxis, ax.zaxis),
        (ax.set_xlabel, ax.set_ylabel, ax.set_zlabel),
        strict=True,
    ):
        set_label(name, labelpad=4)
        zero = "0" if name == "red" else ""  # those of green and blue would stand on a 255
        axis.set_ticks([0, most / 2, most], [zero, "", f"{most:g}"])
        axis.set_tick_params(labelsize=17, pad=2)
        axis.pane.set_facecolor("#f1f2f4")
    ax.view_init(**_VIEW)
    ax.set_box_aspect((1, 1, 1), zoom=0.95)
    ax.patch.set_visible(False)  # it would hide the labels of axes beside it
    return ax


def scatter(ax: Any, points: Floats, colors: Floats, alpha: float = 0.8) -> None:
    """Draw points, the smaller the more they are."""
    size = 9 * max(1.0, min(8.0, 1500 / len(points)))
    ax.scatter(*points.T, c=colors, s=size, alpha=alpha, linewidths=0, depthshade=False)


def draw_centroids(ax: Any, centroids: Floats, colors: Floats, **options: Any) -> None:
    """Draw centroids as discs with a dark ring, and a white one around it, for dark places."""
    size = 230 * min(1.0, max(0.25, 32 / len(centroids)))
    ax.scatter(*centroids.T, c="white", s=1.7 * size, linewidths=0, depthshade=False, zorder=8)
    edges = {"edgecolors": INK, "linewidths": 2, "depthshade": False}
    ax.scatter(*centroids.T, c=colors, s=size, zorder=9, **edges, **options)


def draw_trails(ax: Any, path: Floats, X: Floats) -> None:
    """Draw the way of each centroid, (steps, K, 3), in its last colour."""
    colors = rgb(path[-1], X)
    for k in range(path.shape[1]):
        ax.plot(*path[:, k].T, color=INK, lw=3.4)
        ax.plot(*path[:, k].T, color=colors[k], lw=2)


def counted(count: int, thing: str) -> str:
    """Return how many there are: 1 colour, 16 colours."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def checked_points(X: npt.ArrayLike) -> Floats:
    """Return points as float64, (n, 3); raise ParameterError if they are no colours."""
    points = np.asarray(X, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ParameterError(f"points of shape {points.shape}: expected colours, (n, 3)")
    return points


def _scale(X: Floats) -> float:
    """Return what white is in each channel: 1 or 255."""
    return 1.0 if X.max(initial=0) <= 1 else 255.0
