"""Labelers against gold annotations: from the warehouse's tables, or from label files.

How each gold set is compared:

* annotated sets of the 14 CheXpert observations: mention, positive, negation and uncertainty;
* ``openi_mesh``, a coding of what is present: positive only. Positive is what an indexer codes, see
  `nlp.aggregate.indexed_findings`: labels of 1, alternatives ("A or B") and borderline findings.

Findings, averages and intervals are those of `nlp.metrics.measure`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nlp.label_table import LabelTable, read_gold, read_labels
from nlp.metrics import Measure, kappa, measure, resamples
from warehouse import schema
from warehouse.errors import WarehouseError
from warehouse.schema.nlp import BenchmarkResult

SCHEME_TASKS = {"chexpert14": ("mention", "positive", "negation", "uncertainty"), "chestxray14": ("positive",)}
"""ChestX-ray14 labels say what is present and nothing else."""

N_DRAWS = 1000
SEED = 0


@dataclass(frozen=True)
class Comparison:
    """A labeler measured against a gold set."""

    gold: str
    labeler: str
    scheme: str
    run_id: str | None
    n_studies: int
    measures: tuple[Measure, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return rows in the shape of nlp.benchmark_result."""
        shared = {"gold": self.gold, "labeler": self.labeler, "scheme": self.scheme, "run_id": self.run_id}
        return [
            shared
            | {"task": item.task, "finding": item.finding, "support": item.support, "n_studies": self.n_studies}
            | {"precision": item.precision.value, "recall": item.recall.value, "f1": item.f1.value}
            | {"precision_low": item.precision.low, "precision_high": item.precision.high}
            | {"recall_low": item.recall.low, "recall_high": item.recall.high}
            | {"f1_low": item.f1.low, "f1_high": item.f1.high}
            for item in self.measures
        ]


def compare(
    gold: LabelTable, labels: LabelTable, *, tasks: Sequence[str] = (), n_draws: int = N_DRAWS, seed: int = SEED
) -> Comparison:
    """Measure a labeler against a gold set, over the studies that both hold.

    Parameters
    ----------
    gold, labels : LabelTable
        Of the same scheme.
    tasks : sequence of str
        Of `nlp.metrics.TASKS`; by default those of the scheme.
    n_draws, seed : int
        Of the bootstrap.

    Raises
    ------
    WarehouseError
        No study in common.
    """
    shared, in_gold, in_labels = np.intersect1d(gold.studies, labels.studies, assume_unique=True, return_indices=True)
    if not len(shared):
        raise WarehouseError(
            f"'{labels.name}' has labeled no study of '{gold.name}'", fix="Run 'cxr label', and check the study ids"
        )
    draws = _resamples(len(shared), n_draws, seed)
    measures = [
        item
        for task in tasks or SCHEME_TASKS[gold.scheme]
        for item in measure(gold.values[in_gold], labels.values[in_labels], gold.findings, task, draws)
    ]
    return Comparison(gold.name, labels.name, gold.scheme, labels.run_id, len(shared), tuple(measures))


_resamples = lru_cache(maxsize=2)(resamples)


def agreement(first: LabelTable, second: LabelTable) -> dict[str, float | None]:
    """Return Cohen's kappa of two labelers by finding, over the studies that both labeled."""
    _, in_first, in_second = np.intersect1d(first.studies, second.studies, assume_unique=True, return_indices=True)
    kappas = kappa(first.values[in_first], second.values[in_second])
    return dict(zip(first.findings, kappas, strict=True))


def benchmark_warehouse(
    con: duckdb.DuckDBPyConnection, *, progress: Callable[[str, int, int], object] | None = None
) -> list[dict[str, Any]]:
    """Measure every labeler of the warehouse against every annotator and replace ``nlp.benchmark_result``.

    Each labeler is represented by its latest complete run. Pairs without a study in common are left out.

    Returns
    -------
    list of dict
        The rows written.
    """
    pairs = con.execute(
        """
        select distinct annotator, labeler
        from annotation.labeled_study
        join nlp.labeled_report using (dataset, study_id)
        join nlp.label_run on label_run.run_id = labeled_report.run_id and label_run.status = 'complete'
        order by annotator, labeler
        """
    ).fetchall()
    rows: list[dict[str, Any]] = []
    for done, (annotator, labeler) in enumerate(pairs, start=1):
        gold = read_gold(con, annotator)
        labels = read_labels(con, labeler, scheme=gold.scheme, of_annotator=annotator)
        if np.isin(gold.studies, labels.studies).any():
            rows += compare(gold, labels).rows()
        if progress is not None:
            progress("benchmark", done, len(pairs))
    names = list(schema.column_types(BenchmarkResult))
    con.begin()
    try:
        con.execute("delete from nlp.benchmark_result")
        if rows:
            schema.append(con, BenchmarkResult, pa.table({name: [row[name] for row in rows] for name in names}))
        con.commit()
    except BaseException:
        con.rollback()
        raise
    return rows


def speeds(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Return reports per second of every labeler's latest complete run, loading and storing included."""
    rows = con.execute(
        """
        select labeler, n_reports / seconds from nlp.label_run
        where status = 'complete' and seconds > 0
        qualify row_number() over (partition by labeler order by finished_at desc, run_id) = 1
        order by labeler
        """
    ).fetchall()
    return dict(rows)
