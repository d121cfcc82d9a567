"""Fit an image network by a recipe: early stopping on a validation part, or folds. Needs the extra 'train'."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.image_epochs import train_epochs
from models.training.image_examples import Examples, Places, held_out_loss, predict
from models.training.image_recipe import ImageRecipe
from models.training.nets import torch
from models.training.nets.image_network import ImageNetwork, OneVsRest, create_backbone, freeze
from models.training.nets.weights import initialize
from warehouse.progress import Progress


@dataclass(frozen=True)
class FittedImages:
    """A trained network, and the epoch of each member's weights, from 1."""

    network: ImageNetwork | OneVsRest
    epochs: list[int]


def fit(
    recipe: ImageRecipe,
    examples: Examples,
    training: Places,
    validation: Places,
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> FittedImages:
    """Train on some examples; keep the weights of the epoch with the least loss on others.

    The same seed, threads and torch version give the same weights on a CPU.
    """
    groups = _output_groups(recipe, examples)
    members, kept = [], []
    for n, columns in enumerate(groups):
        network, _ = create(recipe, examples.targets[training][:, columns], seed)
        network.to(device)
        best: tuple[float, int, Any] = (float("inf"), 0, None)
        steps = train_epochs(network, recipe, examples, training, columns, seed=seed, device=device)
        for epoch, _ in enumerate(steps, start=1):
            found = predict(network, examples, validation, device=device)
            loss = held_out_loss(found, examples.targets[validation][:, columns])
            if best[2] is None or loss < best[0]:
                best = loss, epoch, copy.deepcopy(network.state_dict())
            if progress is not None:
                progress("train", n * recipe.epochs + epoch, len(groups) * recipe.epochs)
            if epoch - best[1] >= recipe.patience:
                steps.close()
                break
        network.load_state_dict(best[2])
        members.append(network.to("cpu").eval())
        kept.append(best[1])
    return FittedImages(_joined(members, recipe), kept)


def fit_all(
    recipe: ImageRecipe,
    examples: Examples,
    epochs: list[int],
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> FittedImages:
    """Train on every example for the epochs that `cross_validate` found, under the same schedule."""
    everything = np.arange(len(examples))
    groups = _output_groups(recipe, examples)
    members = []
    for columns, n_epochs in zip(groups, epochs, strict=True):
        network, _ = create(recipe, examples.targets[:, columns], seed)
        network.to(device)
        steps = train_epochs(network, recipe, examples, everything, columns, seed=seed, device=device)
        for epoch, _ in enumerate(steps, start=1):
            if progress is not None:
                progress("train on all images", epoch, n_epochs)
            if epoch == n_epochs:
                steps.close()
                break
        members.append(network.to("cpu").eval())
    return FittedImages(_joined(members, recipe), epochs)


def cross_validate(
    recipe: ImageRecipe,
    examples: Examples,
    folds: NDArray[np.int64],
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> tuple[NDArray[np.float32], list[int]]:
    """Predict every example with a network that has not seen its fold.

    Parameters
    ----------
    recipe : ImageRecipe
    examples : Examples
    folds : ndarray of int, shape (n_images,)
        Fold of each image: all of a patient's in one.
    seed : int
    device : str
    progress : callable, optional

    Returns
    -------
    ndarray of float32, shape (n_images, n_findings)
        Probabilities after the epoch whose loss, over the images of all folds, is least.
    list of int
        That epoch, of each member.
    """
    groups, n_folds = _output_groups(recipe, examples), int(folds.max()) + 1
    chosen = np.empty_like(examples.targets)
    kept, done = [], 0
    for columns in groups:
        by_epoch = np.empty((recipe.epochs, len(folds), len(columns)), np.float32)
        for fold in range(n_folds):
            training, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            network, _ = create(recipe, examples.targets[training][:, columns], seed)
            network.to(device)
            steps = train_epochs(network, recipe, examples, training, columns, seed=seed, device=device)
            for epoch, _ in enumerate(steps):
                by_epoch[epoch, held_out] = predict(network, examples, held_out, device=device)
                done += 1
                if progress is not None:
                    progress("cross-validate", done, len(groups) * n_folds * recipe.epochs)
        losses = [held_out_loss(found, examples.targets[:, columns]) for found in by_epoch]
        best = int(np.argmin(np.nan_to_num(losses, nan=np.inf)))
        chosen[:, columns] = by_epoch[best]
        kept.append(best + 1)
    return chosen, kept


def create(recipe: ImageRecipe, targets: NDArray[np.float32], seed: int) -> tuple[ImageNetwork, str]:
    """Return a network that predicts how frequent the findings are, and what its weights are, in words."""
    torch.manual_seed(seed)
    preprocessing = recipe.preprocessing()
    backbone = create_backbone(recipe.architecture, targets.shape[1], preprocessing, drop_rate=recipe.dropout)
    words = initialize(backbone, recipe.architecture, recipe.initial_weights)
    head = backbone.get_classifier()
    known = (~np.isnan(targets)).sum(axis=0)
    share = (np.nansum(targets, axis=0) + 0.5) / (known + 1)
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.from_numpy(np.log(share / (1 - share)).astype(np.float32)))
    network = ImageNetwork(backbone, preprocessing).to(memory_format=torch.channels_last)
    freeze(network, recipe.frozen_stages)
    return network, words


def _output_groups(recipe: ImageRecipe, examples: Examples) -> list[list[int]]:
    """Return the findings that each member learns, as columns of the targets."""
    columns = list(range(examples.targets.shape[1]))
    return [[column] for column in columns] if recipe.outputs == "one_vs_rest" else [columns]


def _joined(members: list[ImageNetwork], recipe: ImageRecipe) -> ImageNetwork | OneVsRest:
    return OneVsRest(members).eval() if recipe.outputs == "one_vs_rest" else members[0]
