"""Sections and sentences of a report: by corrected rules, and as MIMIC-CXR's own parser finds them."""

from __future__ import annotations

from nlp.report import Section
from warehouse.choices import Rules
from warehouse.errors import ConfigError


def read_sections(text: str, *, rules: Rules = "corrected") -> tuple[Section, ...]:
    """Return the sections of a report in text order; ``is_label_text`` marks the one that stands for the report.

    Parameters
    ----------
    text : str
    rules : {'corrected', 'official'}
        ``official``: as the MIMIC-CXR code repository cuts reports, to the character.

    Raises
    ------
    ConfigError
        No such rules.

    Examples
    --------
    >>> import cxr
    >>> [(s.section, s.text) for s in cxr.read_sections("INDICATION: Cough. FINDINGS: Clear.")]
    [('indication', 'Cough.'), ('findings', 'Clear.')]
    """
    from nlp.rules.compile import default_lexicon
    from nlp.sections import corrected, official

    if rules == "official":
        return official.split(text)
    if rules == "corrected":
        return corrected.split(text, default_lexicon())
    raise ConfigError(f"no section rules '{rules}'", fix="Known: corrected, official")
