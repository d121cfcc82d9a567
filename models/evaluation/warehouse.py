"""Performance of networks in the warehouse: the cases of a network and a labeler, measured finding by finding.

The dbt model ``int_model_performance`` makes the mart ``model_performance`` with it, from ``int_model_case``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.evaluation import measures
from models.network.manifest import FindingMetrics
from warehouse.errors import WarehouseError
from warehouse.sql import literal

N_RESAMPLES = 200
"""A build measures some hundred groups: enough for the second decimal of an interval's end."""

STRATA = {"view": "projection", "sex": "sex", "age_band": "age_band"}
"""Column of int_model_case by stratum."""


SAMPLE_NOTES = {True: "training patients among them", None: "training data not known", False: ""}
"""What to say of ``is_in_sample``."""


class Comparison(NamedTuple):
    """A network's scores of a data set beside a labeler's answers."""

    dataset: str
    model: str
    version: str
    labeler: str


@dataclass(frozen=True)
class Cases:
    """The cases of a comparison for one finding.

    Attributes
    ----------
    finding : str
    targets, scores : ndarray of float64, (n,)
        1 or 0, and probabilities.
    patients : ndarray of int32, (n,)
        Patients, numbered in the order of their ids.
    strata : dict of str to ndarray of str, (n,)
        Value of each item by stratum; None where it is not known.
    threshold : float
    is_in_sample : bool or None
        Whether patients of the training may be among the items; None when that is not known.
    """

    finding: str
    targets: NDArray[np.float64]
    scores: NDArray[np.float64]
    patients: NDArray[np.int32]
    strata: dict[str, NDArray[Any]]
    threshold: float
    is_in_sample: bool | None


SCHEMA = pa.schema(
    [(name, pa.string()) for name in (*Comparison._fields, "finding", "stratum", "stratum_value")]
    + [("n_positive", pa.int64()), ("n_negative", pa.int64()), ("is_in_sample", pa.bool_())]
    + [("threshold", pa.float64())]
    + [(name, pa.float64()) for name in FindingMetrics.model_fields if name not in ("n_items", "n_positive")]
)


def measure_cases(cases: duckdb.DuckDBPyRelation, *, n_resamples: int = N_RESAMPLES) -> pa.Table:
    """Measure every comparison, each finding over all its items and in each stratum.

    Parameters
    ----------
    cases : duckdb.DuckDBPyRelation
        ``int_model_case``.
    n_resamples : int
        Of the bootstrap by patient.

    Returns
    -------
    pyarrow.Table
        Of `SCHEMA`. One comparison's cases are in memory at a time.
    """
    rows = [
        comparison._asdict() | row
        for comparison in comparisons(cases)
        for of_finding in read_cases(cases, comparison)
        for row in _measure(of_finding, n_resamples)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def comparisons(cases: duckdb.DuckDBPyRelation) -> list[Comparison]:
    """Return the comparisons that have cases."""
    columns = ", ".join(Comparison._fields)
    return [Comparison(*row) for row in cases.project(columns).distinct().order(columns).fetchall()]


def read_cases(cases: duckdb.DuckDBPyRelation, comparison: Comparison) -> Iterator[Cases]:
    """Yield the cases of a comparison, finding by finding in the order of their ids."""
    where = " and ".join(f"{name} = {literal(value)}" for name, value in comparison._asdict().items())
    texts = ("finding", "patient_id", *STRATA.values())
    chosen = f"{', '.join(texts)}, cast(is_positive as double) as target, probability, threshold, is_in_sample"
    batches = cases.filter(where).project(chosen).fetch_arrow_reader(100_000)
    # Texts as codes at once: at full size the ids and strata of a network's scores are gigabytes of text.
    table = pa.Table.from_batches([_encode(batch, texts) for batch in batches]).unify_dictionaries().combine_chunks()
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    codes = {name: columns[name].indices.to_numpy(zero_copy_only=False) for name in ("finding", "patient_id")}
    patients = pc.rank(columns["patient_id"].dictionary).to_numpy()[codes["patient_id"]].astype(np.int32)
    names = columns["finding"].dictionary.to_pylist()
    for finding in sorted(names):
        rows = np.flatnonzero(codes["finding"] == names.index(finding))
        own = table.take(rows)
        yield Cases(
            finding,
            own["target"].to_numpy(),
            own["probability"].to_numpy(),
            patients[rows],
            {stratum: own[column].cast(pa.string()).to_numpy() for stratum, column in STRATA.items()},
            own["threshold"][0].as_py(),
            own["is_in_sample"][0].as_py(),
        )


def read_performance(
    con: duckdb.DuckDBPyConnection, *, model: str | None = None, labelers: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the rows of ``marts.model_performance``, of one network (any version) and of these labelers if given.

    Raises
    ------
    WarehouseError
        The mart is not built, or has no such rows.
    """
    condition = "where (? is null or model = ?) and (len(?) = 0 or list_contains(?, labeler))"
    try:
        found = con.execute(
            f"from marts.model_performance {condition} order by all", [model, model, list(labelers), list(labelers)]
        )
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error:
        raise WarehouseError("has no marts.model_performance of this version", fix="Run 'cxr build'") from None
    if not rows:
        raise WarehouseError(
            "no scores that a labeler's answers can be set beside",
            where="marts.model_performance",
            fix="'cxr models list' lists the networks; run 'cxr score', then 'cxr build'",
        )
    return rows


def summarize(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each comparison, the mean figures of the findings with at least `evaluate.MIN_POSITIVE` positives.

    Findings with fewer are measured too, but their figures are mostly noise: `n_rare` counts them.
    """
    of_all = [row for row in rows if row["stratum"] == "all"]
    summary = []
    for comparison in dict.fromkeys(Comparison(*(row[name] for name in Comparison._fields)) for row in of_all):
        own = [row for row in of_all if Comparison(*(row[name] for name in Comparison._fields)) == comparison]
        counted = [row for row in own if row["n_positive"] >= measures.MIN_POSITIVE and row["auroc"] is not None]
        figures = {
            f"mean_{name}": float(np.mean([row[name] for row in counted])) if counted else None
            for name in ("auroc", "auprc", "f1", "brier", "ece")
        }
        counts = {"n_findings": len(counted), "n_rare": len(own) - len(counted)}
        counts["n_items"] = max(row["n_positive"] + row["n_negative"] for row in own)
        known = {row["is_in_sample"] for row in own}
        is_in_sample = True if True in known else None if None in known else False
        summary.append(comparison._asdict() | counts | {"is_in_sample": is_in_sample} | figures)
    return summary


def _measure(cases: Cases, n_resamples: int) -> Iterator[dict[str, Any]]:
    groups = [("all", "all", np.ones(len(cases.targets), bool))]
    for stratum, values in cases.strata.items():
        known = sorted({value for value in values if value is not None})
        groups += [(stratum, value, values == value) for value in known]
    for stratum, value, is_inside in groups:
        measured = measures.measure(
            cases.targets[is_inside],
            cases.scores[is_inside],
            cases.threshold,
            cases.patients[is_inside],
            n_resamples=n_resamples,
        ).model_dump()
        n_items = measured.pop("n_items")
        yield {
            "finding": cases.finding,
            "stratum": stratum,
            "stratum_value": value,
            "n_negative": n_items - measured["n_positive"],
            "is_in_sample": cases.is_in_sample,
            "threshold": cases.threshold,
        } | measured


def _encode(batch: pa.RecordBatch, texts: tuple[str, ...]) -> pa.RecordBatch:
    columns = {name: batch[name] for name in batch.schema.names}
    return pa.RecordBatch.from_pydict(columns | {name: columns[name].dictionary_encode() for name in texts})
