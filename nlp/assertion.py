"""Whether a mention is present, absent or uncertain: the nearest cue whose scope holds it decides.

Scopes are ranges of words inside one sentence. A scope ends at a ``stop`` cue; a comma ends it too, unless the words go on as a
list. Because the nearest cue decides, a cue's scope in effect ends at the next cue of another category: "No pneumonia,
possible edema" gives both right. The outline is that of ConText (Harkema et al. 2009), with integer scopes in place of patterns.
"""

from __future__ import annotations

from nlp.compile import STATES, CueRule, FindingRule
from nlp.match import Match

COMMA_COST = 3
"""A comma counts as this many words of distance."""

OF_STATE = {"normal": "absent", "enlarged": "present", "borderline": "uncertain", "stable": "uncertain"}

YIELDED = {
    ("ignore", "absent"): "ignore",
    ("ignore", "uncertain"): "ignore",
    ("ignore", "present"): "ignore",
    ("absent", "uncertain"): "absent",
    ("absent", "present"): "absent",
    ("uncertain", "present"): "uncertain",
}
"""Outcome where a cue that yields is itself governed: (governing, own) to the mention's assertion."""

LIST_WORDS = frozenset({"and", "or", "nor"})


class Sentence:
    """The words of a sentence with the cues that hold in it.

    Parameters
    ----------
    words : list of str
    cues, states : list of (int, int, CueRule)
        In text order; those of one list do not overlap.
    """

    __slots__ = ("commas", "cues", "list_words", "ors", "states", "stops")

    def __init__(self, words: list[str], cues: list[Match], states: list[Match]) -> None:
        self.states = states
        self.cues = [cue for cue in cues if cue[2].category not in ("stop", "neutral", "or")]
        self.stops = [cue[0] for cue in cues if cue[2].category == "stop"]
        self.ors = [cue for cue in cues if cue[2].category == "or"]
        self.commas = [position for position, word in enumerate(words) if word == ","]
        self.list_words = [position for position, word in enumerate(words) if word in LIST_WORDS] if self.commas else []

    def distance(self, cue: Match, start: int, end: int) -> int | None:
        """Return how far a cue is from words ``start:end``, or None where its scope does not reach them."""
        cue_start, cue_end, rule = cue
        if cue_end <= start and rule.direction != "backward":
            low, high = cue_end, start
        elif cue_start >= end and rule.direction != "forward":
            low, high = end, cue_start
        else:
            return None
        gap = high - low
        if rule.reach and gap > rule.reach:
            return None
        if not gap:
            return 0
        for stop in self.stops:
            if low <= stop < high:
                return None
        commas = [comma for comma in self.commas if low <= comma < high]
        if not commas:
            return gap
        if not self._is_list(cue, commas, high):
            return None
        return gap + COMMA_COST * len(commas)

    def _is_list(self, cue: Match, commas: list[int], high: int) -> bool:
        """Tell whether commas between a cue and a mention separate items of one list: "no effusion, edema or mass"."""
        cue_start, _, rule = cue
        if rule.category in ("absent", "ignore", *STATES) and rule.direction != "backward" and cue_start < commas[0]:
            return True
        if cue_start < commas[0]:
            return any(word > commas[0] for word in self.list_words)
        return any(commas[-1] < word < high for word in self.list_words)

    def nearest(self, cues: list[Match], start: int, end: int) -> Match | None:
        """Return the nearest of the cues whose scope holds the words ``start:end``; ties go to the later."""
        best, least = None, 1 << 30
        for cue in cues:
            distance = self.distance(cue, start, end)
            if distance is not None and distance <= least:
                best, least = cue, distance
        return best


def decide(sentence: Sentence, start: int, end: int, rule: FindingRule) -> tuple[str, Match | None]:
    """Decide the assertion of the mention at words ``start:end``.

    Returns
    -------
    assertion : str
        present, absent, uncertain, or none where the words turn out to be no mention.
    cue : (int, int, CueRule) or None
        The cue that decided; None where the words alone did.
    """
    assertion, cue = _of_observable(sentence, start, end) if rule.observable else _of_abnormality(sentence, start, end)
    return rule.reads.get(assertion, assertion), cue


def _of_abnormality(sentence: Sentence, start: int, end: int) -> tuple[str, Match | None]:
    cue = sentence.nearest(sentence.cues, start, end)
    if cue is None:
        return _alternative(sentence, start, end)
    return _yielding(sentence, cue, cue[2].category)


def _of_observable(sentence: Sentence, start: int, end: int) -> tuple[str, Match | None]:
    decisive = [cue for cue in sentence.states if cue[2].category != "stable"]
    state = sentence.nearest(decisive, start, end) or sentence.nearest(sentence.states, start, end)
    if state is None:
        return "none", None
    assertion = OF_STATE[state[2].category]
    if state[2].category == "enlarged":
        return _yielding(sentence, state, assertion)
    return assertion, state


def _yielding(sentence: Sentence, cue: Match, assertion: str) -> tuple[str, Match]:
    """Let a cue that yields, or a state, be overruled by the cue that governs it."""
    rule: CueRule = cue[2]
    if rule.yields:
        outer = sentence.nearest(sentence.cues, cue[0], cue[1])
        if outer is not None and (overruled := YIELDED.get((outer[2].category, assertion))):
            return ("none" if overruled == "ignore" else overruled), outer
    return ("none" if assertion == "ignore" else assertion), cue


def _alternative(sentence: Sentence, start: int, end: int) -> tuple[str, Match | None]:
    """Take a mention on either side of "or" as uncertain."""
    for cue in sentence.ors:
        gap = start - cue[1] if cue[1] <= start else cue[0] - end
        if 0 <= gap <= cue[2].reach and sentence.distance(cue, start, end) is not None:
            return "uncertain", cue
    return "present", None
