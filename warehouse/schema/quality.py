"""Tables of data-quality results."""

from datetime import datetime

from warehouse.schema.base import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    JSON_,
    TEXT,
    TIMESTAMPTZ,
    OfRun,
    Table,
    column,
    key,
    required,
)


class BuildRun(Table, table=True):
    """The latest run of the whole dbt project."""

    __tablename__ = "build_run"
    __table_args__ = {"schema": "quality"}
    run_id: str = key(TEXT, "hash of the project's files and of the runs whose tables it reads")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(TEXT, "running or complete; a build that failed stays running")
    started_at: datetime = required(TIMESTAMPTZ, "start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent")
    n_seeds: int = column(BIGINT, "seeds loaded")
    n_models: int = column(BIGINT, "models built")
    n_tests: int = column(BIGINT, "tests passed, warnings included")
    n_warnings: int = column(BIGINT, "tests that warned")


class CheckRun(Table, table=True):
    """Runs of the quality suites."""

    __tablename__ = "check_run"
    __table_args__ = {"schema": "quality"}
    run_id: str = key(TEXT, "hash of the checks and of the runs whose tables they read")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(TEXT, "running or complete")
    started_at: datetime = required(TIMESTAMPTZ, "start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent")
    n_checks: int = column(BIGINT, "checks evaluated")
    n_failed: int = column(BIGINT, "checks that failed, blocking or not")


class SuiteResult(OfRun, table=True):
    """What the latest run did with every suite; a check that was left out counts as skipped, never as passed."""

    __tablename__ = "suite_result"
    __table_args__ = {"schema": "quality"}
    suite: str = key(TEXT, "suite: the table it checks")
    n_rows: int = column(BIGINT, "rows in the table; null when there is no such table")
    n_checks: int = required(BIGINT, "checks evaluated")
    n_skipped: int = required(BIGINT, "checks left out")
    reason: str = column(TEXT, "why checks were left out; null when none was")


class CheckResult(OfRun, table=True):
    """Outcome of every check of the latest run."""

    __tablename__ = "check_result"
    __table_args__ = {"schema": "quality"}
    suite: str = key(TEXT, "suite: the table it checks")
    check_id: str = key(TEXT, "stable id of the check within the suite")
    expectation: str = required(TEXT, "Great Expectations type")
    column_name: str = column(TEXT, "column; null for a check of the whole table")
    dimension: str = required(TEXT, "completeness, uniqueness, validity, consistency, integrity or volume")
    severity: str = required(TEXT, "blocking or warning")
    is_success: bool = required(BOOLEAN, "whether it held")
    n_evaluated: int = column(BIGINT, "rows looked at")
    n_unexpected: int = column(BIGINT, "rows against it")
    observed: str = column(JSON_, "observed value, counts only")
    difference: str = column(TEXT, "what was found in place of that, in words; null where the check held")
    description: str = required(TEXT, "the check in words")
