"""How image networks are fitted: what the loss leaves out, folds, augmentation, few images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.training.augment import Augmentation, augment
from models.training.fit_images import cross_validate, fit
from models.training.image_epochs import masked_loss
from models.training.image_examples import Examples, held_out_loss, predict
from models.training.nets import torch
from tests.support.discs import RECIPE, SIZE, drawn


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_one_vs_rest_has_a_network_for_each_finding() -> None:
    examples = drawn(48)
    recipe = RECIPE.model_copy(update={"outputs": "one_vs_rest", "epochs": 2})
    fitted = fit(recipe, examples, np.arange(32), np.arange(32, 48))
    assert len(fitted.epochs) == 2
    assert predict(fitted.network, examples, np.arange(5)).shape == (5, 2)


def test_cross_validation_never_predicts_what_it_trained_on() -> None:
    """Targets are noise: a network that had seen them would rank them above chance."""
    rng = np.random.default_rng(0)
    n = 96
    examples = Examples(
        rng.integers(0, 256, (n, SIZE, SIZE), dtype=np.uint8),
        np.arange(n),
        rng.integers(0, 2, (n, 1)).astype(np.float32),
    )
    found, epochs = cross_validate(RECIPE.model_copy(update={"epochs": 3}), examples, np.arange(n) % 2)
    assert 1 <= epochs[0] <= 3
    assert held_out_loss(found, examples.targets) > 0.6


@given(st.lists(st.tuples(st.floats(-5, 5), st.sampled_from([0.0, 1.0, float("nan")])), min_size=1, max_size=20))
def test_the_loss_ignores_what_has_no_target(pairs: list[tuple[float, float]]) -> None:
    logits, targets = torch.tensor(pairs, dtype=torch.float64).unbind(1)
    known = ~targets.isnan()
    loss = masked_loss(logits[:, None], targets[:, None])
    if known.any():
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[known], targets[known])
        assert float(loss) == pytest.approx(float(expected), abs=1e-9)
    else:
        assert float(loss) == 0


@given(st.integers(0, 2**32 - 1))
@hypothesis_settings(deadline=None)
def test_no_augmentation_mirrors(seed: int) -> None:
    image = np.zeros((64, 64), np.uint8)
    image[24:40, 6:14] = 200
    changed = augment(image, Augmentation(), np.random.default_rng(seed)).astype(float)
    changed -= changed.min()
    assert changed[:, :32].sum() > changed[:, 32:].sum()


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_few_images_are_enough(epochs: int) -> None:
    """One batch an epoch: a schedule of so many steps."""
    recipe = RECIPE.model_copy(update={"epochs": epochs})
    examples = drawn(recipe.batch_size + 4)
    everything = np.arange(len(examples))
    assert 1 <= fit(recipe, examples, everything[:-4], everything[-4:]).epochs[0] <= epochs


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    targets = np.array([[1, np.nan], [0, 1]], np.float32)
    assert np.isnan(held_out_loss(np.array([[np.nan, 0.5], [0.5, 0.5]], np.float32), targets))
    assert held_out_loss(np.array([[0.5, np.nan], [0.5, 0.5]], np.float32), targets) == pytest.approx(np.log(2))
