"""``cxr label`` over a corpus as large as MIMIC-CXR: time, storing included, and memory by number of reports.

The corpus is synthetic: as many reports as MIMIC-CXR has (227,835), as long (a mean of 666 characters; Johnson et al.
2019), with MIMIC's headings, of sentences drawn from Open-I's. Real sentences repeat themselves less than drawn ones,
so that a number is written into as many of them as are new in Open-I, or into every one: then the sentence cache never
helps. Memory is what all processes together hold (PSS), sampled five times a second.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.setting import machine, open_i_texts, peak_memory, write_result
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from nlp.rules.compile import default_lexicon
from nlp.sections import corrected, sentences
from warehouse.config import Settings
from warehouse.connection import writing

N_REPORTS = 227_835
MEAN_LENGTH = 666
SIZES = (10_000, 50_000, 100_000, N_REPORTS)
BATCH = 10_000


def main() -> None:
    description = machine()
    pool = read_sentences(open_i_texts())
    new_share = len(set(pool)) / len(pool)
    plans = [(n, new_share) for n in SIZES] + [(N_REPORTS, 1.0)]
    runs = []
    for n, share in plans:
        # A process of its own for each run, so that none inherits the memory of the one before.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            runs.append(process.submit(label, sorted(set(pool)), n, share).result())
        print("{n_reports:9,} reports, {new_share:.0%} new: {seconds:6.1f} s, {peak_mb:,.0f} MB".format(**runs[-1]))
    result = {"machine": description, "processes": os.cpu_count(), "runs": runs}
    print(f"wrote {write_result('label_scaling', result)}")


def read_sentences(texts: list[str]) -> list[str]:
    """Return the sentences of reports, as often as they occur."""
    parts = (section.text for text in texts for section in corrected.split(text, default_lexicon()))
    return [part[start:end] for part in parts for start, end in sentences.split(part)]


def corpus(pool: list[str], n_reports: int, new_share: float) -> Iterator[pa.RecordBatch]:
    """Yield batches of reports with study_id and text."""
    draw = random.Random(0)
    for first in range(0, n_reports, BATCH):
        ids = range(first, min(first + BATCH, n_reports))
        texts = [report(pool, draw, i, new_share) for i in ids]
        yield pa.record_batch({"study_id": [f"s{i}" for i in ids], "text": texts})


def report(pool: list[str], draw: random.Random, number: int, new_share: float) -> str:
    """Return a report with MIMIC-CXR's headings, in length around the mean."""
    head = "FINAL REPORT\n EXAMINATION: CHEST (PA AND LAT)\n\n INDICATION: ___ year old with cough.\n\n FINDINGS:\n\n "
    length, body = draw.gauss(MEAN_LENGTH, MEAN_LENGTH / 3) - len(head) - 100, ""
    while len(body) < length:
        sentence = draw.choice(pool)
        body += f" {sentence[:-1]} {number}{sentence[-1]}" if draw.random() < new_share else f" {sentence}"
    return f"{head}{body}\n\n IMPRESSION:\n\n {draw.choice(pool)}\n"


def label(pool: list[str], n_reports: int, new_share: float) -> dict[str, Any]:
    """Label a corpus in a warehouse of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(warehouse=Path(folder) / "warehouse.duckdb")
        with writing(settings.warehouse, settings) as con:
            con.execute("create table main.report (dataset text, study_id text, text text, language text)")
            for batch in corpus(pool, n_reports, new_share):
                con.register("batch", batch)
                con.execute("insert into main.report select 'x', study_id, text, 'en' from batch")
            con.execute("create or replace view raw.report as select *, study_id as patient_id from main.report")
            mean_length = _one(con, "select avg(length(text)) from main.report")
            with peak_memory(os.getpid()) as peak:
                clock = time.perf_counter()
                labeled = label_warehouse(con, engines.load("cxr"), settings=settings)
                seconds = time.perf_counter() - clock
    return {
        "n_reports": n_reports,
        "mean_length": mean_length,
        "new_share": new_share,
        "seconds": seconds,
        "reports_per_second": n_reports / seconds,
        "n_mentions": labeled.n_mentions,
        "peak_mb": peak[0],
    }


def _one(con: duckdb.DuckDBPyConnection, query: str) -> float:
    row = con.sql(query).fetchone()
    return float(row[0]) if row else 0.0


if __name__ == "__main__":
    main()
