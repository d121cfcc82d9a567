"""Label tables: the labels of one labeler or annotator as an array, read from the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from nlp.engines.aggregate import PRESENCE_SCHEMES
from nlp.evaluation.metrics import NOT_MENTIONED, NOT_SCORED, Labels
from warehouse import findings
from warehouse.errors import WarehouseError

SCHEMES = ("chexpert14", "chestxray14")

GOLD_SCHEMES = {"openi_mesh": "chestxray14"}
"""Schemes of the annotators whose labels are not the 14 CheXpert observations."""

RELEASED_LABELS = {
    "mimic_chexpert": "raw.mimic_cxr_jpg_chexpert",
    "mimic_negbio": "raw.mimic_cxr_jpg_negbio",
    "mimic_radiologist": "raw.mimic_cxr_jpg_test_set_labeled",
}
"""Label files of a release, landed as published: labeler or annotator, as in dim_labeler, and table."""

RELEASED_GOLD = ("mimic_radiologist",)
RELEASE = "mimic_cxr"
"""Data set of the released labels."""

_ANNOTATIONS = ("annotation.labeled_study", "annotation.label")
_LABELS = ("nlp.labeled_report", "nlp.label")
_INDEXED_VALUE = "if(is_indexed, 1, value)"


@dataclass(frozen=True)
class LabelTable:
    """The labels that one labeler or annotator gave.

    Attributes
    ----------
    name : str
        Labeler or annotator.
    scheme : str
        Label scheme whose findings are the columns of ``values``.
    studies : ndarray of str, (n_studies,)
        Study ids, ascending and unique.
    values : ndarray of int8, (n_studies, n_findings)
        1, 0, -1, NOT_MENTIONED or NOT_SCORED.
    run_id : str or None
        Labeling run they come from.
    """

    name: str
    scheme: str
    studies: NDArray[Any]
    values: Labels
    run_id: str | None = None

    @property
    def findings(self) -> list[str]:
        """Finding ids of the columns."""
        return list(findings.scheme(self.scheme).values())


def annotators(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the annotators whose labels are in the warehouse, released label files of people among them."""
    found = con.sql("select distinct annotator from annotation.labeled_study").fetchall()
    return sorted([name for (name,) in found] + [name for name in RELEASED_GOLD if _is_loaded(con, name)])


def labelers(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the labelers with a complete run or a released label file in the warehouse."""
    found = con.sql("select distinct labeler from nlp.label_run where status = 'complete'").fetchall()
    released = [name for name in RELEASED_LABELS if name not in RELEASED_GOLD and _is_loaded(con, name)]
    return sorted([name for (name,) in found] + released)


def _is_loaded(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    return con.execute(f"select 1 from {RELEASED_LABELS[name]} limit 1").fetchone() is not None


def read_gold(con: duckdb.DuckDBPyConnection, annotator: str) -> LabelTable:
    """Read the labels of an annotator: from ``annotation.label``, or of a released label file.

    Raises
    ------
    WarehouseError
        No such annotator.
    """
    if annotator in RELEASED_GOLD and _is_loaded(con, annotator):
        return _read_released(con, annotator, GOLD_SCHEMES.get(annotator, "chexpert14"))
    scheme = GOLD_SCHEMES.get(annotator, "chexpert14")
    studies, values = _pivot(con, scheme, _ANNOTATIONS, "annotator = $annotator", {"annotator": annotator})
    if not len(studies):
        fix = _known(annotators(con), "See 'cxr sources'")
        raise WarehouseError(f"no annotations by '{annotator}'", where="annotation.label", fix=fix)
    return LabelTable(annotator, scheme, studies, values)


def read_labels(
    con: duckdb.DuckDBPyConnection,
    labeler: str,
    *,
    scheme: str = "chexpert14",
    of_annotator: str | None = None,
    indexed: bool | None = None,
) -> LabelTable:
    """Read the labels of a labeler's latest complete run, of one run by its id, or of a released label file.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    labeler : str
        Labeler, or a run_id of nlp.label_run.
    scheme : str
        Label scheme to read.
    of_annotator : str, optional
        Read only the data sets that this annotator worked on.
    indexed : bool, optional
        Whether a finding that indexers code (``is_indexed``) has the value 1 whatever its label; by default in the
        schemes of presence alone.

    Raises
    ------
    WarehouseError
        The labeler has no complete run.
    """
    datasets = None if of_annotator is None else _datasets(con, of_annotator)
    if labeler in RELEASED_LABELS and _is_loaded(con, labeler):
        table = _read_released(con, labeler, scheme)
        is_wanted = datasets is None or RELEASE in datasets
        return table if is_wanted else LabelTable(labeler, scheme, table.studies[:0], table.values[:0])
    run = find_run(con, labeler)
    where = "run_id = $run"
    parameters: dict[str, Any] = {"run": run}
    if datasets is not None:
        where += " and list_contains($datasets, dataset)"
        parameters["datasets"] = datasets
    if indexed is None:
        indexed = scheme in PRESENCE_SCHEMES
    value = _INDEXED_VALUE if indexed else "value"
    studies, values = _pivot(con, scheme, _LABELS, where, parameters, value=value)
    return LabelTable(labeler, scheme, studies, values, run)


def find_run(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the run of that id, or the latest complete run of the labeler of that name.

    Raises
    ------
    WarehouseError
        There is neither.
    """
    run = con.execute(
        """
        select run_id from nlp.label_run where $name in (labeler, run_id) and status = 'complete'
        order by run_id = $name desc, finished_at desc, run_id limit 1
        """,
        {"name": name},
    ).fetchone()
    if run is None:
        fix = _known(labelers(con), "Run 'cxr label' first")
        raise WarehouseError(f"no complete run of '{name}'", where="nlp.label_run", fix=fix)
    return str(run[0])


def _known(names: Sequence[str], otherwise: str) -> str:
    return f"Known: {', '.join(names)}" if names else otherwise


def _datasets(con: duckdb.DuckDBPyConnection, annotator: str) -> list[str]:
    if annotator in RELEASED_GOLD:
        return [RELEASE]
    query = "select distinct dataset from annotation.labeled_study where annotator = ?"
    return [dataset for (dataset,) in con.execute(query, [annotator]).fetchall()]


def _read_released(con: duckdb.DuckDBPyConnection, name: str, scheme: str) -> LabelTable:
    """Read a label file that was landed as published: a study a row, a label a column, null for not mentioned."""
    known, order = label_columns(scheme), list(findings.scheme(scheme).values())
    relation = con.sql(f"select * replace (study_id::varchar as study_id) from {RELEASED_LABELS[name]}")
    labels = [column for column in relation.columns if column in known]
    columns = relation.select("study_id", *map(duckdb.ColumnExpression, labels)).fetchnumpy()
    studies, first = np.unique(np.asarray(columns["study_id"], dtype=str), return_index=True)
    values = np.full((len(studies), len(order)), NOT_SCORED, np.int8)
    for label in labels:
        column = np.ma.filled(columns[label], NOT_MENTIONED)
        values[:, order.index(known[label])] = column[first]
    return LabelTable(name, scheme, studies, values)


def _pivot(
    con: duckdb.DuckDBPyConnection,
    scheme: str,
    tables: tuple[str, str],
    where: str,
    parameters: dict[str, Any],
    *,
    value: str = "value",
) -> tuple[NDArray[Any], Labels]:
    """Spread a long label table over the scheme's findings, one row for every study that was read."""
    wanted = findings.scheme(scheme).values()
    columns = [
        f"coalesce(max(value) filter (finding = '{finding}'), {NOT_MENTIONED}) as {finding}" for finding in wanted
    ]
    result = con.execute(
        f"""
        select study_id, {", ".join(columns)}
        from (select dataset, study_id from {tables[0]} where {where}) as study
        left join (select dataset, study_id, finding, {value} as value from {tables[1]} where {where}) as label
            using (dataset, study_id)
        group by study_id order by study_id
        """,
        parameters,
    ).fetchnumpy()
    ids = np.asarray(result.pop("study_id"), dtype=str)
    return ids, np.stack([np.asarray(values, dtype=np.int8) for values in result.values()], axis=1)


def label_columns(scheme: str) -> dict[str, str]:
    """Return finding by label name, with the names that releases use beside the scheme's own."""
    others = (row for row in findings.read_seed("label_crosswalk") if row["scheme"] == scheme)
    known = findings.scheme(scheme)
    return {row["label"]: row["finding"] for row in others if row["finding"] in known.values()} | known
