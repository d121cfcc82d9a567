"""The vocabulary of the suites: checks as data, each a Great Expectations expectation with an id and a severity.

A check looks at a column, or at an SQL expression over the table's rows (``t``) where the rule spans columns or
tables. DuckDB evaluates the expressions, so that Great Expectations sees a flag, a number or a hash and never a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from warehouse import schema
from warehouse.findings import read_seed
from warehouse.sql import identifier

Dimension = Literal["completeness", "uniqueness", "validity", "consistency", "integrity", "volume"]
Severity = Literal["blocking", "warning"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class Check:
    """One rule about a table.

    Attributes
    ----------
    id : str
        Stable id within the suite.
    expectation : str
        Great Expectations type, e.g. ``expect_column_values_to_be_between``.
    description : str
        The rule in words.
    dimension : Dimension
    severity : Severity
        ``blocking`` for a hard fault, ``warning`` for a known oddity of the data or a sign of drift.
    column : str or None
        The column the rule is about; None for rules over several columns or the whole table.
    sql : str or None
        Expression over ``t`` that is checked instead of the column itself.
    kwargs : Mapping
        Further arguments of the expectation.
    needs : tuple of str
        Relations without whose rows the rule says nothing; the check is left out when one is empty or missing, and one
        of volume when one is a sample.
    published : int or None
        The count that a rule of volume holds the table to.
    """

    id: str
    expectation: str
    description: str
    dimension: Dimension
    severity: Severity = "blocking"
    column: str | None = None
    sql: str | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    published: int | None = None

    @property
    def batch_column(self) -> str | None:
        """Name of the column of the data frame that the expectation reads."""
        return self.id if self.sql else self.column


@dataclass(frozen=True)
class Suite:
    """The checks of one relation.

    Attributes
    ----------
    table : str
        The relation, which also names the suite.
    checks : tuple of Check
    published : int or None
        Its row count in the full release, where one is published.
    relation : str
        SQL of the rows, where the suite is not about a table of the warehouse.
    """

    table: str
    checks: tuple[Check, ...]
    published: int | None = None
    relation: str = ""

    def query(self, checks: Sequence[Check]) -> str:
        """Return the query for the data frame that these checks read: only their columns, only their expressions."""
        named = {check.batch_column: check.sql for check in checks if check.batch_column}
        columns = {name: sql or f"t.{identifier(name)}" for name, sql in named.items()}
        selected = ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items())
        return f"select {selected or '1 as one'} from {self.relation or self.table} as t"


@dataclass(frozen=True)
class Outcome:
    """What became of a check: whether it held, rows looked at, rows against it, and counts observed."""

    check: Check
    is_success: bool
    n_evaluated: int | None
    n_unexpected: int | None
    observed: dict[str, int | float | str]

    @property
    def difference(self) -> str | None:
        """What was found in place of what was expected, in words; None where the check held."""
        if self.is_success:
            return None
        if error := self.observed.get("error"):
            return f"could not be read: {error}"
        found, published = self.observed.get("observed_value"), self.check.published
        if isinstance(found, int | float) and published is not None:
            unit = " rows" if self.check.expectation == "expect_table_row_count_to_equal" else ""
            surplus = int(found) - published
            word = "more" if surplus > 0 else "fewer"
            return f"{int(found):,}{unit}, {abs(surplus):,} {word} than the published {published:,}"
        if self.n_unexpected is None or self.n_evaluated is None:
            return None
        return f"{self.n_unexpected:,} of {self.n_evaluated:,} rows against it"


def _slug(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def warning(check: Check) -> Check:
    """Return the check with severity ``warning``."""
    return replace(check, severity="warning")


def present(column: str) -> Check:
    """Say that the column is never null."""
    return Check(
        f"{_slug(column)}_present",
        "expect_column_values_to_not_be_null",
        f"Every row has its {column}",
        "completeness",
        column=column,
        sql=f"case when t.{identifier(column)} is not null then 1 end",
    )


def unique(columns: Sequence[str], check_id: str = "key_unique") -> Check:
    """Say that no two rows agree in the columns, compared by a 64-bit hash so that wide keys fit in memory."""
    listed = ", ".join(f"t.{identifier(column)}" for column in columns)
    return Check(
        check_id,
        "expect_column_values_to_be_unique",
        f"One row for each {', '.join(columns)}",
        "uniqueness",
        column=columns[0] if len(columns) == 1 else None,
        sql=f"hash({listed})",
    )


def between(
    column: str, low: float | None, high: float | None, description: str = "", *, sql: str | None = None
) -> Check:
    """Say that values, where there are any, lie in the closed range."""
    limits = {"min_value": low, "max_value": high}
    return Check(
        f"{_slug(column)}_range",
        "expect_column_values_to_be_between",
        description or _range_in_words(column, low, high),
        "validity",
        column=column,
        sql=sql,
        kwargs={name: value for name, value in limits.items() if value is not None},
    )


def _range_in_words(column: str, low: float | None, high: float | None) -> str:
    if high is None:
        return f"{column} is at least {low}"
    return f"{column} is at most {high}" if low is None else f"{column} is between {low} and {high}"


def one_of(column: str, values: Sequence[str | int], description: str = "") -> Check:
    """Say that values, where there are any, are among those listed."""
    return Check(
        f"{_slug(column)}_known",
        "expect_column_values_to_be_in_set",
        description or f"{column} is one of {', '.join(map(str, values))}",
        "validity",
        column=column,
        kwargs={"value_set": list(values)},
    )


def holds(
    check_id: str,
    sql: str,
    description: str,
    dimension: Dimension = "consistency",
    *,
    column: str | None = None,
    needs: tuple[str, ...] = (),
) -> Check:
    """Say that the SQL predicate over ``t`` is true, or null, in every row."""
    return Check(
        check_id,
        "expect_column_values_to_be_in_set",
        description,
        dimension,
        column=column,
        sql=f"coalesce({sql}, true)",
        kwargs={"value_set": [True]},
        needs=needs,
    )


def refers(columns: Mapping[str, str] | str, parent: str, check_id: str = "") -> Check:
    """Say that every row's reference is found in the parent; ``columns`` maps the table's columns to the parent's."""
    pairs = {columns: columns} if isinstance(columns, str) else columns
    joined = " and ".join(f"p.{identifier(theirs)} = t.{identifier(ours)}" for ours, theirs in pairs.items())
    keys = ", ".join(pairs)
    return holds(
        check_id or f"{parent.rpartition('.')[2]}_exists",
        f"{' or '.join(f't.{identifier(ours)} is null' for ours in pairs)}"
        f" or exists (select 1 from {parent} as p where {joined})",
        f"Every {keys} is found in {parent}",
        "integrity",
        column=next(iter(pairs)) if len(pairs) == 1 else None,
        needs=(parent,),
    )


def published(dataset: str, subject: str) -> int:
    """Return a published count from the seed ``published_count``."""
    rows = read_seed("published_count")
    return next(int(row["published_count"]) for row in rows if (row["dataset"], row["subject"]) == (dataset, subject))


def row_count(rows: int) -> Check:
    """Say that the table has as many rows as the full release publishes."""
    return Check(
        "published_count",
        "expect_table_row_count_to_equal",
        f"The full release has {rows:,} rows",
        "volume",
        kwargs={"value": rows},
        published=rows,
    )


def published_figures() -> tuple[Check, ...]:
    """Return a check a row of the seed ``published_count`` that can be rebuilt: what is loaded in full has its count.

    It blocks where the number was read at its source; users' counts warn.
    """
    return tuple(_figure(row) for row in read_seed("published_count") if row["is_rebuildable"] == "true")


def _figure(row: Mapping[str, str]) -> Check:
    dataset, subject, count = row["dataset"], row["subject"], int(row["published_count"])
    return Check(
        _slug(f"{dataset}_{subject}"),
        "expect_column_max_to_be_between",
        f"{dataset}, {subject} ({row['relation'].replace(' ', ', ')}): as published",
        "volume",
        "blocking" if row["is_verified"] == "true" else "warning",
        column="loaded_count",
        sql=f"case when t.dataset = '{dataset}' and t.subject = '{subject}'"
        " then if(t.status = 'not loaded', t.published_count, t.loaded_count) end",
        kwargs={"min_value": count, "max_value": count},
        needs=tuple(row["relation"].split()),
        published=count,
    )


def keyed(grain: Sequence[str], required: Sequence[str] = ()) -> tuple[Check, ...]:
    """Return the checks that every table has: its key is unique, its key and required columns are never null."""
    return (unique(grain), *(present(column) for column in dict.fromkeys((*grain, *required))))


def landing(table: str, *checks: Check, published: int | None = None) -> Suite:
    """Return the suite of a landing table: key and required columns from its declaration, then these checks."""
    declared = declaration(table)
    columns = declared.__table__.columns  # type: ignore[attr-defined]
    required = [column.name for column in columns if not column.nullable]
    counted = (row_count(published),) if published is not None else ()
    return Suite(table, (*keyed(schema.grain(declared), required), *counted, *checks), published)


def declaration(table: str) -> type[schema.Table]:
    """Return the class that declares a landing table."""
    return {schema.qualified(declared): declared for declared in schema.tables()}[table]
