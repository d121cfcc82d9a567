"""Mentions of two labelers, of two runs, or of a labeler and a file: which both found, and what they assert of them.

A mention is found by the other side when that has an overlapping mention of the same finding; each is matched once.
The first side is the reference: precision is the matched share of the second's mentions, recall of the first's. Only
studies that both sides read are compared. The rows are read in order of studies, so that memory does not grow with
their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from nlp.evaluation.label_table import find_run
from nlp.evaluation.metrics import Counts, kappa_of
from nlp.report import VALUES
from warehouse.errors import SourceError, WarehouseError
from warehouse.findings import findings
from warehouse.sql import literal
from warehouse.stats import share
from warehouse.user_tables import cell, reading_table

ASSERTIONS = tuple(VALUES)
"""Rows and columns of the table of assertions."""

COLUMNS = ("study_id", "start", "end", "finding", "assertion")
"""Columns of a file of mentions; a row with nothing but a study_id is a study that was read and has no mention."""


class Span(NamedTuple):
    """A mention of a finding; ``start`` and ``end`` are character offsets into the report's text."""

    start: int
    end: int
    assertion: str


class Row(NamedTuple):
    """A mention of one of two sides; side 0 is the reference."""

    study: str
    finding: str
    side: int
    start: int
    end: int
    assertion: str


@dataclass
class MentionAgreement:
    """Mentions of one finding, or of all ('micro').

    Attributes
    ----------
    finding : str
    n_first, n_second : int
        Mentions of the reference and of the other side.
    assertions : ndarray of int64, (3, 3)
        Matched mentions by assertion of the first and of the second, in the order of `ASSERTIONS`.
    """

    finding: str
    n_first: int
    n_second: int
    assertions: Counts

    @property
    def n_matched(self) -> int:
        """Mentions that both have."""
        return int(self.assertions.sum())

    def row(self) -> dict[str, Any]:
        """Return counts, precision, recall and F1 of the mentions, kappa of their assertions."""
        return {
            "finding": self.finding,
            "n_first": self.n_first,
            "n_second": self.n_second,
            "n_matched": self.n_matched,
            "precision": share(self.n_matched, self.n_second),
            "recall": share(self.n_matched, self.n_first),
            "f1": share(2 * self.n_matched, self.n_first + self.n_second),
            "n_same_assertion": int(np.trace(self.assertions)),
            "assertion_kappa": kappa_of(self.assertions),
        }


def match(first: Sequence[Span], second: Sequence[Span]) -> list[tuple[int, int]]:
    """Pair overlapping mentions of one finding in one study, each at most once.

    Parameters
    ----------
    first, second : sequence of Span
        In the order of their starts.

    Returns
    -------
    list of tuple of int
        Indices into both; as many pairs as there can be where the mentions of one side do not overlap each other.
    """
    pairs, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        if first[i].start < second[j].end and second[j].start < first[i].end:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif first[i].end <= second[j].start:
            i += 1
        else:
            j += 1
    return pairs


def count(rows: Iterable[Row]) -> list[MentionAgreement]:
    """Count mentions, matches and assertions by finding, 'micro' (over all findings) last.

    Parameters
    ----------
    rows : iterable of Row
        In the order of study, finding, side and start.
    """
    found: dict[str, MentionAgreement] = {}
    for (_, finding), group in groupby(rows, key=lambda row: row[:2]):
        sides: tuple[list[Span], list[Span]] = ([], [])
        for row in group:
            sides[row.side].append(Span(row.start, row.end, row.assertion))
        item = found.setdefault(finding, _empty(finding))
        item.n_first, item.n_second = item.n_first + len(sides[0]), item.n_second + len(sides[1])
        for i, j in match(*sides):
            item.assertions[ASSERTIONS.index(sides[0][i].assertion), ASSERTIONS.index(sides[1][j].assertion)] += 1
    micro = _empty("micro")
    for item in found.values():
        micro.n_first, micro.n_second = micro.n_first + item.n_first, micro.n_second + item.n_second
        micro.assertions += item.assertions
    return [*(found[finding] for finding in sorted(found)), micro]


def _empty(finding: str) -> MentionAgreement:
    return MentionAgreement(finding, 0, 0, np.zeros((len(ASSERTIONS),) * 2, np.int64))


def compare_mentions(
    con: duckdb.DuckDBPyConnection, first: str | Path, second: str | Path
) -> tuple[int, list[MentionAgreement]]:
    """Compare the mentions of two labelers, runs or files.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse; for two files any connection will do.
    first, second : str or Path
        A labeler (its latest complete run), a run_id, or a CSV file of mentions with the columns `COLUMNS`.

    Returns
    -------
    n_studies : int
        Studies that both read.
    agreements : list of MentionAgreement

    Raises
    ------
    SourceError
        A file that cannot be read.
    WarehouseError
        No complete run, or no study in common.
    """
    sides = [_relation(con, side, f"_mentions_{i}") for i, side in enumerate((first, second))]
    # Files know no data sets; study ids alone are the key as soon as one side is a file.
    study = "study_id" if any(isinstance(side, Path) for side in (first, second)) else "dataset || '/' || study_id"
    shared = " intersect ".join(f"select {study} from {read}" for _, read in sides)
    (n_studies,) = con.sql(f"select count(*) from ({shared})").fetchall()[0]
    if not n_studies:
        raise WarehouseError(f"'{first}' and '{second}' have no study in common", fix="Check the study ids")
    union = " union all ".join(
        f'select {study} as study, finding, {i} as side, start, "end", assertion from {mentions}'
        for i, (mentions, _) in enumerate(sides)
    )
    result = con.execute(f"from ({union}) semi join ({shared}) as shared(study) using (study) order by all")
    return n_studies, count(_stream(result))


def _stream(result: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := result.fetchmany(10_000):
        yield from map(Row._make, rows)


def _relation(con: duckdb.DuckDBPyConnection, side: str | Path, name: str) -> tuple[str, str]:
    """Return SQL for the mentions of a side and for the studies that it read."""
    if isinstance(side, Path):
        con.register(name, read_mention_file(side))
        return f"(from {name} where finding is not null)", f"(select distinct study_id from {name})"
    run = find_run(con, side)
    mentions, read = (f"(from nlp.{table} where run_id = {literal(run)})" for table in ("mention", "labeled_report"))
    return mentions, read


def read_mention_file(path: Path) -> pa.Table:
    """Read a file of mentions.

    Parameters
    ----------
    path : Path
        CSV or Parquet with the columns `COLUMNS`; others are ignored. ``start`` and ``end`` are character offsets into
        the report's text, findings are ids of the seed ``finding``, assertions present, absent or uncertain.

    Returns
    -------
    pa.Table
        With the columns `COLUMNS`; all but study_id are null where a study has no mention.

    Raises
    ------
    SourceError
        The file is missing, lacks a column, or a line is no mention.
    """
    with reading_table(path) as table:
        if missing := [name for name in COLUMNS if name not in table.header]:
            raise SourceError(f"no column '{missing[0]}'", where=path, fix=f"It needs {', '.join(COLUMNS)}")
        places = [table.header.index(name) for name in COLUMNS]
        rows = [_mention([cell(line, place) for place in places], path, line.number) for line in table.lines]
    types = (pa.string(), pa.int32(), pa.int32(), pa.string(), pa.string())
    columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(COLUMNS))


def _mention(cells: list[str], path: Path, line: int) -> tuple[Any, ...]:
    study, start, end, finding, assertion = cells
    if study and not (start or end or finding or assertion):
        return study, None, None, None, None
    if not study:
        problem = "no study_id"
    elif not (start.isdecimal() and end.isdecimal() and int(start) < int(end) < 2**31):
        problem = "start and end are no offsets"
    elif finding not in findings():
        problem = "unknown finding"
    elif assertion not in ASSERTIONS:
        problem = "assertion is not present, absent or uncertain"
    else:
        return study, int(start), int(end), finding, assertion
    raise SourceError(f"{problem} in line {line}", where=path, fix="See the seed finding for the ids of findings")
