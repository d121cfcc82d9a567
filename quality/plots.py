"""Plots as SVG that takes its colours from the page: readable in light and dark, with a symbol for every series."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

WIDTH, LABEL_WIDTH, GAP, WIDEST = 1080, 182, 40, 520
ROW, TOP, BOTTOM, LEGEND_LINE = 24, 26, 26, 18

# Centred on 0,0; a style names its colour (a CSS class) and its shape.
SHAPES = {
    "circle": '<circle r="4.4"/>',
    "square": '<rect x="-4" y="-4" width="8" height="8"/>',
    "diamond": '<path d="M0-5.4 5.4 0 0 5.4-5.4 0z"/>',
    "triangle": '<path d="M0-5 5 4H-5z"/>',
    "cross": '<path d="M-4-4 4 4M-4 4 4-4"/>',
}


@dataclass(frozen=True)
class Style:
    """How a series is drawn: CSS class of its colour, shape, and whether the shape is filled."""

    colour: str
    shape: str
    is_filled: bool = True


@dataclass(frozen=True)
class Point:
    """A value of a series in a row of a panel, with the ends of its interval where it has one."""

    panel: str
    row: str
    series: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Scale:
    """Where a value lies between 0 (left) and 1 (right), and the values that the axis names."""

    place: Callable[[float], float]
    ticks: Mapping[float, str]


def linear(low: float, high: float, step: float) -> Scale:
    """Return a linear scale with a tick every ``step``."""
    count = round((high - low) / step)
    ticks = {low + step * i: f"{low + step * i:.1f}" for i in range(count + 1)}
    return Scale(lambda value: (min(max(value, low), high) - low) / (high - low), ticks)


def share_log() -> Scale:
    """Return a logarithmic scale of shares from 0.1% to 1; smaller shares are drawn at the left edge."""
    low = 0.001
    ticks = {share: f"{share:.1%}".replace(".0%", "%") for share in (low, 0.01, 0.1, 1.0)}
    return Scale(lambda value: 1 - math.log(min(max(value, low), 1.0)) / math.log(low), ticks)


def dot_panels(
    points: Sequence[Point],
    rows: Mapping[str, str],
    panels: Mapping[str, str],
    series: Mapping[str, tuple[str, Style]],
    scale: Scale,
    description: str,
) -> Markup:
    """Draw panels side by side that share their rows: a symbol a value, a line an interval.

    Parameters
    ----------
    points : sequence of Point
    rows, panels : mapping
        Label by id, in the order of drawing.
    series : mapping
        Label and style by id, in the order of drawing.
    scale : Scale
        Of every panel.
    description : str
        What the plot shows, for those who do not see it.

    Returns
    -------
    Markup
        An ``<svg>`` element.
    """
    shown = {
        panel: [name for name in series if any(p.series == name and p.panel == panel for p in points)]
        for panel in panels
    }
    legend = LEGEND_LINE * max((len(names) for names in shown.values()), default=0)
    top = TOP + legend + 8
    bottom = top + ROW * len(rows)
    width = min((WIDTH - LABEL_WIDTH - GAP * len(panels)) / max(len(panels), 1), WIDEST)
    at = {row: top + ROW * (i + 0.5) for i, row in enumerate(rows)}
    parts = [
        f'<text class="row" x="{LABEL_WIDTH}" y="{y:.1f}" dy=".32em">{escape(rows[row])}</text>'
        for row, y in at.items()
    ]
    for i, (panel, title) in enumerate(panels.items()):
        left = LABEL_WIDTH + GAP / 2 + (width + GAP) * i
        parts.append(f'<text class="panel" x="{left:.1f}" y="16">{escape(title)}</text>')
        parts += [
            _legend_line(left, TOP + LEGEND_LINE * (j + 0.5), *series[name]) for j, name in enumerate(shown[panel])
        ]
        parts += [
            f'<line class="grid" x1="{left:.1f}" x2="{left + width:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            for y in at.values()
        ]
        parts += [_tick(left + width * scale.place(value), top, bottom, label) for value, label in scale.ticks.items()]
        for point in points:
            if point.panel == panel and point.row in at:
                dodge = _dodge(shown[panel].index(point.series), len(shown[panel]))
                parts.append(_point(point, left, width, at[point.row] + dodge, scale, *series[point.series]))
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<svg class="plot" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" aria-label="{escape(description)}">'
        f"{''.join(parts)}</svg>"
    )


def _mark(style: Style) -> str:
    fill = "filled" if style.is_filled else "hollow"
    return f'<g class="{style.colour} {fill}">{SHAPES[style.shape]}</g>'


def _dodge(index: int, count: int) -> float:
    return (index - (count - 1) / 2) * min(6.5, (ROW - 6) / max(count, 1))


def _legend_line(x: float, y: float, label: str, style: Style) -> str:
    return (
        f'<g transform="translate({x + 6:.1f} {y:.1f})">{_mark(style)}'
        f'<text class="legend" x="10" dy=".32em">{escape(label)}</text></g>'
    )


def _tick(x: float, top: float, bottom: float, label: str) -> str:
    return (
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
        f'<text class="axis" x="{x:.1f}" y="{bottom + 16:.1f}">{label}</text>'
    )


def _point(point: Point, left: float, width: float, y: float, scale: Scale, label: str, style: Style) -> str:
    x = left + width * scale.place(point.value)
    interval, spoken = "", ""
    if point.low is not None and point.high is not None:
        x1, x2 = (left + width * scale.place(end) for end in (point.low, point.high))
        interval = f'<line class="interval {style.colour}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        spoken = f" ({point.low:.3f} to {point.high:.3f})"
    title = f"<title>{escape(label)}: {point.value:.3f}{spoken}</title>"
    return f'{interval}<g transform="translate({x:.1f} {y:.1f})">{_mark(style)}{title}</g>'
