"""Two labelers without a gold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlp.evaluation.agreement import agreements
from nlp.evaluation.label_table import LabelTable
from nlp.evaluation.metrics import ANSWERS, NOT_MENTIONED, NOT_SCORED, kappa
from warehouse.errors import WarehouseError

VALUES = hnp.arrays(np.int8, (12, 14), elements=st.sampled_from([1, 0, -1, NOT_MENTIONED, NOT_SCORED]))


def table(name: str, values: np.ndarray, first: int = 0) -> LabelTable:
    return LabelTable(name, "chexpert14", np.array([f"s{i:03}" for i in range(first, first + len(values))]), values)


@settings(deadline=None, max_examples=50)
@given(VALUES, VALUES)
def test_counts_are_those_of_the_cells(one: np.ndarray, other: np.ndarray) -> None:
    found = agreements(table("a", one), table("b", other))
    for i, item in enumerate(found):
        for (row, x), (column, y) in ((a, b) for a in enumerate(ANSWERS.values()) for b in enumerate(ANSWERS.values())):
            assert item.counts[row, column] == ((one[:, i] == x) & (other[:, i] == y)).sum()
    assert [item.kappa for item in found] == kappa(one, other)
    turned = agreements(table("b", other), table("a", one))
    assert all((a.counts == b.counts.T).all() for a, b in zip(found, turned, strict=True))


def test_only_shared_studies_count() -> None:
    values = np.tile(np.array([[1], [0], [-1]], np.int8), (1, 14))
    found = agreements(table("a", values), table("b", values[1:], first=1))
    assert {(item.n_studies, item.observed, item.kappa) for item in found} == {(2, 1.0, 1.0)}
    assert found[0].row()["counts"]["absent"] == {"present": 0, "absent": 1, "uncertain": 0, "not_mentioned": 0}


def test_what_cannot_be_compared() -> None:
    values = np.ones((1, 14), np.int8)
    with pytest.raises(WarehouseError, match="no study in common"):
        agreements(table("a", values), table("b", values, first=5))
    with pytest.raises(WarehouseError, match="labels of chexpert14, 'b' of chestxray14"):
        agreements(table("a", values), LabelTable("b", "chestxray14", np.array(["s000"]), values))
