"""The findings and the label schemes, read from the dbt seeds: the one list that every part uses."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.errors import ConfigError

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"


@dataclass(frozen=True)
class Finding:
    """A finding; a mention of it also counts for its parent and the parent's parent.

    Attributes
    ----------
    id : str
        Identifier used in every table, e.g. ``pleural_effusion``.
    name : str
        Display name, e.g. ``Pleural Effusion``.
    parent : str or None
        The wider finding it is a kind of.
    blocks_no_finding : bool
        Whether a present or uncertain mention contradicts "No Finding".
    definition : str
    """

    id: str
    name: str
    parent: str | None = None
    blocks_no_finding: bool = True
    definition: str = ""


def read_seed(name: str) -> list[dict[str, str]]:
    """Read a seed of the dbt project as rows of text."""
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def findings() -> dict[str, Finding]:
    """Return every finding by id, in the seed's order."""
    return {
        row["finding"]: Finding(
            row["finding"], row["name"], row["parent"] or None, row["blocks_no_finding"] == "true", row["definition"]
        )
        for row in read_seed("finding")
    }


def with_ancestors(finding: str, known: Mapping[str, Finding]) -> tuple[str, ...]:
    """Return the finding followed by its ancestors, nearest first."""
    chain = [finding]
    while parent := known[chain[-1]].parent:
        chain.append(parent)
    return tuple(chain)


@cache
def scheme(name: str) -> dict[str, str]:
    """Return finding id by label name, in the scheme's published order (``chexpert14``, ``chestxray14``).

    Raises
    ------
    ConfigError
        No such scheme.
    """
    rows = sorted(
        (row for row in read_seed("label_scheme") if row["scheme"] == name), key=lambda row: int(row["ordinal"])
    )
    if not rows:
        known = sorted({row["scheme"] for row in read_seed("label_scheme")})
        raise ConfigError(f"no label scheme '{name}'", where="label_scheme.csv", fix=f"Known: {', '.join(known)}")
    return {row["label"]: row["finding"] for row in rows}
