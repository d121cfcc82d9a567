"""Fit networks over the tokens of reports: one loop for every network, the weights of the best epoch. Extra 'train'."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.network import tokens as preprocess
from models.network.inference import probabilities
from models.training.coded_reports import Reports
from models.training.nets import torch
from models.training.nets.device import autocast, deterministic, gradient_scaler
from models.training.nets.report import Ensemble, ReportNet
from warehouse.progress import Progress

N_MEMBERS = 3
_MAX_GRADIENT_NORM = 1.0
# Batches are cut from stretches of this many batches sorted by length: little padding, yet mixed anew each epoch.
_STRETCH = 8


@dataclass(frozen=True)
class Recipe:
    """How weights are moved.

    Attributes
    ----------
    epochs : int
        At most; fitting stops when ``epochs // 3`` epochs in a row, and at least two, brought nothing.
    batch_size : int
        Items.
    learning_rate, weight_decay : float
        Of AdamW; without decay it is Adam.
    schedule : {'one_cycle', 'constant'}
        One cycle warms up over the first 30% of the steps and then falls to nothing.
    word_dropout : float
        Share of tokens that each step hides.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.0
    schedule: Literal["one_cycle", "constant"] = "constant"
    word_dropout: float = 0.0


COMPACT = Recipe(
    epochs=12, batch_size=32, learning_rate=4e-3, weight_decay=0.05, schedule="one_cycle", word_dropout=0.05
)
"""For `ReportNet`, from random weights."""


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
    recipe: Recipe,
    *,
    beside: Coded | None = None,
    pad_id: int = preprocess.PAD_ID,
    unknown_id: int = preprocess.UNKNOWN_ID,
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
    recipe : Recipe
    beside : Coded, optional
        Further training items, of which each epoch draws as many as there are training items.
    pad_id, unknown_id : int
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
    for epoch, _ in enumerate(_epochs(net, training, beside, recipe, pad_id, unknown_id, device, seed), start=1):
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
    net: torch.nn.Module, tokens: Sequence[Sequence[int]], *, pad_id: int = preprocess.PAD_ID, device: str = "cpu"
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
    recipe: Recipe,
    pad_id: int,
    unknown_id: int,
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
            batch = torch.from_numpy(preprocess.pad(rows, length=max(map(len, rows)), pad_id=pad_id))
            is_hidden = (torch.rand(batch.shape) < recipe.word_dropout) & (batch != pad_id)
            wanted = torch.from_numpy(items.targets[chosen]).to(device)
            with autocast(device):
                logits, _ = net(batch.masked_fill(is_hidden, unknown_id).to(device))
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


@dataclass(frozen=True)
class Fitted:
    """An ensemble with its tokenizer.

    Attributes
    ----------
    net : Ensemble
    tokenizer : Tokenizer
    epochs : list of int
        Epoch that each member's weights are from, from 1.
    held_out : ndarray of float32, (n_reports, n_findings)
        Probability of each training report by the member that was not trained on it.
    """

    net: Ensemble
    tokenizer: Tokenizer
    epochs: list[int]
    held_out: NDArray[np.float32]


def fit(
    reports: Reports,
    sentences: Reports | None = None,
    *,
    recipe: Recipe = COMPACT,
    seed: int = 0,
    n_members: int = N_MEMBERS,
    progress: Progress | None = None,
) -> Fitted:
    """Fit an ensemble of `ReportNet` by cross-validation: each member leaves out a fold, which chooses its epoch.

    Members learn the auxiliary targets as well; the ensemble gives the findings alone.

    Parameters
    ----------
    reports : Reports
    sentences : Reports, optional
        `models.training.coded_sentences.read_sentences` of the same reports; a member sees those of its reports.
    recipe : Recipe
    seed : int
    n_members : int
        And folds; at least 2.
    progress : callable, optional
    """
    tokenizer = preprocess.build_tokenizer(reports.texts)
    coded = _coded(tokenizer, reports)
    beside = None if sentences is None else _coded(tokenizer, sentences)
    fold = np.random.default_rng(seed).permutation(len(coded.tokens)) % n_members
    place = {study: i for i, study in enumerate(reports.rows["study_id"].to_pylist())}
    origin = np.array([place[s] for s in sentences.rows["study_id"].to_pylist()] if sentences else [], dtype=np.int64)
    held_out = np.empty_like(reports.targets)
    members: list[ReportNet] = []
    kept: list[int] = []
    with deterministic("cpu"):
        for i in range(n_members):
            torch.manual_seed(seed * n_members + i)
            net = ReportNet(tokenizer.get_vocab_size(), coded.targets.shape[1])
            left_out = np.flatnonzero(fold == i)
            epoch = fit_one(
                net,
                coded.take(np.flatnonzero(fold != i)),
                coded.take(left_out),
                recipe,
                beside=beside and beside.take(np.flatnonzero(fold[origin] != i)),
                seed=seed * n_members + i,
                progress=partial(_tell, progress, i * recipe.epochs, n_members * recipe.epochs),
            )
            logits = predict_logits(net, coded.take(left_out).tokens)
            held_out[left_out] = 1 / (1 + np.exp(-logits[:, : held_out.shape[1]]))
            members.append(net)
            kept.append(epoch)
    return Fitted(Ensemble(members, len(reports.findings)).eval(), tokenizer, kept, held_out)


def _tell(progress: Progress | None, before: int, total: int, epoch: int) -> None:
    if progress is not None:
        progress("train", before + epoch, total)


def _coded(tokenizer: Tokenizer, reports: Reports) -> Coded:
    tokens = preprocess.encode(tokenizer, reports.texts)
    return Coded(tokens, np.concatenate([reports.targets, reports.auxiliary], axis=1))


def predict(fitted: Fitted, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return probabilities (n_texts, n_findings) from torch."""
    with torch.no_grad():
        return probabilities(
            lambda tokens: fitted.net(torch.from_numpy(tokens))[0].numpy(), preprocess.encode(fitted.tokenizer, texts)
        )
