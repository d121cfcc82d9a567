"""``cxr train``: what a fixed recipe leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import console
from tests.support.console import cxr, one_line
from warehouse.config import Settings
from warehouse.connection import writing


@pytest.mark.parametrize("given", [("--backbone", "compact"), ("--split", "patient"), ("-d", "openi"), ("-l", "cxr")])
def test_a_fixed_recipe_refuses_what_it_decides(given: tuple[str, str], tmp_path: Path) -> None:
    said = one_line(cxr("train", "reports", *given, cwd=tmp_path))
    assert "report_findings is trained by a fixed recipe" in said
    assert "--epochs, --batch-size, --learning-rate, --studies and --seed" in said


def test_a_fixed_recipe_takes_the_others(tmp_path: Path) -> None:
    with writing(tmp_path / "warehouse.duckdb", Settings()):
        pass
    options = ("--epochs", 1, "--batch-size", 8, "--learning-rate", 0.01, "--seed", 3)
    assert "Run 'cxr label'" in one_line(cxr("train", "reports", *options, cwd=tmp_path))
    assert "greater than 0" in one_line(cxr("train", "reports", "--epochs", 0, cwd=tmp_path))


def test_counts_that_are_not_there_have_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    console.out.cache_clear()
    console.counts({"n_items": {"train": 2}, "n_left_out": {}}, False)
    assert "left out" not in (shown := capsys.readouterr().out)
    assert "2 train" in shown
    console.counts({"n_left_out": {}}, True)
    assert "n_left_out" in capsys.readouterr().out
    console.out.cache_clear()
