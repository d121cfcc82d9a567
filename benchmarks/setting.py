"""What the benchmarks share: the machine's description, the Open-I warehouse, the place of the results."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import writing

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results"
PACKAGES = ("cxr-warehouse", "spacy", "medspacy", "duckdb", "numpy", "pyarrow")

SHARED = Path(os.environ.get("CXR_BENCHMARK_DATA", ROOT.parent.parent / "shared" / "data"))
"""Data that is not in the repository: what needs it is left out where it is absent."""


def machine() -> dict[str, Any]:
    """Describe where and when a benchmark ran; other work on the machine shows in the load."""
    models = [line.split(":")[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": models[0] if models else platform.processor(),
        "n_cpus": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def write_result(name: str, result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write a result as JSON, floats rounded so that a rerun changes only what changed."""
    path = folder / f"{name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_rounded(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


@contextmanager
def open_i_warehouse() -> Iterator[tuple[duckdb.DuckDBPyConnection, Settings]]:
    """Open a temporary warehouse with the Open-I reports and their annotations."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(warehouse=Path(folder) / "warehouse.duckdb")
        with writing(settings.warehouse, settings) as con:
            for name in ("openi", "openi-annotation"):
                sources.load_source(con, sources.get(name), None, settings)
            yield con, settings


def open_i_texts() -> list[str]:
    """Return the Open-I reports in the order of their ids."""
    with open_i_warehouse() as (con, _):
        rows = con.sql("select text from raw.report where dataset = 'openi' order by study_id").fetchall()
    return [text for (text,) in rows]
