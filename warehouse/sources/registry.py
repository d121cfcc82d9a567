"""Every data set, found by itself: a module of this package that declares a ``SOURCE``."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

import warehouse.sources
from warehouse.errors import ConfigError
from warehouse.names import dataset_of
from warehouse.sources.base import Source


@cache
def all_sources() -> dict[str, Source]:
    """Return every source by its name on the command line, in the order of the names."""
    modules = [import_module(f"{warehouse.sources.__name__}.{name}") for name in _modules()]
    sources: list[Source] = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {source.name: source for source in sorted(sources, key=lambda source: source.name)}


def _modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(warehouse.sources.__path__)]


def get(name: str) -> Source:
    """Return a source, given either spelling of its name.

    Raises
    ------
    ConfigError
        No such source.
    """
    by_dataset = {source.dataset: source for source in all_sources().values()}
    found = by_dataset.get(dataset_of(name))
    if found is None:
        raise ConfigError(f"no source '{name}'", fix=f"Known: {', '.join(all_sources())}")
    return found
