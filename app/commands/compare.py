"""``cxr compare``: two labelers, annotators or files side by side, study by study or mention by mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import console
from app.options import AsJson, Findings, Warehouse
from warehouse.config import Settings, load_settings
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    import duckdb

    from nlp.evaluation.agreement import Agreement
    from nlp.evaluation.label_table import LabelTable

DEFAULT_SCHEME = "chexpert14"


def compare(
    first: Annotated[str, typer.Argument(help="A labeler, an annotator, a run_id of nlp.label_run, or a label file.")],
    second: Annotated[str, typer.Argument(help="What to compare it with: the same kinds of thing.")],
    finding: Findings = None,
    mentions: Annotated[
        bool,
        typer.Option("--mentions", help="Compare mentions; files have study_id,start,end,finding,assertion."),
    ] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Compare two labelers on the studies that both read: the 4 x 4 answers and kappa of every finding, or mentions.

    Files are label files as of 'cxr benchmark --labels' (.csv, .csv.gz, .parquet); two files need no warehouse. With
    --finding the 4 x 4 answers are shown in full.
    """
    run(load_settings(warehouse=warehouse), first, second, finding or [], of_mentions=mentions, as_json=as_json)


def run(
    settings: Settings, first: str, second: str, findings: Sequence[str], *, of_mentions: bool, as_json: bool
) -> None:
    """Compare two labelers, annotators, runs or files, and show what came out."""
    from nlp.evaluation.agreement import agreements
    from nlp.evaluation.label_file import SUFFIXES
    from nlp.evaluation.mention_agreement import compare_mentions

    sides = [Path(name) if name.endswith(SUFFIXES) else name for name in (first, second)]
    with _connection(settings, sides) as con:
        if of_mentions:
            n_studies, mentions = compare_mentions(con, *sides)
            rows = _chosen([item.row() for item in mentions], findings)
        else:
            one, other = _read(con, sides)
            tables = {item.finding: item for item in agreements(one, other)}
            rows = _chosen([item.row() for item in tables.values()], findings)
    if as_json:
        console.emit_json(rows)
    elif of_mentions:
        show_mentions(f"Mentions of {second} against {first}, {n_studies:,} studies", rows)
    else:
        show(one.name, other.name, [tables[row["finding"]] for row in rows], in_full=bool(findings))


def _chosen(rows: list[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any]]:
    known = [row["finding"] for row in rows]
    for name in wanted:
        if name not in known:
            raise ConfigError(f"no finding '{name}' here", where="--finding", fix=f"Known: {', '.join(known)}")
    return [row for row in rows if not wanted or row["finding"] in wanted]


@contextmanager
def _connection(settings: Settings, sides: Sequence[str | Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    from warehouse.connection import read_only

    opened = duckdb.connect() if all(isinstance(side, Path) for side in sides) else read_only(settings.warehouse)
    with opened as con:
        yield con


def _read(con: duckdb.DuckDBPyConnection, sides: Sequence[str | Path]) -> tuple[LabelTable, LabelTable]:
    """Read both sides; a labeler of the warehouse gives the labels of whatever scheme the other side has."""
    from nlp.evaluation.label_file import read_label_file
    from nlp.evaluation.label_table import annotators, read_gold, read_labels

    known = annotators(con) if any(isinstance(side, str) for side in sides) else []
    tables: dict[int, LabelTable] = {}
    for i, side in enumerate(sides):
        if isinstance(side, Path):
            tables[i] = read_label_file(side)
        elif side in known:
            tables[i] = read_gold(con, side)
    scheme = next((table.scheme for table in tables.values()), DEFAULT_SCHEME)
    read = [tables[i] if i in tables else read_labels(con, str(side), scheme=scheme) for i, side in enumerate(sides)]
    return read[0], read[1]


def show(first: str, second: str, found: Sequence[Agreement], *, in_full: bool) -> None:
    """Print a line for every finding, and with ``in_full`` the 4 x 4 answers of each."""
    from nlp.evaluation.metrics import ANSWERS

    console.table(
        f"{first} and {second}",
        ["finding", "studies", "same answer", "kappa"],
        [(item.finding, item.n_studies, item.observed, item.kappa) for item in found],
    )
    for item in found if in_full else ():
        answers = [name.replace("_", " ") for name in ANSWERS]
        lines = [[name, *line] for name, line in zip(answers, item.counts.tolist(), strict=True)]
        console.table(f"{item.finding}: {first} down, {second} across", ["", *answers], lines)
    if not in_full:
        console.say("--finding NAME shows the 4 x 4 answers of a finding, --json those of all.")


def show_mentions(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print a line for every finding and for all."""
    names = ("n_first", "n_second", "n_matched", "precision", "recall", "f1", "assertion_kappa")
    console.table(
        title,
        ["finding", "first", "second", "in both", "precision", "recall", "F1", "kappa of assertions"],
        [(row["finding"], *(row[name] for name in names)) for row in rows],
    )
