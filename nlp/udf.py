"""The labeler as SQL functions of DuckDB: ``cxr_label(text)`` and ``cxr_mentions(text)``.

Labels are a MAP, not a STRUCT: a finding that is not mentioned has no key, as it has no row in ``nlp.label``, and
``cxr_label(text)['pneumothorax']`` is null then; and a finding that the lexicon gains changes no table's type. Mentions
have columns of ``marts.finding_mention``, so that a query can move from one to the other.
"""

from __future__ import annotations

from itertools import accumulate, chain
from typing import Any

import duckdb
import pyarrow as pa

from nlp.report import LabeledReport, Mention

MENTION = {
    "finding": "VARCHAR",
    "assertion": "VARCHAR",
    "text": "VARCHAR",
    "cue_text": "VARCHAR",
    "section": "VARCHAR",
    "sentence": "INTEGER",
    "start_offset": "INTEGER",
    "end_offset": "INTEGER",
    "cue_start_offset": "INTEGER",
    "cue_end_offset": "INTEGER",
    "rule_id": "VARCHAR",
    "cue_rule_id": "VARCHAR",
    "laterality": "VARCHAR",
    "location": "VARCHAR",
    "severity": "VARCHAR",
    "change": "VARCHAR",
}
"""Fields of a mention's struct; offsets are characters of the text."""

LABELS_SQL = "MAP(VARCHAR, TINYINT)"
MENTIONS_SQL = f"STRUCT({', '.join(f'{name} {sql_type}' for name, sql_type in MENTION.items())})[]"
LABELS_ARROW = pa.map_(pa.string(), pa.int8())
STRUCT_ARROW = pa.struct({name: {"VARCHAR": pa.string(), "INTEGER": pa.int32()}[sql] for name, sql in MENTION.items()})


def register_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Add the functions to a connection and to all others of its database instance.

    ``cxr_label`` returns MAP(VARCHAR, TINYINT): finding to 1 present, 0 absent, -1 uncertain. ``cxr_mentions`` returns
    a list of structs, one a mention with its evidence, for ``unnest``. Null gives null, and no text raises. The lexicon
    is compiled at the first call. Registering again changes nothing; a read-only connection with a locked configuration
    will do.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection

    Examples
    --------
    >>> import cxr, duckdb
    >>> con = duckdb.connect()
    >>> cxr.register_functions(con)
    >>> con.sql("select cxr_label('No pneumonia, possible edema.')['edema']").fetchone()
    (-1,)
    """
    if con.execute("select 1 from duckdb_functions() where function_name = 'cxr_label'").fetchone():
        return
    for name, function, returned in (
        ("cxr_label", label_column, LABELS_SQL),
        ("cxr_mentions", mention_column, MENTIONS_SQL),
    ):
        con.create_function(name, function, ["VARCHAR"], returned, type="arrow", null_handling="special")


def label_column(texts: pa.ChunkedArray) -> pa.Array:
    """Return the labels of every text: a map, null where the text is null."""
    return pa.array([list(report.labels.items()) if report else None for _, report in _labeled(texts)], LABELS_ARROW)


def mention_column(texts: pa.ChunkedArray) -> pa.Array:
    """Return the mentions of every text: a list of structs, null where the text is null."""
    labeled = _labeled(texts)
    rows = [_row(text, mention) for text, report in labeled if report for mention in report.mentions]
    columns = zip(*rows, strict=True) if rows else ((),) * len(MENTION)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, STRUCT_ARROW, strict=True)]
    structs = pa.StructArray.from_arrays(arrays, fields=list(STRUCT_ARROW))
    ends = accumulate(len(report.mentions) if report else 0 for _, report in labeled)
    is_null = pa.array([report is None for _, report in labeled], pa.bool_())
    return pa.ListArray.from_arrays(pa.array(chain([0], ends), pa.int32()), structs, mask=is_null)


def _labeled(texts: pa.ChunkedArray) -> list[tuple[str, LabeledReport | None]]:
    # Imported here: it takes a second, and most queries label nothing.
    from nlp.engines.phrase_labeler import label

    return [(text, None if text is None else label(text)) for text in texts.to_pylist()]


def _row(text: str, mention: Mention) -> tuple[Any, ...]:
    cue = None if mention.cue_start is None else text[mention.cue_start : mention.cue_end]
    return (
        mention.finding,
        mention.assertion,
        mention.text,
        cue,
        mention.section,
        mention.sentence,
        mention.start,
        mention.end,
        mention.cue_start,
        mention.cue_end,
        mention.rule_id,
        mention.cue_rule_id,
        mention.laterality,
        mention.location,
        mention.severity,
        mention.change,
    )
