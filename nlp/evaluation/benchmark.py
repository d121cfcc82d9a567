"""Labelers against gold annotations: from the warehouse's tables, or from label files.

How each gold set is compared:

* annotated sets of the 14 CheXpert observations: mention, positive, negation and uncertainty; the labeled test set of
  MIMIC-CXR-JPG is one, where a study without a label counts as in its paper: as not mentioning the finding;
* ``openi_mesh``, a coding of what is present: positive only. Positive is what an indexer codes, see
  `nlp.engines.aggregate.indexed_findings`: labels of 1, alternatives ("A or B") and borderline findings.

Findings, averages and intervals are those of `nlp.evaluation.metrics.measure`; labelers are compared in pairs on the
same studies by `nlp.evaluation.significance.differences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nlp.evaluation.label_table import LabelTable, annotators, labelers, read_gold, read_labels
from nlp.evaluation.metrics import Labels, Measure, measure, resamples
from nlp.evaluation.significance import Difference, differences
from warehouse import schema
from warehouse.connection import transaction
from warehouse.errors import WarehouseError
from warehouse.progress import Progress
from warehouse.schema.nlp import BenchmarkComparison, BenchmarkResult

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


@dataclass(frozen=True)
class Contrast:
    """Two labelers compared on the same studies of a gold set."""

    gold: str
    labelers: tuple[str, str]
    scheme: str
    run_ids: tuple[str | None, str | None]
    n_studies: int
    differences: tuple[Difference, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return rows in the shape of nlp.benchmark_comparison."""
        shared = {"gold": self.gold, "scheme": self.scheme, "n_studies": self.n_studies}
        shared |= dict(zip(("labeler_a", "labeler_b"), self.labelers, strict=True))
        shared |= dict(zip(("run_id_a", "run_id_b"), self.run_ids, strict=True))
        return [
            shared
            | {"task": item.task, "finding": item.finding, "support": item.support}
            | {"f1_a": item.f1_first, "f1_b": item.f1_second, "f1_difference": item.f1_difference.value}
            | {"f1_difference_low": item.f1_difference.low, "f1_difference_high": item.f1_difference.high}
            | {"p_bootstrap": item.p_bootstrap, "p_bootstrap_holm": item.p_bootstrap_holm}
            | {"n_only_a_right": item.only_first_right, "n_only_b_right": item.only_second_right}
            | {"p_mcnemar": item.p_mcnemar, "p_mcnemar_holm": item.p_mcnemar_holm}
            for item in self.differences
        ]


def compare(gold: LabelTable, labels: LabelTable, *, n_draws: int = N_DRAWS) -> Comparison:
    r"""Measure a labeler against a gold set in the tasks of its scheme, over the studies that both hold.

    Parameters
    ----------
    gold, labels : LabelTable
        Of the same scheme.
    n_draws : int
        Of the bootstrap.

    Raises
    ------
    WarehouseError
        No study in common.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("gold.csv").write_text("study_id,Edema\n1,1\n2,0\n")
    >>> _ = Path("mine.csv").write_text("study_id,Edema\n1,1\n2,1\n")
    >>> comparison = cxr.compare(cxr.read_label_file("gold.csv"), cxr.read_label_file("mine.csv"))
    >>> [m.precision.value for m in comparison.measures if (m.task, m.finding) == ("positive", "edema")]
    [0.5]
    """
    n_studies, (of_gold, of_labels) = _aligned(gold, labels)
    draws = _resamples(n_studies, n_draws, SEED)
    measures = [
        item for task in SCHEME_TASKS[gold.scheme] for item in measure(of_gold, of_labels, gold.findings, task, draws)
    ]
    return Comparison(gold.name, labels.name, gold.scheme, labels.run_id, n_studies, tuple(measures))


def contrast(gold: LabelTable, first: LabelTable, second: LabelTable) -> Contrast:
    r"""Compare two labelers on a gold set in the tasks of its scheme, over the studies that all three hold.

    Parameters
    ----------
    gold, first, second : LabelTable
        Of the same scheme.

    Raises
    ------
    WarehouseError
        No study in common.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> tables = {"gold": "1,1\n2,0\n", "mine": "1,1\n2,1\n", "theirs": "1,1\n2,0\n"}
    >>> files = [Path(f"{name}.csv") for name in tables]
    >>> for file, rows in zip(files, tables.values()):
    ...     _ = file.write_text("study_id,Edema\n" + rows)
    >>> contrast = cxr.contrast(*map(cxr.read_label_file, files))
    >>> [d.only_second_right for d in contrast.differences if (d.task, d.finding) == ("positive", "edema")]
    [1]
    """
    n_studies, (of_gold, of_first, of_second) = _aligned(gold, first, second)
    draws = _resamples(n_studies, N_DRAWS, SEED)
    found = [
        item
        for task in SCHEME_TASKS[gold.scheme]
        for item in differences(of_gold, of_first, of_second, gold.findings, task, draws)
    ]
    names, runs = (first.name, second.name), (first.run_id, second.run_id)
    return Contrast(gold.name, names, gold.scheme, runs, n_studies, tuple(found))


_resamples = lru_cache(maxsize=2)(resamples)


def _aligned(gold: LabelTable, *labelers: LabelTable) -> tuple[int, list[Labels]]:
    """Return the number of studies that all tables hold, and the values of each on these."""
    shared = gold.studies
    for table in labelers:
        shared = np.intersect1d(shared, table.studies, assume_unique=True)
        if not len(shared):
            raise WarehouseError(
                f"'{table.name}' has labeled no study of '{gold.name}'", fix="Run 'cxr label', and check the study ids"
            )
    return len(shared), [table.values[np.searchsorted(table.studies, shared)] for table in (gold, *labelers)]


def benchmark_warehouse(con: duckdb.DuckDBPyConnection, *, progress: Progress | None = None) -> list[dict[str, Any]]:
    """Measure every labeler against every annotator: replace ``nlp.benchmark_result`` and ``nlp.benchmark_comparison``.

    Each labeler is represented by its latest complete run, or by its released label file. Labelers and pairs of them
    without a study in common with the annotator are left out.

    Returns
    -------
    list of dict
        The rows written to nlp.benchmark_result.
    """
    golds, names = annotators(con), labelers(con)
    results: list[dict[str, Any]] = []
    comparisons: list[dict[str, Any]] = []
    for done, annotator in enumerate(golds, start=1):
        gold = read_gold(con, annotator)
        tables = [read_labels(con, name, scheme=gold.scheme, of_annotator=annotator) for name in names]
        tables = [table for table in tables if np.isin(gold.studies, table.studies).any()]
        for table in tables:
            results += compare(gold, table).rows()
        for first, second in combinations(tables, 2):
            if np.isin(np.intersect1d(gold.studies, first.studies), second.studies).any():
                comparisons += contrast(gold, first, second).rows()
        if progress is not None:
            progress("benchmark", done, len(golds))
    with transaction(con):
        for target, rows in ((BenchmarkResult, results), (BenchmarkComparison, comparisons)):
            con.execute(f"delete from {schema.qualified(target)}")
            if rows:
                columns = {name: [row[name] for row in rows] for name in schema.column_types(target)}
                schema.append(con, target, pa.table(columns))
    return results


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
