"""RESULTS.md comes from the JSON results alone, and every claim in it is in them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.pages import results as page
from benchmarks.setting import RESULTS, ROOT, machine, write_result
from nlp.evaluation.benchmark import compare
from nlp.evaluation.label_table import LabelTable


@pytest.fixture
def results(tmp_path, monkeypatch):
    values = np.random.default_rng(0).choice(np.array([1, 0, -1, -2], np.int8), (60, 14))
    studies = np.array([f"s{i:02}" for i in range(60)])
    gold = LabelTable("some_gold", "chexpert14", studies, values)
    compared = [compare(gold, LabelTable(name, "chexpert14", studies, values), n_draws=20) for name in ("cxr", "b")]
    rows = [row for comparison in compared for row in comparison.rows()]
    where = machine()
    kappas = [{"first": "cxr", "second": "b", "kappa": {"edema": 0.5, "fracture": None}}]
    accuracy = {"machine": where, "rows": rows, "agreement": kappas, "published": []}
    labelers = [{"name": "cxr, labels", "reports_per_second": 12345.6, "times_medspacy": 9.87}]
    speed = {"n_reports": 10, "n_characters": 99, "n_passes": 5, "machine": where, "labelers": labelers}
    write_result("labeler_accuracy", accuracy, tmp_path)
    write_result("labeler_speed", speed, tmp_path)
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text(f"Before.\n{page.BEGIN}\nold\n{page.END}\nAfter.\n")
    return tmp_path


def test_report_of_results(results):
    page.main()
    text = (results / "RESULTS.md").read_text(encoding="utf-8")
    assert "60 studies, scheme `chexpert14`, gold set `some_gold`" in text
    assert "| cxr | macro | **1.000** (1.000 to 1.000)" in text
    assert "| cxr, labels | 12,346 | 9.9 |" in text
    assert "| edema | 0.500 |" in text
    assert "| fracture | - |" in text


def test_only_the_table_of_the_readme_changes(results):
    page.main()
    lines = (results / "README.md").read_text().splitlines()
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("Before.", page.BEGIN, page.END, "After.")
    assert "| reports per second and core | 12,346 |" in "\n".join(lines)
    assert "old" not in lines


def test_report_is_reproducible(results):
    page.main()
    first = [(results / name).read_bytes() for name in ("RESULTS.md", "labeler_accuracy.svg")]
    page.main()
    assert [(results / name).read_bytes() for name in ("RESULTS.md", "labeler_accuracy.svg")] == first


def test_committed_report_is_that_of_the_committed_results(tmp_path, monkeypatch):
    for path in RESULTS.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_bytes((ROOT.parent / "README.md").read_bytes())
    page.main()
    assert (tmp_path / "README.md").read_bytes() == (ROOT.parent / "README.md").read_bytes()
    assert (tmp_path / "RESULTS.md").read_text(encoding="utf-8") == (ROOT / "RESULTS.md").read_text(encoding="utf-8")


def test_results_name_machine_and_versions():
    for path in RESULTS.glob("*.json"):
        where = json.loads(path.read_text(encoding="utf-8"))["machine"]
        assert {"date", "cpu", "n_cpus", "python", "versions"} <= where.keys()
