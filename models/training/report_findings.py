"""Train a report network on coded reports by a recipe, from the warehouse to the zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field

from models.network import report_text, tokens
from models.network.manifest import Described, ReportPreprocessing
from models.training import coded_reports, fit_ensemble
from models.training.coded_sentences import SENTENCES_IN_WORDS, read_sentences
from models.training.fit_tokens import TokenRecipe
from models.training.nets import torch
from models.training.nets.device import precision
from models.training.publish import TrainResult, result, training, training_data
from models.training.reports import publish_reports
from models.training.sets import read_study_list
from models.training.thresholds import choose_thresholds
from warehouse.config import Settings
from warehouse.errors import ConfigError
from warehouse.progress import Progress
from warehouse.splits import SPLIT_RULE

RECIPES = Path(__file__).with_name("recipes")

_CHOICE = (
    "Each member leaves out a fold of train and validation, which chooses its epoch; the probabilities of the left-out "
    "reports choose the thresholds, for the best F1 where {} or more are positive, else 0.5."
)


class EnsembleRecipe(BaseModel):
    """A network over coded reports, and all that decides how it is trained.

    Attributes
    ----------
    name, version : str
        Of the network.
    dataset : str
        Data set of the coded reports.
    licence_note, uncertain_policy : str
        For the manifest.
    n_members : int
        Networks of the ensemble, and folds.
    min_positive : int
        Positives that a threshold is fitted to at least.
    fitting : TokenRecipe
        Of each member.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    dataset: str
    licence_note: str
    uncertain_policy: str
    n_members: int = Field(ge=2)
    min_positive: int = Field(ge=1)
    fitting: TokenRecipe

    def changed(self, **values: Any) -> EnsembleRecipe:
        """Return the recipe with other values of ``fitting``; None changes nothing.

        Raises
        ------
        ConfigError
            A value is not greater than 0.
        """
        return self.model_copy(update={"fitting": self.fitting.changed(**values)})


def recipe_names() -> list[str]:
    """Return the names of the networks that have a recipe."""
    return sorted(path.stem for path in RECIPES.glob("*.yml"))


def read_recipe(name: str) -> EnsembleRecipe:
    """Return the recipe of a network.

    Raises
    ------
    ConfigError
        There is none.
    """
    if name not in recipe_names():
        raise ConfigError(f"no recipe for a network '{name}'", fix=f"Known: {', '.join(recipe_names())}")
    text = (RECIPES / f"{name}.yml").read_text(encoding="utf-8")
    return EnsembleRecipe(name=name, **yaml.safe_load(text))


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
    items = coded_reports.read_reports(con, None if studies is None else read_study_list(studies))
    parts = items.by_split()
    data = training_data(
        [recipe.dataset],
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
            "command": _command(recipe, studies, seed),
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


def _command(recipe: EnsembleRecipe, studies: Path | None, seed: int) -> str:
    """Return the command that trains this again: what is not the recipe's own is an option."""
    own, used = asdict(read_recipe(recipe.name).fitting), asdict(recipe.fitting)
    changes = [f" --{name.replace('_', '-')} {value}" for name, value in used.items() if value != own[name]]
    listed = f" --studies {studies.name}" if studies else ""
    return f"cxr train reports {recipe.name} --seed {seed}{listed}{''.join(changes)}"
