"""What is kept of scores in a warehouse: ``score.*``, with what tells that an item has changed since it was scored.

A shard's rows are stored in one transaction, those of items that the run has already are left out: storing it twice,
as after a kill, changes nothing.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from models.network import registry
from models.network.manifest import Manifest
from models.scoring import engine, spool
from models.scoring.engine import Options
from models.scoring.items import Listed
from warehouse import schema, stages
from warehouse.connection import transaction
from warehouse.progress import Progress
from warehouse.schema.score import (
    Attribution,
    Embedding,
    Failure,
    ImageScore,
    ReportScore,
    ScoredImage,
    ScoredReport,
    ScoreRun,
)


@dataclass(frozen=True)
class Kind:
    """What is different between reports and images."""

    name: str
    item: str
    done: type[schema.Table]
    scores: type[schema.Table]
    fingerprint: tuple[str, ...]
    """Columns that tell that an item has changed."""

    @property
    def tables(self) -> dict[str, str]:
        """Tables that hold rows of its items, and their column of the item's id."""
        return {
            schema.qualified(self.scores): self.item,
            schema.qualified(self.done): self.item,
            schema.qualified(Failure): "item_id",
            schema.qualified(Embedding): "item_id",
            schema.qualified(Attribution): "item_id",
        }


REPORT = Kind("report", "study_id", ScoredReport, ReportScore, ("text_hash",))
IMAGE = Kind("image", "image_id", ScoredImage, ImageScore, ("bytes", "modified_ns"))


def counts(con: duckdb.DuckDBPyConnection, kind: Kind, run: str) -> dict[str, int]:
    """Return how many items of a run have scores and how many failed."""
    tables = (schema.qualified(kind.done), schema.qualified(Failure))
    n_done, n_failures = stages.count(con, tables, ("run_id", run))
    return {"n_items": n_done - n_failures, "n_failures": n_failures}


def forget_other_weights(
    con: duckdb.DuckDBPyConnection, kind: Kind, manifest: Manifest, run: str, spools: Path
) -> None:
    """Register the network and remove what the same version has left with other weights."""
    key = [manifest.name, manifest.version, run]
    others = con.execute(
        "select run_id from score.score_run where model = ? and version = ? and run_id <> ?", key
    ).fetchall()
    with ExitStack() as stack:
        for (other,) in others:
            if (spools / other).exists():
                stack.enter_context(spool.opened(spools / other))  # nobody is at work with those weights
        with transaction(con):
            registry.register(con, manifest)
            for (other,) in others:
                for table in (*kind.tables, "score.score_run"):
                    con.execute(f"delete from {table} where run_id = ?", [other])
        for (other,) in others:
            spool.remove(spools / other)


def forget_stale(con: duckdb.DuckDBPyConnection, kind: Kind, listed: Listed, run: str) -> int:
    """Remove the run's rows of items that changed or are gone; return how many there were."""
    changed = " or ".join(f"item.{name} is distinct from done.{name}" for name in kind.fingerprint)
    done = f"(select *, {kind.item} as item_id from {schema.qualified(kind.done)} where run_id = $run) as done"
    return stages.forget(
        con,
        f"""
        select dataset, item_id from {done} anti join {listed.known} using (dataset, item_id)
        union
        select dataset, item_id from {done} join {listed.items} as item using (dataset, item_id)
        where item.{kind.fingerprint[0]} is not null and ({changed})
        """,
        {"run": run},
        tables=kind.tables,
        owner=("run_id", run),
        run_table=ScoreRun,
        run=run,
    )


def pending(kind: Kind, listed: Listed, run: str, options: Options) -> tuple[str, list[str]]:
    """Return the query of the items without what is asked for, and its parameters."""
    columns = ", ".join(engine.ITEMS[kind.name].names)
    done = f"select dataset, {kind.item} as item_id from {schema.qualified(kind.done)} where run_id = ?"
    if "embedding" in options.outputs:
        # Of an item that was scored and whose file has gone since, there is nothing to be had.
        gone = f"select dataset, item_id from {listed.items} where file is null union " if kind is IMAGE else ""
        done += (
            f" intersect ({gone}select dataset, item_id from score.embedding where run_id = ?"
            " union select dataset, item_id from score.failure where run_id = ?)"
        )
    query = stages.pending(columns, listed.items, f"({done})", "item_id")
    return f"{query} order by dataset, item_id", [run] * done.count("?")


def store_shards(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    manifest: Manifest,
    run: str,
    folder: Path,
    progress: Progress | None = None,
) -> int:
    """Store the shards that are there, each with its providers at once, and remove them; return how many there were."""
    paths = spool.shards(folder)
    for n, path in enumerate(paths, 1):
        shard = spool.read_shard(path)
        if shard is not None:
            with transaction(con):
                store_shard(con, kind, manifest, run, shard)
                _add_providers(con, run, spool.providers(path))
        path.unlink()
        if progress is not None:
            progress("store scores", n, len(paths))
    return len(paths)


def provider(con: duckdb.DuckDBPyConnection, run: str) -> str:
    """Return the execution providers that made the scores of a run."""
    (found,) = con.execute("select provider from score.score_run where run_id = ?", [run]).fetchone() or (None,)
    return found or ""


def _add_providers(con: duckdb.DuckDBPyConnection, run: str, providers: set[str]) -> None:
    """Add to the providers of a run, which earlier attempts have begun."""
    joined = ", ".join(sorted({*provider(con, run).split(", "), *providers} - {""}))
    con.execute("update score.score_run set provider = ? where run_id = ?", [joined or None, run])


def store_shard(con: duckdb.DuckDBPyConnection, kind: Kind, manifest: Manifest, run: str, shard: pa.Table) -> None:
    """Store a shard's rows, less those of items that the run has already: storing it twice changes nothing."""
    key = f"$run as run_id, dataset, item_id as {kind.item}"
    network = "$model as model, $version as version"
    of_run = {"run": run}
    of_model = of_run | {"model": manifest.name, "version": manifest.version}
    con.register("_shard", shard)
    try:
        con.execute(
            f"""
            create or replace temp table fresh as
            select * from _shard anti join (
                select dataset, {kind.item} as item_id from {schema.qualified(kind.done)} where run_id = $run
            ) using (dataset, item_id)
            """,
            of_run,
        )
        con.execute(
            f"""
            insert into {schema.qualified(kind.scores)} by name
            select {key}, {network}, unnest($findings) as finding, unnest(probabilities)::double as probability
            from fresh where code is null
            """,
            of_model | {"findings": manifest.findings},
        )
        con.execute(
            "insert into score.failure by name"
            " select $run as run_id, dataset, item_id, code, message from fresh where code is not null",
            of_run,
        )
        con.execute(
            f"""
            insert into {schema.qualified(kind.done)} by name
            select {key}, {", ".join(kind.fingerprint)}, split from fresh
            """,
            of_run,
        )
        if "embedding" in shard.column_names:
            con.execute(
                f"""
                insert into score.embedding by name
                select $run as run_id, dataset, item_id, {network}, embedding
                from _shard anti join (select dataset, item_id from score.embedding where run_id = $run)
                using (dataset, item_id) where code is null
                """,
                of_model,
            )
    finally:
        con.unregister("_shard")
        con.execute("drop table if exists fresh")
