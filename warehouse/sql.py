"""Values and names inside SQL text, for statements that take no parameters: DDL, views, options of COPY and readers."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """Return a text as a SQL string."""
    quoted = "'" + text.replace("'", "''") + "'"
    # DuckDB reads a statement up to its first NUL.
    return f"({quoted.replace(chr(0), "' || chr(0) || '")})" if "\0" in text else quoted


def identifier(name: str) -> str:
    """Return the name of a column, table or schema as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def values(texts: Iterable[str]) -> str:
    """Return texts, at least one, as the list of an ``in``: ``('a', 'b')``."""
    return f"({', '.join(map(literal, texts))})"
