"""Score what a warehouse holds and a network has not scored yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from models.network import registry, report_text
from models.network.manifest import Manifest
from models.scoring import engine, items, spool
from models.scoring.engine import Options
from warehouse import runs, schema
from warehouse.config import Settings
from warehouse.connection import transaction, writing
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

REPORTS_A_SHARD, IMAGES_A_SHARD = 5000, 512


@dataclass(frozen=True)
class ScoreResult:
    """What a call of `score_reports` or `score_images` did, and what its run holds now."""

    run_id: str
    model: str
    version: str
    provider: str
    n_scored: int
    """Items that this call ran through the network, or found that it cannot."""
    n_items: int
    """Items with scores under the run."""
    n_failures: int
    seconds: float


@dataclass(frozen=True)
class _Kind:
    """What is different between reports and images."""

    name: str
    item: str
    done: type[schema.Table]
    scores: type[schema.Table]
    fingerprint: tuple[str, ...]
    shard_size: int

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


_REPORT = _Kind("report", "study_id", ScoredReport, ReportScore, ("text_hash",), REPORTS_A_SHARD)
_IMAGE = _Kind("image", "image_id", ScoredImage, ImageScore, ("bytes", "modified_ns"), IMAGES_A_SHARD)


def score_reports(
    options: Options | None = None,
    *,
    settings: Settings,
    wanted: Sequence[str] = (),
    shard_size: int = REPORTS_A_SHARD,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score the English reports that this network, with these weights, has not scored yet.

    Reads ``raw.report`` and ``nlp.section`` (see `models.network.report_text` for which text is scored); writes
    ``score.report_score``, ``score.failure``, ``score.scored_report``, ``score.score_run``, ``score.model`` and, where
    that output is asked for, ``score.embedding``. A report whose text changed is scored again, the rows of one that is
    gone are removed, and scores of the same version with other weights are replaced.

    Parameters
    ----------
    options : Options, optional
        Default: the network ``report_findings``.
    settings : Settings
        ``warehouse`` is open only while the list is made and while the scores are stored.
    wanted : sequence of str
        Data sets; default all.
    shard_size : int
        Reports a shard: what is lost at most when the process is killed.
    progress : callable, optional
        Called with a name for the step, the reports done and the reports to do.

    Raises
    ------
    ConfigError
        No such network, or it cannot run here.
    SourceError
        The network's files are damaged.
    WarehouseError
        No such data set.
    LockedError
        Another process has the warehouse, or scores it with this network. What was scored is kept for the next call.
    """
    options = options or Options("report_findings")

    def make(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
        items.list_reports(con, manifest, wanted)

    return _score(_REPORT, options, settings, make, shard_size, progress)


def score_images(
    folders: Mapping[str, Path],
    options: Options | None = None,
    *,
    settings: Settings,
    wanted: Sequence[str] = (),
    shard_size: int = IMAGES_A_SHARD,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score the images that this network, with these weights, has not scored yet.

    As `score_reports`, of ``raw.image``, into ``score.image_score`` and ``score.scored_image``. An image whose file
    changed in size or time of modification is scored again, and so is one whose file was missing or not readable and
    is there now. Scores stay where the file has since gone.

    Parameters
    ----------
    folders : mapping
        Folder of images by data set; that of `models.scoring.items.ALL` holds the others. See
        `models.network.image_files.locate` for how a file is found.
    options : Options, optional
        Default: the network ``image_findings``.
    settings, wanted, shard_size, progress
        As of `score_reports`.

    Raises
    ------
    ConfigError, SourceError, WarehouseError, LockedError
        As `score_reports`; and no folder, or no image in it.
    """
    options = options or Options("image_findings")

    def make(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
        items.list_images(con, manifest, wanted, folders)

    return _score(_IMAGE, options, settings, make, shard_size, progress)


def _score(
    kind: _Kind,
    options: Options,
    settings: Settings,
    make_list: Callable[[duckdb.DuckDBPyConnection, Manifest], None],
    shard_size: int,
    progress: Progress | None,
) -> ScoreResult:
    clock = time.perf_counter()
    manifest, network = engine.load(options, kind.name, settings)
    policy = [report_text.TEXT_POLICY] if kind is _REPORT else []
    run = runs.run_id(kind.name, manifest.name, manifest.version, manifest.weights_sha, *policy)
    spools = settings.warehouse.with_name(f"{settings.warehouse.name}.scores")
    with ExitStack() as stack:
        with writing(settings.warehouse, settings, create=False) as con:
            stack.callback(_remove_if_empty, spools)
            stack.enter_context(spool.opened(spools / run))
            attempt = _begin(con, kind, manifest, run, options, spools, make_list, shard_size)
        n_scored = engine.score(spools / run, network, options, settings, progress) if attempt else 0
        with writing(settings.warehouse, settings, create=False) as con:
            if attempt:
                _store(con, kind, manifest, run, spools / run, progress)
                runs.finish(con, attempt, engine=options.engine, **_counts(con, kind, run))
            counts, provider = _counts(con, kind, run), _provider(con, run)
    return ScoreResult(
        run_id=run,
        model=manifest.name,
        version=manifest.version,
        provider=provider or network.provider,
        n_scored=n_scored,
        **counts,
        seconds=time.perf_counter() - clock,
    )


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # other networks are at work there, or have left some
        folder.rmdir()


def _begin(
    con: duckdb.DuckDBPyConnection,
    kind: _Kind,
    manifest: Manifest,
    run: str,
    options: Options,
    spools: Path,
    make_list: Callable[[duckdb.DuckDBPyConnection, Manifest], None],
    shard_size: int,
) -> runs.Attempt | None:
    """Take up what a killed call left, forget what is stale, list what is pending; None where nothing is to do."""
    make_list(con, manifest)
    _forget_other_weights(con, kind, manifest, run, spools)
    n_stored = _store(con, kind, manifest, run, spools / run, None)
    n_stale = _forget_stale(con, kind, run)
    pending = items.parts(con, *_pending(kind, run, options), shard_size)
    n_pending = spool.write_items(spools / run, engine.ITEMS[kind.name], pending)
    con.execute("drop table item")
    con.execute("drop table known")
    if not (n_pending or n_stale or n_stored) and runs.is_complete(con, ScoreRun, run):
        return None
    attempt = runs.start(
        con, ScoreRun, run, model=manifest.name, version=manifest.version, weights_sha=manifest.weights_sha
    )
    con.execute("update score.score_run set status = 'running' where run_id = ?", [run])
    return attempt


def _counts(con: duckdb.DuckDBPyConnection, kind: _Kind, run: str) -> dict[str, int]:
    """Return how many items of a run have scores and how many failed."""
    row = con.execute(
        f"""
        select
            (select count(*) from {schema.qualified(kind.done)} where run_id = $run),
            (select count(*) from score.failure where run_id = $run)
        """,
        {"run": run},
    ).fetchone()
    n_done, n_failures = row or (0, 0)
    return {"n_items": n_done - n_failures, "n_failures": n_failures}


def _forget_other_weights(
    con: duckdb.DuckDBPyConnection, kind: _Kind, manifest: Manifest, run: str, spools: Path
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


def _forget_stale(con: duckdb.DuckDBPyConnection, kind: _Kind, run: str) -> int:
    """Remove the run's rows of items that changed or are gone; return how many there were."""
    changed = " or ".join(f"item.{name} is distinct from done.{name}" for name in kind.fingerprint)
    done = f"(select *, {kind.item} as item_id from {schema.qualified(kind.done)} where run_id = $run) as done"
    con.execute(
        f"""
        create or replace temp table stale as
        select dataset, item_id from {done} anti join known using (dataset, item_id)
        union
        select dataset, item_id from {done} join item using (dataset, item_id)
        where item.{kind.fingerprint[0]} is not null and ({changed})
        """,
        {"run": run},
    )
    (n_stale,) = con.execute("select count(*) from stale").fetchone() or (0,)
    with transaction(con):
        if n_stale:
            for table, item in kind.tables.items():
                con.execute(f"delete from {table} where run_id = ? and (dataset, {item}) in (from stale)", [run])
            con.execute("update score.score_run set status = 'running' where run_id = ?", [run])
        con.execute("drop table stale")
    return int(n_stale)


def _pending(kind: _Kind, run: str, options: Options) -> tuple[str, list[str]]:
    """Return the query of the items without what is asked for, and its parameters."""
    columns = ", ".join(engine.ITEMS[kind.name].names)
    done = f"select dataset, {kind.item} as item_id from {schema.qualified(kind.done)} where run_id = ?"
    if "embedding" in options.outputs:
        # Of an item that was scored and whose file has gone since, there is nothing to be had.
        gone = "select dataset, item_id from item where file is null union " if kind is _IMAGE else ""
        done += (
            f" intersect ({gone}select dataset, item_id from score.embedding where run_id = ?"
            " union select dataset, item_id from score.failure where run_id = ?)"
        )
    query = f"select {columns} from item anti join ({done}) using (dataset, item_id) order by dataset, item_id"
    return query, [run] * done.count("?")


def _store(
    con: duckdb.DuckDBPyConnection,
    kind: _Kind,
    manifest: Manifest,
    run: str,
    folder: Path,
    progress: Progress | None,
) -> int:
    """Store the shards that are there, each with its providers at once, and remove them; return how many there were."""
    paths = spool.shards(folder)
    for n, path in enumerate(paths, 1):
        shard = spool.read_shard(path)
        if shard is not None:
            with transaction(con):
                _store_shard(con, kind, manifest, run, shard)
                _add_providers(con, run, spool.providers(path))
        path.unlink()
        if progress is not None:
            progress("store scores", n, len(paths))
    return len(paths)


def _provider(con: duckdb.DuckDBPyConnection, run: str) -> str:
    (found,) = con.execute("select provider from score.score_run where run_id = ?", [run]).fetchone() or (None,)
    return found or ""


def _add_providers(con: duckdb.DuckDBPyConnection, run: str, providers: set[str]) -> None:
    """Add to the providers of a run, which earlier attempts have begun."""
    joined = ", ".join(sorted({*_provider(con, run).split(", "), *providers} - {""}))
    con.execute("update score.score_run set provider = ? where run_id = ?", [joined or None, run])


def _store_shard(con: duckdb.DuckDBPyConnection, kind: _Kind, manifest: Manifest, run: str, shard: pa.Table) -> None:
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
