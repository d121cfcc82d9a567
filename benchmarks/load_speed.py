"""Loading MIMIC-CXR's lists and reports against reading the same files with bare DuckDB and zipfile.

``python -m benchmarks.load_speed [FOLDER]``; the folder holds mimic-cxr/2.1.0 and mimic-cxr-jpg/2.1.0, by default a
synthetic release as large as MIMIC-CXR that is made for the time. The peer makes a temporary table of each CSV by
DuckDB's ``read_csv`` and reads and decodes every member of the zip with Python's ``zipfile``. It stores no report,
checks no column and does not read IMAGE_FILENAMES; `load_source` does, into a warehouse on disk. Each run has a process
of its own that has imported its modules before the clock starts; peer and product take turns.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.setting import machine, write_result
from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.synthetic import FULL, synthesize

RELEASES = {"mimic-cxr": "mimic-cxr/2.1.0", "mimic-cxr-jpg": "mimic-cxr-jpg/2.1.0"}
REPORTS = "mimic-cxr-reports.zip"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="holds mimic-cxr/2.1.0 and mimic-cxr-jpg/2.1.0")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if arguments.folder is None:
            synthesize(Path(made) / "release", n_patients=FULL)
        measure(arguments.folder or Path(made) / "release", arguments.runs)


def measure(folder: Path, n_runs: int) -> None:
    """Let peer and product take turns and write the result."""
    description = machine()
    runs: dict[str, list[dict[str, float]]] = {"peer": [], "cxr": []}
    for _ in range(n_runs):
        for name, read in (("peer", read_bare), ("cxr", load)):
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                runs[name].append(process.submit(timed, read, folder).result())
            print(name, {key: round(value, 1) for key, value in runs[name][-1].items()}, flush=True)
    seconds = {name: statistics.median(run["seconds"] for run in some) for name, some in runs.items()}
    result = {
        "machine": description,
        "n_reports": _count_members(folder),
        "runs": runs,
        "median_seconds": seconds,
        "ratio": seconds["cxr"] / seconds["peer"],
    }
    print(f"ratio {result['ratio']:.2f}; wrote {write_result('load_speed', result)}")


def timed(read: Callable[[Path, Path], None], folder: Path) -> dict[str, float]:
    """Return seconds, processor seconds and peak memory (MB) of reading a release."""
    duckdb.connect().execute("select ?", ["x"])  # DuckDB imports pandas at its first parameter
    with tempfile.TemporaryDirectory() as scratch:
        clock, cpu = time.perf_counter(), time.process_time()
        read(folder, Path(scratch))
        seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb}


def read_bare(folder: Path, scratch: Path) -> None:
    """Read the CSV files into temporary tables and decode every report, and do nothing with them."""
    del scratch
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    for place in RELEASES.values():
        for i, path in enumerate(sorted((folder / place).glob("*.csv*"))):
            con.execute(f"create or replace temp table file_{i} as select * from read_csv('{path}')")
    with zipfile.ZipFile(folder / RELEASES["mimic-cxr"] / REPORTS) as archive:
        for name in archive.namelist():
            archive.read(name).decode()


def load(folder: Path, scratch: Path) -> None:
    """Load both releases into a new warehouse."""
    settings = Settings(warehouse=scratch / "warehouse.duckdb")
    with writing(settings.warehouse, settings) as con:
        for name, place in RELEASES.items():
            sources.load_source(con, sources.get(name), folder / place, settings)


def _count_members(folder: Path) -> Any:
    with zipfile.ZipFile(folder / RELEASES["mimic-cxr"] / REPORTS) as archive:
        return len(archive.namelist())


if __name__ == "__main__":
    main()
