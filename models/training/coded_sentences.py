"""Single sentences of training reports, as further training items.

A report tells a network which findings it states, not where: what often stands together is taken for one thing. A
sentence alone has the targets that follow for it. What the report does not have, none of its sentences states; of what
it has, a sentence has what the rule labeler finds in it, and nothing follows where the labeler finds it nowhere.

Phrases that the labeler takes as present without any cue ("pneumothorax", not "heart") are items too, as short reports
have them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from models.training.coded_reports import auxiliary_findings, label_run
from models.training.sets import Items
from warehouse import findings

SENTENCES_IN_WORDS = (
    "Beside each epoch's reports, as many single sentences of them: a sentence has the report's negatives, and of its "
    "positives those that the labeler finds in the sentence. So have phrases that state a finding by themselves."
)

_SENTENCE = re.compile(r"\S.*?(?:[.?!](?=\s|$)|(?=\n\s*\n)|$)", re.DOTALL)
_MIN_LETTERS = 4

_Mention = tuple[int, str, str, str, bool]


def read_sentences(con: duckdb.DuckDBPyConnection, reports: Items) -> Items:
    """Return the sentences of the sections whose mentions count, as reports of their own.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        The warehouse that the reports are from.
    reports : Items
        `models.training.coded_reports.read_reports` of it.

    Returns
    -------
    Items
        Rows keep data set, patient, study and split of their report.
    """
    run, _ = label_run(con)
    places = {key: i for i, key in enumerate(zip(*(reports.rows[c].to_pylist() for c in _KEY), strict=True))}
    mentions: dict[tuple[str, str], list[_Mention]] = defaultdict(list)
    for dataset, study, *mention in con.execute(
        """
        select dataset, study_id, start, finding, assertion, text, cue_start is null from nlp.mention where run_id = ?
        """,
        [run],
    ).fetchall():
        mentions[dataset, study].append(tuple(mention))
    sections = con.execute(
        """
        select dataset, study_id, start, text from nlp.section where rules = 'corrected' and is_label_source
        order by dataset, study_id, ordinal
        """
    ).fetchall()
    sources: list[int] = []
    texts: list[str] = []
    targets: list[list[float]] = []
    auxiliary: list[list[float]] = []
    for dataset, study, offset, text in sections:
        if (dataset, study) not in places:
            continue
        i, known = places[dataset, study], mentions[dataset, study]
        in_report = _values(known)
        spans = [
            (text[start:end], [mention for mention in known if start <= mention[0] - offset < end])
            for start, end in _spans(text)
        ]
        alone = [(f"{m[3].capitalize()}.", [m]) for _, inside in spans for m in inside if m[2] == "present" and m[4]]
        for words, inside in spans + alone:
            stated = _values(inside)
            sources.append(i)
            texts.append(words)
            targets.append(_targets(reports.findings, reports.targets[i].tolist(), in_report, stated))
            auxiliary.append(_auxiliary(stated))
    rows = reports.rows.take(pa.array(sources, pa.int64()))
    return Items(
        reports.findings,
        rows.set_column(rows.column_names.index("text"), "text", pa.array(texts, pa.string())),
        np.array(targets, dtype=np.float32).reshape(len(texts), reports.targets.shape[1]),
        np.array(auxiliary, dtype=np.float32).reshape(len(texts), 2 * len(auxiliary_findings())),
    )


_KEY = ("dataset", "study_id")


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence."""
    for match in _SENTENCE.finditer(text):
        if sum(map(str.isalpha, match.group())) >= _MIN_LETTERS:
            yield match.span()


def _values(mentions: Sequence[_Mention]) -> dict[str, int]:
    """Return the label of each finding mentioned: present (1) over uncertain (-1) over absent (0).

    Present and uncertain mentions count for the wider findings too.
    """
    values: dict[str, int] = {}
    for assertion, value in (("absent", 0), ("uncertain", -1), ("present", 1)):
        for _, finding, stated, *_ in mentions:
            if stated == assertion:
                chain = findings.with_ancestors(finding, findings.findings()) if value else (finding,)
                values |= dict.fromkeys(chain, value)
    return values


def _targets(
    names: Sequence[str], of_report: Sequence[float], in_report: dict[str, int], stated: dict[str, int]
) -> list[float]:
    """Return the target of each finding for a sentence."""
    is_abnormal = any(value == 1 and findings.findings()[name].blocks_no_finding for name, value in stated.items())
    targets = []
    for name, target in zip(names, of_report, strict=True):
        if name == "no_finding":
            targets.append(0.0 if is_abnormal else 1.0 if target == 1 else np.nan)
        elif target == 1 and in_report.get(name) != 1:
            targets.append(np.nan)
        else:
            targets.append(target if target != 1 else _as_target(stated.get(name, 0)))
    return targets


def _auxiliary(stated: dict[str, int]) -> list[float]:
    """Return what `models.training.coded_reports` has as auxiliary targets, for a sentence."""
    observed = auxiliary_findings()
    return [
        *(np.nan if name == "no_finding" else _as_target(stated.get(name, 0)) for name in observed),
        *(float(stated.get(name) == 0) for name in observed),
    ]


def _as_target(value: int) -> float:
    return {1: 1.0, 0: 0.0}.get(value, np.nan)
