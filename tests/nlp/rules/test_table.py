"""What differs between two lexicons, and which texts that can touch: all of them, or labels would be wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import engines
from nlp.engines.phrase_labeler import CxrLabeler
from nlp.labeling.lexicon_diff import diff
from nlp.labeling.warehouse import label_warehouse
from nlp.rules.compile import LEXICON, Lexicon, default_lexicon, load_lexicon
from nlp.rules.table import FRAME, differing, phrase_table, touching_pattern
from warehouse.config import Settings
from warehouse.connection import writing

REPORTS = [
    "FINDINGS: Left pleural effusion. No pneumothorax.",
    "FINDINGS: Rib fracture. Zebra sign.",
    "IMPRESSION: Possible edema or pneumonia.",
    "INDICATION: Zebra sign. FINDINGS: Clear lungs.",
    "FINDINGS: No zebra   XXXX signs; edema.",
    "",
]
PACKAGED = CxrLabeler()
WORDS = st.sampled_from(
    [
        "zebra",
        "sign",
        "XXXX",
        "effusion",
        "No",
        "possible",
        "pleural",
        ",",
        ".",
        "\n",
        "edema",
        "-",
        "é",
        "İ",
        "or",
        "FINDINGS:",
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lexicon") / "rules"
    shutil.copytree(LEXICON, folder)
    return folder


def changed(folder: Path, name: str, old: str, new: str) -> Lexicon:
    """Load the package's lexicon with one replacement."""
    original = (LEXICON / name).read_text(encoding="utf-8")
    assert old in original
    (folder / name).write_text(original.replace(old, new, 1), encoding="utf-8")
    try:
        return load_lexicon(folder)
    finally:
        (folder / name).write_text(original, encoding="utf-8")


@pytest.fixture(scope="module")
def variants(folder: Path) -> dict[str, Lexicon]:
    rule = "findings:\n- {id: zebra.sign, finding: other_finding, phrases: ['zebra sign[s]'], examples: {}}\n"
    return {
        "a finding": changed(folder, "findings_lung.yml", "findings:\n", rule),
        "a cue": changed(folder, "cues.yml", "  - no longer\n", "  - no longer\n  - zebra\n"),
        "what a cue says": changed(
            folder, "cues.yml", "id: absent.no\n  category: absent", "id: absent.no\n  category: uncertain"
        ),
        "a phrase less": changed(folder, "attributes.yml", "[left, left sided, lt]", "[left sided, lt]"),
        "a heading": changed(folder, "sections.yml", "[date,", "[sign, date,"),
    }


def test_the_same_lexicon_differs_in_nothing(folder: Path) -> None:
    table = phrase_table(default_lexicon())
    assert len(table) == len(set(table)) > 20_000
    assert differing(table, phrase_table(load_lexicon(folder))) == []


def test_only_what_changed_differs(variants: dict[str, Lexicon]) -> None:
    before = phrase_table(default_lexicon())
    found = {name: differing(before, phrase_table(lexicon)) for name, lexicon in variants.items()}
    assert [(p.phrase, p.rule_id) for p in found["a finding"]] == [
        ("zebra sign", "zebra.sign"),
        ("zebra signs", "zebra.sign"),
    ]
    assert [(p.phrase, p.rule_id) for p in found["a cue"]] == [("zebra", "absent.no")]
    assert [p.phrase for p in found["a phrase less"]] == ["left"]
    assert {p.rule_id for p in found["what a cue says"]} == {"absent.no"}
    assert {p.kind for p in found["a heading"]} == {FRAME}
    assert touching_pattern(found["a heading"]) is None


@pytest.fixture(scope="module")
def untouched(variants: dict[str, Lexicon]) -> list[tuple[str, CxrLabeler]]:
    """Return, for each change that has one, the pattern of what it touches and the changed labeler."""
    before = phrase_table(default_lexicon())
    found = [(touching_pattern(differing(before, phrase_table(lexicon))), lexicon) for lexicon in variants.values()]
    return [(pattern, CxrLabeler(lexicon)) for pattern, lexicon in found if pattern is not None]


@given(st.lists(st.lists(WORDS, max_size=14).map(" ".join), min_size=10, max_size=40))
@settings(max_examples=20, deadline=None)
def test_a_text_that_is_not_touched_has_the_same_mentions(untouched, texts: list[str]) -> None:
    for pattern, labeler in untouched:
        found = "select unnest($texts::varchar[]) as text"
        query = f"select text from ({found}) where not regexp_matches(lower(text), $pattern)"
        for (text,) in duckdb.execute(query, {"texts": texts, "pattern": pattern}).fetchall():
            assert labeler.label(text) == PACKAGED.label(text)


@pytest.fixture
def con(tmp_path: Path):
    with writing(tmp_path / "warehouse.duckdb", Settings(threads=1)) as con:
        con.execute("create table main.report (dataset text, patient_id text, study_id text, text text, language text)")
        rows = [("openi", "p", f"s{i}", text, "en") for i, text in enumerate(REPORTS)]
        con.executemany("insert into main.report values (?, ?, ?, ?, ?)", rows)
        con.execute("create or replace view raw.report as from main.report")
        yield con


def contents(con: duckdb.DuckDBPyConnection, run: str) -> list[list[tuple]]:
    names = ("mention", "label", "labeled_report")
    return [con.execute(f"from nlp.{name} where run_id = ? order by all", [run]).fetchall() for name in names]


@pytest.mark.parametrize(
    ("variant", "n_labeled"),
    [("a finding", 3), ("a cue", 3), ("what a cue says", 2), ("a phrase less", 1), ("a heading", 6)],
)
def test_a_changed_lexicon_labels_only_what_it_touches(con, variants, variant: str, n_labeled: int) -> None:
    """And the tables are those of labeling all of it."""
    label_warehouse(con, engines.load("cxr"), settings=Settings(threads=1))
    labeler = engines.load("cxr", lexicon=variants[variant])
    result = label_warehouse(con, labeler, settings=Settings(threads=1))
    assert (result.n_labeled, result.n_copied, result.n_reports) == (n_labeled, 6 - n_labeled, 6)
    copied = contents(con, result.run_id)
    for name in ("mention", "label", "labeled_report", "label_run", "section", "lexicon_phrase"):
        con.execute(f"delete from nlp.{name}")
    again = label_warehouse(con, labeler, settings=Settings(threads=1))
    assert (again.n_copied, contents(con, again.run_id)) == (0, copied)


def test_other_semantics_are_no_source(con, variants) -> None:
    label_warehouse(con, engines.load("cxr", name="other"), settings=Settings(threads=1))
    result = label_warehouse(con, engines.load("cxr", lexicon=variants["a cue"]), settings=Settings(threads=1))
    assert (result.n_labeled, result.n_copied) == (6, 0)


def test_diff(con, variants) -> None:
    result = diff(con, default_lexicon(), variants["a finding"])
    assert (result.rules, result.n_phrases, result.n_reports, result.n_labeled) == ({"zebra.sign": "added"}, 2, 6, 3)
    changes = [(c.study_id, c.finding, c.old, c.new, c.sentences) for c in result.changes]
    assert changes == [("s1", "other_finding", None, 1, (1,)), ("s4", "other_finding", None, 0, (0,))]
    assert result.changes[1].rules == ("absent.no", "zebra.sign")
    turned = diff(con, variants["a finding"], default_lexicon())
    assert [(c.old, c.new) for c in turned.changes] == [(c.new, c.old) for c in result.changes]
    assert diff(con, default_lexicon(), default_lexicon()).n_labeled == 0
    assert diff(con, default_lexicon(), variants["a finding"], datasets=["padchest"]).n_reports == 0


@pytest.mark.parametrize("variant", ["a cue", "what a cue says", "a phrase less", "a heading"])
def test_a_diff_is_that_of_labeling_everything(con, variants, variant: str) -> None:
    old, new = CxrLabeler(), CxrLabeler(variants[variant])
    expected = [
        (f"s{i}", finding)
        for i, text in enumerate(REPORTS)
        for before, after in [(old.label(text).labels, new.label(text).labels)]
        for finding in sorted(before.keys() | after.keys())
        if before.get(finding) != after.get(finding)
    ]
    assert [(c.study_id, c.finding) for c in diff(con, old.lexicon, new.lexicon).changes] == expected
