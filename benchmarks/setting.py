"""What the benchmarks share: the machine's description, the Open-I warehouse, the place of the results."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import threading
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


@contextmanager
def peak_memory(pid: int) -> Iterator[list[float]]:
    """Sample the memory of a process and all its descendants; the one item of the list is the peak in MB."""
    peak, is_over = [0.0], threading.Event()

    def sample() -> None:
        while not is_over.wait(0.2):
            peak[0] = max(peak[0], sum(map(_megabytes, _family(pid))))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def _family(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(children).split():
            yield from _family(int(child))


def _megabytes(pid: int) -> float:
    """Return the memory of a process in MB, its share of what it shares with others (PSS)."""
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process has just ended
        return ""
