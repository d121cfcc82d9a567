"""``cxr benchmark``: the figures of labelers against gold, as tables or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import console
from app.options import FILES, AsJson, Warehouse
from warehouse.config import Settings, load_settings
from warehouse.errors import ConfigError, WarehouseError

if TYPE_CHECKING:
    from nlp.evaluation.label_table import LabelTable

LABELER = "cxr"

Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a user wants to see.

    Attributes
    ----------
    gold : Path or None
        Gold file; None for the annotators of the warehouse.
    scheme : str or None
        Scheme of the gold file.
    labelers : list of str
        Labelers of the warehouse to measure against the gold file, or the one to set against another.
    files : list of tuple of (str or None, Path)
        Label files to measure against the gold file, each with its name.
    by_row : bool
        Whether label files without ids have the rows of the gold file.
    against : str or None
        Labeler that the others are compared with, in place of the figures of each.
    """

    gold: Path | None = None
    scheme: str | None = None
    labelers: Sequence[str] = ()
    files: Sequence[tuple[str | None, Path]] = field(default_factory=list)
    by_row: bool = False
    against: str | None = None


def benchmark(
    labeler: Annotated[
        list[str] | None,
        typer.Option("--labeler", "-l", metavar="NAME",
                     help="Labeler of the warehouse to measure against --gold, or to set against "
                     "--against; repeat for more.", show_default="cxr"),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with this labeler, in pairs on the same gold: difference, interval, p value."),
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Show published figures of the same gold beside those measured here.")
    ] = False,
    gold: Annotated[
        Path | None,
        typer.Option(help="Gold file, CSV or Parquet: uid or study_id, then label columns.", rich_help_panel=FILES,
                     show_default="the warehouse's annotations"),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]PATH", rich_help_panel=FILES,
                     help="Label file to measure against --gold, without a warehouse; repeat for more."),
    ] = None,
    by_row: Annotated[
        bool,
        typer.Option("--by-row", rich_help_panel=FILES,
                     help="Take label files without ids (CheXpert's own output) to have the gold's rows."),
    ] = False,
    scheme: Annotated[
        str | None,
        typer.Option(help="Scheme of the gold file's columns: chexpert14 or chestxray14.", rich_help_panel=FILES,
                     show_default="by the header"),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Measure labelers against human annotations: precision, recall, F1 with 95% intervals."""
    files = [_named_file(text) for text in labels or []]
    request = Request(gold, scheme, labeler or [], files, by_row, against)
    run(load_settings(warehouse=warehouse), request, published=published, as_json=as_json)


def _named_file(text: str) -> tuple[str | None, Path]:
    name, equals, path = text.partition("=")
    return (name, Path(path)) if equals else (None, Path(text))


def run(settings: Settings, request: Request, *, published: bool, as_json: bool) -> None:
    """Measure against a gold file, or refresh the warehouse's benchmark tables from its own annotations; then show."""
    if request.gold is not None and published:
        raise ConfigError("--published works on a warehouse; leave it out with --gold")
    if request.gold is None and request.files:
        raise ConfigError("--labels needs a gold file to measure against", fix="Name one with --gold")
    rows = _of_file(settings, request, request.gold) if request.gold else _of_warehouse(settings, request)
    if published:
        rows = beside_published(rows)
    if as_json:
        console.emit_json(rows)
    elif published:
        show_published(rows)
    elif request.against is not None:
        show_contrasts(rows)
    else:
        show(rows)


def _of_warehouse(settings: Settings, request: Request) -> list[Row]:
    from nlp.evaluation.benchmark import benchmark_warehouse
    from nlp.evaluation.label_table import annotators, read_gold, read_labels
    from warehouse.connection import writing

    with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
        rows = benchmark_warehouse(con, progress=progress)
        if request.against is None:
            return rows
        contrasts: list[Row] = []
        for annotator in annotators(con):
            gold = read_gold(con, annotator)
            names = (*(request.labelers or (LABELER,)), request.against)
            tables = [read_labels(con, name, scheme=gold.scheme, of_annotator=annotator) for name in names]
            contrasts += _contrasts(gold, tables[:-1], tables[-1])
    if not contrasts:
        raise WarehouseError(f"'{request.against}' shares no annotated study with it", where=settings.warehouse)
    return contrasts


def _contrasts(gold: LabelTable, tables: Iterable[LabelTable], other: LabelTable) -> list[Row]:
    from nlp.evaluation.benchmark import contrast

    shared = set(gold.studies) & set(other.studies)
    found = [contrast(gold, table, other) for table in tables if not shared.isdisjoint(table.studies)]
    return [row for item in found for row in item.rows()]


def _of_file(settings: Settings, request: Request, path: Path) -> list[Row]:
    from nlp.evaluation.benchmark import compare, contrast
    from nlp.evaluation.label_file import read_label_file, read_study_ids
    from nlp.evaluation.label_table import read_labels
    from warehouse.connection import read_only

    gold = read_label_file(path, scheme=request.scheme)
    ids = read_study_ids(path) if request.by_row else None
    tables = [read_label_file(file, scheme=gold.scheme, name=name, studies=ids) for name, file in request.files]
    names = list(request.labelers) or ([] if tables else [LABELER])
    if request.against is not None and request.against not in [*names, *(table.name for table in tables)]:
        names.append(request.against)
    with ExitStack() as stack:
        con = stack.enter_context(read_only(settings.warehouse)) if names else None
        tables += [read_labels(con, name, scheme=gold.scheme) for name in names] if con is not None else []
    by_name = {table.name: table for table in tables}
    if len(by_name) < len(tables):
        raise ConfigError(
            "two of the labelers have one name", where="--labels", fix="Name the files: --labels NAME=PATH"
        )
    if request.against is None:
        return [row for table in tables for row in compare(gold, table).rows()]
    other = by_name.pop(request.against)
    return [row for table in by_name.values() for row in contrast(gold, table, other).rows()]


def beside_published(rows: Sequence[Row]) -> list[Row]:
    """Return measured and published figures of the gold sets that have both, ``is_published`` telling them apart.

    Raises
    ------
    WarehouseError
        No gold set of the warehouse has published figures.
    """
    from warehouse.findings import read_seed

    measured = [row | {"is_published": False, "source": None, "note": None} for row in rows]
    golds = {row["gold"] for row in rows}
    numbers = {"precision": float, "recall": float, "f1": float, "support": int, "n_studies": int}
    quoted = [
        row | {name: kind(row[name]) if row[name] else None for name, kind in numbers.items()} | {"is_published": True}
        for row in read_seed("published_benchmark")
        if row["gold"] in golds
    ]
    with_both = {row["gold"] for row in quoted}
    if not with_both:
        raise WarehouseError(
            "no gold set in the warehouse has published figures", fix="Load openi or mimic-cxr-jpg, then label"
        )
    return [row for row in measured if row["gold"] in with_both] + quoted


def show(rows: Sequence[Row]) -> None:
    """Print one table for each gold set, labeler and task, findings first, averages last."""
    for (gold, labeler, task), chosen in _grouped(rows, "gold", "labeler", "task"):
        console.table(
            f"{labeler} against {gold}: {task}, {chosen[0]['n_studies']:,} studies",
            ["finding", "precision", "recall", "F1", "95% interval", "support"],
            [
                (
                    *(row[name] for name in ("finding", "precision", "recall", "f1")),
                    _interval(row, "f1"),
                    row["support"],
                )
                for row in chosen
                if row["support"]
            ],
        )


def show_contrasts(rows: Sequence[Row]) -> None:
    """Print one table for each gold set, pair of labelers and task; p values are adjusted over the findings."""
    for (gold, first, second, task), chosen in _grouped(rows, "gold", "labeler_a", "labeler_b", "task"):
        console.table(
            f"{first} and {second} against {gold}: {task}, {chosen[0]['n_studies']:,} studies",
            ["finding", "F1", "and", "difference", "p", "only one right", "McNemar", "support"],
            [
                (
                    *(row[name] for name in ("finding", "f1_a", "f1_b")),
                    _difference(row),
                    row["p_bootstrap"] if row["finding"] in ("macro", "micro") else row["p_bootstrap_holm"],
                    "" if row["n_only_a_right"] is None else f"{row['n_only_a_right']} : {row['n_only_b_right']}",
                    row["p_mcnemar_holm"],
                    row["support"],
                )
                for row in chosen
                if row["support"]
            ],
        )
    console.say("p values of findings are adjusted by Holm's method over the findings of a table.")


def show_published(rows: Sequence[Row]) -> None:
    """Print one table for each gold set and task: F1 of the labelers measured here beside the published ones."""
    from warehouse.findings import scheme

    for (gold, task), chosen in _grouped(rows, "gold", "task"):
        figures = {(row["is_published"], row["labeler"], row["finding"]): row for row in chosen}
        columns = list(dict.fromkeys((row["is_published"], row["labeler"]) for row in chosen))
        ours = [row for row in chosen if not row["is_published"]]
        if len({is_published for is_published, _ in columns}) < 2:
            continue
        order = [*scheme(ours[0]["scheme"]).values(), "macro", "micro"]
        lines = [
            [finding, *(_scores(figures.get((*column, finding))) for column in columns), *_supports(figures, finding)]
            for finding in order
            if any(_scores(figures.get((*column, finding))) for column in columns)
        ]
        names = [f"{name}, published" if is_published else f"{name}, here" for is_published, name in columns]
        console.table(
            f"{gold}: {task}, precision / recall / F1 on {ours[0]['n_studies']:,} studies",
            ["finding", *names, "support here", "published"],
            lines,
        )
        for note in dict.fromkeys(f"{row['source']}: {row['note']}" for row in chosen if row["is_published"]):
            console.say(f"[dim]{note}[/dim]")


def _scores(row: Row | None) -> str:
    if row is None or not (row["support"] or row["is_published"]):
        return ""
    return " / ".join("-" if row[name] is None else f"{row[name]:.3f}" for name in ("precision", "recall", "f1"))


def _supports(figures: dict[tuple[bool, str, str], Row], finding: str) -> list[int | None]:
    """Return the support of a finding as measured here and as published."""
    found = {key[0]: row["support"] for key, row in figures.items() if key[2] == finding}
    return [found.get(False), found.get(True)]


def _interval(row: Row, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if low is None else f"{low:.3f} to {high:.3f}"


def _difference(row: Row) -> str:
    return "" if row["f1_difference"] is None else f"{row['f1_difference']:+.3f} ({_interval(row, 'f1_difference')})"


def _grouped(rows: Iterable[Row], *columns: str) -> list[tuple[tuple[Any, ...], list[Row]]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[column] for column in columns), []).append(row)
    return list(groups.items())
