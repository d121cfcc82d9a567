"""Label a CSV file of reports without a warehouse, row by row, in constant memory."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path

from nlp import engines
from nlp.aggregate import PRESENCE_SCHEMES
from nlp.pool import map_batches
from warehouse import findings, report_csv
from warehouse.config import Settings

BATCH_SIZE = 200
POOL_FROM_BYTES = 20_000_000
"""Smaller files are labeled sooner than a pool of processes has started."""

_VALUES: dict[int | None, str] = {1: "1.0", 0: "0.0", -1: "-1.0"}


@dataclass(frozen=True, slots=True)
class FileResult:
    """What `label_file` did."""

    labeler: str
    n_rows: int
    seconds: float


def label_file(
    source: Path,
    target: Path,
    *,
    labeler: str = "cxr",
    scheme: str = "chexpert14",
    settings: Settings,
    progress: Callable[[str, int, int], object] | None = None,
) -> FileResult:
    """Label the column ``text`` of a CSV file into a CSV file of study labels in the layout of MIMIC-CXR-JPG.

    The target has ``study_id`` and the scheme's labels in their published order, one row for every row of the source,
    in its order; 1.0 present, 0.0 absent, -1.0 uncertain, empty not mentioned. In a scheme of presence alone
    (``chestxray14``) findings that are alternatives or borderline have 1.0, as its coders give them: see
    `nlp.aggregate.indexed_findings`. The file appears when it is complete.

    Parameters
    ----------
    source : Path
        CSV in UTF-8 with a header line; columns ``study_id`` and ``text``, others are ignored. Bytes that are not
        UTF-8 are read as replacement characters.
    target : Path
        File to write; replaced if it is there.
    labeler : str
        As `nlp.engines.load` knows it.
    scheme : str
        ``chexpert14`` or ``chestxray14``.
    settings : Settings
        ``threads`` is the number of processes for files of more than 20 MB.
    progress : callable, optional
        Called with 'label', the rows done and 0 (how many there are is not known) after every batch.

    Raises
    ------
    SourceError
        The source is missing, has no header line or lacks a column, a quoted field in it is not closed, or the target
        cannot be written.
    ConfigError
        No such labeler or scheme.
    """
    columns = findings.scheme(scheme)
    label_rows = partial(_label_rows, tuple(columns.values()), is_presence=scheme in PRESENCE_SCHEMES)
    engine = engines.load(labeler)
    clock, n_rows = time.perf_counter(), 0
    with report_csv.reading(source) as reports, report_csv.replacing(source, target) as out:
        processes = settings.threads if source.stat().st_size >= POOL_FROM_BYTES else 1
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["study_id", *columns])
        for rows in map_batches(label_rows, batched(reports, BATCH_SIZE), engine, processes=processes):
            writer.writerows(rows)
            n_rows += len(rows)
            if progress is not None:
                progress("label", n_rows, 0)
    return FileResult(labeler, n_rows, time.perf_counter() - clock)


def _label_rows(
    wanted: tuple[str, ...], labeler: engines.Labeler, rows: tuple[report_csv.Row, ...], *, is_presence: bool
) -> list[list[str]]:
    results = []
    for (study_id, _), report in zip(rows, labeler.label_texts(text for _, text in rows), strict=True):
        values = report.labels | dict.fromkeys(report.indexed, 1) if is_presence else report.labels
        results.append([study_id, *(_VALUES.get(values.get(finding), "") for finding in wanted)])
    return results
