"""``cxr build``: run the dbt project in this process."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import runs, schema, sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.errors import WarehouseError
from warehouse.progress import Progress
from warehouse.schema.quality import BuildRun

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"

_FAILED = {"error", "fail", "runtime error"}


@dataclass(frozen=True)
class BuildResult:
    """What a build did; a test that warns is counted in ``n_warnings`` and in ``n_tests``."""

    n_seeds: int
    n_models: int
    n_tests: int
    n_warnings: int
    seconds: float
    is_reused: bool = False
    """Whether nothing had changed since an earlier build, whose counts these are."""

    @property
    def summary(self) -> str:
        """The build in one line."""
        warnings = f", {self.n_warnings} warnings" if self.n_warnings else ""
        unchanged = "unchanged: " if self.is_reused else ""
        return f"{unchanged}{self.n_models} models, {self.n_tests} tests passed{warnings}"


def build(
    settings: Settings,
    *,
    select: str | None = None,
    reuse: bool = False,
    progress: Progress | None = None,
) -> BuildResult:
    """Build seeds, staging, intermediate and marts, and run their tests.

    The project itself is not written to: compiled SQL and logs go to ``settings.pages / "dbt"``.

    Parameters
    ----------
    settings : Settings
    select : str, optional
        A dbt selection, e.g. ``labeler_benchmark+``; default: everything.
    reuse : bool
        Do nothing where the last whole build had the same project files and the same tables to read.
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

    # Opening it creates what an older version lacks, and meets a lock before dbt does.
    with writing(settings.warehouse, settings, create=False) as con:
        run = runs.run_id("build", runs.product_version(), _project_sha(), runs.history(con, before=BuildRun))
        if reuse and runs.is_complete(con, BuildRun, run):
            return _read_result(con, run)
        if not select:
            con.execute("delete from quality.build_run")  # until it ends well, no build stands for the marts

    artefacts = settings.pages.resolve() / "dbt"
    options = {"--project-dir": PROJECT, "--profiles-dir": PROJECT}
    options |= {"--target-path": artefacts / "target", "--log-path": artefacts / "logs"}
    command = ["--log-level", "none", "--log-level-file", "info", "build"]
    command += [str(part) for option in options.items() for part in option]
    command += ["--select", select] if select else []
    started_at, clock = datetime.now(UTC), time.perf_counter()
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
    result = BuildResult(
        n_seeds=kinds["seed"],
        n_models=kinds["model"],
        n_tests=kinds["test"] + kinds["unit_test"],
        n_warnings=sum(str(result.status) == "warn" for result in results),
        seconds=time.perf_counter() - clock,
    )
    if not select:
        row = {"run_id": run, "status": "complete", "product_version": runs.product_version()} | asdict(result)
        row |= {"started_at": started_at, "finished_at": datetime.now(UTC)}
        del row["is_reused"]
        with writing(settings.warehouse, settings) as con:
            schema.append(con, BuildRun, pa.Table.from_pylist([row]))
    return result


def load_mimic_iv(settings: Settings, path: Path, progress: Progress | None = None) -> None:
    """Load MIMIC-IV, for a build that links studies with it.

    Raises
    ------
    SourceError
        The path is neither a folder of the release nor a database with its tables.
    """
    with writing(settings.warehouse, settings, create=False) as con:
        sources.load_source(con, sources.get("mimic-iv"), path, settings, progress)


def encounter_links(settings: Settings) -> list[tuple[str, int, int]]:
    """Return how many studies and patients each kind of link with MIMIC-IV has, the most frequent first."""
    with read_only(settings.warehouse) as con:
        query = "select link, n_studies, n_patients from marts.study_encounter_count order by n_studies desc, link"
        return [(link, n_studies, n_patients) for link, n_studies, n_patients in con.sql(query).fetchall()]


def _project_sha() -> str:
    """Return a hash of the project's files: models, tests, macros, seeds and settings."""
    files = sorted(path for path in PROJECT.rglob("*") if path.suffix in (".sql", ".yml", ".csv", ".py"))
    digests = [f"{path.relative_to(PROJECT)} {runs.fingerprint(path)}" for path in files if not _is_made(path)]
    return runs.run_id(*digests)


def _is_made(path: Path) -> bool:
    """Tell whether a file of the project's folder is what dbt wrote there."""
    return path.relative_to(PROJECT).parts[0] in ("target", "logs")


def _read_result(con: duckdb.DuckDBPyConnection, run: str) -> BuildResult:
    columns = "n_seeds, n_models, n_tests, n_warnings, seconds, true"
    return BuildResult(*con.execute(f"select {columns} from quality.build_run where run_id = ?", [run]).fetchall()[0])


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
