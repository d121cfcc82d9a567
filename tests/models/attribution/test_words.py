"""Weights of words: what erasing a word does, with offsets that give the word back, and no text where none is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.attribution.words import Explained, WordWeights, attribute_texts, in_report, join, page
from models.network import registry
from models.network.inference import logit, probabilities
from models.network.tokens import encode, split_words

NETWORK = registry.load("report_findings")[1]
TEXTS = st.text(st.one_of(st.sampled_from("effusion No\n.,-()/12½_XXXX ﬁ"), st.characters(codec="utf-8")), max_size=40)


def of(text: str) -> WordWeights:
    (found,) = attribute_texts(NETWORK, [text])
    return found


def words_of(text: str) -> list[str]:
    return [text[start:end] for start, end in of(text).spans]


def top(text: str, finding: str) -> str:
    found = of(text)
    start, end = found.spans[found.weights[:, NETWORK.findings.index(finding)].argmax()]
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "finding", "word"),
    [
        ("There is a small left pleural effusion. Heart size is normal.", "pleural_effusion", "effusion"),
        ("No pleural effusion or pneumothorax. The heart is enlarged.", "cardiomegaly", "enlarged"),
        ("Heart size is normal. Bibasilar atelectasis. No edema.", "atelectasis", "atelectasis"),
        ("Displaced left rib fracture without pneumothorax.", "fracture", "fracture"),
    ],
)
def test_the_word_that_names_the_finding_weighs_most(text, finding, word):
    assert top(text, finding) == word


def test_a_denial_lowers_the_score():
    text = "No pleural effusion."
    found = of(text)
    weights = dict(zip(words_of(text), found.weights[:, NETWORK.findings.index("pleural_effusion")], strict=True))
    assert weights["No"] < -1
    assert min(weights, key=lambda word: weights[word]) == "No"


def test_a_weight_is_the_drop_of_the_logit_without_the_word():
    text = "Small effusion, no pneumothorax."
    found = of(text)
    full, without = (
        probabilities(NETWORK.run, encode(NETWORK.tokenizer, [t])) for t in (text, "Small , no pneumothorax.")
    )
    assert text[slice(*found.spans[1])] == "effusion"
    np.testing.assert_allclose(found.weights[1], (logit(full) - logit(without))[0], atol=1e-5)
    np.testing.assert_array_equal(found.probabilities, full[0])


def test_words_are_whole_as_written():
    text = "XXXX 12/03/2024: ﬁbrosis, 3.5cm ½ naïve __"
    assert words_of(text) == [
        "XXXX",
        "12",
        "/",
        "03",
        "/",
        "2024",
        ":",
        "ﬁbrosis",
        ",",
        "3",
        ".",
        "5cm",
        "½",
        "naïve",
        "__",
    ]


@hypothesis_settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_spans_are_words_in_order_that_do_not_overlap(text):
    found = of(text)
    assert len(found.spans) == len(found.weights)
    assert bool(len(found.spans)) == bool(split_words(text))
    edges = found.spans.ravel()
    assert (np.diff(edges) >= 0).all()
    assert (found.spans[:, 0] < found.spans[:, 1]).all()
    assert len(text) >= edges.max(initial=0)
    assert np.isfinite(found.weights).all()
    uncovered = "".join(text[a:b] for a, b in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True))
    assert not re.search("[A-Za-z0-9]", uncovered)


@hypothesis_settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_a_report_is_weighed_the_same_whatever_it_is_weighed_with(texts):
    for text, found in zip(texts, attribute_texts(NETWORK, texts), strict=True):
        alone = of(text)
        np.testing.assert_array_equal(found.spans, alone.spans)
        np.testing.assert_array_equal(found.weights, alone.weights)
        np.testing.assert_array_equal(found.probabilities, alone.probabilities)


@given(st.lists(st.tuples(st.text(max_size=5), st.text("abc ", min_size=1, max_size=9)), min_size=1, max_size=4))
def test_offsets_in_the_report_give_the_same_words(pieces):
    report, passages = "", []
    for between, text in pieces:
        report += between
        passages.append((len(report), text))
        report += text
    scored = join(passages)
    spans = np.array([match.span() for match in re.finditer("[abc]+", scored)], np.int64).reshape(-1, 2)
    moved = in_report(spans, passages)
    assert [report[a:b] for a, b in moved] == [scored[a:b] for a, b in spans]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60))
def test_a_page_holds_the_text_and_nothing_of_it_is_markup(text):
    spans = np.array([match.span() for match in re.finditer(r"\S+", text)], np.int64).reshape(-1, 2)
    shown = page(text, spans, [Explained("Mass", 0.5, np.ones(len(spans), np.float32))], "net 1")
    body = shown[shown.index('<div class="text">') + len('<div class="text">') : shown.rindex("</div>")]
    assert unescape(re.sub(r'<span style="[^"]*" title="[^"]*">|</span>', "", body)) == text
    assert "contains the text of a report" in shown


def test_no_torch_is_needed():
    code = "import sys; from models.attribution import files; assert not {'torch', 'onnx'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
