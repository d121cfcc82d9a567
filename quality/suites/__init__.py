"""Every suite, by the relation that it checks: a module a data set, found by itself, and one for each other layer."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from quality.checks import Suite

_BEFORE, _AFTER = ("loads",), ("annotation", "nlp", "score", "marts", "catalog")
"""What is checked before the data sets, and after them."""


@cache
def all_suites() -> dict[str, Suite]:
    """Return the suites in the order of the layers: loads, landing tables, labels, scores, marts, declared columns."""
    found = {module.name for module in pkgutil.iter_modules(__path__)}
    names = (*_BEFORE, *sorted(found - {*_BEFORE, *_AFTER}), *_AFTER)
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return {suite.table: suite for module in modules for suite in module.SUITES}
