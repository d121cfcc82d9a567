"""Put a trained report network into a zoo: exported, measured as exported, described. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import evaluate, manifest, preprocess, registry
from models.export import OPSET, export_report_network
from models.fit_texts import Texts
from models.inference import Network, open_network, probabilities
from models.manifest import Manifest
from models.nets import torch
from warehouse import runs

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


def publish(
    zoo: Path,
    net: torch.nn.Module,
    tokenizer: Tokenizer,
    described: dict[str, Any],
    test: Texts,
    choose: Callable[[Network], dict[str, float]],
    *,
    beside: Mapping[str, str] | None = None,
    threads: int,
) -> Manifest:
    """Write ``<name>/<version>`` with weights, manifest and card, in place of a folder that is there.

    Parameters
    ----------
    zoo : Path
    net : torch.nn.Module
        From token ids to probabilities and embedding.
    tokenizer : Tokenizer
    described : dict
        What the manifest says of name, version, findings, preprocessing, training data, training, licence.
    test : Texts
        Measured with the exported network.
    choose : callable
        From the exported network to a threshold for each finding.
    beside : mapping, optional
        Text of further files, by name.
    threads : int

    Raises
    ------
    CxrError
        The exported network does not compute what torch computes.
    """
    findings: list[str] = described["findings"]
    with registry.new_version(zoo, described["name"], described["version"]) as folder:
        weights = folder / manifest.WEIGHTS_FILE
        difference = export_report_network(net, tokenizer, findings, described["preprocessing"], weights)
        network = open_network(weights, threads=threads, provider="cpu")
        thresholds, scores = choose(network), score(network, test.texts)
        written = Manifest(
            **described,
            task=TASK,
            input="report",
            metrics={
                finding: evaluate.measure(*with_target(test.targets, scores, i), thresholds[finding])
                for i, finding in enumerate(findings)
            },
            metrics_in_words="Reports of the test split: of patients who are in no other.",
            thresholds=thresholds,
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
    return probabilities(
        network.run, preprocess.encode(network.tokenizer, texts), pad_id=getattr(network.preprocessing, "pad_id", 0)
    )


def with_target(
    targets: NDArray[np.float32], scores: NDArray[np.float32], i: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return targets and scores of one finding, of the items that have a target."""
    has_target = ~np.isnan(targets[:, i])
    return targets[has_target, i].astype(np.float64), scores[has_target, i].astype(np.float64)
