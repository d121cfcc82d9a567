"""Tasks of Label Studio fit the labeling interface that is written beside them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

import cxr
from nlp.exchange import label_studio
from nlp.exchange.evidence import CUE
from nlp.report import AnnotatedReport

TEXT = (
    "FINDINGS: No focal consolidation or pleural\n  effusion. Mild right lower lobe atelectasis, improved.\r\n"
    "Possible hydropneumothorax."
)


@pytest.mark.parametrize("text", [TEXT, "", "Lungs."])
def test_label_studio_task_fits_its_configuration(text):
    interface = ET.fromstring(label_studio.configuration())
    (shown,) = interface.iter("Text")
    choices = {
        control.get("name"): {choice.get("value") for choice in control}
        for tag in ("Labels", "Choices")
        for control in interface.iter(tag)
    }
    mentions = cxr.label(text).mentions
    task = label_studio.task(AnnotatedReport("openi", "CXR1", text, mentions), "cxr 0.1")
    (prediction,) = task["predictions"]
    assert task["data"] | {"text": len(text)} == {"dataset": "openi", "study_id": "CXR1", "text": len(text)}
    assert shown.get("value") == "$text"
    regions = {}
    for result in prediction["result"]:
        if result["type"] == "relation":
            assert regions[result["from_id"]][2] == CUE
            assert result["to_id"] in regions
            continue
        value = result["value"]
        (choice,) = value[result["type"]]
        assert result["to_name"] == shown.get("name")
        assert choice in choices[result["from_name"]]
        assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
        if result["type"] == "labels":
            assert result["id"] not in regions
            regions[result["id"]] = (value["start"], value["end"], choice)
        else:
            assert (value["start"], value["end"]) == regions[result["id"]][:2]
    assert sorted(span for span in regions.values() if span[2] != CUE) == sorted(
        (m.start, m.end, m.finding) for m in mentions
    )
    assert sum(r["type"] == "relation" for r in prediction["result"]) == sum(m.cue_start is not None for m in mentions)
