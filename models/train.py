"""Train a network on the warehouse and put it into the zoo. Needs the extra 'train'."""

from __future__ import annotations

import copy
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import datasets, evaluate, manifest, preprocess, registry
from models.datasets import Reports
from models.export import OPSET, export_report_network
from models.inference import open_network, probabilities
from models.nets import torch
from models.nets.report import Ensemble, ReportNet
from warehouse import runs
from warehouse.config import Settings
from warehouse.errors import ConfigError

Progress = Callable[[str, int, int], object]

NAME, VERSION = "report_findings", "1.0.0"
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

_SOURCE = {
    "dataset": "openi",
    "title": "Indiana University chest X-ray collection (Open-I), 3,955 reports",
    "licence": "CC BY-NC-ND 4.0",
    "licence_note": "The weights are derived from these reports: they are for non-commercial use, and whoever passes "
    "them on should clear that with the licence.",
    "citation": "Demner-Fushman et al., Preparing a collection of radiology examinations for distribution and "
    "retrieval, J Am Med Inform Assoc 2016;23(2):304-310.",
    "uncertain_policy": "A finding that the labeler calls uncertain is no target for that report: neither trained on "
    "nor measured. What the coders did not code counts as not present.",
}


@dataclass(frozen=True)
class TrainResult:
    """What a training made."""

    name: str
    version: str
    folder: Path
    n_train: int
    n_validation: int
    n_test: int
    mean_auroc: float
    """Mean over the findings with a positive test report."""
    megabytes: float
    seconds: float


@dataclass(frozen=True)
class Fitted:
    """A trained network with its tokenizer, and the epoch that each member's weights are from (from 1)."""

    net: Ensemble
    tokenizer: Tokenizer
    epochs: list[int]


def train(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    name: str = NAME,
    *,
    output: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainResult:
    """Train a report network on the training split, choose on validation, measure on test, export into the zoo.

    The same warehouse, seed, number of threads and torch version give the same weights.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse with Open-I loaded and labeled; read only.
    settings : Settings
        ``threads`` is the number of torch's threads.
    name : str
        Network; ``report_findings``.
    output : Path, optional
        Zoo to write ``<name>/<version>`` into; default the package's own. A folder that is there is replaced.
    epochs : int, optional
        Upper limit of epochs.
    seed : int
    progress : callable, optional
        Called with a name for the step, steps done and steps in all.

    Raises
    ------
    ConfigError
        No such network, or no epochs.
    WarehouseError
        The warehouse lacks reports, annotations or labels.
    """
    if name != NAME:
        raise ConfigError(f"no recipe for a network '{name}'", fix=f"Known: {NAME}")
    if epochs is not None and epochs < 1:
        raise ConfigError("epochs must be at least 1")
    clock = time.perf_counter()
    reports = datasets.read_reports(con)
    parts = {split: reports.of_split(split) for split in datasets.SPLITS}
    torch.set_num_threads(settings.threads)
    fitted = fit(parts["train"], parts["validation"], epochs=epochs or EPOCHS, seed=seed, progress=progress)
    folder = (output or registry.ZOO) / name / VERSION
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
        made = _write(Path(temporary) / VERSION, fitted, parts, seed, settings)
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
    written = manifest.read(folder)
    known = [metrics.auroc for metrics in written.metrics.values() if metrics.auroc is not None]
    return TrainResult(
        name=name,
        version=VERSION,
        folder=folder,
        n_train=parts["train"].rows.num_rows,
        n_validation=parts["validation"].rows.num_rows,
        n_test=parts["test"].rows.num_rows,
        mean_auroc=float(np.mean(known)) if known else float("nan"),
        megabytes=(folder / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
        seconds=time.perf_counter() - clock,
    )


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

    Stops a member early when ``epochs // 3`` epochs in a row brought nothing.
    """
    tokenizer = preprocess.build_tokenizer(training.texts)
    tokens, held_out = (preprocess.encode(tokenizer, part.texts) for part in (training, validation))
    members: list[ReportNet] = []
    kept: list[int] = []
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        for i in range(n_members):
            torch.manual_seed(seed * n_members + i)
            net = ReportNet(tokenizer.get_vocab_size(), len(training.findings))
            best = float("inf"), 0, net.state_dict()
            for epoch, _ in enumerate(_epochs(net, tokens, training.targets, epochs, seed * n_members + i), start=1):
                loss = _held_out_loss(net, held_out, validation.targets)
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
    return Fitted(Ensemble(members).eval(), tokenizer, kept)


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
    """Return cross-entropy summed over the findings that have a target, mean over reports."""
    wanted = torch.from_numpy(targets)
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted.nan_to_num(0.0), reduction="none")
    return (each * ~wanted.isnan()).sum(dim=1).mean()


def _held_out_loss(net: ReportNet, tokens: list[list[int]], targets: NDArray[np.float32]) -> float:
    with torch.no_grad():
        logits = probabilities(lambda batch: net(torch.from_numpy(batch)).numpy(), tokens)
    return float(_loss(torch.from_numpy(logits), targets))


def _write(folder: Path, fitted: Fitted, parts: dict[str, Reports], seed: int, settings: Settings) -> Path:
    """Export, measure what was exported, write manifest and card."""
    folder.mkdir()
    findings = parts["train"].findings
    weights = folder / manifest.WEIGHTS_FILE
    difference = export_report_network(fitted.net, fitted.tokenizer, findings, weights)
    network = open_network(weights, threads=settings.threads)
    scores = {
        split: probabilities(network.run, preprocess.encode(network.tokenizer, parts[split].texts))
        for split in ("validation", "test")
    }
    thresholds, metrics = {}, {}
    for i, finding in enumerate(findings):
        thresholds[finding] = evaluate.best_threshold(*_scored(parts["validation"], scores["validation"], i))
        metrics[finding] = _measure(*_scored(parts["test"], scores["test"], i), thresholds[finding])
    manifest.write(
        manifest.Manifest(
            name=NAME,
            version=VERSION,
            task="Multi-label classification of findings",
            input="report",
            findings=list(findings),
            preprocessing=manifest.Preprocessing(
                text_policy=datasets.TEXT_POLICY,
                text_policy_in_words=datasets.TEXT_POLICY_IN_WORDS,
                vocabulary_size=fitted.tokenizer.get_vocab_size(),
                min_document_frequency=preprocess.MIN_DOCUMENT_FREQUENCY,
                max_tokens=preprocess.MAX_TOKENS,
            ),
            training_data=manifest.TrainingData(
                **_SOURCE,
                split_rule=datasets.SPLIT_RULE,
                n_reports={split: part.rows.num_rows for split, part in parts.items()},
                n_patients={split: pc.count_distinct(part.rows["patient_id"]).as_py() for split, part in parts.items()},
                targets=datasets.target_sources(),
            ),
            training=manifest.Training(
                seed=seed, n_members=len(fitted.epochs), epochs=fitted.epochs, torch_version=torch.__version__
            ),
            metrics=metrics,
            thresholds=thresholds,
            weights_sha=runs.fingerprint(weights),
            opset=OPSET,
            max_difference_from_torch=difference,
            created=datetime.now(UTC),
            product_version=runs.product_version(),
        ),
        folder,
    )
    return folder


def _scored(part: Reports, scores: NDArray[np.float32], i: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return targets and scores of one finding, of the reports that have a target."""
    has_target = ~np.isnan(part.targets[:, i])
    return part.targets[has_target, i].astype(np.float64), scores[has_target, i].astype(np.float64)


def _measure(targets: NDArray[np.float64], scores: NDArray[np.float64], threshold: float) -> manifest.FindingMetrics:
    interval = evaluate.auroc_interval(targets, scores)
    return manifest.FindingMetrics(
        n_reports=len(targets),
        n_positive=int(targets.sum()),
        auroc=interval and interval.value,
        auroc_low=interval and interval.low,
        auroc_high=interval and interval.high,
        auprc=evaluate.auprc(targets, scores),
        f1=evaluate.f1(targets, scores >= threshold),
    )
