"""Charts of the page: lines as SVG, which scales, and bars as HTML; colours are the page's.

Nothing here needs matplotlib. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log2, log10

_WIDTH, _HEIGHT = 560, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 14, 14, 62
_LEGEND = 300


@dataclass(frozen=True)
class Series:
    """A line of a chart: its values, (x, y), and its name, if it has one."""

    values: Mapping[int, float]
    name: str = ""


def line_chart(
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    ticks: Sequence[int],
    mark: int | None = None,
    mark_name: str = "",
    doubling: bool = False,
) -> str:
    """Return lines with dots, from 0 up, as one SVG element.

    Parameters
    ----------
    ticks
        Of x.
    mark
        An x whose dot of the first line is marked, and moved to another by the page's script.
    mark_name
        What to write above that.
    doubling
        Whether a step of x is twice as much: its axis is logarithmic.
    """
    xs = [x for each in series for x in each.values]
    along = log2 if doubling else float
    first, last = along(min(xs)), along(max(max(xs), min(xs) + 1))
    most = max(y for each in series for y in each.values.values()) or 1.0
    steps = _round_steps(most)
    top = steps[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + (along(x) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        return round(across, 1), round(_HEIGHT - _BOTTOM - y / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = []
    for step in steps:
        x, y = at(min(xs), step)
        parts.append(f'<line class="grid" x1="{x}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{x - 8}" y="{y + 5}" text-anchor="end">{_short(step)}</text>')
    for tick in ticks:
        x, y = at(tick, 0)
        parts.append(f'<text x="{x}" y="{y + 24}" text-anchor="middle">{tick}</text>')
    for number, each in enumerate(series):
        dots = [(at(x, y), x, y) for x, y in each.values.items()]
        line = " ".join(f"{x},{y}" for (x, y), _, _ in dots)
        drawn = "".join(
            f'<circle cx="{x}" cy="{y}" r="4.5"><title>{said}: {value:,.6g}</title></circle>'
            for (x, y), said, value in dots
        )
        parts.append(f'<g class="line{number}"><polyline points="{line}"/>{drawn}</g>')
        if each.name:
            y = _TOP + 14 + 28 * number
            parts.append(
                f'<g class="line{number}"><circle cx="{_WIDTH - _LEGEND}" cy="{y - 5}" r="5"/></g>'
                f'<text x="{_WIDTH - _LEGEND + 14}" y="{y}">{escape(each.name)}</text>'
            )
    if mark is not None:
        x, y = at(mark, series[0].values[mark])
        parts.append(f'<circle class="mark" cx="{x}" cy="{y}" r="10"/>')
        name = escape(mark_name)
        parts.append(f'<text x="{x}" y="{y - 40}" text-anchor="middle">{name}</text>' * bool(name))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(y_label)} by {escape(x_label)}">{"".join(parts)}'
        f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}'
        f'</text><text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text></svg>"
    )


def bar_chart(rows: Sequence[tuple[str, str, int]]) -> str:
    """Return bars of lengths in proportion: each a name, what it is, and how many."""
    most = max(amount for *_, amount in rows)
    bars = []
    for name, what, amount in rows:
        share = f" <small>{100 * amount / most:.2g} %</small>" if 0 < amount < most else ""
        bars.append(
            f'<div class="bar"><div><b>{escape(name)}</b> {escape(what)}</div>'
            f'<div class="track"><i style="width:{72 * amount / most:.2f}%"></i>'
            f"<span>{amount:,}{share}</span></div></div>"
        )
    return f'<div class="bars">{"".join(bars)}</div>'


def _round_steps(most: float) -> list[float]:
    """Return 0 and a few round numbers up to the first that is not below the most."""
    unit = 10.0 ** floor(log10(most))
    step = next(unit * each for each in (0.2, 0.5, 1, 2) if unit * each * 5 >= most)
    count = int(most / step) + (most % step > 0)
    return [step * number for number in range(count + 1)]


def _short(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 10 * unit or (value >= unit and value % (unit / 10) == 0):
            return f"{value / unit:,.4g}{name}"
    return f"{value:,.4g}"
