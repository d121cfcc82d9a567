"""Train a report network on coded reports by a recipe, from the warehouse to the zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import duckdb

from models.network import tokens
from models.network.manifest import Described, ReportPreprocessing
from models.training import coded_reports, fit_ensemble
from models.training.coded_sentences import SENTENCES_IN_WORDS, read_sentences
from models.training.nets import torch
from models.training.nets.device import precision
from models.training.publish import TrainResult, result, training, training_data
from models.training.report_recipes import EnsembleRecipe, read_recipe
from models.training.reports import publish_reports
from models.training.study_list import read_study_list
from models.training.thresholds import choose_thresholds
from warehouse.config import Settings
from warehouse.progress import Progress
from warehouse.schema import report_text
from warehouse.splits import SPLIT_RULE

_CHOICE = (
    "Each member leaves out a fold of train and validation, which chooses its epoch; the probabilities of the left-out "
    "reports choose the thresholds, for the best F1 where {} or more are positive, else 0.5."
)


def train(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    recipe: EnsembleRecipe,
    *,
    studies: Path | None = None,
    output: Path | None = None,
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
    recipe : EnsembleRecipe
    studies : Path, optional
        CSV whose column ``study_id`` or ``uid`` lists the only studies to take.
    output : Path, optional
        Zoo to write ``<name>/<version>`` into; default the user's. A folder that is there is replaced.
    seed : int
    progress : callable, optional
        Called with a name for the step, steps done and steps in all.

    Raises
    ------
    SourceError
        The list of studies cannot be read.
    WarehouseError
        The warehouse lacks annotated reports or labels, or a split is empty.
    """
    clock = time.perf_counter()
    command = _command(recipe, studies, seed)
    items = coded_reports.read_reports(con, None if studies is None else read_study_list(studies))
    parts = items.by_split(
        fix="annotation.labeled_study has the reports that can be taken; --studies may list too few of them"
    )
    data = training_data(
        items.rows["dataset"].unique().to_pylist(),
        parts,
        licence_note=recipe.licence_note,
        split_rule=SPLIT_RULE,
        targets=coded_reports.target_sources(),
        auxiliary_targets=coded_reports.AUXILIARY_IN_WORDS,
        lexicon_sha=coded_reports.label_run(con)[1],
        uncertain_policy=recipe.uncertain_policy,
        selection=f"The reports listed in {studies.name}, no others." if studies else None,
    )
    described = Described(
        name=recipe.name,
        version=recipe.version,
        input="report",
        findings=list(items.findings),
        training_data=data,
        licence=data.licence,
    )
    torch.set_num_threads(settings.threads)
    seen = items.take(items.places("train", "validation"))
    sentences = read_sentences(con, seen)
    fitted = fit_ensemble.fit(
        seen, recipe.fitting, beside=sentences, n_members=recipe.n_members, seed=seed, progress=progress
    )
    thresholds = choose_thresholds(seen, fitted.held_out, min_positive=recipe.min_positive)
    preprocessing = ReportPreprocessing(
        text_policy=report_text.TEXT_POLICY,
        text_policy_in_words=report_text.TEXT_POLICY_IN_WORDS,
        vocabulary_size=fitted.tokenizer.get_vocab_size(),
        min_document_frequency=tokens.MIN_DOCUMENT_FREQUENCY,
        max_tokens=tokens.MAX_TOKENS,
    )
    trained = training(
        fitted.net,
        architecture="ReportNet",
        initial_weights="random",
        seed=seed,
        device="cpu",
        threads=settings.threads,
        epochs=fitted.epochs,
        recipe=asdict(recipe.fitting)
        | {
            "loss": "binary cross-entropy, masked",
            "precision": precision("cpu"),
            "items_beside": SENTENCES_IN_WORDS,
            "choice": _CHOICE.format(recipe.min_positive),
            "command": command,
        },
    )
    zoo = output or settings.zoo
    written = publish_reports(
        zoo,
        described,
        preprocessing,
        trained,
        fitted.net,
        fitted.tokenizer,
        parts["test"],
        lambda _: thresholds,
        threads=settings.threads,
    )
    return result(zoo, written, time.perf_counter() - clock)


_CHANGEABLE = ("epochs", "batch_size", "learning_rate")


def _command(recipe: EnsembleRecipe, studies: Path | None, seed: int) -> str:
    """Return the command that trains this again: what is not the recipe's own is an option."""
    own, used = asdict(read_recipe(recipe.name).fitting), asdict(recipe.fitting)
    changes = [f" --{name.replace('_', '-')} {used[name]}" for name in _CHANGEABLE if used[name] != own[name]]
    listed = f" --studies {studies.name}" if studies else ""
    return f"cxr train reports {recipe.name} --seed {seed}{listed}{''.join(changes)}"
