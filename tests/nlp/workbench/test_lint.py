"""The lint: the package's lexicon is clean, and each kind of problem is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nlp.rules.compile import LEXICON
from nlp.workbench.lint import lint


def test_the_lexicon_of_the_package_is_clean() -> None:
    assert lint() == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(LEXICON, tmp_path / "rules")


HERNIA = "findings:\n"
RULE = "- {id: x.y, finding: hernia, phrases: [zebra], examples: {Zebra.: present}}\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("findings_lung.yml", HERNIA, HERNIA + RULE.replace("x.y", "X-1"), "the id is not of the form"),
        ("findings_lung.yml", HERNIA, HERNIA + RULE.replace("{Zebra.: present}", "{}"), "no example"),
        ("findings_lung.yml", HERNIA, HERNIA + RULE.replace("[zebra]", "[zebra, 'zebra[s]']"), "cover 'zebra': remove"),
        (
            "findings_lung.yml",
            HERNIA,
            HERNIA + RULE.replace("present", "absent"),
            "the example 'Zebra.'",
        ),
        ("findings_lung.yml", HERNIA, HERNIA + RULE.replace("[zebra]", "[zebra. stripes]"), "is never found"),
        (
            "findings_lung.yml",
            HERNIA,
            HERNIA + RULE.replace("hernia", "unicorn"),
            "no finding 'unicorn'",
        ),
        ("cues.yml", "terms:\n", "terms:\n  idle: (a|b)\n", "this term is not used"),
        ("attributes.yml", "[Small left effusion.]", "[Small right effusion.]", "gives laterality right, not left"),
        ("sections.yml", "[date,", "[date 2, date,", "the heading 'date 2' is never found"),
        ("sections.yml", '["ADDENDUM: Small effusion."]', '["APPENDIX: Small effusion."]', "has the sections"),
    ],
)
def test_problems(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = lint(folder)
    assert [problem for problem in found if expected in problem.what] != []
    assert all(problem.where.startswith(name) for problem in found)


def test_a_finding_without_a_rule(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("findings: [{id: zebra, name: Zebra}]\n")
    assert [(p.rule, p.what) for p in lint(folder, tmp_path / "own.yml")] == [
        ("zebra", "no rule mentions it: write one")
    ]
