"""The page of networks: card facts, figures with intervals, ROC, precision-recall and reliability plots, strata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from models.evaluation import plots
from models.evaluation.measures import MIN_POSITIVE
from models.evaluation.warehouse import SAMPLE_NOTES, Cases, Comparison, read_cases, summarize
from warehouse import pages, runs
from warehouse.config import Settings
from warehouse.findings import findings

FILE = "networks.html"

PLOT_NOTES = {
    "ROC": "True against false positive rate; the dot is the network's threshold.",
    "Precision and recall": "By steps between distinct scores; the dot is the network's threshold.",
    "Reliability": (
        "Share of positives against mean probability in 15 bins of equal mass, with Wilson's 95% interval; on the "
        "diagonal a probability means what it says. The larger a dot, the more items."
    ),
}

Row = dict[str, Any]


def write_page(con: duckdb.DuckDBPyConnection, rows: Sequence[Row], settings: Settings) -> Path:
    """Write ``networks.html`` into ``settings.pages``. Counts and ids only, no report text.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse that `cxr build` has built.
    rows : sequence of dict
        What to show, from `models.evaluation.warehouse.read_performance`.
    settings : Settings

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ConfigError
        It cannot be written.
    """
    kinds = dict(con.sql("select labeler, kind from marts.dim_labeler").fetchall())
    # Human readers first, the most telling comparison; then by name.
    rows = sorted(rows, key=lambda row: (row["model"], row["version"], row["dataset"], *_order(row["labeler"], kinds)))
    networks = dict.fromkeys((row["model"], row["version"]) for row in rows)
    template = pages.environment(Path(__file__).parent).get_template("page.html.j2")
    text = template.render(
        warehouse=Path(settings.warehouse).name,
        version=runs.product_version(),
        generated_at=datetime.now(UTC),
        summary=summarize(rows),
        networks=[_network(con, rows, *network, kinds) for network in networks],
        names={name: finding.name for name, finding in findings().items()},
        kinds=kinds,
        min_positive=MIN_POSITIVE,
        plot_notes=PLOT_NOTES,
        sample_notes=SAMPLE_NOTES,
    )
    return pages.write(Path(settings.pages) / FILE, text)


def _network(
    con: duckdb.DuckDBPyConnection, rows: Sequence[Row], model: str, version: str, kinds: dict[str, str]
) -> Row:
    own = [row for row in rows if (row["model"], row["version"]) == (model, version)]
    parts = []
    for dataset in dict.fromkeys(row["dataset"] for row in own):
        of_set = [row for row in own if row["dataset"] == dataset]
        labelers = list(dict.fromkeys(row["labeler"] for row in of_set))
        comparisons = [Comparison(dataset, model, version, labeler) for labeler in labelers]
        tables = {
            labeler: [row for row in of_set if row["labeler"] == labeler and row["stratum"] == "all"]
            for labeler in labelers
        }
        strata = {labeler: _strata([row for row in of_set if row["labeler"] == labeler]) for labeler in labelers}
        parts.append(
            {
                "dataset": dataset,
                "plots": _plots(con, comparisons, kinds),
                "tables": {labeler: _by_name(table) for labeler, table in tables.items()},
                "strata": {labeler: table for labeler, table in strata.items() if table},
            }
        )
    title = f"{model} {version}"
    return {"id": title.replace(" ", "-"), "title": title, "facts": _facts(con, model, version), "parts": parts}


def _plots(con: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], kinds: dict[str, str]) -> list[Any]:
    """Draw the findings with enough positives and negatives, or nothing."""
    relation = con.sql("from intermediate.int_model_case")
    drawn: dict[str, dict[str, Cases]] = {}
    for comparison in comparisons:
        for cases in read_cases(relation, comparison):
            n_positive = int(cases.targets.sum())
            if min(n_positive, len(cases.targets) - n_positive) >= MIN_POSITIVE:
                # Plots know no strata, whose texts would be most of the memory.
                drawn.setdefault(cases.finding, {})[comparison.labeler] = replace(cases, strata={})
    if not drawn:
        return []
    names = {name: finding.name for name, finding in findings().items()}
    of_labelers = {comparison.labeler: kinds[comparison.labeler] for comparison in comparisons}
    return plots.plots(drawn, names, of_labelers)


def _strata(rows: Sequence[Row]) -> Row | None:
    """Return AUROC by finding and stratum, the whole first; None where there is no stratum."""
    cells = [row for row in rows if row["n_positive"] >= MIN_POSITIVE and row["auroc"] is not None]
    known = sorted({(row["stratum"], row["stratum_value"]) for row in cells} - {("all", "all")})
    if not known:
        return None
    known.sort(key=lambda column: ("view", "sex", "age_band").index(column[0]))
    table = {
        finding: {(row["stratum"], row["stratum_value"]): row for row in cells if row["finding"] == finding}
        for finding in findings()
    }
    return {"columns": [("all", "all"), *known], "rows": {finding: row for finding, row in table.items() if row}}


def _facts(con: duckdb.DuckDBPyConnection, model: str, version: str) -> dict[str, str]:
    """Return what the manifest says of a network, in words; a manifest of another product may lack any of it."""
    query = "select task, input, manifest, weights_sha from marts.dim_model where model = ? and version = ?"
    task, kind, text, weights_sha = con.execute(query, [model, version]).fetchall()[0]
    manifest = json.loads(text)
    data, training = manifest.get("training_data") or {}, manifest.get("training") or {}
    sizes = ", ".join(f"{n:,} {split}" for split, n in (data.get("n_items") or {}).items())
    facts = {
        "Task": f"{task}, of {kind}s",
        "Architecture": training.get("architecture"),
        "Parameters": f"{training['n_parameters']:,}" if "n_parameters" in training else None,
        "Trained on": f"{', '.join(data['datasets'])}: {sizes}" if "datasets" in data else None,
        "Split": data.get("split_rule"),
        "Licence": manifest.get("licence"),
        "Note": manifest.get("note"),
        "Weights, by sha256": weights_sha[:12],
    }
    return {name: str(fact) for name, fact in facts.items() if fact}


def _order(labeler: str, kinds: dict[str, str]) -> tuple[int, str]:
    order = ("human", "network", "rules")
    return (order.index(kinds[labeler]) if kinds[labeler] in order else len(order), labeler)


def _by_name(rows: Sequence[Row]) -> list[Row]:
    order = list(findings())
    return sorted(rows, key=lambda row: order.index(row["finding"]))
