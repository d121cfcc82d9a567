"""Score reports with a network of the zoo: the warehouse's into score.report_score, or those of a CSV file.

What a run has dealt with is in ``score.scored_report``, written in one transaction with the scores, so that a run that
was killed goes on where its last shard ended.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models import datasets, preprocess, registry
from models.inference import Network, probabilities
from models.manifest import Manifest
from warehouse import findings, report_files, runs, schema
from warehouse.config import Settings
from warehouse.connection import transaction
from warehouse.schema.score import Failure, ReportScore, ScoredReport, ScoreRun

Progress = Callable[[str, int, int], object]

SHARD_SIZE = 5000
"""Reports a transaction."""

EMPTY_TEXT = "empty_text"
_REPORTS = f"""
    select *, {datasets.TEXT_HASH_SQL} as text_hash
    from {datasets.INPUT_SQL}
"""


@dataclass(frozen=True)
class ScoreResult:
    """What a call of `score_reports` did, and what its run holds now."""

    run_id: str
    model: str
    version: str
    provider: str
    n_scored: int
    """Reports that this call dealt with."""
    n_items: int
    """Reports with scores under the run."""
    n_failures: int
    seconds: float


@dataclass(frozen=True)
class FileResult:
    """What `score_file` did."""

    model: str
    version: str
    n_rows: int
    n_failures: int
    """Rows without text; their scores are empty."""
    seconds: float


def score_reports(
    con: duckdb.DuckDBPyConnection,
    model_name: str = "report_findings",
    *,
    settings: Settings,
    shard_size: int = SHARD_SIZE,
    zoo: Path = registry.ZOO,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score the English reports that this network, with these weights, has not scored yet.

    Reads ``raw.report`` and ``nlp.section`` (see `models.datasets` for which text is scored); writes
    ``score.report_score``, ``score.failure``, ``score.scored_report``, ``score.score_run`` and ``score.model``. A
    report whose text changed is scored again, the rows of one that is gone are removed, and scores of the same
    version with other weights are replaced.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    model_name : str
        ``name`` or ``name@version``.
    settings : Settings
        ``threads`` is the number of onnxruntime's threads.
    shard_size : int
        Reports a transaction.
    zoo : Path
        Folder of networks.
    progress : callable, optional
        Called with a name for the step, the reports done and the reports to do, after every shard.

    Raises
    ------
    ConfigError
        No such network.
    SourceError
        The network's files are damaged.
    """
    clock = time.perf_counter()
    manifest, network = registry.load(model_name, zoo=zoo, threads=settings.threads)
    run = runs.run_id("report", manifest.name, manifest.version, manifest.weights_sha, datasets.TEXT_POLICY)
    _forget_stale(con, manifest, run)
    n_pending = _count(con, "from pending_report")
    if n_pending or not runs.is_complete(con, ScoreRun, run):
        columns = {"model": manifest.name, "version": manifest.version, "weights_sha": manifest.weights_sha}
        with runs.recorded(con, ScoreRun, run, **columns) as changes:
            con.execute("update score.score_run set status = 'running' where run_id = ?", [run])
            for start in range(0, n_pending, shard_size):
                _score_shard(con, manifest, network, run, start, shard_size)
                if progress is not None:
                    progress(f"score with {manifest.name}", min(start + shard_size, n_pending), n_pending)
            n_failures = _count(con, "from score.failure where run_id = ?", run)
            n_items = _count(con, "from score.scored_report where run_id = ?", run) - n_failures
            changes |= {"provider": network.provider, "n_items": n_items, "n_failures": n_failures}
    con.execute("drop table pending_report")
    n_failures = _count(con, "from score.failure where run_id = ?", run)
    return ScoreResult(
        run_id=run,
        model=manifest.name,
        version=manifest.version,
        provider=network.provider,
        n_scored=n_pending,
        n_items=_count(con, "from score.scored_report where run_id = ?", run) - n_failures,
        n_failures=n_failures,
        seconds=time.perf_counter() - clock,
    )


def _count(con: duckdb.DuckDBPyConnection, rows: str, *parameters: str) -> int:
    found = con.execute(f"select count(*) {rows}", parameters).fetchone()
    return int(found[0]) if found else 0


def _forget_stale(con: duckdb.DuckDBPyConnection, manifest: Manifest, run: str) -> None:
    """Register the network, remove rows of other weights and of changed texts; list the pending reports."""
    key = [manifest.name, manifest.version, run]
    others = "(select run_id from score.score_run where model = ? and version = ? and run_id <> ?)"
    with transaction(con):
        registry.register(con, manifest)
        con.execute("delete from score.report_score where model = ? and version = ? and run_id <> ?", key)
        con.execute(f"delete from score.scored_report where run_id in {others}", key)
        con.execute(f"delete from score.failure where run_id in {others}", key)
        con.execute("delete from score.score_run where model = ? and version = ? and run_id <> ?", key)
        con.execute(f"create or replace temp table report as {_REPORTS}")
        con.execute(
            """
            create or replace temp table stale as
            select dataset, study_id from score.scored_report
            anti join report using (dataset, study_id, text_hash) where run_id = ?
            """,
            [run],
        )
        if con.execute("select 1 from stale limit 1").fetchone():
            for table, item in (("report_score", "study_id"), ("failure", "item_id"), ("scored_report", "study_id")):
                con.execute(
                    f"delete from score.{table} where run_id = ? and (dataset, {item}) in (select * from stale)", [run]
                )
        con.execute(
            """
            create or replace temp table pending_report as
            select row_number() over (order by dataset, study_id) - 1 as place, *
            from report anti join score.scored_report as done
                on done.run_id = ? and done.dataset = report.dataset and done.study_id = report.study_id
            """,
            [run],
        )
        con.execute("drop table report")
        con.execute("drop table stale")


def _score_shard(
    con: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    network: Network,
    run: str,
    start: int,
    size: int,
) -> None:
    """Score the pending reports from place ``start`` on and store them in one transaction."""
    data = manifest.training_data
    shard = con.execute(
        f"""
        select dataset, study_id, text_hash, text, if(dataset = ?, {datasets.SPLIT_SQL}, null) as split
        from pending_report where place >= ? and place < ? order by place
        """,
        [data and data.dataset, start, start + size],
    ).to_arrow_table()
    tokens = preprocess.encode(network.tokenizer, shard["text"].to_pylist())
    is_scored = np.array([len(row) > 0 for row in tokens])
    found = probabilities(network.run, [row for row in tokens if row])
    scored, failed = shard.filter(pa.array(is_scored)), shard.filter(pa.array(~is_scored))
    constant = {"run_id": run, "model": manifest.name, "version": manifest.version}
    with transaction(con):
        schema.append(
            con, ScoredReport, _with(shard.select(["dataset", "study_id", "text_hash", "split"]), {"run_id": run})
        )
        schema.append(con, ReportScore, _with(_long(scored, network.findings, found), constant))
        failures = failed.select(["dataset", "study_id"]).rename_columns(["dataset", "item_id"])
        message = "no text in the sections that count"
        schema.append(con, Failure, _with(failures, {"run_id": run, "code": EMPTY_TEXT, "message": message}))


def _long(reports: pa.Table, names: Sequence[str], found: NDArray[np.float32]) -> pa.Table:
    """Return a row for each report and finding."""
    n = reports.num_rows
    rows = reports.select(["dataset", "study_id"]).take(pa.array(np.repeat(np.arange(n), len(names))))
    finding = pa.DictionaryArray.from_arrays(np.tile(np.arange(len(names)), n), pa.array(list(names)))
    values = pa.array(found.reshape(-1).astype(np.float64))
    return rows.append_column("finding", finding.cast(pa.string())).append_column("probability", values)


def _with(rows: pa.Table, constant: dict[str, str]) -> pa.Table:
    """Append columns that hold one value."""
    for name, value in constant.items():
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows


def score_file(
    source: Path,
    target: Path,
    model_name: str = "report_findings",
    *,
    settings: Settings,
    read_text: Callable[[str], str] = str,
    zoo: Path = registry.ZOO,
    progress: Progress | None = None,
) -> FileResult:
    """Score a file of reports; write ``study_id`` and a column of probabilities for each finding.

    Parameters
    ----------
    source : Path
        Reports in any form that `warehouse.report_files.reading` takes.
    target : Path
        Columns ``study_id`` and the findings by display name; rows in the order of the source. A row without text
        has empty scores. It appears when it is complete.
    model_name : str
    settings : Settings
    read_text : callable, optional
        From a report to the part of it that is scored, such as its findings and impression; default all of it.
    zoo : Path
    progress : callable, optional

    Raises
    ------
    SourceError
        The source cannot be read or lacks a column, or the target cannot be written.
    """
    clock = time.perf_counter()
    manifest, network = registry.load(model_name, zoo=zoo, threads=settings.threads)
    names = [findings.findings()[finding].name for finding in network.findings]
    n_rows = n_failures = 0
    with report_files.reading(source) as rows, report_files.replacing(source, target) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["study_id", *names])
        for batch in batched(rows, SHARD_SIZE):
            tokens = preprocess.encode(network.tokenizer, [read_text(text) for _, text in batch])
            found = iter(probabilities(network.run, [ids for ids in tokens if ids]))
            for (study_id, _), ids in zip(batch, tokens, strict=True):
                writer.writerow([study_id, *([f"{p:.6f}" for p in next(found)] if ids else [""] * len(names))])
            n_rows, n_failures = n_rows + len(batch), n_failures + sum(not ids for ids in tokens)
            if progress is not None:
                progress(f"score with {manifest.name}", n_rows, 0)
    return FileResult(manifest.name, manifest.version, n_rows, n_failures, time.perf_counter() - clock)
