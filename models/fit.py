"""The recipe of the report network: members from different seeds, each of its best epoch. Needs the extra 'train'."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import preprocess
from models.datasets import Reports
from models.inference import probabilities
from models.nets import torch
from models.nets.report import Ensemble, ReportNet

Progress = Callable[[str, int, int], object]

EPOCHS = 16
N_MEMBERS = 2

_BATCH_SIZE = 32
_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 0.05
_WORD_DROPOUT = 0.05
_MAX_GRADIENT_NORM = 1.0
_WARM_UP = 0.3
# Batches are cut from stretches of this many batches sorted by length: little padding, yet mixed anew each epoch.
_STRETCH = 8


@dataclass(frozen=True)
class Fitted:
    """A trained network with its tokenizer, and the epoch that each member's weights are from (from 1)."""

    net: Ensemble
    tokenizer: Tokenizer
    epochs: list[int]


def fit(
    training: Reports,
    validation: Reports,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    n_members: int = N_MEMBERS,
    progress: Progress | None = None,
) -> Fitted:
    """Train members from different seeds; each keeps the weights of its best epoch on validation.

    Members learn the auxiliary targets as well; the ensemble gives the findings alone.
    Stops a member early when ``epochs // 3`` epochs in a row brought nothing.
    """
    tokenizer = preprocess.build_tokenizer(training.texts)
    tokens, held_out = (preprocess.encode(tokenizer, part.texts) for part in (training, validation))
    wanted, held_out_wanted = (
        np.concatenate([part.targets, part.auxiliary], axis=1) for part in (training, validation)
    )
    members: list[ReportNet] = []
    kept: list[int] = []
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        for i in range(n_members):
            torch.manual_seed(seed * n_members + i)
            net = ReportNet(tokenizer.get_vocab_size(), wanted.shape[1])
            best = float("inf"), 0, net.state_dict()
            for epoch, _ in enumerate(_epochs(net, tokens, wanted, epochs, seed * n_members + i), start=1):
                loss = _held_out_loss(net, held_out, held_out_wanted)
                if loss < best[0]:
                    best = loss, epoch, copy.deepcopy(net.state_dict())
                if progress is not None:
                    progress("train", i * epochs + epoch, n_members * epochs)
                if epoch - best[1] > max(2, epochs // 3):
                    break
            net.load_state_dict(best[2])
            members.append(net)
            kept.append(best[1])
    finally:
        torch.use_deterministic_algorithms(was_deterministic)
    return Fitted(Ensemble(members, len(training.findings)).eval(), tokenizer, kept)


def predict(fitted: Fitted, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return probabilities (n_texts, n_findings) from torch."""
    with torch.no_grad():
        return probabilities(
            lambda tokens: fitted.net(torch.from_numpy(tokens)).numpy(), preprocess.encode(fitted.tokenizer, texts)
        )


def _epochs(
    net: ReportNet, tokens: list[list[int]], targets: NDArray[np.float32], epochs: int, seed: int
) -> Iterator[None]:
    """Train, yielding after every epoch."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    n_batches = len(_batches(tokens, rng))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _LEARNING_RATE, total_steps=epochs * n_batches, pct_start=_WARM_UP
    )
    for _ in range(epochs):
        net.train()
        for chosen in _batches(tokens, rng):
            rows = [tokens[i] for i in chosen]
            batch = torch.from_numpy(preprocess.pad(rows, length=max(map(len, rows))))
            is_dropped = (torch.rand(batch.shape) < _WORD_DROPOUT) & (batch != preprocess.PAD_ID)
            loss = _loss(net(batch.masked_fill(is_dropped, preprocess.UNKNOWN_ID)), targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), _MAX_GRADIENT_NORM)
            optimizer.step()
            schedule.step()
        net.eval()
        yield


def _batches(tokens: list[list[int]], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Return row numbers by batch, in random order; rows of a batch are of similar length."""
    order = rng.permutation(len(tokens))
    stretch = _BATCH_SIZE * _STRETCH
    batches = []
    for start in range(0, len(order), stretch):
        near = np.array(sorted(order[start : start + stretch], key=lambda i: len(tokens[i])))
        batches += [near[i : i + _BATCH_SIZE] for i in range(0, len(near), _BATCH_SIZE)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _loss(logits: torch.Tensor, targets: NDArray[np.float32]) -> torch.Tensor:
    """Return cross-entropy summed over the outputs that have a target, mean over reports."""
    wanted = torch.from_numpy(targets)
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted.nan_to_num(0.0), reduction="none")
    return (each * ~wanted.isnan()).sum(dim=1).mean()


def _held_out_loss(net: ReportNet, tokens: list[list[int]], targets: NDArray[np.float32]) -> float:
    with torch.no_grad():
        logits = probabilities(lambda batch: net(torch.from_numpy(batch)).numpy(), tokens)
    return float(_loss(torch.from_numpy(logits), targets))
