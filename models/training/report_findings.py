"""The recipe of the report network in the package's zoo, from the warehouse to the zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import numpy as np

from models.evaluation import measures
from models.network import manifest, report_text, tokens
from models.training import coded_reports
from models.training.coded_sentences import SENTENCES_IN_WORDS, read_sentences
from models.training.fit_reports import Texts
from models.training.fit_tokens import COMPACT, fit
from models.training.nets import torch
from models.training.nets.device import precision
from models.training.publish import TrainResult, publish_reports, result, training, training_data, with_target
from models.training.sets import read_study_list
from warehouse.config import Settings
from warehouse.errors import ConfigError, WarehouseError
from warehouse.progress import Progress
from warehouse.splits import SPLIT_RULE, SPLITS

NAME, VERSION = "report_findings", "1.1.0"
MIN_POSITIVE = 5
"""Positives that a threshold is fitted to at least: over all folds they count for more than in one small split."""

_DATASET = "openi"
_LICENCE_NOTE = (
    "The weights are derived from these reports: they are for non-commercial use, and whoever passes them on should "
    "clear that with the licence."
)
_UNCERTAIN_POLICY = (
    "A finding that the labeler calls uncertain is no target for that report: neither trained on nor measured. What "
    "the coders did not code counts as not present."
)
_CHOICE = (
    "Each member leaves out a fold of train and validation, which chooses its epoch; the probabilities of the left-out "
    f"reports choose the thresholds, for the best F1 where {MIN_POSITIVE} or more are positive, else 0.5."
)


def train(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    name: str = NAME,
    *,
    studies: Path | None = None,
    output: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainResult:
    """Train a report network on the training and validation splits, measure it on test, export it into the zoo.

    The same warehouse, seed, number of threads and torch version give the same weights.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse with Open-I loaded and labeled; read only.
    settings : Settings
        ``threads`` is the number of torch's threads.
    name : str
        Network; ``report_findings``.
    studies : Path, optional
        CSV whose column ``study_id`` or ``uid`` lists the only studies to take.
    output : Path, optional
        Zoo to write ``<name>/<version>`` into; default the user's. A folder that is there is replaced.
    epochs : int, optional
        Upper limit of epochs.
    seed : int
    progress : callable, optional
        Called with a name for the step, steps done and steps in all.

    Raises
    ------
    ConfigError
        No such network, or no epochs.
    SourceError
        The list of studies cannot be read.
    WarehouseError
        The warehouse lacks annotated reports or labels, or a split is empty.
    """
    if name != NAME:
        raise ConfigError(f"no recipe for a network '{name}'", fix=f"Known: {NAME}")
    if epochs is not None and epochs < 1:
        raise ConfigError("epochs must be at least 1")
    clock = time.perf_counter()
    reports = coded_reports.read_reports(con, None if studies is None else read_study_list(studies))
    parts = {split: reports.of_split(split) for split in SPLITS}
    if empty := [split for split, part in parts.items() if not part.rows.num_rows]:
        raise WarehouseError(f"too few coded reports: none in the split '{empty[0]}'", where="annotation.labeled_study")
    torch.set_num_threads(settings.threads)
    recipe = replace(COMPACT, epochs=epochs or COMPACT.epochs)
    is_seen = np.array([split != "test" for split in reports.rows["split"].to_pylist()])
    seen = reports.take(np.flatnonzero(is_seen))
    fitted = fit(seen, read_sentences(con, seen), recipe=recipe, seed=seed, progress=progress)
    thresholds = {
        finding: measures.best_threshold(*with_target(seen.targets, fitted.held_out, i), min_positive=MIN_POSITIVE)
        for i, finding in enumerate(reports.findings)
    }
    listed = (f" --studies {studies.name}" if studies else "") + (f" --epochs {epochs}" if epochs else "")
    data = training_data(
        [_DATASET],
        parts,
        licence_note=_LICENCE_NOTE,
        split_rule=SPLIT_RULE,
        targets=coded_reports.target_sources(),
        auxiliary_targets=coded_reports.AUXILIARY_IN_WORDS,
        lexicon_sha=coded_reports.label_run(con)[1],
        uncertain_policy=_UNCERTAIN_POLICY,
        selection=f"The reports listed in {studies.name}, no others." if studies else None,
    )
    described = {
        "name": name,
        "version": VERSION,
        "findings": list(reports.findings),
        "licence": data.licence,
        "preprocessing": manifest.ReportPreprocessing(
            text_policy=report_text.TEXT_POLICY,
            text_policy_in_words=report_text.TEXT_POLICY_IN_WORDS,
            vocabulary_size=fitted.tokenizer.get_vocab_size(),
            min_document_frequency=tokens.MIN_DOCUMENT_FREQUENCY,
            max_tokens=tokens.MAX_TOKENS,
        ),
        "training_data": data,
        "training": training(
            fitted.net,
            settings.threads,
            architecture="ReportNet",
            initial_weights="random",
            seed=seed,
            device="cpu",
            n_members=len(fitted.epochs),
            epochs=fitted.epochs,
            recipe=asdict(recipe)
            | {
                "loss": "binary cross-entropy, masked",
                "precision": precision("cpu"),
                "items_beside": SENTENCES_IN_WORDS,
                "choice": _CHOICE,
                "command": f"cxr train reports {name} --seed {seed}{listed}",
            },
        ),
    }
    test = Texts(parts["test"].texts, parts["test"].targets)
    zoo = output or settings.zoo
    written = publish_reports(
        zoo, fitted.net, fitted.tokenizer, described, test, lambda _: thresholds, threads=settings.threads
    )
    return result(zoo, written, time.perf_counter() - clock)
