"""What a course shows with ``plot_progress=True``: points in the plane, and centroids' ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmformat.plots import needs_matplotlib

if TYPE_CHECKING:
    from kmformat.arrays import Floats
    from kmformat.kmeans import KMeansResult


def show_progress(X: Floats, result: KMeansResult, max_iters: int) -> None:
    """Draw on pyplot's axes, and show, how a run of k-means went.

    Parameters
    ----------
    X
        Points, float64 (n, d), of which the first two coordinates are drawn, or the only one twice.
    result
        Of the run.
    max_iters
        How many iterations were asked for.
    """
    needs_matplotlib()
    import matplotlib.pyplot as plt

    path, second = result.history.centroids, min(1, X.shape[1] - 1)
    K, done = path.shape[1], len(path) - 1
    iterations = f"{max_iters} iteration{'' if max_iters == 1 else 's'}"
    ended = iterations if done == max_iters else f"converged after {done} of {iterations}"
    ax = plt.gca()
    ax.scatter(X[:, 0], X[:, second], c=result.idx, cmap="tab20", s=18, alpha=0.5, linewidths=0)
    for k in range(K):
        ax.plot(path[:, k, 0], path[:, k, second], ".-", color="black", ms=5, lw=1.2)
    start, end = path[0], path[-1]
    above: dict[str, Any] = {"linewidths": 1.5, "zorder": 3}
    ax.scatter(
        start[:, 0], start[:, second], c="white", s=40, edgecolors="black", label="start", **above
    )
    ax.scatter(
        end[:, 0], end[:, second], c="black", s=110, marker="X", edgecolors="white", label="end",
        **above,
    )  # fmt: skip
    ax.legend()
    ax.set(xlabel="X[:, 0]", ylabel=f"X[:, {second}]", title=f"K = {K}: {ended}")
    plt.show()
