"""The labeler on synthetic reports: what the grammar says is what it reads."""

from __future__ import annotations

import numpy as np

from nlp.engines import load
from warehouse.findings import scheme
from warehouse.synthetic.cohort import draw_cohort
from warehouse.synthetic.labels import LABELS, NONE, draw_labels
from warehouse.synthetic.reports import SOURCES, batches, compose_batch, draw_sources, load_grammar

FINDINGS = scheme("chexpert14")
UNREAD = (SOURCES.index("comparison"), SOURCES.index("none"))
"""Reports of these have no text in a section that counts."""


def test_the_labeler_reads_what_the_grammar_says() -> None:
    cohort = draw_cohort(150, seed=11)
    labels, sources = draw_labels(cohort, seed=11), draw_sources(cohort, seed=11)
    studies = [i for i in range(len(sources)) if sources[i] not in UNREAD]
    texts = [text for b in batches(labels, sources, np.array(studies), 11) for text in compose_batch(load_grammar(), b)]
    wrong = [
        (label, int(labels.true[study, i]), said.labels.get(FINDINGS[label], NONE))
        for study, said in zip(studies, load("cxr").label_texts(texts), strict=True)
        for i, label in enumerate(LABELS)
        if said.labels.get(FINDINGS[label], NONE) != labels.true[study, i]
    ]
    assert len(studies) > 400
    assert wrong == []
