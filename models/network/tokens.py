"""From a report's text to token ids: the one definition for training, export and scoring.

Everything that decides the ids is in the tokenizer's JSON, which travels inside the ONNX file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Regex, Tokenizer, models, normalizers, pre_tokenizers

from warehouse.errors import ConfigError

PAD, UNKNOWN = "[PAD]", "[UNK]"
PAD_ID, UNKNOWN_ID = 0, 1
MAX_TOKENS = 512
MIN_DOCUMENT_FREQUENCY = 5
MIN_STEM = 3

_CHARACTERS = [chr(code) for code in range(33, 127) if not chr(code).isupper()]

_NORMALIZER = normalizers.Sequence(
    [
        normalizers.NFKC(),
        normalizers.Lowercase(),
        # One word for what de-identification removed: XXXX in Open-I, ___ in MIMIC-CXR.
        normalizers.Replace(Regex(r"x{4,}|_{2,}"), " xxxx "),
        # A number's size rarely decides a finding, and numbers could identify.
        normalizers.Replace(Regex(r"\d+"), "0"),
    ]
)
_WORDS = pre_tokenizers.BertPreTokenizer()


def split_words(text: str) -> list[str]:
    """Return the normalised words and punctuation marks of a text."""
    return [word for word, _ in _WORDS.pre_tokenize_str(_NORMALIZER.normalize_str(text))]


def build_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Make a WordPiece tokenizer of the words that at least `MIN_DOCUMENT_FREQUENCY` texts use.

    Rarer words are not in it, so that no name or id can be read from it; they are met in pieces: a common word they
    begin with, a common ending, single characters. The same texts give the same tokenizer (the trainers of the
    library break ties at random).
    """
    frequency = Counter(word for text in texts for word in set(split_words(text)))
    words = sorted(word for word, n in frequency.items() if n >= MIN_DOCUMENT_FREQUENCY)
    common = set(words)
    endings = Counter(word[i:] for word in words for i in range(MIN_STEM, len(word)) if word[:i] in common)
    pieces = dict.fromkeys([*_CHARACTERS, *words])
    continuations = dict.fromkeys([*_CHARACTERS, *sorted(ending for ending, n in endings.items() if n > 1)])
    vocabulary = [PAD, UNKNOWN, *pieces, *(f"##{ending}" for ending in continuations)]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token=UNKNOWN))
    tokenizer.normalizer = _NORMALIZER
    tokenizer.pre_tokenizer = _WORDS
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def encode(tokenizer: Tokenizer | None, texts: Sequence[str]) -> list[list[int]]:
    """Return the token ids of each text, as many as the tokenizer keeps; no ids for a text without words.

    A tokenizer that frames texts by special tokens, as BERT's does by [CLS] and [SEP], does so here.
    """
    return [[] if all(encoding.special_tokens_mask) else encoding.ids for encoding in encodings(tokenizer, texts)]


def encodings(tokenizer: Tokenizer | None, texts: Sequence[str]) -> list[Encoding]:
    """Return what `encode` does, each with the words and the characters that its tokens stand for."""
    if tokenizer is None:
        raise ConfigError("the network reads images, not reports")
    return list(tokenizer.encode_batch(list(texts)))


def pad(
    rows: Sequence[Sequence[int]], *, length: int, n_rows: int | None = None, pad_id: int = PAD_ID
) -> NDArray[np.int64]:
    """Return ids as an array (n_rows, length) filled with ``pad_id``; ``n_rows`` may exceed the rows given."""
    padded = np.full((len(rows) if n_rows is None else n_rows, length), pad_id, dtype=np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded
