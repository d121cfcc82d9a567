"""Train a network on the warehouse and put it into the zoo. Needs the extra 'train'."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from models import datasets, evaluate, manifest, preprocess, registry
from models.datasets import Reports
from models.export import OPSET, export_report_network
from models.fit import EPOCHS, Fitted, Progress, fit
from models.inference import open_network, probabilities
from models.nets import torch
from warehouse import runs, sources
from warehouse.config import Settings
from warehouse.errors import ConfigError, WarehouseError

NAME, VERSION = "report_findings", "1.0.0"
_DATASET = "openi"
_LICENCE_NOTE = (
    "The weights are derived from these reports: they are for non-commercial use, and whoever passes them on should "
    "clear that with the licence."
)
_UNCERTAIN_POLICY = (
    "A finding that the labeler calls uncertain is no target for that report: neither trained on nor measured. What "
    "the coders did not code counts as not present."
)


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
        The warehouse lacks annotated reports or labels, or a split is empty.
    """
    if name != NAME:
        raise ConfigError(f"no recipe for a network '{name}'", fix=f"Known: {NAME}")
    if epochs is not None and epochs < 1:
        raise ConfigError("epochs must be at least 1")
    clock = time.perf_counter()
    reports = datasets.read_reports(con)
    parts = {split: reports.of_split(split) for split in datasets.SPLITS}
    if empty := [split for split, part in parts.items() if not part.rows.num_rows]:
        raise WarehouseError(f"too few coded reports: none in the split '{empty[0]}'", where="annotation.labeled_study")
    torch.set_num_threads(settings.threads)
    fitted = fit(parts["train"], parts["validation"], epochs=epochs or EPOCHS, seed=seed, progress=progress)
    folder = (output or registry.ZOO) / name / VERSION
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
        made = _write(Path(temporary) / VERSION, fitted, parts, seed, settings, datasets.label_run(con)[1])
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


def _write(
    folder: Path, fitted: Fitted, parts: dict[str, Reports], seed: int, settings: Settings, lexicon_sha: str
) -> Path:
    """Export, measure what was exported, write manifest and card."""
    folder.mkdir()
    findings = parts["train"].findings
    weights = folder / manifest.WEIGHTS_FILE
    preprocessing = manifest.ReportPreprocessing(
        text_policy=datasets.TEXT_POLICY,
        text_policy_in_words=datasets.TEXT_POLICY_IN_WORDS,
        vocabulary_size=fitted.tokenizer.get_vocab_size(),
        min_document_frequency=preprocess.MIN_DOCUMENT_FREQUENCY,
        max_tokens=preprocess.MAX_TOKENS,
    )
    difference = export_report_network(fitted.net, fitted.tokenizer, findings, preprocessing, weights)
    network = open_network(weights, threads=settings.threads)
    scores = {
        split: probabilities(network.run, preprocess.encode(network.tokenizer, parts[split].texts))
        for split in ("validation", "test")
    }
    thresholds, metrics = {}, {}
    for i, finding in enumerate(findings):
        targets, probability, _ = _scored(parts["validation"], scores["validation"], i)
        thresholds[finding] = evaluate.best_threshold(targets, probability)
        targets, probability, patients = _scored(parts["test"], scores["test"], i)
        metrics[finding] = evaluate.measure(targets, probability, thresholds[finding], patients)
    source = sources.get(_DATASET)
    manifest.write(
        manifest.Manifest(
            name=NAME,
            version=VERSION,
            task="Multi-label classification of findings",
            input="report",
            findings=list(findings),
            preprocessing=preprocessing,
            training_data=manifest.TrainingData(
                dataset=_DATASET,
                title=source.title,
                licence=source.licence,
                licence_note=_LICENCE_NOTE,
                citation=source.citation,
                split_rule=datasets.SPLIT_RULE,
                n_items={split: part.rows.num_rows for split, part in parts.items()},
                n_patients={split: pc.count_distinct(part.rows["patient_id"]).as_py() for split, part in parts.items()},
                targets=datasets.target_sources(),
                auxiliary_targets=datasets.AUXILIARY_IN_WORDS,
                lexicon_sha=lexicon_sha,
                uncertain_policy=_UNCERTAIN_POLICY,
            ),
            training=manifest.Training(
                architecture="ReportNet",
                n_parameters=sum(parameter.numel() for parameter in fitted.net.parameters()),
                initial_weights="random",
                seed=seed,
                device="cpu",
                recipe={},
                threads=settings.threads,
                n_members=len(fitted.epochs),
                epochs=fitted.epochs,
                torch_version=torch.__version__,
            ),
            metrics=metrics,
            metrics_in_words="Reports of the test split: of patients who are in no other.",
            thresholds=thresholds,
            licence="CC BY-NC-ND 4.0",
            weights_sha=runs.fingerprint(weights),
            opset=OPSET,
            max_difference_from_torch=difference,
            created=datetime.now(UTC),
            product_version=runs.product_version(),
        ),
        folder,
    )
    return folder


def _scored(
    part: Reports, scores: NDArray[np.float32], i: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Return targets, scores and patients of one finding, of the reports that have a target."""
    has_target = ~np.isnan(part.targets[:, i])
    patients = part.rows["patient_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    return (
        part.targets[has_target, i].astype(np.float64),
        scores[has_target, i].astype(np.float64),
        patients[has_target],
    )
