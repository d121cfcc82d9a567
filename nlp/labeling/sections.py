"""Section the reports of a warehouse: in batches, resumable at any point.

Two sets of rules stand side by side in ``nlp.section``: the corrected ones (`nlp.sections.corrected`), which labels are
made from, and the official ones (`nlp.sections.official`). A run is identified by its rules, what they say, and the
version. This is the one place that writes ``nlp.section``; ``nlp.sectioned_report`` is written in the same transaction,
so that a run that was killed goes on where its last batch ended. The labeler sections each report again rather than
read these rows (docs/decisions/0008): its sections are those of a text without a warehouse too.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import duckdb
import pyarrow as pa

from nlp import report
from nlp.labeling.pending import REPORTS, count_pending, read_pending, require_reports, to_arrow
from nlp.rules.compile import Lexicon, default_lexicon
from nlp.sections import corrected, official
from warehouse import runs, schema, stages
from warehouse.choices import Rules
from warehouse.errors import ConfigError
from warehouse.progress import Progress
from warehouse.schema.nlp import Section, SectionedReport, SectionRun

Split = Callable[[str, str, str], tuple[report.Section, ...]]
"""Text, data set and study to sections."""

BATCH_SIZE = 5_000
"""Reports a transaction; sections are made so fast that smaller batches would spend the time in commits."""

DONE = "nlp.sectioned_report"
TABLES = (DONE, "nlp.section")


@dataclass(frozen=True, slots=True)
class SectionResult:
    """What a call of `section_warehouse` did, and what its rules have made of the reports."""

    run_id: str
    rules: str
    n_sectioned: int
    """Reports sectioned by this call."""
    n_reports: int
    """Reports sectioned by these rules, by this call and earlier ones."""
    n_sections: int
    """Their sections."""
    label_texts: dict[str, int]
    """Section that the label text comes from to number of reports; '' where there is none."""
    seconds: float
    """Duration of this call."""


def section_warehouse(
    con: duckdb.DuckDBPyConnection,
    rules: Rules = "corrected",
    *,
    lexicon: Lexicon | None = None,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
) -> SectionResult:
    """Section the English reports that these rules, as they are now, have not sectioned yet.

    Reads ``raw.report``; writes ``nlp.section``, ``nlp.sectioned_report`` and ``nlp.section_run``. A report whose text
    changed is sectioned again, all of them where the rules or the version changed, the rows of one that is gone are
    removed, and the rows of the other rules stay.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    rules : {'corrected', 'official'}
    lexicon : Lexicon, optional
        Headings of the corrected rules; default: the one that comes with the package.
    batch_size : int
        Reports a transaction.
    progress : callable, optional
        Called with a name for the step, the reports done and the reports to do, after every batch.

    Raises
    ------
    ConfigError
        No such rules.
    WarehouseError
        No English reports in the warehouse.
    """
    clock = time.perf_counter()
    split, rules_sha = load_rules(rules, lexicon)
    run = runs.run_id(rules, rules_sha, runs.product_version())
    require_reports(con, "section")
    _forget_stale(con, rules, run)
    n_pending = count_pending(con, DONE, run)
    if n_pending or not runs.is_complete(con, SectionRun, run):
        with stages.taken_up(con, SectionRun, run, rules=rules, rules_sha=rules_sha) as changes:
            n_done = 0
            batches = read_pending(con, DONE, run, batch_size)
            for batch in batches:  # in this process: what a pool saves it spends on starting and on sending texts
                stages.store(con, section_batch(split, batch), run_id=run, rules=rules)
                n_done += batch.num_rows
                if progress is not None:
                    progress(f"section, {rules} rules", n_done, n_pending)
            changes["n_reports"], changes["n_sections"] = stages.count(con, TABLES, ("rules", rules))
    n_reports, n_sections = stages.count(con, TABLES, ("rules", rules))
    label_texts = _count_label_texts(con, rules)
    return SectionResult(run, rules, n_pending, n_reports, n_sections, label_texts, time.perf_counter() - clock)


def load_rules(rules: str, lexicon: Lexicon | None = None) -> tuple[Split, str]:
    """Return what splits a report by these rules, and the sha256 of what they say.

    Raises
    ------
    ConfigError
        No such rules.
    """
    if rules == "official":
        return official.split, _sha(official.names(), *official.exceptions())
    if rules == "corrected":
        headed = lexicon or default_lexicon()
        return partial(_split_corrected, headed), _sha(headed.headings, sorted(headed.unlabeled))
    raise ConfigError(f"no section rules '{rules}'", fix=f"Known: {', '.join(get_args(Rules))}")


def _split_corrected(lexicon: Lexicon, text: str, dataset: str, study_id: str) -> tuple[report.Section, ...]:
    del dataset, study_id  # these rules make no exceptions
    return corrected.split(text, lexicon)


def _sha(*said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def section_batch(split: Split, batch: pa.RecordBatch) -> dict[type[schema.Table], pa.Table]:
    """Section one batch.

    Parameters
    ----------
    split : callable
    batch : pa.RecordBatch
        Columns dataset, study_id, text, text_hash.

    Returns
    -------
    dict
        Rows of nlp.section and nlp.sectioned_report by table, without the columns that are the same for the whole run.
    """
    rows: list[tuple[Any, ...]] = []
    columns = (batch[name].to_pylist() for name in ("dataset", "study_id", "text"))
    for dataset, study_id, text in zip(*columns, strict=True):
        rows += [(dataset, study_id, *section) for section in split(text, dataset, study_id)]
    return {
        Section: to_arrow(Section, ("dataset", "study_id", *report.Section._fields), rows),
        SectionedReport: pa.table(batch.select(["dataset", "study_id", "text_hash"])),
    }


def _forget_stale(con: duckdb.DuckDBPyConnection, rules: str, run: str) -> None:
    """Remove what these rules wrote of reports whose text changed or that are gone, and what older rules wrote."""
    stages.forget(
        con,
        f"""
        select dataset, study_id from {DONE}
        anti join {REPORTS} as report using (dataset, study_id, text_hash) where rules = $rules and run_id = $run
        union all
        select dataset, study_id from {DONE} where rules = $rules and run_id <> $run
        """,
        {"rules": rules, "run": run},
        tables=dict.fromkeys(TABLES, "study_id"),
        owner=("rules", rules),
        run_table=SectionRun,
        run=run,
    )


def _count_label_texts(con: duckdb.DuckDBPyConnection, rules: str) -> dict[str, int]:
    """Return the number of reports by the section that their label text comes from, the most frequent first."""
    rows = con.execute(
        """
        select coalesce(section, ''), count(*)
        from (from nlp.sectioned_report where rules = $rules) as report
        left join (from nlp.section where rules = $rules and is_label_text) as section using (dataset, study_id)
        group by all order by 2 desc, 1
        """,
        {"rules": rules},
    ).fetchall()
    return dict(rows)
