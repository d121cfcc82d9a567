"""Fit networks over the tokens of reports: one loop for every network, the weights of the best epoch. Extra 'train'."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.network.inference import probabilities
from models.network.tokens import PAD_ID, UNKNOWN_ID, pad
from models.training.nets import torch
from models.training.nets.device import autocast, gradient_scaler
from models.training.report_recipes import TokenRecipe

_MAX_GRADIENT_NORM = 1.0
# Batches are cut from stretches of this many batches sorted by length: little padding, yet mixed anew each epoch.
_STRETCH = 8


@dataclass(frozen=True)
class Coded:
    """Token ids with their targets: float32 (n_items, n_outputs), nan where there is none."""

    tokens: Sequence[Sequence[int]]
    targets: NDArray[np.float32]

    def take(self, places: NDArray[np.int64]) -> Coded:
        """Return the items at these places."""
        return Coded([self.tokens[i] for i in places], self.targets[places])


def fit_one(
    net: torch.nn.Module,
    training: Coded,
    validation: Coded,
    recipe: TokenRecipe,
    *,
    beside: Coded | None = None,
    pad_id: int = PAD_ID,
    device: str = "cpu",
    seed: int = 0,
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Fit a network in place and leave it with the weights of its best epoch on validation.

    The same seed, threads and torch version give the same weights on a CPU.

    Parameters
    ----------
    net : torch.nn.Module
        From token ids (batch, sequence) to logits (batch, n_outputs) and embedding.
    training, validation : Coded
    recipe : TokenRecipe
    beside : Coded, optional
        Further training items, of which each epoch draws as many as there are training items.
    pad_id : int
    device : str
        On a GPU the arithmetic is bf16, or fp16 with scaled gradients where it has no bf16.
    seed : int
        Of the order and of what is hidden; seed torch before making the network.
    progress : callable
        Called with each epoch's number, from 1.

    Returns
    -------
    int
        The epoch of the weights, from 1.
    """
    net.to(device)
    best = float("inf"), 0, net.state_dict()
    for epoch, _ in enumerate(_epochs(net, training, beside, recipe, pad_id, device, seed), start=1):
        logits = predict_logits(net, validation.tokens, pad_id=pad_id, device=device)
        loss = float(_loss(torch.from_numpy(logits), torch.from_numpy(validation.targets)))
        if loss < best[0]:
            best = loss, epoch, copy.deepcopy(net.state_dict())
        progress(epoch)
        if epoch - best[1] > max(2, recipe.epochs // 3):
            break
    net.load_state_dict(best[2])
    net.eval()
    return best[1]


def predict_logits(
    net: torch.nn.Module, tokens: Sequence[Sequence[int]], *, pad_id: int = PAD_ID, device: str = "cpu"
) -> NDArray[np.float32]:
    """Return logits (n_items, n_outputs)."""

    def run(batch: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.no_grad(), autocast(device):
            logits, _ = net(torch.from_numpy(batch).to(device))
        found: NDArray[np.float32] = logits.float().cpu().numpy()
        return found

    net.eval()
    return probabilities(run, tokens, pad_id=pad_id)


def _epochs(
    net: torch.nn.Module,
    training: Coded,
    beside: Coded | None,
    recipe: TokenRecipe,
    pad_id: int,
    device: str,
    seed: int,
) -> Iterator[None]:
    """Train, yielding after every epoch."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    scaler = gradient_scaler(device)
    items = training if beside is None else _joined(training, beside)
    schedule = None
    for _ in range(recipe.epochs):
        net.train()
        batches = _batches(items.tokens, _drawn(training, beside, rng), recipe.batch_size, rng)
        if schedule is None and recipe.schedule == "one_cycle":
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, recipe.learning_rate, total_steps=recipe.epochs * len(batches), pct_start=0.3
            )
        for chosen in batches:
            rows = [items.tokens[i] for i in chosen]
            batch = torch.from_numpy(pad(rows, length=max(map(len, rows)), pad_id=pad_id))
            is_hidden = (torch.rand(batch.shape) < recipe.word_dropout) & (batch != pad_id)
            wanted = torch.from_numpy(items.targets[chosen]).to(device)
            with autocast(device):
                logits, _ = net(batch.masked_fill(is_hidden, UNKNOWN_ID).to(device))
            loss = _loss(logits.float(), wanted)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(net.parameters(), _MAX_GRADIENT_NORM)
            scaler.step(optimizer)
            scaler.update()
            if schedule is not None:
                schedule.step()
        yield


def _joined(first: Coded, second: Coded) -> Coded:
    return Coded([*first.tokens, *second.tokens], np.concatenate([first.targets, second.targets]))


def _drawn(training: Coded, beside: Coded | None, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the places of an epoch's items, in random order; a text that is often beside is drawn like a rare one."""
    n = len(training.tokens)
    places = np.arange(n)
    if beside is not None and beside.tokens:
        keys = [tuple(row) for row in beside.tokens]
        counts = Counter(keys)
        chance = np.array([1 / counts[key] for key in keys])
        drawn = rng.choice(len(keys), size=min(n, len(keys)), replace=False, p=chance / chance.sum())
        places = np.concatenate([places, n + drawn])
    return rng.permutation(places)


def _batches(
    tokens: Sequence[Sequence[int]], order: NDArray[np.int64], size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return places by batch, in random order; items of a batch are of similar length."""
    batches = []
    for start in range(0, len(order), size * _STRETCH):
        near = np.array(sorted(order[start : start + size * _STRETCH], key=lambda i: len(tokens[i])))
        batches += [near[i : i + size] for i in range(0, len(near), size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy summed over the outputs that have a target, mean over items."""
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted.nan_to_num(0.0), reduction="none")
    return (each * ~wanted.isnan()).sum(dim=1).mean()
