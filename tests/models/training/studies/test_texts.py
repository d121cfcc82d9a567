"""The text study: its arithmetic, its published figures, and that what is finished is not trained again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from models.training.fit_reports import Choice
from models.training.studies import texts
from warehouse import findings
from warehouse.config import Settings

PUBLISHED = yaml.safe_load(texts.PUBLISHED.read_text())
NAMES = ["cardiomegaly", "edema", "fracture"]


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_figures_are_those_of_scikit_learn(n, seed):
    rng = np.random.default_rng(seed)
    targets, predicted = (rng.random((n, 3)) < 0.4).astype(np.float32), rng.random((n, 3)) < 0.5
    found = texts.figures(targets, predicted, NAMES)
    for average in ("micro", "macro", "weighted", "samples"):
        expected = precision_recall_fscore_support(targets, predicted, average=average, zero_division=0)[:3]
        np.testing.assert_allclose(found["averages"][average], expected, atol=1e-9)
    each = precision_recall_fscore_support(targets, predicted, average=None, zero_division=0)
    np.testing.assert_allclose([found["by_finding"][name] for name in NAMES], np.array(each).T, atol=1e-9)


def test_cells_without_a_target_count_nowhere():
    targets = np.array([[1, np.nan, 0], [0, 1, np.nan]], dtype=np.float32)
    found = texts.figures(targets, np.ones((2, 3), dtype=bool), NAMES)
    assert found["by_finding"] == {
        "cardiomegaly": [0.5, 1, pytest.approx(2 / 3), 1],
        "edema": [1, 1, 1, 1],
        "fracture": [0, 0, 0, 0],
    }


def test_the_published_table_has_the_flagged_fault():
    rows = np.array(list(PUBLISHED["by_finding"].values()))
    assert set(PUBLISHED["by_finding"]) == set(findings.scheme("chexpert14").values())
    assert rows[:, 3].sum() == 47_991
    weighted = float(rows[:, 2] @ rows[:, 3] / rows[:, 3].sum())
    assert weighted == pytest.approx(PUBLISHED["averages"]["weighted"][2], abs=5e-4)  # three decimals
    assert weighted != pytest.approx(PUBLISHED["weighted_f1"]["cxr-bert-general"]["128x32"], abs=2e-3)


def test_the_grid():
    cells = texts.grid(["compact", "biobert"], ["pooled", "cnn"], [(128, 32), (256, 64)])
    assert [cell.name for cell in cells] == [
        "compact-pooled-128x32", "compact-pooled-256x64", "biobert-pooled-128x32", "biobert-pooled-256x64",
        "biobert-cnn-128x32", "biobert-cnn-256x64",
    ]  # fmt: skip


def test_finished_cells_are_not_trained_again(tmp_path: Path, built, chosen):
    con, one_thread = built, Settings(threads=1)
    cells = [texts.TextCell(Choice("compact", max_tokens=64, batch_size=16, epochs=2))]
    result = texts.run(con, one_thread, chosen, cells, tmp_path)
    (cell,) = (tmp_path / "cells").iterdir()
    first = cell.stat().st_mtime_ns
    assert texts.run(con, one_thread, chosen, cells, tmp_path) == result
    assert cell.stat().st_mtime_ns == first
    other = [texts.TextCell(Choice("compact", max_tokens=64, batch_size=16, epochs=1))]
    texts.run(con, one_thread, chosen, other, tmp_path)
    assert cell.stat().st_mtime_ns != first
    page = (tmp_path / "text_baseline.md").read_text()
    assert ".8014" in page
    assert "| compact | its own | 64x16 |" in page
    assert "| Cardiomegaly | 0.788 / 0.735 / 0.760 | 3,992 |" in page
