"""Fitting texts: the same seed gives the same network, masked targets teach nothing, a backbone learns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from models.training.fit_reports import Choice, fit_texts
from models.training.nets import torch
from models.training.sets import Items
from warehouse.errors import ConfigError

PRESENT, ABSENT = "The heart is enlarged. Lungs are clear.", "The heart is normal. Lungs are clear. No effusion."


def items(texts: list[str], targets: np.ndarray) -> Items:
    return Items(("cardiomegaly", "no_finding"), pa.table({"text": texts}), targets)


def texts(n: int) -> Items:
    is_present = np.random.default_rng(0).random(n) < 0.5
    targets = np.stack([is_present, ~is_present], axis=1).astype(np.float32)
    targets[::3, 1] = np.nan
    return items([PRESENT if value else ABSENT for value in is_present], targets)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.mark.parametrize("head", ["pooled", "cnn", "bilstm"])
def test_a_backbone_learns_and_one_seed_gives_one_network(tiny_bert, head):
    choice = Choice(str(tiny_bert), head, max_tokens=24, batch_size=8, epochs=6, learning_rate=5e-3)
    first, again = (fit_texts(texts(60), texts(20), choice) for _ in range(2))
    found = first.predict([PRESENT, ABSENT])
    assert found[0, 0] > found[1, 0] + 0.5
    np.testing.assert_allclose(found, again.predict([PRESENT, ABSENT]), atol=1e-6)
    assert first.architecture == f"BertModel with head {head}"
    assert tiny_bert.name in first.initial_weights
    assert str(tiny_bert) not in first.initial_weights


def test_the_compact_network_learns():
    fitted = fit_texts(texts(60), texts(20), Choice(epochs=3, batch_size=8))
    found = fitted.predict([PRESENT, ABSENT])
    assert found[0, 0] > found[1, 0] + 0.5
    assert fitted.initial_weights == "random"


def test_texts_without_words_are_left_out():
    some = texts(20)
    with_empty = items([*some.texts, "", " "], np.concatenate([some.targets, np.ones((2, 2), dtype=np.float32)]))
    choice = Choice(epochs=1, batch_size=8)
    expected, found = (fit_texts(each, texts(10), choice).predict([PRESENT]) for each in (some, with_empty))
    np.testing.assert_array_equal(expected, found)


def test_recipes():
    assert Choice().recipe().learning_rate == 4e-3
    paper = Choice("biobert", max_tokens=256, batch_size=64).recipe()
    assert (paper.learning_rate, paper.epochs, paper.batch_size, paper.weight_decay) == (6e-6, 8, 64, 0)
    with pytest.raises(ConfigError, match="greater than 0"):
        Choice(epochs=0).recipe()
    with pytest.raises(ConfigError, match="Known: auto, cpu, cuda"):
        fit_texts(texts(4), texts(4), Choice(device="tpu"))
    with pytest.raises(ConfigError, match="Known: pooled, cnn, bilstm"):
        fit_texts(texts(4), texts(4), Choice("biobert", "gru"))
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="--device cpu"):
            fit_texts(texts(4), texts(4), Choice(device="cuda"))
