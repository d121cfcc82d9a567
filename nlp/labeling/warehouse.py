"""Label the reports of a warehouse: in batches, in as many processes as the settings allow, resumable at any point.

A run is identified by labeler, lexicon, text policy, aggregation and version. What it has labeled is in
``nlp.labeled_report``, written in one transaction with the labels themselves, so that a run that was killed goes on
where its last batch ended. Where an earlier run differs in the lexicon alone, the rows of reports without a phrase that
differs are copied from it.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from nlp import engines, report
from nlp.engines.phrase_labeler import CxrLabeler
from nlp.labeling.batches import map_batches
from nlp.labeling.pending import BATCH_SIZE, REPORTS, count_pending, pending, read_pending, require_reports, to_arrow
from nlp.labeling.sections import section_warehouse
from nlp.rules.table import Phrase, differing, phrase_table, touching_pattern
from warehouse import runs, schema, stages
from warehouse.choices import Engine
from warehouse.config import Settings
from warehouse.connection import transaction
from warehouse.findings import findings
from warehouse.progress import Progress
from warehouse.schema.nlp import Label, LabeledReport, LabelRun, LexiconPhrase, Mention

POOL_FROM = 20_000
"""Fewer reports than this are labeled sooner than a pool of processes has started."""

DONE = "nlp.labeled_report"
TABLES = (DONE, "nlp.mention", "nlp.label")


@dataclass(frozen=True, slots=True)
class LabelResult:
    """What a call of `label_warehouse` did, and what its run holds now."""

    run_id: str
    labeler: str
    n_labeled: int
    """Reports labeled by this call."""
    n_copied: int
    """Reports whose rows this call copied from an earlier run, as no phrase in them has changed."""
    n_reports: int
    """Reports labeled under the run, by this call and earlier ones."""
    n_mentions: int
    """Mentions found in them."""
    seconds: float
    """Duration of this call."""


def label_warehouse(
    con: duckdb.DuckDBPyConnection,
    labeler: engines.Labeler,
    *,
    settings: Settings,
    batch_size: int = BATCH_SIZE,
    pool_from: int = POOL_FROM,
    engine: Engine = "local",
    progress: Progress | None = None,
) -> LabelResult:
    """Label the English reports that this labeler, with its present lexicon, has not labeled yet.

    Reads ``raw.report``; writes ``nlp.label``, ``nlp.mention``, ``nlp.labeled_report``, ``nlp.label_run`` and
    ``nlp.finding``. Reports without sections are sectioned first, see `nlp.labeling.sections`. A report whose text
    changed is labeled again, the rows of one that is gone are removed, and rows of other runs (other labelers, earlier
    lexicons) stay.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    labeler : Labeler
        As `nlp.engines.load` makes it.
    settings : Settings
        ``threads`` is the number of processes.
    batch_size : int
        Reports a transaction.
    pool_from : int
        Number of pending reports from which on a pool of processes is used.
    engine : {'local', 'ray'}
        Where reports are labeled: on this machine, or on a Ray cluster (`warehouse.ray_pool`). The rows are the same.
    progress : callable, optional
        Called with a name for the step, the reports done and the reports to do, after every batch.

    Raises
    ------
    WarehouseError
        No English reports in the warehouse, or a worker process died.
    """
    clock = time.perf_counter()
    columns = {"labeler": labeler.name, "lexicon_sha": labeler.lexicon_sha, **asdict(labeler.semantics)}
    run = runs.run_id(*columns.values(), runs.product_version())
    require_reports(con, "label")
    section_warehouse(con, lexicon=labeler.lexicon, progress=progress)
    _forget_stale(con, run)
    n_copied = n_pending = 0
    if count_pending(con, DONE, run) or not runs.is_complete(con, LabelRun, run):
        with stages.taken_up(con, LabelRun, run, **columns) as changes:
            _store_findings(con, run, labeler)
            _store_phrases(con, run, labeler)
            n_copied = _copy_untouched(con, run, columns, labeler)
            n_done, n_pending = 0, count_pending(con, DONE, run)
            processes = settings.threads if n_pending >= pool_from else 1
            batches = read_pending(con, DONE, run, batch_size)
            for tables in map_batches(label_batch, batches, labeler, processes=processes, engine=engine):
                stages.store(con, tables, run_id=run)
                n_done += tables[LabeledReport].num_rows
                if progress is not None:
                    progress(f"label with {labeler.name}", n_done, n_pending)
            changes["n_reports"], changes["n_mentions"] = stages.count(con, (DONE, "nlp.mention"), ("run_id", run))
    n_reports, n_mentions = stages.count(con, (DONE, "nlp.mention"), ("run_id", run))
    seconds = time.perf_counter() - clock
    return LabelResult(run, labeler.name, n_pending, n_copied, n_reports, n_mentions, seconds)


def label_batch(labeler: engines.Labeler, batch: pa.RecordBatch) -> dict[type[schema.Table], pa.Table]:
    """Label one batch.

    Parameters
    ----------
    labeler : Labeler
    batch : pa.RecordBatch
        Columns dataset, study_id, text, text_hash.

    Returns
    -------
    dict
        Rows of nlp.mention, label and labeled_report by table, without the run's id.
    """
    keys = list(zip(batch["dataset"].to_pylist(), batch["study_id"].to_pylist(), strict=True))
    mentions: list[tuple[Any, ...]] = []
    labels: list[tuple[Any, ...]] = []
    for key, labeled in zip(keys, labeler.label_texts(batch["text"].to_pylist()), strict=True):
        mentions += [(*key, *mention) for mention in labeled.mentions]
        labels += [(*key, finding, value, finding in labeled.indexed) for finding, value in labeled.labels.items()]
    of_labels = to_arrow(Label, ("dataset", "study_id", "finding", "value", "is_indexed"), labels)
    names, shas = (pa.repeat(text, len(labels)) for text in (labeler.name, labeler.lexicon_sha))
    return {
        Mention: to_arrow(Mention, ("dataset", "study_id", *report.Mention._fields), mentions),
        Label: of_labels.append_column("labeler", names).append_column("lexicon_sha", shas),
        LabeledReport: pa.table(batch.select(["dataset", "study_id", "text_hash"])),
    }


def _forget_stale(con: duckdb.DuckDBPyConnection, run: str) -> None:
    """Remove the run's rows of reports whose text changed or that are gone."""
    stages.forget(
        con,
        f"""
        select dataset, study_id from {DONE}
        anti join {REPORTS} as report using (dataset, study_id, text_hash) where run_id = $run
        """,
        {"run": run},
        tables=dict.fromkeys(TABLES, "study_id"),
        owner=("run_id", run),
        run_table=LabelRun,
        run=run,
    )


def _store_findings(con: duckdb.DuckDBPyConnection, run: str, labeler: engines.Labeler) -> None:
    """Write the findings that the user's scheme adds to the package's."""
    own = [asdict(finding) for finding in labeler.lexicon.findings.values() if finding.id not in findings()]
    for row in own:
        con.execute("delete from nlp.finding where finding = ?", [row["id"]])
        con.execute("insert into nlp.finding values (?, ?, ?, ?, ?, ?)", [run, *row.values()])


def _store_phrases(con: duckdb.DuckDBPyConnection, run: str, labeler: engines.Labeler) -> None:
    """Write the phrases of a lexicon that is new here."""
    known = con.execute("select 1 from nlp.lexicon_phrase where lexicon_sha = ? limit 1", [labeler.lexicon_sha])
    if isinstance(labeler, CxrLabeler) and not known.fetchone():
        shared = (run, labeler.lexicon_sha)
        rows = [(*shared, *phrase) for phrase in phrase_table(labeler.lexicon)]
        schema.append(con, LexiconPhrase, to_arrow(LexiconPhrase, ("run_id", "lexicon_sha", *Phrase._fields), rows))


def _copy_untouched(con: duckdb.DuckDBPyConnection, run: str, columns: dict[str, str], labeler: engines.Labeler) -> int:
    """Copy the rows of reports that a changed lexicon cannot touch from the latest run that differs in it alone.

    Only for this project's labeler: what a phrase can touch is known of its matcher.

    Returns
    -------
    int
        Reports copied.
    """
    if not isinstance(labeler, CxrLabeler):
        return 0
    previous = con.execute(
        """
        select run_id, lexicon_sha from nlp.label_run
        where status = 'complete' and run_id <> $run and labeler = $labeler and text_policy = $text_policy
            and aggregation = $aggregation and product_version = $version
            and lexicon_sha in (select lexicon_sha from nlp.lexicon_phrase)
        order by finished_at desc, run_id limit 1
        """,
        {"run": run, "version": runs.product_version()} | {k: v for k, v in columns.items() if k != "lexicon_sha"},
    ).fetchone()
    if previous is None:
        return 0
    source, sha = previous
    query = "select kind, phrase, rule_id, rule_sha from nlp.lexicon_phrase where lexicon_sha = ?"
    old = map(Phrase._make, con.execute(query, [sha]).fetchall())
    pattern = touching_pattern(differing(old, phrase_table(labeler.lexicon)))
    if pattern is None:
        return 0
    with transaction(con):
        con.execute(
            f"""
            create or replace temp table untouched as
            select dataset, study_id from ({pending(DONE, "dataset, study_id, text, text_hash")}) as report
            semi join (from nlp.labeled_report where run_id = ?) as done using (dataset, study_id, text_hash)
            where not regexp_matches(lower(text), ?)
            """,
            [run, source, pattern],
        )
        for name, changed in (("mention", ""), ("label", ", ? as lexicon_sha"), ("labeled_report", "")):
            con.execute(
                f"""
                insert into nlp.{name} by name
                select * replace (? as run_id{changed}) from nlp.{name}
                semi join untouched using (dataset, study_id) where run_id = ?
                """,
                [run, *([labeler.lexicon_sha] if changed else []), source],
            )
        row = con.execute("select count(*) from untouched").fetchone()
        con.execute("drop table untouched")
    return int(row[0]) if row else 0
