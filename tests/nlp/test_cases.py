"""Sentences whose labels must not change."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import nlp

GROUPS = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(text, expected, id=f"{group['group']}: {text[:50]}")
    for group in GROUPS
    for text, expected in group["cases"]
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_case(text: str, expected: dict[str, int | None]) -> None:
    labels = nlp.label(text).labels
    assert {finding: labels.get(finding) for finding in expected} == expected
