"""The quality report: one self-contained page, verdict first, and a JSON file with the same numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from quality import figures, page_queries
from quality.checks import DIMENSIONS, SEVERITIES
from warehouse import pages, runs
from warehouse.config import Settings

TEMPLATES = Path(__file__).parent / "templates"


def write_report(con: duckdb.DuckDBPyConnection, settings: Settings) -> Path:
    """Write ``report.html`` and ``report.json`` into ``settings.pages``; parts that are not built yet say so.

    The page needs nothing from elsewhere: styles and plots are in it. Ids and counts only, no report text.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ConfigError
        It cannot be written.
    """
    numbers = collect(con, settings)
    folder = Path(settings.pages)
    pages.write(folder / "report.json", json.dumps(numbers, indent=1, default=str))
    return pages.write(folder / "report.html", render(numbers))


def collect(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Any]:
    """Return what the report says, as plain values."""
    found = page_queries.read(con)
    return {
        "warehouse": Path(settings.warehouse).name,
        "version": runs.product_version(),
        "generated_at": datetime.now(UTC).replace(microsecond=0),
        "verdict": _verdict(found),
        **found,
    }


def _verdict(found: dict[str, list[dict[str, Any]] | None]) -> dict[str, Any]:
    matrix, suites = found["matrix"] or [], found["suites"] or []
    failed = {
        severity: sum(row["n_failed"] for row in matrix if row["severity"] == severity) for severity in SEVERITIES
    }
    n_checks = sum(row["n_checks"] for row in matrix)
    status = "failed" if failed["blocking"] else "warnings" if failed["warning"] else "passed"
    return {
        "status": status if n_checks else "not checked",
        "n_checks": n_checks,
        "n_failed_blocking": failed["blocking"],
        "n_failed_warning": failed["warning"],
        "n_suites": len(suites),
        "n_suites_skipped": sum(row["n_checks"] == 0 for row in suites),
        "n_checks_skipped": sum(row["n_skipped"] for row in suites),
    }


def render(numbers: dict[str, Any]) -> str:
    """Return the page for what `collect` returned."""
    return (
        pages.environment(TEMPLATES)
        .get_template("report.html.j2")
        .render(
            numbers,
            dimensions=DIMENSIONS,
            severities=SEVERITIES,
            made_by={name: section.made_by for name, section in page_queries.SECTIONS.items()},
            queries=page_queries.QUERIES,
            cells={(row["dimension"], row["severity"]): row for row in numbers["matrix"] or []},
            layers=_layers(numbers["suites"] or []),
            prevalence_plots=figures.prevalence(numbers["prevalence"] or []),
            golds=figures.benchmark(numbers["benchmark"] or []),
            auroc_plots=figures.performance(numbers["performance"] or []),
            heat_maps=figures.agreement(numbers["agreement"] or []),
        )
    )


def _layers(suites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    checked = [row | {"layer": row["suite"].partition(".")[0]} for row in suites if row["n_checks"]]
    sums = ("n_checks", "n_failed_blocking", "n_failed_warning")
    return [
        {"name": layer, "n_tables": sum(row["layer"] == layer for row in checked)}
        | {name: sum(row[name] for row in checked if row["layer"] == layer) for name in sums}
        for layer in dict.fromkeys(row["layer"] for row in checked)
    ]
