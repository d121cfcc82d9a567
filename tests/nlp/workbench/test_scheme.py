"""Label schemes: the package's, and a user's own YAML."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import pytest

from nlp import engines
from nlp.engines.semantics import Semantics
from nlp.labeling.files import label_file
from nlp.rules.compile import default_lexicon
from nlp.workbench.scheme import load_scheme
from warehouse.config import Settings
from warehouse.errors import ConfigError

SCHEME = """
findings:
- {id: scoliosis, name: Scoliosis, parent: other_finding}
rules:
- id: scoliosis.word
  finding: scoliosis
  phrases: ["[dextro|levo]scoliosis"]
  examples: {Mild scoliosis.: present, No scoliosis.: absent}
"""
REPORTS = {
    "a": "FINDINGS: Mild dextroscoliosis. No effusion or edema.",
    "b": "FINDINGS: No scoliosis. Edema, no edema.\n\nIMPRESSION: Possible edema.",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "spine.yml"
    path.write_text(SCHEME)
    return path


def label(lexicon=None, **semantics: str) -> dict[str, dict[str, int]]:
    labeler = engines.load("cxr", lexicon=lexicon, semantics=Semantics(**semantics))
    return dict(zip(REPORTS, (report.labels for report in labeler.label_texts(REPORTS.values())), strict=True))


def test_a_new_finding_takes_its_words_and_counts_for_its_parent(path: Path) -> None:
    scheme = load_scheme(str(path))
    assert (scheme.name, len(scheme.labels), scheme.labels["Scoliosis"]) == ("spine", 15, "scoliosis")
    assert scheme.lexicon.sha != default_lexicon().sha
    own, package = label(scheme.lexicon), label()
    assert (own["a"]["scoliosis"], own["b"]["scoliosis"]) == (1, 0)
    for study in REPORTS:
        assert {finding: value for finding, value in own[study].items() if finding != "scoliosis"} == package[study]


def test_comments_examples_and_labels_decide_nothing(path: Path) -> None:
    before = load_scheme(str(path)).lexicon.sha
    path.write_text(
        SCHEME.replace("No scoliosis.: absent", "Possible scoliosis.: uncertain") + "labels: {S: scoliosis}\n"
    )
    scheme = load_scheme(str(path))
    assert (scheme.lexicon.sha, dict(scheme.labels)) == (before, {"S": "scoliosis"})


def test_label_file(path: Path, tmp_path: Path) -> None:
    source = tmp_path / "reports.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([("study_id", "text"), *REPORTS.items()])
    path.write_text(SCHEME + "labels: {Curved Spine: scoliosis, Edema: edema}\n")
    label_file(source, tmp_path / "labels.csv", scheme=load_scheme(str(path)), settings=Settings(threads=1))
    assert (tmp_path / "labels.csv").read_text() == "study_id,Curved Spine,Edema\na,1.0,0.0\nb,0.0,1.0\n"


def test_semantics() -> None:
    assert label()["b"]["edema"] == 1
    assert label(text_policy="mimic")["b"] == {"edema": -1}
    assert label(aggregation="chexpert")["b"]["edema"] == -1
    assert label(aggregation="negbio")["b"]["edema"] == 0


@pytest.mark.parametrize("labeler", engines.LABELERS)
def test_a_labeler_survives_pickling(labeler: str, path: Path) -> None:
    original = engines.load(labeler, lexicon=load_scheme(str(path)).lexicon, semantics=Semantics("mimic"), name="mine")
    copy = pickle.loads(pickle.dumps(original))
    assert (copy.name, copy.lexicon_sha, copy.semantics) == ("mine", original.lexicon_sha, Semantics("mimic"))
    assert list(copy.label_texts(REPORTS.values())) == list(original.label_texts(REPORTS.values()))


@pytest.mark.parametrize("wrong", [{"text_policy": "all"}, {"aggregation": "majority"}])
def test_unknown_semantics(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="Known: "):
        Semantics(**wrong)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: scoliosis,", "id: edema,", r"spine.yml:3: finding 'edema' is already defined"),
        ("parent: other_finding", "parent: bones", r"spine.yml:3: finding 'scoliosis': no finding 'bones'"),
        ("name: Scoliosis", "title: Scoliosis", r"spine.yml:3: finding 'scoliosis', (name|title): "),
        ("finding: scoliosis", "finding: kyphosis", r"spine.yml:5: rule 'scoliosis.word': no finding 'kyphosis'"),
        ("id: scoliosis.word", "id: edema.word", r"spine.yml:5: rule id 'edema.word' is used twice"),
        ("rules:", "rule:", r"spine.yml: unknown key 'rule'"),
        ("No scoliosis.: absent", "No scoliosis.: present", r"spine.yml: rule 'scoliosis.word': the example 'No scoli"),
        ("rules:", "labels: {Spine: spine}\nrules:", r"spine.yml: labels: no finding 'spine'"),
        (
            "- {id: scoliosis, name: Scoliosis, parent: other_finding}",
            "  id: scoliosis",
            r"spine.yml: 'findings' is a list",
        ),
    ],
)
def test_mistakes(path: Path, old: str, new: str, message: str) -> None:
    rule_of_package = next(rule for rule in default_lexicon().rules if rule.startswith("edema."))
    path.write_text(SCHEME.replace(old, new.replace("edema.word", rule_of_package), 1))
    with pytest.raises(ConfigError, match=message.replace("edema.word", rule_of_package)):
        load_scheme(str(path))
