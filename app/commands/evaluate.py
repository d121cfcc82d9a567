"""``cxr evaluate``: how good networks are, from the warehouse or from two files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.options import FILES, AsJson, Warehouse
from warehouse.config import Settings, load_settings
from warehouse.findings import findings

Row = dict[str, Any]


def evaluate(
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Show only this network, NAME or NAME@VERSION. With --scores: use its thresholds.",
            show_default="all",
        ),
    ] = None,
    labeler: Annotated[
        list[str] | None,
        typer.Option(
            "--labeler", "-l", metavar="NAME", help="Measure only against the labels of this labeler; repeat for more.",
            show_default="all",
        ),
    ] = None,
    finding: Annotated[
        list[str] | None,
        typer.Option(
            "--finding", "-f", metavar="ID",
            help="Show this finding in full, e.g. edema, with intervals and strata; repeat for more.",
        ),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(help="Measure this CSV, as 'cxr score ... --output' writes it.", rich_help_panel=FILES),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="Measure against this CSV of the same items: a column a finding (1, 0, -1, empty), or "
            "image,finding_labels.", rich_help_panel=FILES,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Probability from which a finding counts as present, for precision, recall and F1.",
            show_default="0.5, or those of --model", rich_help_panel=FILES,
        ),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show how good networks are against every labeler, and write the page of their curves; or measure two files.

    AUROC, AUPRC and F1 at the network's threshold, with 95% bootstrap intervals by patient, Brier score and calibration
    error, over all items and by view, sex and age. Needs a warehouse with scores that 'cxr build' has built.
    """
    if (scores is None) != (gold is None):
        raise typer.BadParameter("--scores and --gold go together")
    if scores is not None and gold is not None:
        if labeler or finding:
            raise typer.BadParameter("--labeler and --finding choose among a warehouse's figures; leave them out")
        if model is not None and threshold is not None:
            raise typer.BadParameter("name either --threshold or --model, for its thresholds")
        _of_files(load_settings(warehouse=warehouse), scores, gold, model, threshold, as_json=as_json)
    elif threshold is not None:
        raise typer.BadParameter("--threshold goes with --scores; in a warehouse each network has its own")
    else:
        _of_warehouse(load_settings(warehouse=warehouse), model, labeler or [], finding or [], as_json=as_json)


def _of_warehouse(
    settings: Settings, model: str | None, labelers: Sequence[str], chosen: Sequence[str], *, as_json: bool
) -> None:
    from models.evaluation.page import write_page
    from models.evaluation.warehouse import read_performance, summarize
    from warehouse.connection import read_only

    if unknown := [name for name in chosen if name not in findings()]:
        raise typer.BadParameter(f"no finding '{unknown[0]}'; by id, e.g. pleural_effusion")
    with read_only(settings.warehouse, settings) as con:
        rows = read_performance(con, model=model, labelers=labelers)
        page = write_page(con, read_performance(con), settings)  # of every network, whatever is shown here
    shown = [row for row in rows if not chosen or row["finding"] in chosen]
    if as_json:
        console.emit_json({"page": str(page), "summary": summarize(rows), "rows": shown})
        return
    _show_summary(summarize(rows))
    for name in chosen:
        _show_finding(name, [row for row in shown if row["finding"] == name])
    console.say(f"Page: {page}")


def _of_files(
    settings: Settings, scores: Path, gold: Path, model: str | None, threshold: float | None, *, as_json: bool
) -> None:
    from models.evaluation.files import measure_files
    from models.evaluation.measures import THRESHOLD
    from models.network import manifest, registry

    if model is None:
        least = THRESHOLD if threshold is None else threshold
        result, where = measure_files(scores, gold, threshold=least), f"{least:g}"
    else:
        network = manifest.read(registry.find(model, zoo=settings.zoo))
        result = measure_files(scores, gold, threshold=network.thresholds)
        where = f"the thresholds of {network.name} {network.version}"
    rows: list[Row] = [
        {"finding": name, "threshold": result.thresholds[name]} | metrics.model_dump()
        for name, metrics in result.metrics.items()
    ]
    if as_json:
        counts = {"n_items": result.n_items, "n_unmatched": result.n_unmatched, "n_patients": result.n_patients}
        console.emit_json(counts | {"findings": rows})
        return
    console.table(
        f"{result.n_items:,} items of {result.n_patients:,} patients; F1 at {where}",
        ["finding", "positive", "negative", "AUROC", "AUPRC", "F1"],
        [
            (findings()[row["finding"]].name, row["n_positive"], row["n_items"] - row["n_positive"], *_figures(row))
            for row in rows
        ],
    )
    if result.n_unmatched:
        console.say(
            f"{result.n_unmatched:,} items with scores are not in {gold}, or share their file's name with another."
        )


def _show_summary(summary: Sequence[Row]) -> None:
    from models.evaluation.warehouse import SAMPLE_NOTES

    console.table(
        "Means over the findings with 10 or more positives",
        ["network", "data set", "against", "items", "findings", "AUROC", "AUPRC", "F1", "ECE"],
        [
            (
                f"{row['model']} {row['version']}",
                row["dataset"],
                row["labeler"] + (f" ({note})" if (note := SAMPLE_NOTES[row["is_in_sample"]]) else ""),
                *(row[name] for name in ("n_items", "n_findings")),
                *(row[f"mean_{name}"] for name in ("auroc", "auprc", "f1", "ece")),
            )
            for row in summary
        ],
    )


def _show_finding(name: str, rows: Sequence[Row]) -> None:
    """Print a table for each network and data set: a line a labeler and stratum."""
    subjects = [(row["model"], row["version"], row["dataset"]) for row in rows]
    for subject in dict.fromkeys(subjects):
        console.table(
            "{name}: {} {} on {}".format(*subject, name=findings()[name].name),
            ["against", "stratum", "positive", "AUROC", "AUPRC", "F1"],
            [
                (
                    row["labeler"],
                    "all" if row["stratum"] == "all" else f"{row['stratum']} {row['stratum_value']}",
                    f"{row['n_positive']:,} of {row['n_positive'] + row['n_negative']:,}",
                    *_figures(row),
                )
                for row, of in zip(rows, subjects, strict=True)
                if of == subject
            ],
        )


def _figures(row: Row) -> list[str]:
    return [_interval(row, name) for name in ("auroc", "auprc", "f1")]


def _interval(row: Row, name: str) -> str:
    if row[name] is None:
        return ""
    return f"{row[name]:.3f}\n{row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f}"
