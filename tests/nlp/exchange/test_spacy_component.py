"""The spaCy component: found by name, beside others, through serialisation and processes."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

import cxr
from nlp.exchange.spacy_component import EVIDENCE, register_extensions
from nlp.report import Mention
from nlp.rules.compile import LEXICON
from warehouse.errors import ConfigError

TEXT = (
    "INDICATION: Cough.\n\nFINDINGS: Stable mild edema. Left hydropneumothorax. Opacity/effusion at the right base.\n"
    "IMPRESSION: No focal\n  consolidation. Possible pneumonia."
)


@pytest.fixture(scope="module")
def pipeline():
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("cxr_findings")
    return pipeline


def evidence(doc: Doc) -> list[tuple]:
    """Everything that a span says, by value."""
    return [
        (s.text, s.start, s.end, s.label_, *(s._.get(name) for name in EVIDENCE), s._.cue.text if s._.cue else None)
        for s in doc.spans["cxr"]
    ]


def test_needs_no_import():
    code = (
        "import spacy; p = spacy.blank('en'); p.add_pipe('cxr_findings'); d = p('No edema.'); (s,) = d.spans['cxr'];"
        " print(s.label_, s._.assertion, s._.cue)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["edema", "absent", "No"]


def test_is_what_the_labeler_says(pipeline):
    doc, report = pipeline(TEXT), cxr.label(TEXT)
    assert doc._.cxr_labels == report.labels
    assert [Mention(**doc._.cxr_mentions[span.id_]) for span in doc.spans["cxr"]] == list(report.mentions)
    for span, mention in zip(doc.spans["cxr"], report.mentions, strict=True):
        assert span.label_ == mention.finding
        assert span.start_char <= mention.start < mention.end <= span.end_char
        assert [span._.get(name) for name in EVIDENCE] == [getattr(mention, name) for name in EVIDENCE]
        assert (span._.cue is None) == (mention.cue_start is None)
    assert [(s["section"], s["is_label_source"]) for s in doc._.cxr_sections] == [
        ("indication", False),
        ("findings", True),
        ("impression", True),
    ]
    assert all("text" not in section for section in doc._.cxr_sections)


def test_two_findings_in_the_same_words(pipeline):
    doc = pipeline("Left hydropneumothorax.")
    assert {(s.text, s.label_, s._.laterality) for s in doc.spans["cxr"]} == {
        ("hydropneumothorax", "pneumothorax", "left"),
        ("hydropneumothorax", "pleural_effusion", "left"),
    }


def test_mentions_inside_one_token():
    pipeline = spacy.blank("en")
    pipeline.tokenizer.infix_finditer = None
    pipeline.add_pipe("cxr_findings")
    doc = pipeline("Possible edema/atelectasis today.")
    assert [(s.text, s.label_, s._.cue.text) for s in doc.spans["cxr"]] == [
        ("edema/atelectasis", "edema", "Possible"),
        ("edema/atelectasis", "atelectasis", "Possible"),
    ]
    assert [mention["text"] for mention in doc._.cxr_mentions.values()] == ["edema", "atelectasis"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Heart", "\x00", "🫁 No edema 🫁"])
def test_odd_texts(pipeline, text):
    assert pipeline(text)._.cxr_labels == cxr.label(text).labels


def test_a_second_call_replaces_the_first(pipeline):
    doc = pipeline(TEXT)
    before = evidence(doc)
    assert evidence(pipeline.get_pipe("cxr_findings")(doc)) == before


def test_spans_of_others_have_no_evidence(pipeline):
    doc = pipeline(TEXT)
    other = Span(doc, 0, 1, label="OTHER")
    assert [other._.get(name) for name in (*EVIDENCE, "cue")] == [None] * (len(EVIDENCE) + 1)
    assert spacy.blank("en")("No edema.")._.cxr_labels is None


def test_bytes_and_docbin(pipeline):
    doc = pipeline(TEXT)
    copies = [Doc(Vocab()).from_bytes(doc.to_bytes())]
    packed = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    copies += DocBin().from_bytes(packed).get_docs(Vocab())
    for copy in copies:
        assert evidence(copy) == evidence(doc)
        assert copy._.cxr_labels == doc._.cxr_labels
        assert list(copy._.cxr_sections) == doc._.cxr_sections


def test_bytes_where_medspacy_is_imported(pipeline):
    import medspacy.section_detection  # noqa: F401  - it reads every stored dict with a key "section" as its own

    doc = pipeline(TEXT)
    copy = Doc(Vocab()).from_bytes(doc.to_bytes())
    assert evidence(copy) == evidence(doc)
    assert list(copy._.cxr_sections) == doc._.cxr_sections


def test_disk(pipeline, tmp_path):
    pipeline.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert loaded.pipe_names == ["sentencizer", "cxr_findings"]
    assert evidence(loaded(TEXT)) == evidence(pipeline(TEXT))


def test_two_processes(pipeline):
    texts = [f"{TEXT} Study {i}." for i in range(6)]
    docs = list(pipeline.pipe(texts, n_process=2, batch_size=2))
    assert [evidence(doc) for doc in docs] == [evidence(pipeline(text)) for text in texts]


def test_pickle(pipeline):
    copied = pickle.loads(pickle.dumps(pipeline.get_pipe("cxr_findings")))
    assert evidence(copied(spacy.blank("en")(TEXT))) == evidence(pipeline(TEXT))


def test_own_lexicon(tmp_path):
    folder = tmp_path / "lexicon"
    shutil.copytree(LEXICON, folder)
    rule = "{id: own.sign, finding: other_finding, phrases: [zebra sign], examples: {Zebra sign.: present}}"
    (folder / "findings_own.yml").write_text(f"findings:\n  - {rule}\n")
    pipeline = spacy.blank("en")
    pipeline.add_pipe("cxr_findings", config={"lexicon": str(folder)})
    pipeline.to_disk(tmp_path / "pipeline")
    for each in (pipeline, spacy.load(tmp_path / "pipeline")):
        doc = each("There is a zebra sign.")
        (span,) = doc.spans["cxr"]
        assert (span.text, span._.rule_id) == ("zebra sign", "own.sign")
    with pytest.raises(ConfigError, match="nowhere"):
        spacy.blank("en").add_pipe("cxr_findings", config={"lexicon": str(tmp_path / "nowhere")})


def test_what_others_registered_before_is_kept(pipeline):
    before = Span.get_extension("section")
    Span.set_extension("section", getter=lambda span: f"theirs: {span.text}", force=True)
    try:
        register_extensions()
        doc = pipeline("FINDINGS: No edema.")
        (ours,) = doc.spans["cxr"]
        assert (ours._.section, doc[0:1]._.section) == ("findings", "theirs: FINDINGS")
    finally:
        Span.set_extension("section", getter=before[2], force=True)
