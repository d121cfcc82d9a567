"""What displaCy draws of a labeled report."""

from __future__ import annotations

import pytest
from spacy import displacy

import cxr
from nlp.exchange.displacy import DISPLACY_OPTIONS

TEXT = "FINDINGS: No <edema> or effusion.\n\nIMPRESSION: Possible hydropneumothorax."


@pytest.fixture(scope="module")
def drawn():
    return cxr.to_displacy(TEXT, cxr.label(TEXT))


def test_entities_do_not_overlap_and_keep_the_text(drawn):
    assert [(TEXT[e["start"] : e["end"]], e["label"]) for e in drawn["ents"]] == [
        ("edema", "Edema: absent"),
        ("effusion", "Pleural Effusion: absent"),
        ("hydropneumothorax", "Pneumothorax: uncertain"),
    ]
    html = displacy.render(drawn, style="ent", manual=True, options=DISPLACY_OPTIONS, jupyter=False)
    assert html.count("hydropneumothorax") == 1
    assert "<edema>" not in html
    assert DISPLACY_OPTIONS["colors"]["Edema: absent"] in html


def test_spans_hold_every_mention_and_each_cue_once(drawn):
    spans = [(drawn["tokens"][s["start_token"] : s["end_token"]], s["label"]) for s in drawn["spans"]]
    assert spans == [
        (["edema"], "Edema: absent"),
        (["effusion"], "Pleural Effusion: absent"),
        (["hydropneumothorax"], "Pneumothorax: uncertain"),
        (["hydropneumothorax"], "Pleural Effusion: uncertain"),
        (["No"], "cue"),
        (["Possible"], "cue"),
    ]
    html = displacy.render(drawn, style="span", manual=True, options=DISPLACY_OPTIONS, jupyter=False)
    assert all(label in html for label in ("Pleural Effusion: uncertain", "cue"))
    assert set(DISPLACY_OPTIONS["colors"]) >= {label for _, label in spans}


@pytest.mark.parametrize("style", ["ent", "span"])
def test_nothing_to_draw(style):
    drawn = cxr.to_displacy("", cxr.label(""))
    displacy.render(drawn, style=style, manual=True, options=DISPLACY_OPTIONS, jupyter=False)
    assert (drawn["ents"], drawn["spans"], drawn["tokens"]) == ([], [], [])
