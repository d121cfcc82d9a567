"""The phrase language, and one clear error for each mistake in a rule file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.rules.compile import LEXICON, load_lexicon
from nlp.rules.phrases import expand
from warehouse.errors import ConfigError

RULE = "findings:\n- id: a.b\n  finding: pneumonia\n  phrases: [zebra]\n  examples: {Zebra.: present}\n"


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("effusion", ["effusion"]),
        ("effusion[s]", ["effusion", "effusions"]),
        ("opacit(y|ies)", ["opacity", "opacities"]),
        ("[small |large ]mass", ["mass", "small mass", "large mass"]),
        ("(a|b[c|d]) e", ["a e", "b e", "bc e", "bd e"]),
        ("(|lung )mass", ["mass", "lung mass"]),
    ],
)
def test_expand(phrase: str, expected: list[str]) -> None:
    assert expand(phrase) == expected


@pytest.mark.parametrize("phrase", ["a)", "(a", "[a", "a]", "(a]", "(a|b|c|d|e|f|g|h)" * 5])
def test_expand_refuses(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|expansions"):
        expand(phrase)


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4, unique=True))
def test_alternatives_expand_to_themselves(words: list[str]) -> None:
    assert expand(f"({'|'.join(words)})") == words
    assert expand(f"x[{'|'.join(words)}]") == ["x", *(f"x{word}" for word in words)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lexicon of its own, with one finding rule to break."""
    for name in ("cues.yml", "attributes.yml", "sections.yml"):
        shutil.copy(LEXICON / name, tmp_path / name)
    (tmp_path / "findings.yml").write_text(RULE)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("finding: pneumonia", "finding: unicorn", r"findings.yml:2: rule 'a.b': no finding 'unicorn'"),
        ("phrases: [zebra]", "phrase: [zebra]", r"findings.yml:2: rule 'a.b', phrases?:"),
        ("[zebra]", "['(zebra']", r"findings.yml:2: rule 'a.b': bracket not closed"),
        ("[zebra]", "['{animal}']", r"findings.yml:2: rule 'a.b': unknown term"),
        ("[zebra]", "['[zebra]']", r"findings.yml:2: rule 'a.b': no words"),
        ("present", "perhaps", r"findings.yml:2: rule 'a.b': no assertion 'perhaps'"),
        (
            "findings:\n",
            "findings:\n" + RULE.removeprefix("findings:\n"),
            r"findings.yml:6: rule id 'a.b' is used twice",
        ),
        (
            "findings:\n",
            "findings:\n" + RULE.removeprefix("findings:\n").replace("a.b", "c"),
            r"'zebra' is already in rule 'c'",
        ),
        ("findings:", "rules:", r"findings.yml: unknown key 'rules'"),
        ("[zebra]", "[zebra", r"findings.yml:\d+: not valid YAML"),
        (
            "  finding: pneumonia",
            "  finding: pneumonia\n  finding: edema",
            r"findings.yml:2: not valid YAML: a key is given twice",
        ),
        (RULE, "- a", r"a rule file is a mapping"),
    ],
)
def test_mistakes(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "findings.yml").write_text(RULE.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message):
        load_lexicon(folder)


def test_missing_file(folder: Path) -> None:
    (folder / "sections.yml").unlink()
    with pytest.raises(ConfigError, match=r"sections.yml: rule file cannot be read"):
        load_lexicon(folder)


def test_sha_follows_what_decides(folder: Path) -> None:
    before = load_lexicon(folder).sha
    assert load_lexicon(folder).sha == before
    (folder / "findings.yml").write_text(RULE.replace("Zebra.: present", "A zebra.: present") + "  comment: striped\n")
    assert load_lexicon(folder).sha == before
    (folder / "findings.yml").write_text(RULE.replace("[zebra]", "[zebras]"))
    assert load_lexicon(folder).sha != before
