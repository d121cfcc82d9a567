"""Reports per second of one core: the project's labeler, with and without its sentence cache, and medspaCy.

medspaCy runs as a user would set it up for speed: tokenizer, spaCy's sentencizer (not PyRuSH), target matcher with the
lexicon's literal phrases, ConText with its default English rules, over findings and impression; its result is dropped.
Where it says 'labels', sections are found and study labels made, which is what the project's labeler always does. Every
pass starts with an empty cache; passes alternate, and the median counts. The times are processor time, so that other
work on the machine changes them little.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable

from benchmarks.setting import machine, open_i_texts, write_result
from nlp.engines.medspacy_context import MedspacyContextLabeler, parse
from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import default_lexicon
from nlp.sections import corrected

N_PASSES = 5
Pass = Callable[[list[str]], Iterable[object]]


def main() -> None:
    texts = open_i_texts()
    description = machine()
    pin_to_one_core()
    lexicon = default_lexicon()
    medspacy = MedspacyContextLabeler(lexicon)

    def medspacy_pipeline(batch: list[str]) -> Iterable[object]:
        parts = (section for text in batch for section in corrected.split(text, lexicon) if section.is_label_source)
        return parse(medspacy.nlp, [section.text for section in parts])

    passes: dict[str, Callable[[], Pass]] = {
        "cxr, labels": lambda: CxrLabeler(lexicon).label_texts,
        "cxr without sentence cache, labels": lambda: CxrLabeler(lexicon, cache_size=0).label_texts,
        "medspaCy pipeline": lambda: medspacy_pipeline,
        "medspaCy pipeline, labels": lambda: medspacy.label_texts,
    }
    seconds = measure(passes, texts)
    rates = {name: len(texts) / statistics.median(times) for name, times in seconds.items()}
    reference = rates["medspaCy pipeline"]
    result = {
        "n_reports": len(texts),
        "n_characters": sum(map(len, texts)),
        "n_passes": N_PASSES,
        "machine": description,
        "labelers": [
            {"name": name, "reports_per_second": rate, "times_medspacy": rate / reference, "seconds": seconds[name]}
            for name, rate in rates.items()
        ],
    }
    print(f"wrote {write_result('labeler_speed', result)}")
    for name, rate in rates.items():
        print(f"{name:36} {rate:10,.0f} reports/s  {rate / reference:6.1f} x")


def pin_to_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def measure(passes: dict[str, Callable[[], Pass]], texts: list[str]) -> dict[str, list[float]]:
    """Return the processor seconds of every pass, after a short one that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for prepare in passes.values():
        deque(prepare()(texts[:100]), maxlen=0)
    for _ in range(N_PASSES):
        for name, prepare in passes.items():
            run = prepare()
            clock = time.process_time()
            deque(run(texts), maxlen=0)
            seconds[name].append(time.process_time() - clock)
    return seconds


if __name__ == "__main__":
    main()
