"""Which scores of a warehouse are attributed, and what is kept of them: files, and ``score.attribution`` to link them.

A shard's file is complete before its rows are in the table: what the table links is there, and a run that was killed
goes on where its last shard ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from models.attribution.output import Pages, check_findings, thresholds, write_numbers
from models.attribution.words import Passage
from models.network.manifest import Manifest
from models.scoring.items import Listed
from warehouse import runs, schema
from warehouse.connection import transaction
from warehouse.errors import WarehouseError
from warehouse.schema.score import Attribution
from warehouse.sql import values


@dataclass(frozen=True)
class Selection:
    """Which scores are attributed.

    Attributes
    ----------
    datasets : tuple of str
        None means every one.
    findings : tuple of str
        Finding ids, whatever their score; none means those whose probability reaches the manifest's threshold.
    items : tuple of str
        Ids of images or studies; none means all that are scored.
    top : int, optional
        Only the items of the highest probability, so many of each finding.
    """

    datasets: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    top: int | None = None


class Score(NamedTuple):
    """A score to attribute."""

    run_id: str
    dataset: str
    item_id: str
    finding: str
    probability: float
    text_hash: int | None
    """Of a report, as in ``score.scored_report``."""
    bytes: int | None
    modified_ns: int | None
    """Of an image's file, as in ``score.scored_image``."""


@dataclass(frozen=True)
class Made:
    """An attribution: rows of its shard's file, and the picture or page to look at."""

    score: Score
    method: str
    numbers: list[dict[str, Any]]
    picture: Path | None


class Plan(NamedTuple):
    """What there is to do."""

    n_chosen: int
    """Scores of the selection, made or not."""
    n_kept: int
    """Of them, those that are made."""
    items: list[list[Score]]
    """Those not made yet, by image or report."""


_CHOSEN = {
    "image": """
        select s.run_id, s.dataset, s.image_id as item_id, s.finding, s.probability, null::bigint as text_hash,
            d.bytes, d.modified_ns
        from score.image_score as s join score.scored_image as d using (run_id, dataset, image_id)
        semi join raw.image using (dataset, image_id)""",
    "report": """
        select s.run_id, s.dataset, s.study_id as item_id, s.finding, s.probability, d.text_hash,
            null::bigint as bytes, null::bigint as modified_ns
        from score.report_score as s join score.scored_report as d using (run_id, dataset, study_id)""",
}
_KEY = "dataset, item_id, finding"


def plan(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, chosen: Selection, folder: Path, method: str, pages: Pages
) -> Plan:
    """Return what is to be attributed; forget attributions of scores that are gone or changed.

    An attribution is made where the folder has its files, with a page where one is asked for.

    Parameters
    ----------
    method : str
        ``auto``: made by any method counts as made.

    Raises
    ------
    ConfigError
        The network lacks a finding.
    WarehouseError
        The network, with these weights, has scored nothing.
    """
    check_findings(manifest, chosen.findings)
    key = [manifest.name, manifest.version]
    with _scored(con, manifest) as scored:
        con.execute(
            f"""
            delete from score.attribution as a where model = ? and version = ? and not exists (
                from {scored} as s where s.run_id = a.run_id and s.dataset = a.dataset and s.item_id = a.item_id
                and s.finding = a.finding and s.probability = a.probability
                and s.text_hash is not distinct from a.text_hash
            )
            """,
            key,
        )
        rows = _select(con, scored, manifest, chosen)
    made = con.execute(
        f"select {_KEY}, method, numbers_path, picture_path from score.attribution where model = ? and version = ?", key
    ).fetchall()
    is_paged = manifest.input == "image" or pages == "html"
    done = {
        (dataset, item, finding)
        for dataset, item, finding, by, numbers, picture in made
        if method in ("auto", by)
        and _is_kept(numbers, folder)
        and (_is_kept(picture, folder) if picture or is_paged else True)
    }
    pending = [row for row in rows if (row.dataset, row.item_id, row.finding) not in done]
    by_item = groupby(pending, key=lambda row: (row.dataset, row.item_id))
    return Plan(len(rows), len(rows) - len(pending), [list(group) for _, group in by_item])


@contextmanager
def _scored(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> Iterator[str]:
    """Keep the scores of a network with these weights in a table while the block runs; yield its name."""
    con.execute(
        f"""
        create or replace temp table scored as
        select * from ({_CHOSEN[manifest.input]}) as s
        where run_id in (select run_id from score.score_run where model = $model and version = $version
            and weights_sha = $sha)
        """,
        {"model": manifest.name, "version": manifest.version, "sha": manifest.weights_sha},
    )
    try:
        if not con.execute("select 1 from scored limit 1").fetchone():
            raise WarehouseError(
                f"no score of {manifest.name} {manifest.version} with these weights",
                where=f"score.{manifest.input}_score",
                fix=f"Run 'cxr score {manifest.input}s --model {manifest.name}@{manifest.version}'",
            )
        yield "scored"
    finally:
        con.execute("drop table scored")


def _is_kept(path: str | None, folder: Path) -> bool:
    return path is not None and Path(path).is_relative_to(folder) and Path(path).exists()


def _select(con: duckdb.DuckDBPyConnection, scored: str, manifest: Manifest, chosen: Selection) -> list[Score]:
    least = thresholds(manifest, chosen.findings)
    rows = con.execute(
        f"""
        select s.* from {scored} as s
        join (select unnest($findings) as finding, unnest($thresholds) as threshold) as t using (finding)
        where s.probability >= t.threshold
            and (len($datasets) = 0 or list_contains($datasets, s.dataset))
            and (len($items) = 0 or list_contains($items, s.item_id))
        qualify $top::bigint is null
            or row_number() over (partition by finding order by s.probability desc, s.dataset, s.item_id) <= $top
        order by dataset, item_id, finding
        """,
        {
            "findings": list(least), "thresholds": list(least.values()), "datasets": [*chosen.datasets],
            "items": [*chosen.items], "top": chosen.top,
        },
    ).fetchall()  # fmt: skip
    return [Score(*row) for row in rows]


def passages(con: duckdb.DuckDBPyConnection, scores: Sequence[Score]) -> dict[tuple[str, str], list[Passage]]:
    """Return the parts of each report that were scored, by data set and study; none of a text that has changed."""
    con.register("_wanted", _table(scores, {"dataset": "dataset", "study_id": "item_id", "text_hash": "text_hash"}))
    try:
        found = con.execute(
            # The list of ids keeps DuckDB from reading the sections of all reports.
            "select dataset, study_id, passages from nlp.label_source_text"
            " semi join _wanted using (dataset, study_id, text_hash)"
            f" where study_id in {values(score.item_id for score in scores)}"
        ).fetchall()
    finally:
        con.unregister("_wanted")
    return {(dataset, study): [(part["start"], part["text"]) for part in parts] for dataset, study, parts in found}


def image_files(
    con: duckdb.DuckDBPyConnection, listed: Listed, scores: Sequence[Score]
) -> dict[tuple[str, str], tuple[Path, bool]]:
    """Return the file of each image that has one, and whether it changed since it was scored, by data set and image.

    Parameters
    ----------
    listed : Listed
        The images that there are, of `models.scoring.items.list_images`.
    """
    names = ("dataset", "item_id", "bytes", "modified_ns")
    con.register("_wanted", _table(scores, dict(zip(names, names, strict=True))))
    try:
        found = con.execute(
            f"""
            select w.dataset, w.item_id, item.file,
                item.bytes is distinct from w.bytes or item.modified_ns is distinct from w.modified_ns
            from _wanted as w join {listed.items} as item using (dataset, item_id) where item.file is not null
            """
        ).fetchall()
    finally:
        con.unregister("_wanted")
    return {(dataset, image): (Path(file), is_changed) for dataset, image, file, is_changed in found}


def _table(scores: Sequence[Score], columns: Mapping[str, str]) -> pa.Table:
    """Return fields of scores, by the name of their column."""
    types = {"text_hash": pa.int64(), "bytes": pa.int64(), "modified_ns": pa.int64()}
    return pa.table(
        {
            name: pa.array([getattr(score, field) for score in scores], types.get(name, pa.string()))
            for name, field in columns.items()
        }
    )


def keep(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path, columns: pa.Schema, made: Sequence[Made]
) -> None:
    """Write a shard's numbers, then link it in ``score.attribution``, in place of earlier ones of the same scores."""
    if not made:
        return
    scores = [attribution.score for attribution in made]
    path = folder / f"{runs.run_id(*(repr(score) for score in scores))}.parquet"
    write_numbers(path, columns, [[row for attribution in made for row in attribution.numbers]])
    rows = pa.Table.from_pylist(
        [
            {
                "run_id": a.score.run_id, "dataset": a.score.dataset, "item_id": a.score.item_id,
                "model": manifest.name, "version": manifest.version, "finding": a.score.finding, "method": a.method,
                "probability": a.score.probability, "text_hash": a.score.text_hash, "numbers_path": str(path),
                "picture_path": None if a.picture is None else str(a.picture),
            }
            for a in made
        ],
        schema=pa.schema(list(schema.arrow_types(Attribution).items())),
    )  # fmt: skip
    con.register("_made", rows)
    try:
        with transaction(con):
            con.execute(
                f"delete from score.attribution where model = ? and version = ? and ({_KEY}) in (select ({_KEY})"
                " from _made)",
                [manifest.name, manifest.version],
            )
            schema.append(con, Attribution, rows)
    finally:
        con.unregister("_made")
