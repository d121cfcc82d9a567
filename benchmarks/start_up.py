"""CPU time to start ``cxr``: its help and a first query, beside a bare Python with DuckDB and Typer that queries.

Processor time (user and system) of the whole process, best of several runs that take turns; bytecode is cached, as it
is from the second run of an installation on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.setting import machine, write_result

N_RUNS = 5
PEER = "bare Python"
BARE = "import duckdb, typer; duckdb.connect('warehouse.duckdb').sql('select 1')"


def main() -> None:
    description = machine()
    description["versions"] |= {"typer": version("typer"), "rich": version("rich")}
    cxr = str(Path(sys.executable).with_name("cxr"))
    ways = {
        PEER: [sys.executable, "-c", BARE],
        "cxr --help": [cxr, "--help"],
        'cxr sql "select 1"': [cxr, "sql", "select 1"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        duckdb.connect(f"{folder}/warehouse.duckdb").close()
        for run in range(N_RUNS + 1):
            for name, command in ways.items():
                spent = cpu_seconds(command, Path(folder))
                if run > 0:  # the first one writes the bytecode
                    seconds[name].append(spent)
    best = {name: min(times) for name, times in seconds.items()}
    result: dict[str, Any] = {
        "n_runs": N_RUNS,
        "bare": BARE,
        "machine": description,
        "ways": [
            {"name": name, "cpu_seconds": best[name], "times_bare": best[name] / best[PEER], "runs": seconds[name]}
            for name in ways
        ],
    }
    print(f"wrote {write_result('start_up', result)}")
    for way in result["ways"]:
        print(f"{way['name']:20} {way['cpu_seconds']:6.2f} s of CPU  {way['times_bare']:4.1f} x")


def cpu_seconds(command: list[str], folder: Path) -> float:
    """Run a command in a folder and return the processor time that it took."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CXR_", "PYTHON"))}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
