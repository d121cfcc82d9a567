"""``cxr label`` over many reports: reports per second by number of processes, storing included, and memory.

The reports are Open-I's, repeated, with a number put before every full stop so that no two sentences are the same and
the sentence cache never helps: the worst case of a large warehouse.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.setting import machine, open_i_texts, write_result
from nlp import engines
from nlp.batch import label_warehouse
from warehouse.config import Settings
from warehouse.connection import writing

N_REPORTS = 40_000


def main() -> None:
    texts = open_i_texts()
    description = machine()
    runs = [label(texts, processes) for processes in sorted({1, os.cpu_count() or 1})]
    kilobytes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    memory = dict(zip(("peak_mb_parent", "peak_mb_worker"), (size / 1024 for size in kilobytes), strict=True))
    result = {"n_reports": N_REPORTS, "machine": description, "runs": runs} | memory
    print(f"wrote {write_result('label_scaling', result)}")
    for run in runs:
        print(f"{run['processes']} processes: {run['reports_per_second']:,.0f} reports/s")


def label(texts: list[str], processes: int) -> dict[str, Any]:
    """Label the reports in a warehouse of their own."""
    rows = [(str(i), texts[i % len(texts)].replace(".", f" {i}.")) for i in range(N_REPORTS)]
    ids, unique = zip(*rows, strict=True)
    reports = pa.table({"study_id": pa.array(ids), "text": pa.array(unique)})  # noqa: F841  # read by the SQL below
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(warehouse=Path(folder) / "warehouse.duckdb", threads=processes)
        with writing(settings.warehouse, settings) as con:
            con.execute(
                "create table main.report as select 'x' as dataset, study_id, text, 'en' as language from reports"
            )
            con.execute("create or replace view raw.report as select *, study_id as patient_id from main.report")
            clock = time.perf_counter()
            labeled = label_warehouse(con, engines.load("cxr"), settings=settings)
            seconds = time.perf_counter() - clock
    return {
        "processes": processes,
        "seconds": seconds,
        "reports_per_second": labeled.n_labeled / seconds,
        "n_mentions": labeled.n_mentions,
    }


if __name__ == "__main__":
    main()
