"""Fit an ensemble of compact networks over reports by cross-validation. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.network.inference import probabilities
from models.network.tokens import build_tokenizer, encode
from models.training.fit_tokens import Coded, fit_one, predict_logits
from models.training.nets import torch
from models.training.nets.device import deterministic
from models.training.nets.report_network import Ensemble, ReportNet
from models.training.report_recipes import TokenRecipe
from models.training.sets import Items
from warehouse.progress import Progress


@dataclass(frozen=True)
class FittedEnsemble:
    """An ensemble with its tokenizer.

    Attributes
    ----------
    net : Ensemble
    tokenizer : Tokenizer
    epochs : list of int
        Epoch that each member's weights are from, from 1.
    held_out : ndarray of float32, (n_items, n_findings)
        Probability of each training item by the member that was not trained on it.
    """

    net: Ensemble
    tokenizer: Tokenizer
    epochs: list[int]
    held_out: NDArray[np.float32]


def fit(
    items: Items,
    recipe: TokenRecipe,
    *,
    beside: Items | None = None,
    n_members: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> FittedEnsemble:
    """Fit an ensemble of `ReportNet` by cross-validation: each member leaves out a fold, which chooses its epoch.

    Members learn the auxiliary targets as well; the ensemble gives the findings alone.

    Parameters
    ----------
    items : Items
        Reports.
    recipe : TokenRecipe
    beside : Items, optional
        Parts of the same reports, by ``study_id``, with targets of their own; a member sees those of its reports.
    n_members : int
        And folds; at least 2.
    seed : int
    progress : callable, optional
    """
    tokenizer = build_tokenizer(items.texts)
    coded = _coded(tokenizer, items)
    further = None if beside is None else _coded(tokenizer, beside)
    fold = np.random.default_rng(seed).permutation(len(coded.tokens)) % n_members
    place = {study: i for i, study in enumerate(items.rows["study_id"].to_pylist())}
    origin = np.array([place[s] for s in beside.rows["study_id"].to_pylist()] if beside else [], dtype=np.int64)
    held_out = np.empty_like(items.targets)
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
                beside=further and further.take(np.flatnonzero(fold[origin] != i)),
                seed=seed * n_members + i,
                progress=partial(_tell, progress, i * recipe.epochs, n_members * recipe.epochs),
            )
            logits = predict_logits(net, coded.take(left_out).tokens)
            held_out[left_out] = 1 / (1 + np.exp(-logits[:, : held_out.shape[1]]))
            members.append(net)
            kept.append(epoch)
    return FittedEnsemble(Ensemble(members, len(items.findings)).eval(), tokenizer, kept, held_out)


def _tell(progress: Progress | None, before: int, total: int, epoch: int) -> None:
    if progress is not None:
        progress("train", before + epoch, total)


def _coded(tokenizer: Tokenizer, items: Items) -> Coded:
    learned = [items.targets] if items.auxiliary is None else [items.targets, items.auxiliary]
    return Coded(encode(tokenizer, items.texts), np.concatenate(learned, axis=1))


def predict(fitted: FittedEnsemble, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return probabilities (n_texts, n_findings) from torch."""
    with torch.no_grad():
        return probabilities(
            lambda tokens: fitted.net(torch.from_numpy(tokens))[0].numpy(), encode(fitted.tokenizer, texts)
        )
