"""Which words of a report a network's score comes from, as parts of the logit; onnxruntime is all it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Template
from numpy.typing import NDArray

from models.network.inference import Network, logit, probabilities
from models.network.tokens import UNKNOWN, encodings
from warehouse.pages import environment

METHOD = "erasure"

Passage = tuple[int, str]
"""Part of a report that is scored: its first character's place in the report, and its text."""

_BETWEEN = "\n\n"
_REPORTS = 100
"""Reports that are run together: a row for each of their words."""


@dataclass(frozen=True)
class WordWeights:
    """What each word of a text adds to the logit of each finding.

    Attributes
    ----------
    spans : ndarray of int64, (n_words, 2)
        First character and one past the last; words do not overlap. Words that the network does not read, beyond its
        longest text, are not in it.
    weights : ndarray of float32, (n_words, n_findings)
        Drop of the logit when the word is left out; positive raises the score.
    probabilities : ndarray of float32, (n_findings,)
        Of the whole text.
    """

    spans: NDArray[np.int64]
    weights: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def attribute_texts(network: Network, texts: Sequence[str]) -> Iterator[WordWeights]:
    """Attribute every finding's score to the words of each text.

    Each word is left out in turn and the network run again: erasure, Li et al. 2016 (arXiv 1612.08220). Two words that
    say the same vouch for each other, and both weigh little.

    Parameters
    ----------
    network : Network
        Over reports.
    texts : sequence of str

    Yields
    ------
    WordWeights
        Of each text; without words, and with probabilities of nan, where a text has none.

    Raises
    ------
    ConfigError
        The network reads images.

    Examples
    --------
    >>> import cxr
    >>> network = cxr.load_network("report_findings")
    >>> text = "There is a small left pleural effusion."
    >>> (found,) = cxr.attribute_texts(network, [text])
    >>> start, end = found.spans[found.weights[:, network.findings.index("pleural_effusion")].argmax()]
    >>> text[start:end]
    'effusion'
    """
    n = len(network.findings)
    for batch in batched(texts, _REPORTS):
        encoded = encodings(network.tokenizer, batch)
        words = [_words(text, encoding) for text, encoding in zip(batch, encoded, strict=True)]
        rows = []
        for encoding, places in zip(encoded, words, strict=True):
            if places:
                rows += [encoding.ids, *(_without(encoding, tokens, network) for _, _, tokens in places)]
        scores = probabilities(network.run, rows, pad_id=network.pad_id)
        first = 0
        for places in words:
            if not places:
                yield WordWeights(np.empty((0, 2), np.int64), np.empty((0, n), np.float32), np.full(n, np.nan, "f4"))
                continue
            last = first + 1 + len(places)
            logits = logit(scores[first:last])
            spans = np.array([(start, end) for start, end, _ in places], np.int64)
            yield WordWeights(spans, (logits[0] - logits[1:]).astype(np.float32), scores[first])
            first = last


def _words(text: str, encoding: Any) -> list[tuple[int, int, list[int]]]:
    """Return start, end and places of tokens of each word: a word is what the tokenizer splits no text across.

    Normalisation can make two words of one character, such as a fraction; they are one here. It can also make one of
    several characters, such as a number, and name the last of them alone; the word has them all.
    """
    words: list[tuple[int, int, list[int]]] = []
    latest = None
    for place, (word, (start, end)) in enumerate(zip(encoding.word_ids, encoding.offsets, strict=True)):
        if word is None:  # a token that stands for no text, such as [CLS]
            continue
        first, last, tokens = words[-1] if words else (0, 0, [])
        if words and (word == latest or start < last):
            words[-1] = (first, max(last, end), [*tokens, place])
        else:
            unnamed = re.search(r"\S*$", text[last:start])
            words.append((start - len(unnamed[0]) if unnamed else start, end, [place]))
        latest = word
    return words


def _without(encoding: Any, tokens: list[int], network: Network) -> list[int]:
    """Return the token ids but those at these places; the unknown token where nothing would be left."""
    left_out = set(tokens)
    ids = [i for place, i in enumerate(encoding.ids) if place not in left_out]
    return ids or [network.tokenizer.token_to_id(UNKNOWN)]  # type: ignore[union-attr]


def join(passages: Sequence[Passage]) -> str:
    """Return the text that is scored."""
    return _BETWEEN.join(text for _, text in passages)


def in_report(spans: NDArray[np.int64], passages: Sequence[Passage]) -> NDArray[np.int64]:
    """Return where words of the text that is scored are in the report.

    Parameters
    ----------
    spans : ndarray of int64, (n_words, 2)
    passages : sequence of Passage
        What the text was joined of.
    """
    if not passages:
        return spans
    lengths = np.array([len(text) + len(_BETWEEN) for _, text in passages])
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    moves = np.array([start for start, _ in passages]) - begins
    passage = np.searchsorted(begins, spans[:, 0], side="right") - 1
    return np.asarray(spans + moves[passage, np.newaxis])


@dataclass(frozen=True)
class Explained:
    """A finding on a page: its name, its probability and a weight a word."""

    name: str
    probability: float
    weights: NDArray[np.float32]


def page(text: str, spans: NDArray[np.int64], findings: Sequence[Explained], model: str) -> str:
    """Return an HTML page of a report with its words coloured by weight, a paragraph a finding. It holds the text."""
    shown = [(explained, list(_pieces(text, spans, explained.weights))) for explained in findings]
    return _template().render(shown=shown, model=model)


@cache
def _template() -> Template:
    return environment(Path(__file__).parent).get_template("words.html.j2")


def _pieces(text: str, spans: NDArray[np.int64], weights: NDArray[np.float32]) -> Iterator[tuple[str, float, float]]:
    """Yield the text in pieces, each with its weight and that as a share of the greatest; 0 between words."""
    most = float(np.abs(weights).max(initial=0)) or 1.0
    place = 0
    for (start, end), weight in zip(spans.tolist(), weights.tolist(), strict=True):
        yield text[place:start], 0.0, 0.0
        yield text[start:end], weight, weight / most
        place = end
    yield text[place:], 0.0, 0.0
