"""From the report's rows to its plots and heat maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from markupsafe import Markup

from quality.plots import Point, Scale, Style, dot_panels, linear, share_log
from warehouse.findings import findings

Row = Mapping[str, Any]

OURS = "cxr"
# The data set of whole English reports, which most labelers read.
REPORTS = "openi"
PANELS_A_PLOT = 4
_SHAPES = {
    "rules": ("circle", "triangle"),
    "network": ("square", "cross"),
    "human": ("diamond",),
    "published": ("triangle", "cross"),
}
_AVERAGES = {"micro": "Micro average", "macro": "Macro average"}


def styles(labelers: Mapping[str, str]) -> dict[str, Style]:
    """Give each labeler a style by its kind: the colour says the kind, shape and fill tell those of a kind apart.

    Parameters
    ----------
    labelers : mapping
        Kind (rules, network, human or published) by labeler.
    """
    given: dict[str, Style] = {}
    seen: dict[str, int] = {}
    for labeler, kind in labelers.items():
        if labeler == OURS:
            given[labeler] = Style("ours", "circle")
            continue
        number = seen[kind] = seen.get(kind, -1) + 1
        shapes = _SHAPES.get(kind, ("cross",))
        is_filled = (number // len(shapes)) % 2 == (1 if kind in {"rules", "published"} else 0)
        given[labeler] = Style(kind if kind in _SHAPES else "published", shapes[number % len(shapes)], is_filled)
    return given


def row_labels(ids: Iterable[str]) -> dict[str, str]:
    """Return display names of findings in the seed's order, averages last."""
    present = set(ids)
    known = {finding.id: finding.name for finding in findings().values()} | _AVERAGES
    return {row: label for row, label in known.items() if row in present}


def prevalence(rows: Sequence[Row]) -> list[Markup]:
    """Plot the share of studies with each finding: a panel a data set, a symbol a labeler."""
    kinds = _in_order((row["labeler"], row["kind"]) for row in rows)
    points = [
        Point(row["dataset"], row["finding"], row["labeler"], row["positive_share"])
        for row in rows
        if row["positive_share"]
    ]
    studies = {(row["dataset"]): max(r["n_studies"] for r in rows if r["dataset"] == row["dataset"]) for row in rows}
    panels = {dataset: f"{dataset}, {count:,} studies" for dataset, count in studies.items()}
    n_findings = {dataset: len({point.row for point in points if point.panel == dataset}) for dataset in panels}
    ordered = sorted(panels, key=lambda dataset: (dataset != REPORTS, -n_findings[dataset]))
    return _plots(
        points,
        {name: panels[name] for name in ordered},
        {name: name for name in kinds},
        kinds,
        share_log(),
        "Share of studies with each finding, by data set and labeler",
    )


def benchmark(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Arrange the benchmark by gold set, those measured here first.

    Returns
    -------
    list of dict
        ``gold``; ``is_measured``, whether a labeler was measured on it here; ``plots`` of F1 with its interval, a
        panel a task, a symbol a labeler, published figures beside ours (for a gold set known only from papers: where
        they give no averages); ``averages``, a row a task and labeler.
    """
    arranged = []
    for gold in dict.fromkeys(row["gold"] for row in rows):
        of_gold = [row for row in rows if row["gold"] == gold]
        is_measured = any(not row["is_published"] for row in of_gold)
        averages = _averages(of_gold)
        plots = _benchmark_plots(gold, of_gold) if is_measured or not averages else []
        arranged.append({"gold": gold, "is_measured": is_measured, "plots": plots, "averages": averages})
    return sorted(arranged, key=lambda item: not item["is_measured"])


def _benchmark_plots(gold: str, rows: Sequence[Row]) -> list[Markup]:
    kinds = _in_order((row["labeler"], "published" if row["is_published"] else "rules") for row in rows)
    plotted = row_labels(row["finding"] for row in rows)
    points = [
        Point(row["task"], row["finding"], row["labeler"], row["f1"], row["f1_low"], row["f1_high"])
        for row in rows
        if row["f1"] is not None and row["finding"] in plotted
    ]
    tasks = {task: f"F1 of {task}" for task in dict.fromkeys(point.panel for point in points)}
    names = {name: f"{name} (published)" if kind == "published" else name for name, kind in kinds.items()}
    description = f"F1 of each labeler against {gold}, with 95% intervals"
    return _plots(points, tasks, names, kinds, linear(0, 1, 0.2), description)


def _averages(rows: Sequence[Row]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for row in rows:
        if row["finding"] in _AVERAGES:
            key = (row["task"], row["labeler"], row["is_published"])
            found.setdefault(key, {"row": row, "macro": None, "micro": None})[row["finding"]] = row
    return list(found.values())


def performance(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Plot the area under the ROC curve, a plot or more a data set: a panel a labeler, a symbol a network."""
    arranged = []
    for dataset in sorted({row["dataset"] for row in rows}):
        points = [
            Point(
                row["labeler"],
                row["finding"],
                f"{row['model']} {row['version']}",
                row["auroc"],
                row["auroc_low"],
                row["auroc_high"],
            )
            for row in rows
            if row["dataset"] == dataset and row["auroc"] is not None
        ]
        networks = dict.fromkeys((point.series for point in points), "network")
        panels = {point.panel: point.panel for point in points}
        description = f"Area under the ROC curve of each network on {dataset}, by the labeler it is measured against"
        names = {name: name for name in networks}
        arranged.append(
            {"dataset": dataset, "plots": _plots(points, panels, names, networks, linear(0.5, 1, 0.1), description)}
        )
    return arranged


def agreement(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Arrange kappa as one heat map a data set: a row a finding, a column a pair of labelers."""
    maps = []
    for dataset in sorted({row["dataset"] for row in rows}, key=lambda name: (name != REPORTS, name)):
        of_dataset = [row for row in rows if row["dataset"] == dataset]
        pairs = _in_order(((row["labeler_a"], row["labeler_b"]), row["n_studies"]) for row in of_dataset)
        cells = {(row["finding"], (row["labeler_a"], row["labeler_b"])): row for row in of_dataset}
        names = row_labels(row["finding"] for row in of_dataset)
        table = [
            {"name": name, "cells": [cells.get((finding, pair)) for pair in pairs]} for finding, name in names.items()
        ]
        maps.append({"dataset": dataset, "pairs": pairs, "rows": table})
    return maps


def _in_order(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _plots(
    points: Sequence[Point],
    panels: Mapping[str, str],
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    scale: Scale,
    description: str,
) -> list[Markup]:
    given = styles(kinds)
    series = {name: (names[name], style) for name, style in given.items()}
    drawn = []
    for chunk in batched(panels, PANELS_A_PLOT):
        shown = [point for point in points if point.panel in chunk]
        rows = row_labels(point.row for point in shown)
        drawn.append(dot_panels(shown, rows, {name: panels[name] for name in chunk}, series, scale, description))
    return drawn
