"""``cxr build``: run the dbt project in this process."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import WarehouseError

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"

Progress = Callable[[str, int, int], None]

_FAILED = {"error", "fail", "runtime error"}


@dataclass(frozen=True)
class BuildResult:
    """What a build did; a test that warns is counted in ``n_warnings`` and in ``n_tests``."""

    n_seeds: int
    n_models: int
    n_tests: int
    n_warnings: int
    seconds: float

    @property
    def summary(self) -> str:
        """The build in one line."""
        warnings = f", {self.n_warnings} warnings" if self.n_warnings else ""
        return f"{self.n_models} models, {self.n_tests} tests passed{warnings}"


def build(
    settings: Settings, *, select: str | None = None, full_refresh: bool = False, progress: Progress | None = None
) -> BuildResult:
    """Build seeds, staging, intermediate and marts, and run their tests.

    The project itself is not written to: compiled SQL and logs go to ``settings.pages / "dbt"``.

    Parameters
    ----------
    settings : Settings
    select : str, optional
        A dbt selection, e.g. ``labeler_benchmark+``; default: everything.
    full_refresh : bool
        Rebuild the seeds from nothing, as after a change of their columns.
    progress : callable, optional
        Called with the step, nodes done and nodes in all.

    Raises
    ------
    WarehouseError
        There is no warehouse, or a model or test failed; the message names the first of them.
    LockedError
        Another process holds the warehouse.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    if not settings.warehouse.exists():
        raise WarehouseError("there is no warehouse here", where=settings.warehouse, fix="Run 'cxr load' first")
    with writing(settings.warehouse, settings):
        pass  # creates what an older version lacks, and meets a lock before dbt does

    artefacts = settings.pages.resolve() / "dbt"
    command = [
        "--log-level",
        "none",
        "--log-level-file",
        "info",
        "build",
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
    ]
    command += ["--target-path", str(artefacts / "target"), "--log-path", str(artefacts / "logs")]
    command += ["--select", select] if select else []
    command += ["--full-refresh"] if full_refresh else []
    clock = time.perf_counter()
    with _environment(settings):
        try:
            outcome = dbtRunner(callbacks=[_reporter(progress)] if progress else []).invoke(command)
        finally:
            # dbt would keep the file open with its own settings until this process ends
            DuckDBConnectionManager.close_all_connections()
    results = getattr(outcome.result, "results", None)
    if results is None:
        reason = str(outcome.exception or "dbt stopped").strip().splitlines()[0]
        raise WarehouseError(f"dbt stopped: {reason}", where=PROJECT, fix=f"See {artefacts / 'logs' / 'dbt.log'}")
    failed = [result.node.name for result in results if str(result.status) in _FAILED]
    if failed:
        named = ", ".join(failed[:5]) + (", ..." if len(failed) > 5 else "")
        raise WarehouseError(
            f"{len(failed)} of {len(results)} dbt nodes failed: {named}",
            where=settings.warehouse,
            fix=f"See {artefacts / 'logs' / 'dbt.log'}",
        )
    kinds = Counter(str(result.node.resource_type) for result in results)
    return BuildResult(
        n_seeds=kinds["seed"],
        n_models=kinds["model"],
        n_tests=kinds["test"] + kinds["unit_test"],
        n_warnings=sum(str(result.status) == "warn" for result in results),
        seconds=time.perf_counter() - clock,
    )


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Set what profiles.yml reads, for the time of a build."""
    ours = {
        "CXR_WAREHOUSE": str(settings.warehouse.resolve()),
        "CXR_MEMORY_LIMIT": settings.memory_limit,
        "CXR_THREADS": str(settings.threads),
    }
    former = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _reporter(progress: Progress) -> Callable[[Any], None]:
    """Return a listener to dbt's events that reports each node as it starts."""

    def report(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress("build", event.data.index, event.data.total)

    return report
