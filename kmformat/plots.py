"""Palettes for matplotlib, and figures to draw on; matplotlib is imported when it is first used."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

from kmformat.color.channels import with_channels
from kmformat.color.parse import as_palette
from kmformat.indexed import IndexedImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    from kmformat.arrays import U8
    from kmformat.color.parse import Colors

EXTRA = "plots"
"""The extra of this package that brings matplotlib."""
_MOST_LABELS = 32
_SLIDE = (12.8, 7.2)
"""Inches: 16 to 9, 1280 x 720 pixels in a notebook, 1920 x 1080 at 150 dots an inch."""
_STYLE: Any = {
    "font.size": 17,
    "axes.titlesize": 21,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
}


def palette_colormap(palette: IndexedImage | Colors, name: str = "palette") -> ListedColormap:
    """Return a palette as matplotlib's `ListedColormap`: entry 3 is the colour of the number 3.

    Indices are shown in their colours by ``plt.imshow(image.indices, cmap=palette_colormap(image),
    vmin=0, vmax=len(image.palette), interpolation="nearest")``.

    Parameters
    ----------
    palette
        An indexed image, an array of uint8 (K, 3) or (K, 4), or colours as `kmformat.encode` takes
        them, such as ["#ff0000", "white"].
    name
        Of the colour map.

    Raises
    ------
    ParameterError
        There is no palette in it.
    ImportError
        matplotlib is missing.
    """
    colors = _palette_of(palette)
    needs_matplotlib()
    from matplotlib.colors import ListedColormap

    return ListedColormap(with_channels(colors, 4) / 255, name=name)


def plot_palette(palette: IndexedImage | Colors, ax: Axes | None = None) -> Axes:
    """Draw a palette as swatches beside each other, and return the axes that they are on.

    Swatch 3 is at the number 3. Up to 32 colours have their codes below, and names, if an indexed
    image has any.

    Parameters
    ----------
    palette
        As for `kmformat.palette_colormap`.
    ax
        Axes to draw on; unless told, those of a new figure, ``plot_palette(...).figure``.

    Raises
    ------
    ParameterError
        There is no palette in it.
    ImportError
        matplotlib is missing.
    """
    colors = _palette_of(palette)
    if ax is None:
        with drawing():
            ax = slide(height=2.2).add_subplot()
    numbers = range(len(colors))
    ax.bar(numbers, 1, 1, color=with_channels(colors, 4) / 255)
    ax.set(xlim=(-0.5, len(colors) - 0.5), ylim=(0, 1), yticks=[])
    labels = [f"#{bytes(color).hex()}" for color in colors.tolist()]
    if isinstance(palette, IndexedImage) and palette.names:
        labels = [
            literal(f"{code} {name}") for code, name in zip(labels, palette.names, strict=True)
        ]
    if len(labels) <= _MOST_LABELS:
        ax.set_xticks(numbers, labels, rotation=45, ha="right", fontsize=13)
    return ax


def needs_matplotlib() -> None:
    """Raise ImportError, with what to do, unless matplotlib is there."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise ImportError(f"matplotlib is missing: pip install 'kmformat[{EXTRA}]'")


def drawing() -> AbstractContextManager[None]:
    """Return what to draw within: the style of slides."""
    needs_matplotlib()
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def slide(height: float = _SLIDE[1], *, arranged: bool = True) -> Figure:
    """Return an empty figure of a slide's width, which shows itself in notebooks.

    Its axes are arranged so that all their text has room, or stay where they are put. It belongs to
    no list of open figures, as those of pyplot do, and needs not be closed.
    """
    needs_matplotlib()
    if not arranged:
        return _slide_class()(figsize=(_SLIDE[0], height))
    figure = _slide_class()(figsize=(_SLIDE[0], height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.15)  # type: ignore[union-attr, call-arg]
    return figure


@cache
def _slide_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class Slide(Figure):
        """A figure that shows itself, whether or not pyplot is imported."""

        def _repr_png_(self) -> bytes:
            return figure_png(self, dpi=80)

    return Slide


def figure_png(figure: Figure, dpi: int = 150) -> bytes:
    """Return a figure as PNG, of so many dots an inch."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi)
    return stream.getvalue()


def literal(text: str) -> str:
    """Return text that matplotlib shows as it is, dollar signs too."""
    return text.replace("$", r"\$")


def _palette_of(palette: IndexedImage | Colors) -> U8:
    if isinstance(palette, IndexedImage):
        palette.check()
        return palette.palette
    return as_palette(palette)
