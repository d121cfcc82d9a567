"""Invented releases in their published layout, a module a data set, found by themselves.

Each has ``tree``, which writes the release into a folder. Beside it may stand ``LANDED`` and ``MARTS``: queries with
the rows that they must give once the release is loaded, or the marts are built.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any

RELEASES: dict[str, ModuleType] = {
    name.replace("_", "-"): import_module(f"{__name__}.{name}")
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "files"
}
"""By the name of the source."""


def expected(kind: str) -> list[tuple[str, str, list[tuple[Any, ...]]]]:
    """Return data set, query and rows of what the releases declare under ``LANDED`` or ``MARTS``."""
    return [
        (name, query, rows) for name, release in RELEASES.items() for query, rows in getattr(release, kind, {}).items()
    ]
