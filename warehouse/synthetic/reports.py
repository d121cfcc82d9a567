"""Reports composed from a grammar: MIMIC-CXR's layout and headings, and sentences for every label of a study."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import numpy as np
import yaml

from warehouse.synthetic.cohort import Cohort, total
from warehouse.synthetic.labels import LABELS, NO_FINDING, NONE, Labels
from warehouse.synthetic.published import Ints, codes, published

KINDS = {1: "present", 0: "absent", -1: "uncertain"}
SOURCES = ("impression", "findings", "last_paragraph", "comparison", "none")
"""The section of a report that labels are made from; ``none`` for a study without text."""

BATCH = 2_000
WIDTH = 78
"""Characters of a line, the blank at its start included."""

TITLE = " " * 33 + "FINAL REPORT\n"
WITHOUT_TEXT = f"{TITLE} EXAMINATION:  CHEST (PORTABLE AP)\n"
SHARE_OF_LISTS = 0.6
"""Of reports with several denials, how many deny them in one sentence."""
SHARE_OF_NUMBERED = 0.3
NEUTRAL = (5, 12)
"""Sentences of a description that say nothing of a finding, fewest and most."""
WET_READS, ADDENDA = 83, 183
"""Reports with these, of 227,835 (comments of the section parser)."""


@dataclass(frozen=True)
class Grammar:
    """Sentences ready to be drawn.

    Attributes
    ----------
    sentences : dict
        By (label, value), every sentence that says so.
    nouns : dict of str to str
        By label, its name in a list of what is absent.
    other, neutral, normal : list of str
    sections : dict of str to list of str
        What may stand in the sections that do not count.
    headings : dict of str to tuple
        Spellings of a section's heading and their cumulative weights.
    """

    sentences: dict[tuple[int, int], list[str]]
    nouns: dict[int, str]
    other: list[str]
    neutral: list[str]
    normal: list[str]
    sections: dict[str, list[str]]
    headings: dict[str, tuple[list[str], list[int]]]


class Content(NamedTuple):
    """What a report has to say: a row of `Labels` and the index into `SOURCES` of the section that says it."""

    values: list[int]
    contradicted: list[bool]
    has_other: bool
    source: int


def load_grammar() -> Grammar:
    """Read ``grammar.yml`` and write out every sentence that its words make."""
    raw = yaml.safe_load(Path(__file__).with_name("grammar.yml").read_text(encoding="utf-8"))
    sentences, nouns = {}, {}
    for label, said in raw["findings"].items():
        nouns[LABELS.index(label)] = said["noun"]
        for value, kind in KINDS.items():
            sentences[LABELS.index(label), value] = list(_expand(said[kind], raw["words"]))
    headings = {
        section: (list(spellings), list(accumulate(spellings.values())))
        for section, spellings in published()["headings"].items()
    }
    sections = {
        name: raw[name] for name in ("indication", "technique", "comparison", "notification", "recommendations")
    }
    sections |= {"history": raw["indication"], "examination": [""]}
    return Grammar(sentences, nouns, raw["other"], raw["neutral"], raw["normal"], sections, headings)


def _expand(templates: Sequence[str], words: dict[str, list[str]]) -> Iterator[str]:
    for template in templates:
        names = [name for _, name, _, _ in Formatter().parse(template) if name]
        for chosen in product(*(words[name] for name in names)):
            sentence = template.format(**dict(zip(names, chosen, strict=True)))
            yield sentence[0].upper() + sentence[1:]


def draw_sources(cohort: Cohort, seed: int) -> Ints:
    """Draw for each study the index into `SOURCES` of the section that its labels are made from."""
    rng = np.random.default_rng([seed, 3])
    counts = dict(published()["label_source"])
    # The studies that the published parser treats by hand have other ids here: their reports are like those without
    # findings and impression.
    counts["comparison"] += counts.pop("exception") - published()["without_text"]
    sources = np.full(len(cohort.study_id), SOURCES.index("none"))
    sources[~cohort.is_without_text] = codes(rng, int((~cohort.is_without_text).sum()), counts)
    return sources


def batches(labels: Labels, sources: Ints, order: Ints, seed: int) -> Iterator[tuple[str, list[Content]]]:
    """Yield the studies in order as batches for `compose_batch`: a seed, and what each report has to say."""
    for number, first in enumerate(range(0, len(order), BATCH)):
        chosen = order[first : first + BATCH]
        columns = (labels.true, labels.is_contradicted, labels.has_other, sources)
        rows = zip(*(column[chosen].tolist() for column in columns), strict=True)
        yield f"{seed} {number}", list(map(Content._make, rows))


def compose_batch(grammar: Grammar, batch: tuple[str, list[Content]]) -> list[str]:
    """Compose the reports of a batch."""
    seed, contents = batch
    draw = random.Random(seed)  # noqa: S311 - invented reports, no secrets
    return [compose(grammar, draw, content) for content in contents]


def compose(grammar: Grammar, draw: random.Random, content: Content) -> str:
    """Compose one report.

    The sentences of its labels are in the section that labels are made from, in other words once more in the findings
    where there is an impression too.
    """
    kind = SOURCES[content.source]
    if kind == "none":
        return WITHOUT_TEXT

    def said() -> list[str]:
        return _label_sentences(grammar, draw, content)

    parts = [TITLE]
    if draw.random() < WET_READS / total("studies"):
        parts.insert(0, f"WET READ: ___ 10:15 PM\n  {said()[0]}\n {'_' * 70}\n")
    for section in ("examination", "indication", "history", "technique", "comparison"):
        is_last_resort = section == "comparison" and kind in ("last_paragraph", "comparison")
        if is_last_resort or draw.random() < _share(grammar, section):
            text = draw.choice(grammar.sections[section]) or "CHEST (PA AND LAT)"
            if is_last_resort and kind == "comparison":
                text = " ".join((text, *said()))
            parts.append(f" {_heading(grammar, draw, section)}:  {wrap(text)}\n \n")
    if kind == "last_paragraph":
        return "".join((*parts, f" {wrap(' '.join(_described(grammar, draw, said())))}\n"))
    if kind == "comparison":
        return "".join(parts).rstrip() + "\n"  # a blank line at the end would make a last paragraph
    if kind == "findings" or draw.random() < _share(grammar, "findings"):
        body = wrap(" ".join(_described(grammar, draw, said())))
        parts.append(f" {_heading(grammar, draw, 'findings')}: \n \n {body}\n")
    if kind == "impression":
        parts.append(f" \n {_heading(grammar, draw, 'impression')}: \n \n {_concluded(draw, said())}\n")
    for section in ("notification", "recommendations"):
        if draw.random() < _share(grammar, section):
            text = wrap(draw.choice(grammar.sections[section]))
            parts.append(f" \n {_heading(grammar, draw, section)}:  {text}\n")
    if draw.random() < ADDENDA / total("studies"):
        parts.append(f" \n ADDENDUM:  {wrap(said()[0])}\n")
    return "".join(parts)


def _label_sentences(grammar: Grammar, draw: random.Random, content: Content) -> list[str]:
    """Return sentences that say each label once, in random order; what is absent often in one sentence."""
    sentences, absent = [], []
    for i, value in enumerate(content.values):
        if content.contradicted[i]:
            sentences.append(f"{draw.choice(grammar.sentences[i, 0])} {draw.choice(grammar.sentences[i, -1])}")
        elif value == 0 and grammar.nouns[i]:
            absent.append(i)
        elif value != NONE and i != NO_FINDING:
            sentences.append(draw.choice(grammar.sentences[i, value]))
    if len(absent) > 1 and draw.random() < SHARE_OF_LISTS:
        nouns = [grammar.nouns[i] for i in draw.sample(absent, len(absent))]
        sentences.append(f"No {', '.join(nouns[:-1])} or {nouns[-1]}.")
    else:
        sentences += [draw.choice(grammar.sentences[i, 0]) for i in absent]
    if content.has_other:
        sentences.append(draw.choice(grammar.other))
    elif content.values[NO_FINDING] == 1:
        sentences.append(draw.choice(grammar.normal))
    draw.shuffle(sentences)
    return sentences or [draw.choice(grammar.neutral)]


def _described(grammar: Grammar, draw: random.Random, sentences: list[str]) -> list[str]:
    """Return the sentences of a description, with some that say nothing of a finding."""
    first, *others = draw.sample(grammar.neutral, draw.randint(*NEUTRAL))
    return [first, *sentences, *others]


def _concluded(draw: random.Random, sentences: list[str]) -> str:
    """Return the text of an impression: a paragraph, or a numbered list."""
    if len(sentences) > 1 and draw.random() < SHARE_OF_NUMBERED:
        return "\n ".join(f"{number}. {wrap(sentence)}" for number, sentence in enumerate(sentences, 1))
    return wrap(" ".join(sentences))


def _heading(grammar: Grammar, draw: random.Random, section: str) -> str:
    spellings, weights = grammar.headings[section]
    return draw.choices(spellings, cum_weights=weights)[0] if len(spellings) > 1 else spellings[0]


def _share(grammar: Grammar, section: str) -> float:
    share = grammar.headings[section][1][-1] / total("studies")
    # Findings are in every report that has no impression and no last paragraph.
    return share - published()["label_source"]["findings"] / total("studies") if section == "findings" else share


def wrap(text: str) -> str:
    """Break a paragraph into lines of MIMIC-CXR's reports, each with a blank before it but the first."""
    lines = []
    while len(text) >= WIDTH:
        cut = text.rfind(" ", 0, WIDTH)
        if cut <= 0:
            break
        lines.append(text[:cut])
        text = text[cut + 1 :]
    return "\n ".join((*lines, text))
