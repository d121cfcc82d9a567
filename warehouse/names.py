"""Names of data sets: with underscores in tables, with either dashes or underscores where a user writes them."""

from __future__ import annotations


def dataset_of(name: str) -> str:
    """Return a data set's name as tables have it: ``mimic-cxr`` is ``mimic_cxr``."""
    return name.replace("-", "_")
