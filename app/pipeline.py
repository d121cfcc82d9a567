"""``cxr run`` and ``cxr demo``: every stage in order, each resumable, each with its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import models.network.registry
import models.scoring
import nlp.engines
import nlp.evaluation.benchmark
import nlp.labeling.warehouse
import quality.page
import quality.run
from app import console, dbt
from models.evaluation.page import write_page
from models.evaluation.warehouse import read_performance
from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.errors import WarehouseError
from warehouse.progress import Progress

PUBLIC_SOURCES = (
    "openi", "openi-annotation", "chestxray14", "google-nih", "chexpert", "padchest",
    "rsna-pneumonia", "siim-pneumothorax", "vinbigdata",
)  # fmt: skip
LABELERS = ("cxr", "medspacy_context")


@dataclass(frozen=True)
class StageRow:
    """What a stage did, for the table at the end."""

    stage: str
    outcome: str
    seconds: float


@dataclass(frozen=True)
class RunReport:
    """The stages of a run, whether a blocking quality check failed, and the files that could not be loaded."""

    stages: list[StageRow]
    report: Path
    is_blocked: bool
    faults: list[str]


def run(settings: Settings, chosen: Sequence[tuple[str, Path | None]], progress: Progress) -> RunReport:
    """Load the chosen sources, label, score, benchmark, build, check, evaluate; what is done already is skipped."""
    stages: list[StageRow] = []
    faults: list[str] = []

    @contextmanager
    def stage(name: str) -> Iterator[Callable[[str], None]]:
        clock, outcome = time.perf_counter(), [""]
        console.err().print(f"[bold]{name}[/bold]")
        yield lambda text: outcome.__setitem__(0, text)
        stages.append(StageRow(name, outcome[0], time.perf_counter() - clock))
        console.err().print(f"  {outcome[0]} [dim]({stages[-1].seconds:.1f} s)[/dim]")

    with writing(settings.warehouse, settings) as con:
        for name, path in chosen:
            with stage(f"load {name}") as outcome:
                loaded = sources.load_source(con, sources.get(name), path, settings, progress)
                for fault in loaded.faults:
                    console.error(fault)
                outcome("unchanged" if loaded.status == "unchanged" else f"{sum(loaded.rows.values()):,} rows")
                faults += loaded.faults
        for labeler in LABELERS:
            with stage(f"label reports: {labeler}") as outcome:
                labeled = nlp.labeling.warehouse.label_warehouse(
                    con, nlp.engines.load(labeler), settings=settings, progress=progress
                )
                outcome(f"{labeled.n_reports:,} reports, {labeled.n_mentions:,} mentions")
    for model in models.network.registry.list_models(settings.zoo):
        if model.input == "report":
            with stage(f"score reports: {model.name} {model.version}") as outcome:
                options = models.scoring.Options(model.name)
                scored = models.scoring.score_reports(options, settings=settings, progress=progress)
                outcome(f"{scored.n_items:,} reports, {scored.n_failures:,} failures")
    with writing(settings.warehouse, settings) as con, stage("benchmark labelers") as outcome:
        outcome(f"{len(nlp.evaluation.benchmark.benchmark_warehouse(con, progress=progress)):,} figures")
    with stage("build marts (dbt)") as outcome:
        outcome(dbt.build(settings, reuse=True, progress=progress).summary)
    with writing(settings.warehouse, settings) as con, stage("check quality") as outcome:
        checked = quality.run.run_checks(con, settings, reuse=True, progress=progress)
        report = quality.page.write_report(con, settings)
        outcome(checked.summary)
    with read_only(settings.warehouse, settings) as con, stage("evaluate networks") as outcome:
        try:
            rows = read_performance(con)
        except WarehouseError as error:  # nothing was scored
            outcome(error.what)
        else:
            write_page(con, rows, settings)
            outcome(f"{len(rows):,} figures")
    return RunReport(stages, report, checked.is_blocking, faults)
