"""Great Expectations behind two functions: evaluate checks on a data frame, write the Data Docs.

Offline and silent: no usage statistics, no progress bars. Only counts are asked for, so that no value of a table
reaches a result or a page; and the Data Docs lose their references to other sites, so that opening them asks nobody.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Read when the library is imported.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import jinja2
import numpy as np
import pandas as pd
from great_expectations.expectations.registry import get_expectation_impl

from quality.checks import Check, Outcome

logging.getLogger("great_expectations").setLevel(logging.CRITICAL)

COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "include_unexpected_rows": False,
}
_COUNTS = ("element_count", "unexpected_count", "missing_count", "observed_value")
_GX_SEVERITY = {"blocking": "critical", "warning": "warning"}
_EXTERNAL = re.compile(
    r"""<link\b[^>]*\bhref=["']https?://[^>]*>"""
    r"""|<script\b[^>]*\bsrc=["']https?://[^>]*>\s*</script>"""
    r"""|<img\b[^>]*\bsrc=["']https?://[^>]*>"""
    r"""|<iframe\b.*?</iframe>""",
    re.IGNORECASE | re.DOTALL,
)
_TEMPLATES = Path(__file__).parent / "templates"


def new_context() -> Any:
    """Return a Great Expectations context that lives in memory."""
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # it announces folders
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    return context


def evaluate(context: Any, suite: str, checks: Sequence[Check], frame: pd.DataFrame) -> list[Outcome]:
    """Evaluate checks on a data frame that has their batch columns.

    Parameters
    ----------
    context
        From `new_context`; keeps the suite and its result for `write_data_docs`.
    suite : str
        Name of the suite, ``schema.table``.
    checks : sequence of Check
    frame : pandas.DataFrame
        A row a row of the table, a column a `Check.batch_column`.

    Returns
    -------
    list of Outcome
        In the order of the checks.
    """
    batch = (
        context.data_sources.add_pandas(suite).add_dataframe_asset(suite).add_batch_definition_whole_dataframe(suite)
    )
    declared = gx.ExpectationSuite(suite, expectations=[expectation(check) for check in checks])
    definition = gx.ValidationDefinition(name=suite, data=batch, suite=context.suites.add(declared))
    validated = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame}, result_format=COUNTS_ONLY
    )
    by_id = {result.expectation_config.meta["check_id"]: result for result in validated.results}
    return [_outcome(check, by_id[check.id]) for check in checks]


def expectation(check: Check) -> Any:
    """Return the Great Expectations object of a check; its id, dimension and severity travel along."""
    column = {"column": check.batch_column} if check.batch_column else {}
    return get_expectation_impl(check.expectation)(
        **column,
        **check.kwargs,
        severity=_GX_SEVERITY[check.severity],
        description=check.description,
        meta={"check_id": check.id, "dimension": check.dimension, "severity": check.severity},
    )


def _outcome(check: Check, validated: Any) -> Outcome:
    counts = {name: _plain(validated.result[name]) for name in _COUNTS if name in validated.result}
    evaluated = counts.get("element_count", counts.get("observed_value"))
    return Outcome(check, bool(validated.success), evaluated, counts.get("unexpected_count"), counts)


def _plain(value: Any) -> Any:
    """Return a number of numpy as Python's own; the maximum of a column with gaps is a float."""
    number = value.item() if isinstance(value, np.generic) else value
    return int(number) if isinstance(number, float) and number.is_integer() else number


def write_data_docs(context: Any, folder: Path) -> Path:
    """Write Great Expectations' own pages about everything the context evaluated, in place of those there.

    Returns
    -------
    Path
        The index page.
    """
    shutil.rmtree(folder, ignore_errors=True)
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    context.add_data_docs_site("data_docs", {"class_name": "SiteBuilder", "store_backend": backend})
    context.build_data_docs(site_names=["data_docs"])
    style = (_TEMPLATES / "data_docs.css").read_text(encoding="utf-8")
    for page in folder.rglob("*.html"):
        offline = _EXTERNAL.sub("", page.read_text(encoding="utf-8"))
        page.write_text(offline.replace("</head>", f"<style>{style}</style></head>", 1), encoding="utf-8")
    # The library's own index is filled by scripts of other sites.
    index = folder / "index.html"
    template = jinja2.Template((_TEMPLATES / "data_docs.html.j2").read_text(encoding="utf-8"), autoescape=True)
    index.write_text(template.render(style=style, suites=_validated(context)), encoding="utf-8")
    return index


def _validated(context: Any) -> list[dict[str, Any]]:
    store = context.validation_results_store
    suites = []
    for key in store.list_keys():
        validated = store.get(key)
        statistics = validated.statistics
        suites.append(
            {
                "name": validated.suite_name,
                "page": f"{'/'.join(('validations', *key.to_tuple()))}.html",
                "expectations": statistics["evaluated_expectations"],
                "unmet": statistics["unsuccessful_expectations"],
            }
        )
    return sorted(suites, key=lambda suite: suite["name"])
