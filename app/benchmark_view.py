"""``cxr benchmark``: the figures of labelers against gold, as a table or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app import console
from nlp.benchmark import benchmark_warehouse, compare
from nlp.label_table import read_label_file, read_labels
from warehouse.config import Settings
from warehouse.connection import read_only, writing


def run(settings: Settings, gold: Path | None, scheme: str | None, labeler: str, as_json: bool) -> None:
    """Measure against a gold CSV, or refresh nlp.benchmark_result from the warehouse's own annotations."""
    if gold is not None:
        with read_only(settings.warehouse) as con:
            gold_labels = read_label_file(gold, scheme=scheme)
            rows = compare(gold_labels, read_labels(con, labeler, scheme=gold_labels.scheme)).rows()
    else:
        with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
            rows = benchmark_warehouse(con, progress=progress)
    if as_json:
        console.emit_json(rows)
    else:
        show(rows)


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print one table for each gold set, labeler and task, findings first, averages last."""
    for key in dict.fromkeys((row["gold"], row["labeler"], row["task"]) for row in rows):
        chosen = [row for row in rows if (row["gold"], row["labeler"], row["task"]) == key]
        gold, labeler, task = key
        console.table(
            f"{labeler} against {gold}: {task}, {chosen[0]['n_studies']:,} studies",
            ["finding", "precision", "recall", "F1", "95% interval", "support"],
            [_line(row) for row in chosen if row["support"]],
        )


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    interval = "" if row["f1_low"] is None else f"{row['f1_low']:.3f} to {row['f1_high']:.3f}"
    return row["finding"], row["precision"], row["recall"], row["f1"], interval, row["support"]
