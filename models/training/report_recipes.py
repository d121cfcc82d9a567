"""Recipes of report networks: how weights are moved, and the files beside it that say so of the package's networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from warehouse.errors import ConfigError

RECIPES = Path(__file__).with_name("recipes")


@dataclass(frozen=True)
class TokenRecipe:
    """How the weights of a network over tokens are moved.

    Attributes
    ----------
    epochs : int
        At most; fitting stops when ``epochs // 3`` epochs in a row, and at least two, brought nothing.
    batch_size : int
        Items.
    learning_rate, weight_decay : float
        Of AdamW; without decay it is Adam.
    schedule : {'one_cycle', 'constant'}
        One cycle warms up over the first 30% of the steps and then falls to nothing.
    word_dropout : float
        Share of tokens that each step hides.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.0
    schedule: Literal["one_cycle", "constant"] = "constant"
    word_dropout: float = 0.0

    def changed(self, **values: Any) -> TokenRecipe:
        """Return the recipe with other values of these fields; None changes nothing.

        Raises
        ------
        ConfigError
            A value is not greater than 0.
        """
        given = {name: value for name, value in values.items() if value is not None}
        if any(value <= 0 for value in given.values()):
            raise ConfigError("batch size, epochs and learning rate must be greater than 0")
        return replace(self, **given)


class EnsembleRecipe(BaseModel):
    """A network over coded reports, and all that decides how it is trained.

    Attributes
    ----------
    name, version : str
        Of the network.
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
