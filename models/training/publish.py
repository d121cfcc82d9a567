"""Put a network into a zoo: exported, measured as exported, described. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.evaluation import measures
from models.network import manifest, registry, tokens
from models.network.inference import Network, open_network, probabilities
from models.network.manifest import FindingMetrics, Manifest, Training, TrainingData
from models.training.coded_reports import Reports
from models.training.export import OPSET, export_report_network
from models.training.fit_reports import Texts
from models.training.nets import torch
from models.training.sets import Items
from warehouse import runs, sources

TASK = "Multi-label classification of findings"


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
class Quality:
    """What a network can do, where that was measured, and the thresholds that came of it."""

    metrics: dict[str, FindingMetrics]
    metrics_in_words: str
    thresholds: dict[str, float]


def publish(
    zoo: Path,
    described: Mapping[str, Any],
    export: Callable[[Path], float],
    measure: Callable[[Path], Quality],
    *,
    beside: Mapping[str, str] | None = None,
) -> Manifest:
    """Write ``<name>/<version>`` with weights, manifest and card, in place of a folder that is there.

    Parameters
    ----------
    zoo : Path
    described : mapping
        What the manifest says of name, version, input, findings, preprocessing, training data, training, licence.
    export : callable
        Writes the weights, and returns the largest difference of a probability from torch.
    measure : callable
        From the exported weights to their quality.
    beside : mapping, optional
        Text of further files, by name.

    Raises
    ------
    CxrError
        The exported network does not compute what torch computes.
    """
    with registry.new_version(zoo, described["name"], described["version"]) as folder:
        weights = folder / manifest.WEIGHTS_FILE
        difference, quality = export(weights), measure(weights)
        written = Manifest(
            **described,
            task=TASK,
            metrics=quality.metrics,
            metrics_in_words=quality.metrics_in_words,
            thresholds=quality.thresholds,
            weights_sha=runs.fingerprint(weights),
            opset=OPSET,
            max_difference_from_torch=difference,
            created=datetime.now(UTC),
            product_version=runs.product_version(),
        )
        manifest.write(written, folder)
        for name, text in (beside or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
    return written


def publish_reports(
    zoo: Path,
    net: torch.nn.Module,
    tokenizer: Tokenizer,
    described: Mapping[str, Any],
    test: Texts,
    choose: Callable[[Network], dict[str, float]],
    *,
    beside: Mapping[str, str] | None = None,
    threads: int,
) -> Manifest:
    """Publish a report network, measured as exported.

    Parameters
    ----------
    net : torch.nn.Module
        From token ids to probabilities and embedding.
    tokenizer : Tokenizer
    test : Texts
        What it is measured on.
    choose : callable
        From the exported network to a threshold for each finding.
    threads : int
    zoo, described, beside
        As of `publish`.
    """
    findings: list[str] = described["findings"]

    def export(weights: Path) -> float:
        return export_report_network(net, tokenizer, findings, described["preprocessing"], weights)

    def measure(weights: Path) -> Quality:
        network = open_network(weights, threads=threads, provider="cpu")
        thresholds, scores = choose(network), score(network, test.texts)
        metrics = {
            finding: measures.measure(
                *with_target(test.targets, scores, i),
                thresholds[finding],
                None if test.patients is None else test.patients[~np.isnan(test.targets[:, i])],
            )
            for i, finding in enumerate(findings)
        }
        return Quality(metrics, "Reports of the test split: of patients who are in no other.", thresholds)

    return publish(zoo, {"input": "report"} | dict(described), export, measure, beside=beside)


def training_data(datasets: Sequence[str], parts: Mapping[str, Reports | Items], **rest: Any) -> TrainingData:
    """Return the part of a manifest on data: what is known of the data sets, the sizes of the parts, and the rest."""
    described = [source(dataset) for dataset in datasets]
    return TrainingData(
        dataset=", ".join(datasets),
        title="; ".join(str(each.title) for each in described),
        licence="; ".join(str(each.licence) for each in described),
        citation="; ".join(str(each.citation) for each in described),
        n_items={name: part.rows.num_rows for name, part in parts.items()},
        n_patients={name: part.n_patients for name, part in parts.items()},
        **rest,
    )


def training(net: torch.nn.Module, threads: int, **rest: Any) -> Training:
    """Return the part of a manifest on the training: what the network itself tells, and the rest."""
    n_parameters = sum(parameter.numel() for parameter in net.parameters())
    return Training(n_parameters=n_parameters, threads=threads, torch_version=torch.__version__, **rest)


def source(dataset: str) -> Any:
    """Return the description of a data set, under its name in tables or on the command line."""
    return sources.get(dataset.replace("_", "-"))


def result(zoo: Path, written: Manifest, seconds: float) -> TrainResult:
    """Return what there is to say of a network that was just published."""
    folder = zoo / written.name / written.version
    known = [metrics.auroc for metrics in written.metrics.values() if metrics.auroc is not None]
    sizes = written.training_data.n_items if written.training_data else {}
    return TrainResult(
        name=written.name,
        version=written.version,
        folder=folder,
        **{f"n_{split}": n for split, n in sizes.items()},
        mean_auroc=float(np.mean(known)) if known else float("nan"),
        megabytes=(folder / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
        seconds=seconds,
    )


def score(network: Network, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return probabilities (n_texts, n_findings)."""
    return probabilities(network.run, tokens.encode(network.tokenizer, texts), pad_id=network.pad_id)


def with_target(
    targets: NDArray[np.float32], scores: NDArray[np.float32], i: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return targets and scores of one finding, of the items that have a target."""
    has_target = ~np.isnan(targets[:, i])
    return targets[has_target, i].astype(np.float64), scores[has_target, i].astype(np.float64)
