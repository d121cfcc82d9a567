"""What a change of the lexicon does to the labels of a warehouse: which reports change, and by which sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.labeling.pending import REPORTS
from nlp.report import LabeledReport, Mention
from nlp.rules.compile import Lexicon
from nlp.rules.table import compare_lexicons, rule_sha, touching_pattern
from warehouse.progress import Progress

BATCH_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A label that differs.

    Attributes
    ----------
    dataset, study_id, finding : str
    old, new : int or None
        1, 0, -1, or None for not mentioned.
    sentences : tuple of int
        Ordinals of the sentences whose mentions of the finding differ, as in nlp.mention.
    rules : tuple of str
        Rules of finding and cue behind these mentions.
    """

    dataset: str
    study_id: str
    finding: str
    old: int | None
    new: int | None
    sentences: tuple[int, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LexiconDiff:
    """What differs between two lexicons, over the reports of a warehouse.

    Attributes
    ----------
    rules : dict of str to str
        Rule to added, removed, or changed (what it says, or its phrases).
    n_phrases : int
        Phrases that only one of them has, or that mean something else.
    n_reports, n_labeled : int
        Reports, and those of them that hold such a phrase and were labeled with both.
    changes : list of Change
        In the order of data set, study and finding.
    """

    rules: dict[str, str]
    n_phrases: int
    n_reports: int
    n_labeled: int
    changes: list[Change]


def diff(
    con: duckdb.DuckDBPyConnection,
    old: Lexicon,
    new: Lexicon,
    *,
    datasets: Sequence[str] = (),
    progress: Progress | None = None,
) -> LexiconDiff:
    """Label the reports that a lexicon change can touch with both lexicons, and return what differs.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse; it is only read.
    old, new : Lexicon
    datasets : sequence of str, optional
        Only their reports.
    progress : callable, optional
        Called with 'compare', the reports done and the reports to do, after every batch.
    """
    phrases = compare_lexicons(old, new)
    pattern = touching_pattern(phrases)
    reports = f"{REPORTS} as report where ($datasets is null or list_contains($datasets, dataset))"
    touched: str = reports
    parameters: dict[str, object] = {"datasets": list(datasets) or None}
    ((n_reports,),) = con.execute(f"select count(*) from {reports}", parameters).fetchall()
    if pattern is not None:
        touched, parameters = f"{reports} and regexp_matches(lower(text), $pattern)", parameters | {"pattern": pattern}
    ((n_touched,),) = con.execute(f"select count(*) from {touched}", parameters).fetchall()
    changes: list[Change] = []
    labelers = CxrLabeler(old), CxrLabeler(new)
    rows = con.execute(f"select dataset, study_id, text from {touched} order by dataset, study_id", parameters)
    n_done = 0
    while batch := rows.fetchmany(BATCH_SIZE):
        for name, study, text in batch:
            before, after = (labeler.label(text) for labeler in labelers)
            changes += (Change(name, study, *change) for change in _changes(before, after, old, new))
        n_done += len(batch)
        if progress is not None:
            progress("compare", n_done, n_touched)
    return LexiconDiff(_changed_rules(old, new), len(phrases), n_reports, n_touched, changes)


def _changed_rules(old: Lexicon, new: Lexicon) -> dict[str, str]:
    changed = {}
    for rule_id in sorted(old.rules.keys() | new.rules.keys()):
        before, after = old.rules.get(rule_id), new.rules.get(rule_id)
        if before is None or after is None:
            changed[rule_id] = "added" if before is None else "removed"
        elif rule_sha(before) != rule_sha(after) or set(before.phrases) != set(after.phrases):
            changed[rule_id] = "changed"
    return changed


def _changes(before: LabeledReport, after: LabeledReport, old: Lexicon, new: Lexicon) -> Iterator[tuple[Any, ...]]:
    if before.labels == after.labels:
        return
    mentions = {(m, old.chains[m.finding]) for m in before.mentions} ^ {
        (m, new.chains[m.finding]) for m in after.mentions
    }
    for finding in sorted(before.labels.keys() | after.labels.keys()):
        values = before.labels.get(finding), after.labels.get(finding)
        if values[0] != values[1]:
            # No Finding has no mentions of its own: whatever changed is behind it.
            of_finding = [m for m, chain in mentions if finding in chain] or [m for m, _ in mentions]
            yield finding, *values, _sentences(of_finding), _rules(of_finding)


def _sentences(mentions: list[Mention]) -> tuple[int, ...]:
    return tuple(sorted({mention.sentence for mention in mentions}))


def _rules(mentions: list[Mention]) -> tuple[str, ...]:
    return tuple(sorted({rule for m in mentions for rule in (m.rule_id, m.cue_rule_id) if rule}))
