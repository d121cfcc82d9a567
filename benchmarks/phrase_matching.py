"""Sentences per second of one core: the lexicon's phrases found by the project's trie and by spaCy's PhraseMatcher.

Both look for every literal phrase of every kind of rule in the distinct sentences of the Open-I reports. spaCy has to
make a document of each sentence first; how long that alone takes is shown beside it. The trie's matches are resolved
(within a kind the leftmost, then the longest); PhraseMatcher's overlap and would still have to be.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from benchmarks.setting import machine, open_i_texts, write_result
from nlp.rules.compile import N_KINDS, default_lexicon
from nlp.rules.trie import Trie, find, lower, words_of
from nlp.sections import sentences

N_PASSES = 5


def main() -> None:
    description = machine()
    distinct = sorted({text[start:end] for text in open_i_texts() for start, end in sentences.split(text)})
    trie = default_lexicon().trie
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    phrases = list(literal_phrases(trie))
    matcher.add("phrase", [Doc(nlp.vocab, list(words)) for words in phrases])

    def with_trie(batch: list[str]) -> Iterable[object]:
        return (find(words_of(lower(sentence)), trie, N_KINDS) for sentence in batch)

    ways: dict[str, Callable[[list[str]], Iterable[object]]] = {
        "trie": with_trie,
        "spaCy tokenizer alone": lambda batch: map(nlp.make_doc, batch),
        "spaCy tokenizer and PhraseMatcher": lambda batch: (matcher(nlp.make_doc(sentence)) for sentence in batch),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(N_PASSES):
        for name, way in ways.items():
            clock = time.process_time()
            deque(way(distinct), maxlen=0)
            seconds[name].append(time.process_time() - clock)
    rates = {name: len(distinct) / statistics.median(times) for name, times in seconds.items()}
    reference = rates["spaCy tokenizer and PhraseMatcher"]
    result = {
        "n_sentences": len(distinct),
        "n_phrases": len(phrases),
        "n_passes": N_PASSES,
        "machine": description,
        "matchers": [
            {"name": name, "sentences_per_second": rate, "times_phrase_matcher": rate / reference}
            for name, rate in rates.items()
        ],
    }
    print(f"wrote {write_result('phrase_matching', result)}")
    for name, rate in rates.items():
        print(f"{name:36} {rate:10,.0f} sentences/s  {rate / reference:6.1f} x")


def literal_phrases(trie: Trie, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every phrase in a trie."""
    if trie.leaves:
        yield words
    for word, branch in trie.branches.items():
        yield from literal_phrases(branch, (*words, word))


if __name__ == "__main__":
    main()
