"""Epochs of training an image network: batches made ahead, augmentation, masked loss. Needs the extra 'train'."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.augment import augment
from models.training.image_examples import Examples, Places
from models.training.image_recipe import MAX_GRADIENT_NORM, WARM_UP, ImageRecipe
from models.training.nets import torch
from models.training.nets.device import autocast, deterministic, gradient_scaler
from models.training.nets.image_network import ImageNetwork, hold_statistics

_BATCHES_AHEAD = 4


def train_epochs(
    network: ImageNetwork,
    recipe: ImageRecipe,
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


def class_weights(recipe: ImageRecipe, targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weight of positives, of each output."""
    if recipe.class_weights == "none":
        return np.ones(targets.shape[1], np.float32)
    positive, negative = np.nansum(targets == 1, axis=0), np.nansum(targets == 0, axis=0)
    return np.sqrt(negative / np.maximum(positive, 1)).clip(1, recipe.max_class_weight).astype(np.float32)


def _batches(
    recipe: ImageRecipe, examples: Examples, places: Places, columns: list[int], rng: np.random.Generator
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
