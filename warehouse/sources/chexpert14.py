"""The 14 columns of labels that CheXpert and all who follow it publish."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column

from warehouse.findings import scheme
from warehouse.schema.base import SMALLINT

CHEXPERT14 = tuple(scheme("chexpert14"))
"""Their names, in the order of the labeler; a release may have another order."""


def label_columns(names: Iterable[str] = CHEXPERT14) -> tuple[Column[int], ...]:
    """Return new columns of labels in this order, for ``__table_args__``: they follow those that a class declares."""
    comment = "1, 0 or -1 uncertain; null not mentioned"
    return tuple(Column(name, SMALLINT, comment=comment) for name in names)
