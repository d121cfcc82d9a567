"""Files of brat: what is written, read back by a parser of the format's description, is what was found."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

import cxr
from nlp.exchange.brat import configuration, to_brat
from nlp.exchange.evidence import ATTRIBUTES, CUE, document
from nlp.report import Mention

TEXT = (
    "FINDINGS: No focal consolidation or pleural\n  effusion. Mild right lower lobe atelectasis, improved.\r\n"
    "Possible hydropneumothorax."
)
SEPARATORS = st.sampled_from([" ", "\n", "\r\n", "\r", "\t", "\n   ", "\u00a0", "\u2028", " \v ", "\x85", "\f\n"])
WORDS = st.sampled_from([
    "no", "pleural", "effusion", "small", "left", "possible", "edema", ".", ",", "and", "or", "pneumothorax", "new",
    "FINDINGS:", "IMPRESSION:", "🫁", "İ",
])  # fmt: skip


def read_brat(txt: bytes, ann: bytes) -> tuple[str, dict, dict, list]:
    """Read a document as brat's description says: text, entities, attributes of each, relations."""
    text = io.TextIOWrapper(io.BytesIO(txt), encoding="utf-8", newline=None).read()
    entities, attributes, relations = {}, {}, []
    for line in ann.decode().splitlines():  # at every line break that Python knows, as brat does
        name, data, *rest = line.split("\t")
        if name[0] == "T":
            kind, offsets = data.split(" ", 1)
            spans = [tuple(map(int, pair.split())) for pair in offsets.split(";")]
            assert all(low < high for low, high in spans)
            assert spans == sorted(spans)
            (words,) = rest
            assert words == " ".join(text[low:high] for low, high in spans)
            assert name not in entities
            entities[name] = (kind, spans)
        elif name[0] == "A":
            kind, target, value = data.split(" ")
            attributes.setdefault(target, {})[kind] = value
        else:
            kind, first, second = data.split(" ")
            assert (name[0], kind) == ("R", "decides")
            relations.append((first.removeprefix("Arg1:"), second.removeprefix("Arg2:")))
    assert set(attributes) <= set(entities)
    return text, entities, attributes, relations


def in_brat(text: str, mentions: tuple[Mention, ...]) -> list[tuple]:
    """Write a report and read it back: what each mention's entity says, with the cue that a relation ties to it."""
    read, entities, attributes, relations = read_brat(document(text).encode(), to_brat(text, mentions).encode())
    assert len(read) == len(text)
    cues = {mention: entities[cue] for cue, mention in relations}
    assert all(cue[0] == CUE for cue in cues.values())
    return [
        (kind, spans[0][0], spans[-1][1], attributes[name], (cues[name][1][0][0], cues[name][1][-1][1]))
        if name in cues
        else (kind, spans[0][0], spans[-1][1], attributes[name], None)
        for name, (kind, spans) in entities.items()
        if kind != CUE
    ]


def as_found(mentions: tuple[Mention, ...]) -> list[tuple]:
    return [
        (
            m.finding,
            m.start,
            m.end,
            {name: value.replace(" ", "_") for name in ATTRIBUTES if (value := getattr(m, name)) is not None},
            None if m.cue_start is None else (m.cue_start, m.cue_end),
        )
        for m in mentions
    ]


def test_brat_of_a_report():
    mentions = cxr.label(TEXT).mentions
    assert in_brat(TEXT, mentions) == as_found(mentions)
    lines = to_brat(TEXT, mentions).splitlines()
    assert "T3\tpleural_effusion 36 43;46 54\tpleural effusion" in lines
    assert "A4\tlaterality T4 right" in lines
    assert "A5\tlocation T4 lower_lobe" in lines
    assert lines.count("T2\tcue 10 12\tNo") == 1  # one cue, two mentions
    assert {"R1\tdecides Arg1:T2 Arg2:T1", "R2\tdecides Arg1:T2 Arg2:T3"} <= set(lines)


@given(st.lists(st.tuples(WORDS, SEPARATORS), max_size=40))
def test_brat_keeps_what_the_labeler_finds(pieces):
    text = "".join(word + separator for word, separator in pieces)
    mentions = cxr.label(text).mentions
    assert in_brat(text, mentions) == as_found(mentions)


@given(st.text(min_size=1), st.data())
def test_brat_keeps_any_span(text, data):
    places = [i for i, char in enumerate(text) if not char.isspace()]
    spans = data.draw(st.lists(st.tuples(st.sampled_from(places), st.sampled_from(places)))) if places else []
    mentions = tuple(
        Mention(
            "findings", 0, min(a, b), max(a, b) + 1, "", "edema", "present", min(a, b), min(a, b) + 1, "rule", "cue"
        )
        for a, b in spans
    )
    assert in_brat(text, mentions) == as_found(mentions)


def test_brat_configuration_knows_all_that_is_written():
    sections = dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", configuration(), re.M | re.S))
    assert set(sections) == {"entities", "relations", "events", "attributes"}
    _, entities, attributes, _ = read_brat(document(TEXT).encode(), to_brat(TEXT, cxr.label(TEXT).mentions).encode())
    assert {kind for kind, _ in entities.values()} <= set(sections["entities"].split())
    allowed = dict(re.findall(r"^(\w+)\tArg:<ENTITY>, Value:(\S+)$", sections["attributes"], re.M))
    assert set(allowed) == set(ATTRIBUTES)
    for found in attributes.values():
        assert all(value in allowed[name].split("|") for name, value in found.items())
