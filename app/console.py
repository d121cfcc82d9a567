"""What a person sees: tables, progress bars with rate and time left, one line for a mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from warehouse.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console

QUALITY_GATE = 3
"""Exit code of a command whose check of the data failed."""


@cache
def out() -> Console:
    """Return the screen: standard output."""
    from rich.console import Console

    return Console(highlight=False)


@cache
def err() -> Console:
    """Return where what is not a result goes: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar for each named step that a stage reports; silent when the output is not a terminal.

    The yielded function takes the step's name, how much is done and how much there is (0 when not known).
    """
    from app.bars import bars

    with bars(err()) as shown:
        tasks: dict[str, Any] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=total or None)
            shown.update(tasks[step], completed=done, total=total or None)

        yield report


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows; numbers are right-aligned and grouped by thousands."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title or None, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(columns):
        is_numeric = any(isinstance(row[i], int | float) for row in rows) and not any(
            isinstance(row[i], str) for row in rows
        )
        grid.add_column(name, justify="right" if is_numeric else "left", overflow="fold")
    for row in rows:
        # As Text: square brackets in data are no markup.
        grid.add_row(*(value if isinstance(value, Text) else Text(cell(value)) for value in row))
    out().print(grid)
    out().print()


def counts(values: Mapping[str, object], as_json: bool) -> None:
    """Print what a command did: a line for each count that there is, or JSON for a script."""
    if as_json:
        emit_json(values)
    else:
        rows = [
            (name.removeprefix("n_").replace("_", " "), _figure(value)) for name, value in values.items() if value != {}
        ]
        table("", ["", "value"], rows)


def _figure(value: object) -> str:
    """Format one value that stands alone: a small one keeps its digits."""
    return f"{value:.2g}" if isinstance(value, float) and 0 < abs(value) < 0.01 else cell(value)


def cell(value: object) -> str:
    """Format one value for a person."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, dict):
        return ", ".join(f"{cell(each)} {name.replace('_', ' ')}" for name, each in value.items())
    return str(value)


def say(message: str) -> None:
    """Print a line for a person."""
    out().print(message)


def error(message: str) -> None:
    """Print what a user did wrong or what is wrong with the data, in one line."""
    err().print(f"error: {message}", soft_wrap=True, markup=False)


def warn(message: str) -> None:
    """Print what went well but not wholly, in one line."""
    err().print(f"warning: {message}", soft_wrap=True, markup=False)


def emit_json(data: Mapping[str, object] | Sequence[object]) -> None:
    """Print JSON for a script."""
    json.dump(data, sys.stdout, indent=2, default=str, ensure_ascii=False)
    sys.stdout.write("\n")
