"""From text to token ids: one definition, which leaks no rare word and takes any text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.network import tokens
from models.network.tokens import PAD_ID, UNKNOWN_ID

TEXTS = ["No pleural effusion, XXXX.", "Small effusions in 2024.", "The heart is enlarged.", "Dr Rarename saw it."]
TOKENIZER = tokens.build_tokenizer(TEXTS[:3] * 5 + TEXTS[3:])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No EFFUSION.", ["no", "effusion", "."]),
        ("seen on 12/03/2024", ["seen", "on", "0", "/", "0", "/", "0"]),
        ("by Dr. XXXX or ___", ["by", "dr", ".", "xxxx", "or", "xxxx"]),
        ("\ufb01brosis\u00a0stable", ["fibrosis", "stable"]),
        ("  \n\t ", []),
    ],
)
def test_words(text, words):
    assert tokens.split_words(text) == words


def test_rare_words_are_not_in_the_vocabulary():
    vocabulary = TOKENIZER.get_vocab()
    assert {"effusion", "heart", "xxxx", "##s"} <= vocabulary.keys()
    assert not any("rarename" in piece for piece in vocabulary)
    assert UNKNOWN_ID not in tokens.encode(TOKENIZER, TEXTS[3:])[0]
    assert (vocabulary[tokens.PAD], vocabulary[tokens.UNKNOWN]) == (PAD_ID, UNKNOWN_ID)


def test_same_texts_give_the_same_tokenizer_in_any_order():
    assert tokens.build_tokenizer(reversed(TEXTS[:3] * 5 + TEXTS[3:])).to_str() == TOKENIZER.to_str()


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_has_ids_and_survives_the_tokenizers_json(text):
    (ids,) = tokens.encode(TOKENIZER, [text])
    assert all(PAD_ID < i < TOKENIZER.get_vocab_size() for i in ids)
    assert tokens.encode(Tokenizer.from_str(TOKENIZER.to_str()), [text]) == [ids]


def test_long_texts_are_cut():
    (ids,) = tokens.encode(TOKENIZER, ["effusion " * 10_000])
    assert len(ids) == tokens.MAX_TOKENS


def test_padding():
    padded = tokens.pad([[5, 6], [7]], length=3, n_rows=3)
    np.testing.assert_array_equal(padded, [[5, 6, PAD_ID], [7, PAD_ID, PAD_ID], [PAD_ID] * 3])
    assert padded.dtype == np.int64
