"""Score what a warehouse holds and a network has not scored yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from models.network.manifest import Manifest
from models.scoring import engine, items, spool, store
from models.scoring.engine import Options
from models.scoring.items import Listed
from models.scoring.store import IMAGE, REPORT, Kind
from warehouse import runs, stages
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.progress import Progress
from warehouse.schema import report_text
from warehouse.schema.score import ScoreRun

REPORTS_A_SHARD, IMAGES_A_SHARD = 5000, 512

Listing = Callable[[duckdb.DuckDBPyConnection, Manifest], AbstractContextManager[Listed]]
"""Lists what there is to score in a warehouse."""


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


def score_reports(
    options: Options | None = None,
    *,
    settings: Settings,
    wanted: Sequence[str] = (),
    shard_size: int = REPORTS_A_SHARD,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score the English reports that this network, with these weights, has not scored yet.

    Reads ``raw.report`` and ``nlp.section`` (see `warehouse.schema.report_text` for which text is scored); writes
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

    def listing(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> AbstractContextManager[Listed]:
        return items.list_reports(con, manifest, wanted)

    return _score(REPORT, options, settings, listing, shard_size, progress)


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

    def listing(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> AbstractContextManager[Listed]:
        return items.list_images(con, manifest, wanted, folders)

    return _score(IMAGE, options, settings, listing, shard_size, progress)


def _score(
    kind: Kind,
    options: Options,
    settings: Settings,
    listing: Listing,
    shard_size: int,
    progress: Progress | None,
) -> ScoreResult:
    clock = time.perf_counter()
    manifest, network = engine.load(options, kind.name, settings)
    policy = [report_text.TEXT_POLICY] if kind is REPORT else []
    run = runs.run_id(kind.name, manifest.name, manifest.version, manifest.weights_sha, *policy)
    spools = settings.warehouse.with_name(f"{settings.warehouse.name}.scores")
    with ExitStack() as stack:
        with writing(settings.warehouse, settings, create=False) as con:
            stack.callback(_remove_if_empty, spools)
            stack.enter_context(spool.opened(spools / run))
            attempt = _begin(con, kind, manifest, run, options, spools, listing, shard_size)
        n_scored = engine.score(spools / run, network, options, settings, progress) if attempt else 0
        with writing(settings.warehouse, settings, create=False) as con:
            if attempt:
                store.store_shards(con, kind, manifest, run, spools / run, progress)
                runs.finish(con, attempt, engine=options.engine, **store.counts(con, kind, run))
            counts, provider = store.counts(con, kind, run), store.provider(con, run)
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
    kind: Kind,
    manifest: Manifest,
    run: str,
    options: Options,
    spools: Path,
    listing: Listing,
    shard_size: int,
) -> runs.Attempt | None:
    """Take up what a killed call left, forget what is stale, list what is pending; None where nothing is to do."""
    with listing(con, manifest) as listed:
        store.forget_other_weights(con, kind, manifest, run, spools)
        n_stored = store.store_shards(con, kind, manifest, run, spools / run)
        n_stale = store.forget_stale(con, kind, listed, run)
        pending = items.parts(con, *store.pending(kind, listed, run, options), shard_size)
        n_pending = spool.write_items(spools / run, engine.ITEMS[kind.name], pending)
    if not (n_pending or n_stale or n_stored) and runs.is_complete(con, ScoreRun, run):
        return None
    attempt = runs.start(
        con, ScoreRun, run, model=manifest.name, version=manifest.version, weights_sha=manifest.weights_sha
    )
    stages.reopen(con, ScoreRun, run)
    return attempt
