"""Run the suites over a warehouse: results into ``quality.*``, Great Expectations' Data Docs beside the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from quality.checks import Check, Outcome, Suite
from quality.suites import all_suites
from warehouse import runs, schema
from warehouse.config import Settings
from warehouse.connection import transaction
from warehouse.errors import ConfigError
from warehouse.progress import Progress

Evaluate = Callable[[str, Sequence[Check], pd.DataFrame], list[Outcome]]

# Below this share of the published rows a table is a sample (a synthetic release, say), not a damaged release.
FULL_RELEASE_SHARE = 0.5


@dataclass(frozen=True)
class FailedCheck:
    """A check that failed: the table it is about, the check in words, and what was found in place of that."""

    table: str
    check: str
    what: str
    difference: str | None


@dataclass(frozen=True)
class CheckReport:
    """The verdict of a run of the suites."""

    run_id: str
    n_checks: int
    n_failed_blocking: int
    n_failed_warning: int
    skipped: dict[str, str]
    """Reason by suite that was wholly or partly left out."""
    seconds: float
    failed: list[FailedCheck]
    """The blocking checks that failed."""

    @property
    def is_blocking(self) -> bool:
        """Whether a check failed that must not."""
        return self.n_failed_blocking > 0

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        return (
            f"{self.n_checks:,} checks: {self.n_failed_blocking:,} blocking and"
            f" {self.n_failed_warning:,} warnings failed, {len(self.skipped):,} suites wholly or partly skipped"
        )


@dataclass(frozen=True)
class _Plan:
    suite: Suite
    checks: tuple[Check, ...]
    n_rows: int | None
    reason: str | None


def run_checks(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    suites: Sequence[str] | None = None,
    reuse: bool = False,
    progress: Progress | None = None,
) -> CheckReport:
    """Check the warehouse and replace the results of the last run.

    Suites of tables that are empty or not built are skipped and listed as such. One suite's data frame is in memory
    at a time, and it holds flags, numbers, hashes and short codes only.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Open for writing.
    settings : Settings
        ``pages`` takes the Data Docs, in ``data_docs``.
    suites : sequence of str, optional
        Names of suites (tables); default: all.
    reuse : bool
        Return the results of the last run where these very checks ran over these very tables.
    progress : callable, optional
        Called with step, done and total after each suite.

    Raises
    ------
    ConfigError
        No suite of that name.
    """
    chosen, docs = _chosen(suites), settings.pages / "data_docs"
    run = _run_id(con, chosen)
    if reuse and (docs / "index.html").exists() and runs.is_complete(con, schema.quality.CheckRun, run):
        return _read_report(con, run)
    from quality import expectations  # Great Expectations takes seconds to import

    context = expectations.new_context()
    with transaction(con):
        for table in (schema.quality.CheckRun, schema.quality.SuiteResult, schema.quality.CheckResult):
            con.execute(f"delete from {schema.qualified(table)}")
        with runs.recorded(con, schema.quality.CheckRun, run) as record:
            n_rows = _row_counts(con, chosen)
            plans = [_plan(suite, n_rows) for suite in chosen]
            outcomes: list[dict[str, Any]] = []
            for done, plan in enumerate(plans, start=1):
                found = _outcomes(con, plan, partial(expectations.evaluate, context))
                outcomes += [_row(run, plan.suite, outcome) for outcome in found]
                if progress:
                    progress("check", done, len(plans))
            _store(con, run, plans, outcomes)
            record |= {"n_checks": len(outcomes), "n_failed": sum(not outcome["is_success"] for outcome in outcomes)}
        expectations.write_data_docs(context, docs)
    return _read_report(con, run)


def _chosen(names: Sequence[str] | None) -> list[Suite]:
    known = all_suites()
    if unknown := sorted(set(names or ()) - set(known)):
        raise ConfigError(f"no suite '{unknown[0]}'", fix=f"Known: {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())


def _run_id(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> str:
    history = runs.history(con, before=schema.quality.CheckRun)
    return runs.run_id("check", runs.product_version(), repr(suites), history)


def _read_report(con: duckdb.DuckDBPyConnection, run: str) -> CheckReport:
    """Read the verdict of the latest run from its tables."""
    counts = con.execute(
        """
        select
            (select seconds from quality.check_run where run_id = $run),
            count(*),
            count(*) filter (severity = 'blocking' and not is_success),
            count(*) filter (severity = 'warning' and not is_success)
        from quality.check_result where run_id = $run
        """,
        {"run": run},
    ).fetchall()[0]
    seconds, n_checks, n_blocking, n_warning = counts
    skipped = "select suite, reason from quality.suite_result where run_id = ? and reason is not null"
    reasons = dict(con.execute(skipped, [run]).fetchall())
    failed = """
        select suite, check_id, description, difference from quality.check_result
        where run_id = ? and severity = 'blocking' and not is_success order by suite, check_id
    """
    rows = [FailedCheck(*row) for row in con.execute(failed, [run]).fetchall()]
    return CheckReport(run, n_checks, n_blocking, n_warning, reasons, seconds, rows)


def _row_counts(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> dict[str, int | None]:
    built = {
        row[0] for row in con.sql("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    }
    needed = {name for suite in suites for check in suite.checks for name in check.needs}
    names = [*dict.fromkeys([suite.table for suite in suites if not suite.relation]), *needed]
    return {name: con.sql(f"select count(*) from {name}").fetchall()[0][0] if name in built else None for name in names}


def _plan(suite: Suite, n_rows: dict[str, int | None]) -> _Plan:
    if suite.relation:
        return _Plan(suite, suite.checks, None, None)
    rows = n_rows[suite.table]
    if rows is None:
        return _Plan(suite, (), None, "not built")
    if rows == 0:
        return _Plan(suite, (), 0, "no rows")
    needed = {name for check in suite.checks for name in check.needs}
    missing = sorted(name for name in needed if not n_rows[name])
    volume_of = {name for check in suite.checks if check.dimension == "volume" for name in check.needs}
    sampled = sorted(name for name in volume_of if _is_sample(name, n_rows[name]))
    is_sample = _is_sample(suite.table, rows)
    checks = tuple(
        check
        for check in suite.checks
        if not set(check.needs) & set(missing)
        and not (check.dimension == "volume" and (is_sample or set(check.needs) & set(sampled)))
    )
    reasons = [f"a sample: {rows:,} of {suite.published:,} published rows"] if is_sample else []
    reasons += [f"needs the whole of {', '.join(sampled)}"] if sampled else []
    reasons += [f"needs {', '.join(missing)}"] if missing else []
    return _Plan(suite, checks, rows, "; ".join(reasons) or None)


def _is_sample(table: str, rows: int | None) -> bool:
    published = all_suites()[table].published if table in all_suites() else None
    return bool(rows and published and rows < FULL_RELEASE_SHARE * published)


def _outcomes(con: duckdb.DuckDBPyConnection, plan: _Plan, evaluate: Evaluate) -> list[Outcome]:
    if not plan.checks:
        return []
    try:
        rows = con.sql(plan.suite.query(plan.checks)).to_arrow_table()
    except duckdb.Error as error:
        # A column that is gone or of another type fails the whole suite; DuckDB's own message may quote a value.
        return [Outcome(check, False, None, None, {"error": type(error).__name__}) for check in plan.checks]
    frame = rows.to_pandas(strings_to_categorical=True, split_blocks=True, self_destruct=True)
    del rows
    return evaluate(plan.suite.table, plan.checks, frame)


def _row(run: str, suite: Suite, outcome: Outcome) -> dict[str, Any]:
    check = outcome.check
    return {
        "run_id": run,
        "suite": suite.table,
        "check_id": check.id,
        "expectation": check.expectation,
        "column_name": check.column,
        "dimension": check.dimension,
        "severity": check.severity,
        "is_success": outcome.is_success,
        "n_evaluated": outcome.n_evaluated,
        "n_unexpected": outcome.n_unexpected,
        "observed": json.dumps(outcome.observed),
        "difference": outcome.difference,
        "description": check.description,
    }


def _store(con: duckdb.DuckDBPyConnection, run: str, plans: Sequence[_Plan], outcomes: list[dict[str, Any]]) -> None:
    suites = [
        {
            "run_id": run,
            "suite": plan.suite.table,
            "n_rows": plan.n_rows,
            "n_checks": len(plan.checks),
            "n_skipped": len(plan.suite.checks) - len(plan.checks),
            "reason": plan.reason,
        }
        for plan in plans
    ]
    schema.append(con, schema.quality.SuiteResult, pa.Table.from_pylist(suites))
    if outcomes:
        schema.append(con, schema.quality.CheckResult, pa.Table.from_pylist(outcomes))
