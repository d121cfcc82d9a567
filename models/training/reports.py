"""Train a classifier of reports from a training set of the warehouse, into the zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from models.evaluation import measures
from models.network import manifest, registry, splits, tokens
from models.network.inference import Network
from models.training import coded_reports
from models.training import sets as training_sets
from models.training.fit_reports import COMPACT_BACKBONE, Choice, Texts, fit_texts
from models.training.nets import torch
from models.training.nets.device import precision
from models.training.publish import TrainResult, publish_reports, result, score, training, training_data, with_target
from models.training.sets import Items, TrainingSet
from warehouse.config import Settings
from warehouse.errors import WarehouseError

VERSION = "1.0.0"
_LICENCE_NOTE = "The weights are derived from these reports: clear with the licence before passing them on."


def train_texts(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    name: str,
    chosen: TrainingSet,
    choice: Choice,
    *,
    output: Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> TrainResult:
    """Train on the training split, choose epoch and thresholds on validation, measure on test, export into the zoo.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse that `cxr build` has built; read only.
    settings : Settings
        ``threads`` is the number of torch's threads.
    name : str
        Of the network: lower-case letters, digits and underscores.
    chosen : TrainingSet
        Of one data set.
    choice : Choice
    output : Path, optional
        Zoo to write ``<name>/1.0.0`` into; default the user's. A folder that is there is replaced.
    progress : callable, optional

    Raises
    ------
    ConfigError
        The name, the backbone, or a number will not do.
    WarehouseError
        The training set is empty, or one of its splits.
    """
    clock = time.perf_counter()
    registry.check_name(name)
    torch.set_num_threads(settings.threads)
    items = training_sets.read(con, chosen)
    parts = split_texts(items)
    fitted = fit_texts(parts["train"], parts["validation"], choice, progress=progress)
    data = training_data(
        chosen.datasets,
        {split: items.of_split(split) for split in parts},
        licence_note=_LICENCE_NOTE,
        split_rule=chosen.split_rule(),
        targets=dict.fromkeys(items.findings, chosen.labeler),
        lexicon_sha=coded_reports.label_run(con)[1] if chosen.labeler == coded_reports.LABELER else None,
        uncertain_policy=f"Labels became targets by the policy {chosen.policy}.",
        selection=f"The reports listed in {chosen.studies.name}, no others." if chosen.studies else None,
    )
    described = {
        "name": name,
        "version": VERSION,
        "findings": list(items.findings),
        "licence": data.licence,
        "preprocessing": manifest.ReportPreprocessing(
            text_policy=chosen.text,
            text_policy_in_words=f"Sections {chosen.text}, joined.",
            vocabulary_size=fitted.tokenizer.get_vocab_size(),
            min_document_frequency=tokens.MIN_DOCUMENT_FREQUENCY if choice.backbone == COMPACT_BACKBONE else None,
            max_tokens=fitted.max_tokens,
            pad_id=fitted.pad_id,
        ),
        "training_data": data,
        "training": training(
            fitted.net,
            settings.threads,
            architecture=fitted.architecture,
            initial_weights=fitted.initial_weights,
            seed=choice.seed,
            device=fitted.device,
            n_members=1,
            epochs=[fitted.epoch],
            recipe=asdict(choice.recipe())
            | {
                "loss": "binary cross-entropy, masked",
                "precision": precision("cpu" if fitted.device == "cpu" else "cuda"),
                "choice": "Epoch by the loss on validation, thresholds for the best F1 there.",
                "command": _command(name, chosen, choice),
            },
        ),
    }
    zoo = output or settings.zoo

    def choose(network: Network) -> dict[str, float]:
        return thresholds(parts["validation"], score(network, parts["validation"].texts), items.findings)

    written = publish_reports(
        zoo,
        fitted.net,
        fitted.tokenizer,
        described,
        parts["test"],
        choose,
        beside={training_sets.CARD_FILE: training_sets.card(items, chosen)},
        threads=settings.threads,
    )
    return result(zoo, written, time.perf_counter() - clock)


def split_texts(items: Items) -> dict[str, Texts]:
    """Return texts and targets of each split.

    Raises
    ------
    WarehouseError
        One is empty.
    """
    parts = {split: items.of_split(split) for split in splits.SPLITS}
    if empty := [split for split, part in parts.items() if not part.rows.num_rows]:
        raise WarehouseError(
            f"no report of the training set is in the split '{empty[0]}'",
            where="marts.training_label",
            fix="--split patient splits any data set",
        )
    return {
        split: Texts(
            part.rows["text"].to_pylist(),
            part.targets,
            np.unique(part.rows["patient_id"].to_pylist(), return_inverse=True)[1],
        )
        for split, part in parts.items()
    }


def thresholds(part: Texts, scores: NDArray[np.float32], findings: Sequence[str]) -> dict[str, float]:
    """Return for each finding the threshold of the best F1."""
    return {
        finding: measures.best_threshold(*with_target(part.targets, scores, i)) for i, finding in enumerate(findings)
    }


def _command(name: str, chosen: TrainingSet, choice: Choice) -> str:
    recipe, place = choice.recipe(), Path(choice.backbone)
    backbone = place.name if place.is_dir() else choice.backbone
    head = "" if choice.backbone == COMPACT_BACKBONE else f" --head {choice.head}"
    listed = f" --studies {chosen.studies.name}" if chosen.studies else ""
    return (
        f"cxr train reports {name} --backbone {backbone}{head} --dataset {' --dataset '.join(chosen.datasets)} "
        f"--labeler {chosen.labeler} --policy {chosen.policy} --text {chosen.text} --split {chosen.split}{listed} "
        f"--max-length {choice.max_tokens} --batch-size {recipe.batch_size} --learning-rate {recipe.learning_rate} "
        f"--epochs {recipe.epochs} --seed {choice.seed}"
    )
