"""Label files: study labels of any labeler or annotator as CSV or Parquet, read as a label table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.evaluation.label_table import SCHEMES, LabelTable, label_columns
from nlp.evaluation.metrics import NOT_MENTIONED, NOT_SCORED, Labels
from warehouse import findings
from warehouse.errors import SourceError
from warehouse.user_tables import Line, cell, read_table

SUFFIXES = (".csv", ".csv.gz", ".parquet")

_ID_COLUMNS = ("uid", "study_id", "study")
_VALUES = {"": NOT_MENTIONED, "x": NOT_SCORED, "1": 1, "0": 0, "-1": -1, "1.0": 1, "0.0": 0, "-1.0": -1}
_RELEASE_NAME = re.compile(r"mimic-cxr-[0-9.]+-(chexpert|negbio|test-set-labeled)$")


def read_label_file(
    path: str | Path, *, scheme: str | None = None, name: str | None = None, studies: Sequence[str] | None = None
) -> LabelTable:
    r"""Read a file of study labels: MIMIC-CXR-JPG's layout, CheXpert's own output, or an id and labels of a scheme.

    Parameters
    ----------
    path : str or Path
        CSV (also gzipped) or Parquet. First of the columns uid, study_id, study is the study's id. Label columns have
        the scheme's names; other columns are ignored, and a label without a column is not scored. Values 1, 0, -1
        (with or without '.0'), empty for not mentioned and x for not scored.
    scheme : str, optional
        By default the scheme that shares most names with the header.
    name : str, optional
        Name of the labeler or gold set; by default the file's, see `file_name`.
    studies : sequence of str, optional
        Ids of the rows of a file that has no id column, as CheXpert's output (``Reports`` and the labels) has none.

    Raises
    ------
    SourceError
        The file is missing, has no id or label column, an unknown value, or a study twice; or it has no ids and not
        as many rows as ``studies``.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("gold.csv").write_text("study_id,Edema,Fracture\n50,1,\n51,-1,0\n")
    >>> gold = cxr.read_label_file("gold.csv")
    >>> (gold.scheme, gold.studies.tolist())
    ('chexpert14', ['50', '51'])
    """
    path = Path(path)
    header, rows = read_table(path)
    scheme = scheme or max(SCHEMES, key=lambda known: len(label_columns(known).keys() & set(header)))
    known = label_columns(scheme)
    columns = [(i, known[label]) for i, label in enumerate(header) if label in known]
    if not columns:
        raise SourceError(
            f"no label column of the scheme '{scheme}'", where=path, fix="Name the columns in the first line"
        )
    ids = _row_ids(path, header, rows, studies)
    order = list(findings.scheme(scheme).values())
    values = np.full((len(rows), len(order)), NOT_SCORED, np.int8)
    for i, finding in columns:
        try:
            values[:, order.index(finding)] = [_VALUES[row.cells[i].strip()] for row in rows]
        except (KeyError, IndexError):
            raise SourceError(
                f"column '{header[i]}' is incomplete or holds another value than 1, 0, -1, x or nothing", where=path
            ) from None
    return _table(path, name or file_name(path), scheme, ids, values)


def read_study_ids(path: Path) -> list[str]:
    """Return the study ids of a label file in the order of its rows.

    Raises
    ------
    SourceError
        The file is missing or has no id column.
    """
    header, rows = read_table(path)
    return _row_ids(path, header, rows, None)


def file_name(path: Path) -> str:
    """Return the name of the labels in a file: ``chexpert`` of a release's own file, else the name without suffix."""
    stem = path.name
    for suffix in SUFFIXES:
        stem = stem.removesuffix(suffix)
    released = _RELEASE_NAME.match(stem)
    return released[1] if released else stem


def _row_ids(path: Path, header: list[str], rows: list[Line], studies: Sequence[str] | None) -> list[str]:
    column = next((header.index(name) for name in _ID_COLUMNS if name in header), None)
    if column is not None:
        return [cell(row, column) for row in rows]
    if studies is None:
        raise SourceError(
            "no id column (uid, study_id or study)",
            where=path,
            fix="Name the columns in the first line; labels in the order of the gold's rows are read with --by-row",
        )
    if len(studies) != len(rows):
        raise SourceError(
            f"{len(rows):,} rows without ids, but the gold has {len(studies):,}",
            where=path,
            fix="Joined by their order, both need the same rows",
        )
    return list(studies)


def _table(path: Path, name: str, scheme: str, ids: list[str], values: Labels) -> LabelTable:
    studies, first = np.unique(np.array(ids, dtype=str), return_index=True)
    if len(studies) < len(ids):
        raise SourceError(f"{len(ids) - len(studies)} study ids occur more than once", where=path)
    return LabelTable(name, scheme, studies, values[first])
