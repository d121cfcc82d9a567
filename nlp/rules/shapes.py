"""What a rule of the lexicon says: the shapes that the YAML files are checked against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Category = Literal[
    "absent", "uncertain", "present", "or", "stop", "ignore", "neutral", "normal", "enlarged", "borderline", "stable"
]
Direction = Literal["forward", "backward", "both"]
Attribute = Literal["laterality", "location", "severity", "change"]


@dataclass(frozen=True, slots=True)
class FindingRule:
    """Phrases that mention a finding.

    Attributes
    ----------
    id, finding : str
    phrases : list of str
        In the phrase language of :func:`nlp.rules.phrases.expand`.
    examples : dict of str to str
        Sentence to the assertion this rule gives in it: present, absent, uncertain, or none.
    also : list of str
        Findings that the same words mention besides: a hydropneumothorax is an effusion too.
    observable : bool
        The phrases name something every radiograph shows (the heart's size), which is a mention only together with
        a word on its state (normal, enlarged, borderline, stable).
    becomes : dict of str to list of str
        Other finding to phrases which, in the same noun phrase, make the mention one of that finding:
        a calcified nodule is a granuloma.
    within : int
        Farthest such phrase, in words.
    reads : dict of str to str
        Assertion in the text to assertion recorded, where they differ: vascular congestion is an uncertain edema.
        ``none`` drops the mention.
    comment : str
    """

    id: str
    finding: str
    phrases: list[str]
    examples: dict[str, str]
    also: list[str] = field(default_factory=list)
    observable: bool = False
    becomes: dict[str, list[str]] = field(default_factory=dict)
    within: int = 6
    reads: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CueRule:
    """Phrases that decide the assertion of mentions near them.

    Attributes
    ----------
    id : str
    category : Category
        What a governed mention becomes: absent, uncertain, present; ``ignore`` (hypothetical, historical: no mention);
        ``or`` (alternatives: uncertain where nothing else decides); ``stop`` (ends every scope); ``neutral`` (a phrase
        that looks like a cue and is none); and for observables normal, enlarged, borderline, stable.
    direction : Direction
        Where the governed mentions stand.
    phrases : list of str
    examples : dict of str to dict of str to str
        Sentence to finding to assertion, each decided by this rule.
    reach : int
        Farthest governed mention, in words; 0 for the whole clause.
    open_list : bool
        Whether the scope runs over every comma; if not, only where an "and" or "or" makes them those of a list.
    is_indexed : bool
        Whether those who index reports (the MeSH coding of Open-I) code what the cue governs, although it is
        uncertain: they do for "A or B" and "borderline", they do not for "may be A".
    yields : bool
        Whether the cue gives way to one that governs it: "no opacity suggesting pneumonia" is absent.
    comment : str
    """

    id: str
    category: Category
    direction: Direction
    phrases: list[str]
    examples: dict[str, dict[str, str]]
    reach: int = 0
    open_list: bool = False
    is_indexed: bool = False
    yields: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Phrases that give an attribute of the mention in the same noun phrase.

    Attributes
    ----------
    id : str
    attribute : Attribute
    value : str
    phrases : list of str
    examples : list of str
        Sentences with a mention that has the value.
    comment : str
    """

    id: str
    attribute: Attribute
    value: str
    phrases: list[str]
    examples: list[str] = field(default_factory=list)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SectionRule:
    """A section, and the headings that open it, in lower case and in the phrase language.

    Attributes
    ----------
    id : str
    is_label_source : bool
        Whether mentions in it count.
    headings : list of str
    examples : list of str
        Texts that have the section.
    comment : str
    """

    id: str
    is_label_source: bool
    headings: list[str]
    examples: list[str] = field(default_factory=list)
    comment: str = ""


PhraseRule = FindingRule | CueRule | AttributeRule
Rule = PhraseRule | SectionRule
