"""Sentences whose labels must not change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

import cxr

GROUPS = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(text, expected, group.get("findings", expected), id=f"{group['group']}: {text[:50]}")
    for group in GROUPS
    for text, expected in group["cases"]
]


@pytest.mark.parametrize(("text", "expected", "findings"), CASES)
def test_case(text: str, expected: dict[str, int | None], findings: Iterable[str]) -> None:
    labels = cxr.label(text).labels
    assert {finding: labels.get(finding) for finding in findings} == {f: expected.get(f) for f in findings}
