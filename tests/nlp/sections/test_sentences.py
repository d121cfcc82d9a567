"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.sections.sentences import split


def sentences(text: str) -> list[str]:
    return [stripped for start, end in split(text) if (stripped := text[start:end].strip())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clear lungs. No effusion.", ["Clear lungs.", "No effusion."]),
        ("Clear lungs.No effusion.", ["Clear lungs.", "No effusion."]),
        ("A 1.5 cm nodule.", ["A 1.5 cm nodule."]),
        ("Called to Dr. Smith. Normal.", ["Called to Dr. Smith.", "Normal."]),
        ("Atelectasis vs. pneumonia.", ["Atelectasis vs. pneumonia."]),
        ("No pleural\neffusion.", ["No pleural\neffusion."]),
        ("No effusion\nStable heart", ["No effusion", "Stable heart"]),
        ("No effusion,\nPneumothorax", ["No effusion,\nPneumothorax"]),
        ("no effusion\n\nclear lungs", ["no effusion", "clear lungs"]),
        ("1. Normal.\n2. No change", ["1.", "Normal.", "2.", "No change"]),
        ("- clear\n- normal", ["- clear", "- normal"]),
        ("? pneumonia. Clear?", ["? pneumonia.", "Clear?"]),
        ("Normal .. No effusion", ["Normal ..", "No effusion"]),
        ("", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text())
def test_covers_the_text(text: str) -> None:
    bounds = split(text)
    assert "".join(text[start:end] for start, end in bounds) == text
    assert all(start < end for start, end in bounds)
