"""Whether a mention is present, absent or uncertain: the nearest cue whose scope holds it decides.

Scopes are ranges of words inside one sentence. A scope ends at a ``stop`` cue; a comma ends it too, unless the words go
on as a list. Because the nearest cue decides, a cue's scope in effect ends at the next cue of another category: "No
pneumonia, possible edema" gives both right. The outline is that of ConText (Harkema et al. 2009), with integer scopes
in place of patterns.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlp.rules.compile import STATES
from nlp.rules.shapes import FindingRule
from nlp.rules.trie import Match

COMMA_COST = 3
"""A comma counts as this many words of distance."""

STABLE_COST = 4
"""So much nearer a word for no change has to be than a word for the state itself: "stable and normal" is normal."""

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

FIELD_WORDS = 5
"""Words that the name of a field may have: in "Heart size: normal." the colon ends no scope of a state."""

STATE_STOPS = frozenset({"with", "without"})
"""Words that end the scope of a state: in "stable mediastinum with normal heart" only the heart is normal."""

LIST_WORDS = frozenset({"and", "or", "nor"})
NOT_DECIDING = frozenset({"stop", "neutral", "or"})


class Sentence:
    """The words of a sentence with the cues that hold in it.

    Parameters
    ----------
    words : list of str
    mentions : list of (int, int, FindingRule)
    cues, states : list of (int, int, CueRule)
        In text order; those of one list do not overlap.
    chains : dict of str to tuple of str
        Each finding followed by the wider ones it is a kind of.
    """

    __slots__ = ("chains", "commas", "cues", "list_words", "mentions", "ors", "state_stops", "states", "stops")

    def __init__(
        self,
        words: list[str],
        mentions: list[Match],
        cues: list[Match],
        states: list[Match],
        chains: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.chains = chains
        self.mentions = mentions
        self.states = states
        self.cues = [cue for cue in cues if cue[2].category not in NOT_DECIDING]
        self.stops = [cue[0] for cue in cues if cue[2].category == "stop"]
        self.state_stops = self.stops + [position for position, word in enumerate(words) if word in STATE_STOPS]
        if ":" in words[: FIELD_WORDS + 1] and words.index(":") in self.stops:
            self.state_stops.remove(words.index(":"))
        self.ors = [cue for cue in cues if cue[2].category == "or"]
        self.commas = [position for position, word in enumerate(words) if word == ","] if "," in words else []
        self.list_words = [position for position, word in enumerate(words) if word in LIST_WORDS] if self.commas else []

    def distance(self, cue: Match, start: int, end: int, list_end: int | None = None) -> int | None:
        """Return how far a cue is from words ``start:end``, or None where its scope does not reach them.

        With ``list_end`` even a scope that runs over every comma needs an "and" or "or" before that word.
        """
        cue_start, cue_end, rule = cue
        is_before = cue_start < start
        if rule.direction == ("backward" if is_before else "forward") or (not is_before and cue_end <= end):
            return None
        low, high = (cue_end, start) if is_before else (end, cue_start)
        cost = STABLE_COST if rule.category == "stable" else 0
        if high <= low:
            return cost
        stops = self.state_stops if rule.category in STATES else self.stops
        if 0 < rule.reach < high - low or any(low <= stop < high for stop in stops):
            return None
        commas = [comma for comma in self.commas if low <= comma < high]
        is_open = rule.open_list and list_end is None
        if commas and not is_open and not self._is_list(commas, low, high, list_end, is_before=is_before):
            return None
        return high - low + cost + COMMA_COST * len(commas)

    def _is_list(self, commas: list[int], low: int, high: int, list_end: int | None, *, is_before: bool) -> bool:
        """Tell whether commas between a cue and a mention are no end of a scope.

        They are none in a list, which has an "and" or "or", nor between adjectives ("no acute, displaced fracture").
        """
        if not is_before:
            # A cue that is itself the "or" of "A, B, or C" closes the list; in "A, B or C" the A may stand alone.
            return any(commas[-1] < word < high for word in self.list_words) or (
                commas[-1] == high - 1 and high in self.list_words
            )
        is_list = any(commas[0] < word and (list_end is None or word < list_end) for word in self.list_words)
        return is_list or not any(low <= mention[0] < commas[-1] for mention in self.mentions)

    def joins(self, cue: Match) -> bool:
        """Tell whether an "or" stands between mentions of two kinds, both within its reach.

        Two of one kind leave no doubt of it: "nodule or mass" is a lesion.
        """
        low, high, rule = cue
        before = {self.chains[found.finding][-1] for _, end, found in self.mentions if 0 <= low - end <= rule.reach}
        after = {self.chains[found.finding][-1] for start, _, found in self.mentions if 0 <= start - high <= rule.reach}
        return bool(before and after) and before | after != before & after

    def nearest(self, cues: list[Match], start: int, end: int, list_end: int | None = None) -> Match | None:
        """Return the nearest of the cues whose scope holds the words ``start:end``; ties go to the later."""
        best, least = None, 1 << 30
        for cue in cues:
            distance = self.distance(cue, start, end, list_end)
            if distance is not None and distance <= least:
                best, least = cue, distance
        return best

    def resolve(self, cue: Match, start: int, end: int) -> tuple[str, Match]:
        """Return what a cue says of words ``start:end`` once the cue it yields to has spoken, and whose word it is.

        A cue before the words yields to what governs the cue ("no opacity suggesting pneumonia"), a cue after them to
        what stands before them ("no effusion is seen").
        """
        rule = cue[2]
        said = OF_STATE.get(rule.category, rule.category)
        if not rule.yields:
            return said, cue
        list_end = cue[1]
        if cue[0] < start or rule.category in STATES:
            start, end = cue[0], cue[1]
        outer = self.nearest([other for other in self.cues if other[0] < start], start, end, list_end)
        if outer is None:
            return said, cue
        outer_said, deciding = self.resolve(outer, start, end)
        if overruled := YIELDED.get((outer_said, said)):
            return overruled, deciding
        return said, cue


def decide(sentence: Sentence, start: int, end: int, rule: FindingRule) -> tuple[str, Match | None]:
    """Decide the assertion of the mention at words ``start:end``.

    Returns
    -------
    assertion : str
        present, absent, uncertain, or none where the words turn out to be no mention.
    cue : (int, int, CueRule) or None
        The cue that decided; None where the words alone did.
    """
    cue: Match | None
    nearest = sentence.nearest(sentence.states if rule.observable else sentence.cues, start, end)
    if nearest is not None:
        assertion, cue = sentence.resolve(nearest, start, end)
    elif rule.observable:
        return "none", None
    else:
        assertion, cue = "present", None
    if (
        assertion == "present"
        and sentence.ors
        and not rule.observable
        and (other := _alternative(sentence, start, end))
    ):
        assertion, cue = "uncertain", other
    return rule.reads.get(assertion, "none" if assertion == "ignore" else assertion), cue


def _alternative(sentence: Sentence, start: int, end: int) -> Match | None:
    """Return the "or" between a mention and another, if any: each of "A or B" and of "A, B, or C" is uncertain."""
    for cue in sentence.ors:
        if sentence.distance(cue, start, end) is None or not sentence.joins(cue):
            continue
        low, high = (cue[1], start) if cue[1] <= start else (end, cue[0])
        is_item = low == end and end in sentence.commas
        if not any(low <= other[0] < high for other in sentence.cues) and (
            is_item or not any(low <= mention[0] < high for mention in sentence.mentions)
        ):
            return cue
    return None
