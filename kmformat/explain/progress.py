"""What a course shows with ``plot_progress=True``: points in the plane, and centroids' ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat.plots import needs_matplotlib

if TYPE_CHECKING:
    from kmformat.arrays import Floats
    from kmformat.kmeans import KMeansResult


def show_progress(X: Floats, result: KMeansResult) -> None:
    """Draw on pyplot's axes, and show, how a run of k-means went.

    Parameters
    ----------
    X
        Points, float64 (n, d), of which the first two coordinates are drawn, or the only one twice.
    """
    needs_matplotlib()
    import matplotlib.pyplot as plt

    path, second = result.history.centroids, min(1, X.shape[1] - 1)
    ax = plt.gca()
    ax.scatter(X[:, 0], X[:, second], c=result.idx, cmap="tab20", s=18, alpha=0.6, linewidths=0)
    for k in range(path.shape[1]):
        ax.plot(path[:, k, 0], path[:, k, second], "-x", color="black", mew=2, lw=1.5)
    ax.set_title(f"K = {path.shape[1]}, {len(path) - 1} iterations")
    plt.show()
