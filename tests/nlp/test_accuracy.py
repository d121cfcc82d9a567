"""Accuracy on annotated reports that do not fall below what was measured (benchmarks/RESULTS.md)."""

from __future__ import annotations

import csv
import importlib.util
import tarfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.report import LabeledReport
from tests.support import ROOT
from warehouse.findings import scheme

GOLD = ROOT / "warehouse" / "gold" / "openi_chexpert14_dev.csv"
MESH = ROOT / ".." / "shared" / "data" / "openi_mesh14_dev.csv"
TASKS: dict[str, Callable[[int | None], bool]] = {
    "mention": lambda value: value is not None,
    "positive": lambda value: value == 1,
    "negation": lambda value: value == 0,
    "uncertainty": lambda value: value == -1,
}
FLOORS = {"mention": 0.97, "positive": 0.94, "negation": 0.96, "uncertainty": 0.89}


@pytest.fixture(scope="module")
def reports() -> dict[str, LabeledReport]:
    """Every Open-I report of the installed package, labeled: FINDINGS, then IMPRESSION."""
    package = importlib.util.find_spec("torchxrayvision")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the package with the public reports is not installed")
    texts = {}
    with tarfile.open(Path(package.submodule_search_locations[0]) / "data" / "NLMCXR_reports.tgz") as archive:
        for member in archive:
            if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                report = ET.parse(file).getroot()
                sections = {part.get("Label"): part.text or "" for part in report.iter("AbstractText")}
                uid = report.find("uId")
                assert uid is not None
                texts[str(uid.get("id"))] = f"{sections.get('FINDINGS', '')} {sections.get('IMPRESSION', '')}"
    return dict(zip(texts, CxrLabeler().label_texts(texts.values()), strict=True))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def f1(counts: list[int]) -> float:
    true, false, missed = counts[:3]
    return 2 * true / (2 * true + false + missed)


def add(counts: list[int], said: bool, gold: bool) -> None:  # noqa: FBT001
    counts[0] += said and gold
    counts[1] += said and not gold
    counts[2] += gold and not said


def test_chexpert14(reports: dict[str, LabeledReport]) -> None:
    cells = [
        (label, reports[row["uid"]].labels.get(finding), int(row[label]) if row[label] else None)
        for row in read(GOLD)
        for label, finding in scheme("chexpert14").items()
        if row[label] != "x"
    ]
    assert sum(said == gold for _, said, gold in cells) / len(cells) >= 0.985
    for task, is_case in TASKS.items():
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for label, said, gold in cells:
            add(counts[label], is_case(said), is_case(gold))
        scores = [f1(count) for count in counts.values() if count[0] + count[2] >= 3]
        assert sum(scores) / len(scores) >= FLOORS[task], task


@pytest.mark.skipif(
    not MESH.exists(), reason="the MeSH coding of Open-I (not redistributed) is not beside the repository"
)
def test_chestxray14(reports: dict[str, LabeledReport]) -> None:
    strict, indexed = [0, 0, 0], [0, 0, 0]
    for row in read(MESH):
        report = reports[row["uid"]]
        for label, finding in scheme("chestxray14").items():
            add(strict, report.labels.get(finding) == 1, row[label] == "1")
            add(indexed, finding in report.indexed, row[label] == "1")
    assert f1(strict) >= 0.82
    assert f1(indexed) >= 0.91
