"""What a label means: which text it is made from, and how mentions become labels. Recorded with every run."""

from __future__ import annotations

from dataclasses import dataclass

from nlp.engines.aggregate import AGGREGATIONS
from nlp.sections.corrected import TEXT_POLICIES
from warehouse.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Semantics:
    """Choices on which published label sets differ.

    Attributes
    ----------
    text_policy : str
        Sections that are labeled, one of `nlp.sections.corrected.TEXT_POLICIES`.
    aggregation : str
        How the mentions of a finding become its label, one of `nlp.engines.aggregate.AGGREGATIONS`.

    Raises
    ------
    ConfigError
        No such choice.
    """

    text_policy: str = "findings+impression"
    aggregation: str = "cxr"

    def __post_init__(self) -> None:
        """Refuse what is not known."""
        if self.text_policy not in TEXT_POLICIES:
            raise ConfigError(f"no text policy '{self.text_policy}'", fix=f"Known: {', '.join(TEXT_POLICIES)}")
        if self.aggregation not in AGGREGATIONS:
            raise ConfigError(f"no aggregation '{self.aggregation}'", fix=f"Known: {', '.join(AGGREGATIONS)}")
