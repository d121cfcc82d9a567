"""Train a classifier of reports from a training set of the warehouse, into the zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import duckdb
from tokenizers import Tokenizer

from models.network import registry, tokens
from models.network.inference import Network, open_network, score
from models.network.manifest import Described, Manifest, ReportPreprocessing, Training
from models.training import coded_reports, set_card, sets
from models.training.fit_reports import COMPACT_BACKBONE, Choice, fit_texts
from models.training.nets import torch
from models.training.nets.device import precision
from models.training.onnx_export import export_report_network
from models.training.publish import TrainResult, publish, result, training, training_data
from models.training.sets import Items, TrainingSet
from models.training.thresholds import Quality, choose_thresholds, measure_items
from warehouse.config import Settings
from warehouse.progress import Progress

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
    progress: Progress | None = None,
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
    recipe = choice.recipe()
    items = sets.read(con, chosen)
    parts = items.by_split(fix="Split by patient: --split patient")
    data = training_data(
        chosen.datasets,
        parts,
        licence_note=_LICENCE_NOTE,
        split_rule=chosen.split_rule(),
        targets=dict.fromkeys(items.findings, chosen.labeler),
        lexicon_sha=coded_reports.label_run(con)[1] if chosen.labeler == coded_reports.LABELER else None,
        uncertain_policy=f"Labels became targets by the policy {chosen.policy}.",
        selection=f"The reports listed in {chosen.studies.name}, no others." if chosen.studies else None,
    )
    described = Described(
        name=name,
        version=VERSION,
        input="report",
        findings=list(items.findings),
        training_data=data,
        licence=data.licence,
    )
    torch.set_num_threads(settings.threads)
    fitted = fit_texts(parts["train"], parts["validation"], choice, progress=progress)
    preprocessing = ReportPreprocessing(
        text_policy=chosen.text,
        text_policy_in_words=f"Sections {chosen.text}, joined.",
        vocabulary_size=fitted.tokenizer.get_vocab_size(),
        min_document_frequency=tokens.MIN_DOCUMENT_FREQUENCY if choice.backbone == COMPACT_BACKBONE else None,
        max_tokens=fitted.max_tokens,
        pad_id=fitted.pad_id,
    )
    trained = training(
        fitted.net,
        architecture=fitted.architecture,
        initial_weights=fitted.initial_weights,
        seed=choice.seed,
        device=fitted.device,
        threads=settings.threads,
        epochs=[fitted.epoch],
        recipe=asdict(recipe)
        | {
            "loss": "binary cross-entropy, masked",
            "precision": precision("cpu" if fitted.device == "cpu" else "cuda"),
            "choice": "Epoch by the loss on validation, thresholds for the best F1 there.",
            "command": _command(name, chosen, choice),
        },
    )
    zoo = output or settings.zoo

    def choose(network: Network) -> dict[str, float]:
        return choose_thresholds(parts["validation"], score(network, parts["validation"].texts))

    written = publish_reports(
        zoo,
        described,
        preprocessing,
        trained,
        fitted.net,
        fitted.tokenizer,
        parts["test"],
        choose,
        beside={set_card.CARD_FILE: set_card.card(items, chosen)},
        threads=settings.threads,
    )
    return result(zoo, written, time.perf_counter() - clock)


def publish_reports(
    zoo: Path,
    described: Described,
    preprocessing: ReportPreprocessing,
    trained: Training,
    net: torch.nn.Module,
    tokenizer: Tokenizer,
    test: Items,
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
    test : Items
        What it is measured on.
    choose : callable
        From the exported network to a threshold for each finding.
    threads : int
    zoo, described, preprocessing, trained, beside
        As of `models.training.publish.publish`.
    """

    def export(weights: Path) -> float:
        return export_report_network(net, tokenizer, described.findings, preprocessing, weights)

    def measure(weights: Path) -> Quality:
        network = open_network(weights, threads=threads, provider="cpu")
        thresholds = choose(network)
        metrics = measure_items(test, score(network, test.texts), thresholds)
        return Quality(metrics, "Reports of the test split: of patients who are in no other.", thresholds)

    return publish(zoo, described, preprocessing, trained, export=export, measure=measure, beside=beside)


def _command(name: str, chosen: TrainingSet, choice: Choice) -> str:
    recipe, place = choice.recipe(), Path(choice.backbone)
    backbone = place.name if place.is_dir() else choice.backbone
    head = "" if choice.backbone == COMPACT_BACKBONE else f" --head {choice.head}"
    datasets = " ".join(f"--dataset {dataset}" for dataset in chosen.datasets)
    listed = f" --studies {chosen.studies.name}" if chosen.studies else ""
    return (
        f"cxr train reports {name} --backbone {backbone}{head} {datasets} "
        f"--labeler {chosen.labeler} --policy {chosen.policy} --text {chosen.text} --split {chosen.split}{listed} "
        f"--max-length {choice.max_tokens} --batch-size {recipe.batch_size} --learning-rate {recipe.learning_rate} "
        f"--epochs {recipe.epochs} --seed {choice.seed}"
    )
