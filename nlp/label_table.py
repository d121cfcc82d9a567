"""Label tables: the labels of one labeler or annotator as an array, from the warehouse or from a file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from nlp.aggregate import PRESENCE_SCHEMES
from nlp.metrics import NOT_MENTIONED, NOT_SCORED, Labels
from warehouse import findings
from warehouse.errors import SourceError, WarehouseError

SCHEMES = ("chexpert14", "chestxray14")

GOLD_SCHEMES = {"openi_mesh": "chestxray14"}
"""Schemes of the annotators whose labels are not the 14 CheXpert observations."""

_ANNOTATIONS = ("annotation.labeled_study", "annotation.label")
_LABELS = ("nlp.labeled_report", "nlp.label")
_INDEXED_VALUE = "if(is_indexed, 1, value)"
_ID_COLUMNS = ("uid", "study_id", "study")
_FILE_VALUES = {"": NOT_MENTIONED, "x": NOT_SCORED, "1": 1, "0": 0, "-1": -1, "1.0": 1, "0.0": 0, "-1.0": -1}


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


def read_gold(con: duckdb.DuckDBPyConnection, annotator: str) -> LabelTable:
    """Read the labels of an annotator from ``annotation.label``.

    Raises
    ------
    WarehouseError
        No such annotator.
    """
    scheme = GOLD_SCHEMES.get(annotator, "chexpert14")
    studies, values = _pivot(con, scheme, _ANNOTATIONS, "annotator = $annotator", {"annotator": annotator})
    if not len(studies):
        raise WarehouseError(f"no annotations by '{annotator}'", where="annotation.label", fix="See 'cxr sources'")
    return LabelTable(annotator, scheme, studies, values)


def read_labels(
    con: duckdb.DuckDBPyConnection,
    labeler: str,
    *,
    scheme: str = "chexpert14",
    of_annotator: str | None = None,
    indexed: bool | None = None,
) -> LabelTable:
    """Read the labels of a labeler's latest complete run from ``nlp.label``.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    labeler : str
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
    run = con.execute(
        """
        select run_id from nlp.label_run where labeler = ? and status = 'complete'
        order by finished_at desc, run_id limit 1
        """,
        [labeler],
    ).fetchone()
    if run is None:
        raise WarehouseError(f"no complete run of '{labeler}'", where="nlp.label_run", fix="Run 'cxr label' first")
    where, parameters = "run_id = $run", {"run": run[0]}
    if of_annotator is not None:
        where += " and dataset in (select dataset from annotation.labeled_study where annotator = $annotator)"
        parameters["annotator"] = of_annotator
    if indexed is None:
        indexed = scheme in PRESENCE_SCHEMES
    value = _INDEXED_VALUE if indexed else "value"
    studies, values = _pivot(con, scheme, _LABELS, where, parameters, value=value)
    return LabelTable(labeler, scheme, studies, values, run[0])


def _pivot(
    con: duckdb.DuckDBPyConnection,
    scheme: str,
    tables: tuple[str, str],
    where: str,
    parameters: dict[str, str],
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


def read_label_file(path: Path, *, scheme: str | None = None, name: str | None = None) -> LabelTable:
    """Read a CSV of study labels: MIMIC-CXR-JPG's layout, or an id and the labels of a scheme.

    Parameters
    ----------
    path : Path
        First of the columns uid, study_id, study is the study's id. Label columns have the scheme's names; other
        columns are ignored, and a label without a column is not scored. Values 1, 0, -1 (with or without '.0'),
        empty for not mentioned and x for not scored.
    scheme : str, optional
        By default the scheme that shares most names with the header.
    name : str, optional
        Name of the labeler or gold set; by default the file's.

    Raises
    ------
    SourceError
        The file is missing, has no id or label column, an unknown value, or a study twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header, rows = next(reader, []), [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise SourceError("cannot be read as CSV", where=path, fix="Check that it is there and is UTF-8") from None
    scheme = scheme or max(SCHEMES, key=lambda known: len(_label_columns(known).keys() & set(header)))
    known = _label_columns(scheme)
    columns = [(i, known[label]) for i, label in enumerate(header) if label in known]
    id_column = next((header.index(column) for column in _ID_COLUMNS if column in header), None)
    if id_column is None or not columns:
        missing = "id column (uid or study_id)" if id_column is None else f"label column of the scheme '{scheme}'"
        raise SourceError(f"no {missing}", where=path, fix="Name the columns in the first line")
    order = list(findings.scheme(scheme).values())
    values = np.full((len(rows), len(order)), NOT_SCORED, np.int8)
    for i, finding in columns:
        try:
            values[:, order.index(finding)] = [_FILE_VALUES[row[i].strip()] for row in rows]
        except (KeyError, IndexError):
            raise SourceError(
                f"column '{header[i]}' is incomplete or holds another value than 1, 0, -1, x or nothing", where=path
            ) from None
    studies, first = np.unique(np.array([row[id_column].strip() for row in rows], dtype=str), return_index=True)
    if len(studies) < len(rows):
        raise SourceError(f"{len(rows) - len(studies)} study ids occur more than once", where=path)
    return LabelTable(name or path.stem, scheme, studies, values[first])


def _label_columns(scheme: str) -> dict[str, str]:
    """Return finding by label name, with the names that releases use beside the scheme's own."""
    others = (row for row in findings.read_seed("label_crosswalk") if row["scheme"] == scheme)
    known = findings.scheme(scheme)
    return {row["label"]: row["finding"] for row in others if row["finding"] in known.values()} | known
