"""Reports and what labelers found in them, read from the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import duckdb

from nlp.labeling.pending import REPORTS
from nlp.report import AnnotatedReport, Mention
from warehouse.errors import WarehouseError

ROWS = 1000
"""Rows read at a time."""

SELECTED = f"""selected as (
    select report.dataset, report.study_id
    from nlp.labeled_report
    inner join {REPORTS} as report using (dataset, study_id, text_hash)
    where run_id = $run
        and ($datasets is null or list_contains($datasets, report.dataset))
        and ($studies is null or report.study_id in (select unnest($studies::varchar[])))
)"""
"""The reports of a `Selection`, as a common table expression: those whose text is still the one that was labeled."""

_READ_REPORTS = f"""
    with {SELECTED}
    select dataset, study_id, coalesce(text, '')
    from raw.report inner join selected using (dataset, study_id)
    order by dataset, study_id
"""

_READ_MENTIONS = f"""
    with {SELECTED}
    select dataset, study_id, {", ".join(f'"{name}"' for name in Mention._fields)}
    from nlp.mention inner join selected using (dataset, study_id)
    where run_id = $run
    order by dataset, study_id, start, "end", finding
"""


class Report(NamedTuple):
    """A report of ``raw.report``."""

    dataset: str
    study_id: str
    text: str
    language: str


class Run(NamedTuple):
    """A complete run of a labeler."""

    run_id: str
    labeler: str
    lexicon_sha: str
    product_version: str


class Selection(NamedTuple):
    """Reports that a run has labeled.

    Attributes
    ----------
    run : Run
    datasets : list of str or None
        Only these data sets.
    studies : list of str or None
        Only these studies.
    """

    run: Run
    datasets: list[str] | None = None
    studies: list[str] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of `SELECTED`."""
        return {"run": self.run.run_id, "datasets": self.datasets, "studies": self.studies}


def latest_run(con: duckdb.DuckDBPyConnection, labeler: str) -> Run:
    """Return the run whose labels count: the labeler's complete one that ended last.

    Raises
    ------
    WarehouseError
        The labeler has not finished a run.
    """
    row = con.execute(
        "select run_id, labeler, lexicon_sha, product_version from nlp.label_run"
        " where labeler = ? and status = 'complete' order by finished_at desc, run_id limit 1",
        [labeler],
    ).fetchone()
    if row is None:
        raise WarehouseError(
            f"there is no finished run of a labeler '{labeler}'",
            where="nlp.label_run",
            fix=f"Run 'cxr label --labeler {labeler}'",
        )
    return Run(*row)


def select(
    con: duckdb.DuckDBPyConnection, labeler: str, datasets: Sequence[str] = (), studies: Sequence[str] = ()
) -> Selection:
    """Select reports that the labeler's latest run has labeled; no study named means every one.

    Raises
    ------
    WarehouseError
        No complete run, nothing labeled in the data sets, or a study that is not among the labeled reports.
    """
    selection = Selection(latest_run(con, labeler), list(datasets) or None, list(dict.fromkeys(studies)) or None)
    query = f"with {SELECTED} select dataset, study_id from selected"
    if studies:
        found = {study_id for _, study_id in con.execute(query, selection.parameters).fetchall()}
        if missing := [study_id for study_id in studies if study_id not in found]:
            raise WarehouseError(
                f"no report of study '{missing[0]}' is labeled by '{labeler}'",
                where=", ".join(datasets) or "raw.report",
                fix="Check --study and --dataset; 'cxr label' labels reports that are new or changed",
            )  # fmt: skip
    elif con.execute(f"{query} limit 1", selection.parameters).fetchone() is None:
        raise WarehouseError(
            f"no report is labeled by '{labeler}'",
            where=", ".join(datasets) or "raw.report",
            fix="Check --dataset, or run 'cxr label'",
        )
    return selection


def count(con: duckdb.DuckDBPyConnection, selection: Selection) -> tuple[int, int]:
    """Return the number of selected reports and of the mentions in them."""
    row = con.execute(
        f"""
        with {SELECTED}
        select
            (select count(*) from selected),
            (select count(*) from nlp.mention inner join selected using (dataset, study_id) where run_id = $run)
        """,
        selection.parameters,
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def read(con: duckdb.DuckDBPyConnection, selection: Selection) -> Iterator[AnnotatedReport]:
    """Yield the selected reports with their mentions, ordered by data set and study, in bounded memory."""
    with con.cursor() as report_cursor, con.cursor() as mention_cursor:
        mentions = groupby(_rows(mention_cursor, _READ_MENTIONS, selection), key=lambda row: row[:2])
        key, group = next(mentions, (None, iter(())))
        for dataset, study_id, text in _rows(report_cursor, _READ_REPORTS, selection):
            found: tuple[Mention, ...] = ()
            if key == (dataset, study_id):
                found = tuple(Mention(*row[2:]) for row in group)
                key, group = next(mentions, (None, iter(())))
            yield AnnotatedReport(dataset, study_id, text, found)


def _rows(cursor: duckdb.DuckDBPyConnection, query: str, selection: Selection) -> Iterator[tuple[Any, ...]]:
    cursor.execute(query, selection.parameters)
    while rows := cursor.fetchmany(ROWS):
        yield from rows


def find_report(con: duckdb.DuckDBPyConnection, study_id: str, dataset: str | None = None) -> Report | None:
    """Return the report of a study, or None where there is none.

    Raises
    ------
    WarehouseError
        Several data sets have a study of that id.
    """
    try:
        rows = con.execute(
            "select dataset, study_id, coalesce(text, ''), language from raw.report"
            " where study_id = $study_id and ($dataset is null or dataset = $dataset) order by dataset",
            {"study_id": study_id, "dataset": dataset},
        ).fetchall()
    except duckdb.CatalogException:
        return None  # a DuckDB file without reports
    if len(rows) > 1:
        raise WarehouseError(
            f"several data sets have a study of that id: {', '.join(row[0] for row in rows)}",
            where=study_id,
            fix="Choose one with --dataset",
        )
    return Report(*rows[0]) if rows else None


def stored_labels(con: duckdb.DuckDBPyConnection, report: Report) -> dict[str, dict[str, int]]:
    """Return labeler to finding to 1, 0 or -1: the labels in ``nlp.label`` by the latest run of each labeler.

    A labeler that found nothing in the report has an empty dict; one that has not labeled it has no key.
    """
    rows = con.execute(
        """
        with latest as (
            select run_id, labeler from nlp.label_run where status = 'complete'
            qualify row_number() over (partition by labeler order by finished_at desc, run_id) = 1
        )
        select latest.labeler, label.finding, label.value
        from latest
        inner join nlp.labeled_report as labeled using (run_id)
        left join nlp.label as label using (run_id, dataset, study_id)
        where labeled.dataset = ? and labeled.study_id = ?
        order by all
        """,
        [report.dataset, report.study_id],
    ).fetchall()
    labels: dict[str, dict[str, int]] = {}
    for labeler, finding, value in rows:
        of_labeler = labels.setdefault(labeler, {})
        if finding is not None:
            of_labeler[finding] = value
    return labels
