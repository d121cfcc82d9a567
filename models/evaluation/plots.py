"""ROC, precision-recall and reliability plots: a panel a finding, a line a labeler, as SVG in the page's colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from models.evaluation import calibration, curves
from models.evaluation.warehouse import Cases

COLUMNS = 5
PANEL, MARGIN = 2.7, 1.1
"""Height of a row of panels and of what is above and below them, in inches."""
N_POINTS = 80

# Drawn in these, then given to the page's own variables, which are light or dark.
_COLOURS = {
    "ink": "#010101",
    "soft": "#020202",
    "line": "#030303",
    "ours": "#0b63c5",
    "rules": "#64748b",
    "network": "#8250b8",
    "human": "#1a7f4b",
}
_DASHES = ("-", (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (5, 1.2, 1, 1.2)))


@dataclass(frozen=True)
class Line:
    """How a labeler is drawn."""

    colour: str
    dash: Any


def lines(kinds: Mapping[str, str]) -> dict[str, Line]:
    """Give each labeler a line by its kind (rules, network, human); those of a kind differ in their dashes."""
    given: dict[str, Line] = {}
    seen: dict[str, int] = {}
    for labeler, kind in kinds.items():
        name = "ours" if labeler == "cxr" else kind if kind in _COLOURS else "rules"
        given[labeler] = Line(_COLOURS[name], _DASHES[seen.get(name, 0) % len(_DASHES)])
        seen[name] = seen.get(name, 0) + 1
    return given


def plots(cases: Mapping[str, Mapping[str, Cases]], names: Mapping[str, str], kinds: Mapping[str, str]) -> list[Markup]:
    """Draw the three plots of a network on a data set.

    Parameters
    ----------
    cases : mapping
        By finding, then by labeler; both classes occur in each.
    names : mapping
        Display name by finding, in the order of drawing.
    kinds : mapping
        Kind by labeler, in the order of drawing.

    Returns
    -------
    list of Markup
        ROC, precision-recall and reliability.
    """
    drawn = {finding: cases[finding] for finding in names if finding in cases}
    return [_grid(drawn, names, lines(kinds), *kind) for kind in _KINDS]


def _roc(axes: Any, cases: Cases, line: Line) -> None:
    curve = curves.roc(cases.targets, cases.scores)
    thinned = curves.thin(curve, N_POINTS)
    axes.plot(thinned.x, thinned.y, color=line.colour, linestyle=line.dash, linewidth=1.3)
    _mark_threshold(axes, curve, cases.threshold, line)


def _precision_recall(axes: Any, cases: Cases, line: Line) -> None:
    curve = curves.precision_recall(cases.targets, cases.scores)
    thinned = curves.thin(curve, N_POINTS)
    axes.plot(thinned.x, thinned.y, color=line.colour, linestyle=line.dash, linewidth=1.3, drawstyle="steps-pre")
    _mark_threshold(axes, curve, cases.threshold, line)


def _reliability(axes: Any, cases: Cases, line: Line) -> None:
    bins = calibration.reliability(cases.targets, cases.scores)
    low, high = calibration.wilson(bins.observed, bins.counts)
    axes.vlines(bins.predicted, low, high, color=line.colour, linewidth=1, alpha=0.4)
    axes.plot(bins.predicted, bins.observed, color=line.colour, linestyle=line.dash, linewidth=1)
    axes.scatter(bins.predicted, bins.observed, s=2 + 60 * bins.counts / bins.counts.sum(), color=line.colour)


_KINDS: tuple[tuple[Callable[[Any, Cases, Line], None], str, str, str], ...] = (
    (_roc, "ROC", "False positive rate", "True positive rate"),
    (_precision_recall, "Precision and recall", "Recall", "Precision"),
    (_reliability, "Reliability", "Mean probability", "Share of positives"),
)


def _grid(
    cases: Mapping[str, Mapping[str, Cases]],
    names: Mapping[str, str],
    styles: Mapping[str, Line],
    draw: Callable[[Any, Cases, Line], None],
    title: str,
    x_label: str,
    y_label: str,
) -> Markup:
    n_rows = -(-len(cases) // COLUMNS)
    # A figure of its own, not pyplot's: nothing is shared between threads or calls.
    height = PANEL * n_rows + MARGIN
    figure = Figure(figsize=(13.5, height))
    figure.subplots_adjust(
        left=0.055, right=0.995, top=1 - 0.75 / height, bottom=0.6 / height, wspace=0.16, hspace=0.42
    )
    panels = figure.subplots(n_rows, COLUMNS, squeeze=False).flat
    for axes, (finding, by_labeler) in zip(panels, cases.items(), strict=False):
        if draw is not _precision_recall:
            axes.plot([0, 1], [0, 1], color=_COLOURS["line"], linewidth=1)
        for labeler, own in by_labeler.items():
            draw(axes, own, styles[labeler])
        _dress(axes, names[finding], by_labeler)
    for axes in list(figure.axes)[len(cases) :]:
        axes.set_visible(False)
    shown = [labeler for labeler in styles if any(labeler in own for own in cases.values())]
    handles = [
        mpl.lines.Line2D([], [], color=styles[name].colour, linestyle=styles[name].dash, label=name) for name in shown
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.045, 1), ncols=len(handles), frameon=False, fontsize=10,
        labelcolor=_COLOURS["ink"],
    )  # fmt: skip
    figure.supxlabel(x_label, y=0.1 / height, va="bottom", fontsize=10, color=_COLOURS["soft"])
    figure.supylabel(y_label, x=0.004, fontsize=10, color=_COLOURS["soft"])
    return _svg(figure, f"{title} of each finding, by the labeler that the network is measured against")


def _dress(axes: Any, title: str, cases: Mapping[str, Cases]) -> None:
    axes.set_title(title, fontsize=10.5, loc="left", pad=15, color=_COLOURS["ink"])
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), facecolor="none")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0, 0.5, 1]))
    axes.tick_params(length=0, labelsize=8.5, labelcolor=_COLOURS["soft"])
    axes.grid(color=_COLOURS["line"], linewidth=0.5)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    counts = ", ".join(f"{int(own.targets.sum()):,}" for own in cases.values())
    axes.text(0, 1.02, f"{counts} positive", transform=axes.transAxes, fontsize=8, color=_COLOURS["soft"])


def _mark_threshold(axes: Any, curve: curves.Curve, threshold: float, line: Line) -> None:
    above = np.flatnonzero(curve.thresholds >= threshold)
    if len(above):
        axes.plot(curve.x[above[-1]], curve.y[above[-1]], "o", markersize=4.5, color=line.colour)


def _svg(figure: Figure, description: str) -> Markup:
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": description, "font.family": "sans-serif"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    for name, colour in _COLOURS.items():
        drawing = drawing.replace(colour, f"var(--{name})")
    drawing = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"|height="[\d.]+pt" width="[\d.]+pt"', "", drawing, count=1)
    return Markup(  # noqa: S704  drawn here, from names of the seeds
        drawing.replace("<svg", f'<svg role="img" aria-label="{description}" class="curves"', 1)
    )
