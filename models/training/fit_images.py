"""Fit an image network by a recipe: masked loss, augmentation, early stopping, folds. Needs the extra 'train'."""

from __future__ import annotations

import contextlib
import copy
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.augment import augment
from models.training.image_recipe import MAX_GRADIENT_NORM, WARM_UP, Recipe
from models.training.nets import torch
from models.training.nets.device import autocast, deterministic, gradient_scaler
from models.training.nets.image import ImageNetwork, OneVsRest, create_backbone, freeze, hold_statistics
from models.training.nets.weights import initialize
from warehouse.progress import Progress

Places = NDArray[np.int64]

PREDICTION_BATCH = 64
"""Images of a batch at 224 x 224, fewer of larger ones."""

_BATCHES_AHEAD = 4


@dataclass(frozen=True)
class Examples:
    """Decoded images with their targets.

    Attributes
    ----------
    levels : ndarray of uint8, shape (n_files, size, size)
        In memory or on disk: only what a batch needs is read.
    files : ndarray of int, shape (n_images,)
        Where in ``levels`` each image is.
    targets : ndarray of float32, shape (n_images, n_findings)
        1 present, 0 not present, nan no target.
    """

    levels: NDArray[np.uint8]
    files: Places
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.files)

    def at(self, places: Places) -> NDArray[np.uint8]:
        """Return the images (n_places, size, size) at these places."""
        return np.asarray(self.levels[self.files[places]])


@dataclass(frozen=True)
class Fitted:
    """A trained network, the epoch of each member's weights (from 1), and what the weights started from, in words."""

    network: ImageNetwork | OneVsRest
    epochs: list[int]
    initial_weights: str


def fit(
    recipe: Recipe,
    examples: Examples,
    training: Places,
    validation: Places,
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Fitted:
    """Train on some examples; keep the weights of the epoch with the least loss on others.

    The same seed, threads and torch version give the same weights on a CPU.
    """
    groups = _output_groups(recipe, examples)
    members, kept, words = [], [], ""
    for n, columns in enumerate(groups):
        network, words = create(recipe, examples.targets[training][:, columns], seed)
        network.to(device)
        best: tuple[float, int, Any] = (float("inf"), 0, None)
        steps = _train(network, recipe, examples, training, columns, seed=seed, device=device)
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
    return Fitted(_joined(members, recipe), kept, words)


def fit_all(
    recipe: Recipe,
    examples: Examples,
    epochs: list[int],
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Fitted:
    """Train on every example for the epochs that `cross_validate` found, under the same schedule."""
    everything = np.arange(len(examples))
    groups = _output_groups(recipe, examples)
    members, words = [], ""
    for columns, n_epochs in zip(groups, epochs, strict=True):
        network, words = create(recipe, examples.targets[:, columns], seed)
        network.to(device)
        steps = _train(network, recipe, examples, everything, columns, seed=seed, device=device)
        for epoch, _ in enumerate(steps, start=1):
            if progress is not None:
                progress("train on all images", epoch, n_epochs)
            if epoch == n_epochs:
                steps.close()
                break
        members.append(network.to("cpu").eval())
    return Fitted(_joined(members, recipe), epochs, words)


def cross_validate(
    recipe: Recipe,
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
    recipe : Recipe
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
            steps = _train(network, recipe, examples, training, columns, seed=seed, device=device)
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


def create(recipe: Recipe, targets: NDArray[np.float32], seed: int) -> tuple[ImageNetwork, str]:
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


def predict(
    network: torch.nn.Module, examples: Examples, places: Places, *, device: str = "cpu"
) -> NDArray[np.float32]:
    """Return probabilities (n_places, n_outputs) of the images at these places."""
    network.eval()
    found = []
    size = _prediction_batch(examples)
    with torch.no_grad(), autocast(device):
        for start in range(0, len(places), size):
            batch = torch.from_numpy(examples.at(places[start : start + size])).to(device)
            found.append(network(batch)[0].float().cpu().numpy())
    return np.concatenate(found)


def predict_onnx(
    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]], examples: Examples, places: Places
) -> NDArray[np.float32]:
    """Return probabilities (n_images, n_findings) from onnxruntime, nan where no place is asked for."""
    scores = np.full(examples.targets.shape, np.nan, np.float32)
    size = _prediction_batch(examples)
    for start in range(0, len(places), size):
        chosen = places[start : start + size]
        scores[chosen] = run(examples.at(chosen))
    return scores


def _prediction_batch(examples: Examples) -> int:
    return max(1, min(PREDICTION_BATCH, PREDICTION_BATCH * 224**2 // int(examples.levels.shape[1]) ** 2))


def masked_loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Return binary cross-entropy, mean over the targets that there are; nan is none.

    Parameters
    ----------
    logits, targets : Tensor, (batch, n_outputs)
        Targets of 0 to 1 or nan.
    weights : Tensor, (n_outputs,), optional
        Of positives.
    """
    is_known = ~targets.isnan()
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, targets.nan_to_num(0.0), pos_weight=weights, reduction="none"
    )
    return (each * is_known).sum() / is_known.sum().clamp(min=1)


def held_out_loss(probabilities: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    """Return binary cross-entropy of probabilities, mean over the targets that there are."""
    p = probabilities.astype(np.float64).clip(1e-7, 1 - 1e-7)
    is_known = ~np.isnan(targets)
    return float(np.mean(-(targets * np.log(p) + (1 - targets) * np.log(1 - p))[is_known]))


def class_weights(recipe: Recipe, targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weight of positives, of each output."""
    if recipe.class_weights == "none":
        return np.ones(targets.shape[1], np.float32)
    positive, negative = np.nansum(targets == 1, axis=0), np.nansum(targets == 0, axis=0)
    return np.sqrt(negative / np.maximum(positive, 1)).clip(1, recipe.max_class_weight).astype(np.float32)


def _output_groups(recipe: Recipe, examples: Examples) -> list[list[int]]:
    """Return the findings that each member learns, as columns of the targets."""
    columns = list(range(examples.targets.shape[1]))
    return [[column] for column in columns] if recipe.outputs == "one_vs_rest" else [columns]


def _joined(members: list[ImageNetwork], recipe: Recipe) -> ImageNetwork | OneVsRest:
    return OneVsRest(members).eval() if recipe.outputs == "one_vs_rest" else members[0]


def _train(
    network: ImageNetwork,
    recipe: Recipe,
    examples: Examples,
    places: Places,
    columns: list[int],
    *,
    seed: int,
    device: str,
) -> Generator[None]:
    """Train, yielding after every epoch."""
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    n_batches = max(1, len(places) // recipe.batch_size)
    n_steps = recipe.epochs * n_batches
    # The schedule divides by the steps of warming up less one.
    warm_up = 2 * WARM_UP if n_steps * WARM_UP == 1 else WARM_UP
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=n_steps, pct_start=warm_up
    )
    weights = torch.from_numpy(class_weights(recipe, examples.targets[places][:, columns])).to(device)
    scaler = gradient_scaler(device)
    rng = np.random.default_rng(seed)
    with deterministic(device):
        for _ in range(recipe.epochs):
            network.train()
            if recipe.statistics == "held":
                hold_statistics(network)
            for pixels, targets in _ahead(_batches(recipe, examples, places, columns, rng)):
                with autocast(device):
                    logits = network.logits(torch.from_numpy(pixels).to(device, non_blocking=True))
                loss = masked_loss(logits.float(), torch.from_numpy(targets).to(device), weights)
                optimizer.zero_grad()
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_(learned, MAX_GRADIENT_NORM)
                scaler.step(optimizer)
                scaler.update()
                schedule.step()
            yield


def _batches(
    recipe: Recipe, examples: Examples, places: Places, columns: list[int], rng: np.random.Generator
) -> Iterator[tuple[NDArray[Any], NDArray[np.float32]]]:
    """Yield pixels and targets of an epoch in random order; a last batch that is not full is left out."""
    order, size = rng.permutation(places), min(recipe.batch_size, len(places))
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        pixels: NDArray[Any] = np.stack([augment(levels, recipe.augmentation, rng) for levels in examples.at(chosen)])
        targets = examples.targets[chosen][:, columns]
        if recipe.mixup:
            share = np.float32(rng.beta(recipe.mixup, recipe.mixup))
            pixels = share * pixels + (1 - share) * pixels[::-1]
            targets = share * targets + (1 - share) * targets[::-1]
        yield pixels, targets


def _ahead[T](items: Iterator[T]) -> Iterator[T]:
    """Make the next items in a thread while one is used; their order, and so the random numbers, stay."""
    ready: queue.Queue[Any] = queue.Queue(_BATCHES_AHEAD)
    end, is_over = object(), threading.Event()

    def put(item: object) -> bool:
        while not is_over.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(end)
        except BaseException as error:  # noqa: BLE001  raised again where the items are used
            put(error)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not end:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        thread.join()
