"""Labels with their evidence, written for other tools: brat, Label Studio, the OMOP common data model.

The files hold report text, so they belong where the reports themselves may be.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import duckdb

from nlp.exchange import brat, label_studio, note_nlp
from nlp.labeling import stored
from nlp.report import AnnotatedReport
from warehouse.choices import LabelFormat
from warehouse.errors import ConfigError
from warehouse.files import new_folder
from warehouse.progress import Progress
from warehouse.sql import literal

PROGRESS_EVERY = 500
"""Reports between two calls of the progress function."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What `export_labels` wrote."""

    target: str
    labeler: str
    n_reports: int
    n_mentions: int
    seconds: float


def export_labels(
    con: duckdb.DuckDBPyConnection,
    output_format: LabelFormat,
    target: Path,
    *,
    labeler: str = "cxr",
    datasets: Sequence[str] = (),
    studies: Sequence[str] = (),
    progress: Progress | None = None,
) -> ExportResult:
    """Write what a labeler's latest run found into a new folder, in memory that does not grow with the reports.

    ============  ===================================================================================================
    brat          ``annotation.conf`` and, in a folder for each data set, a .txt and an .ann file for each report
    label-studio  ``tasks.json`` and ``labeling_config.xml``
    note-nlp      ``note_nlp.csv``, the columns of OMOP's NOTE_NLP, and ``note_key.csv``: see `nlp.exchange.note_nlp`
    ============  ===================================================================================================

    Reports whose text changed after they were labeled are left out until they are labeled again. The folder appears
    when it is complete.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse, read-only or not.
    output_format : {"brat", "label-studio", "note-nlp"}
    target : Path
        Folder to make; it may be there if it is empty.
    labeler : str
    datasets : sequence of str, optional
        Only the reports of these data sets.
    studies : sequence of str, optional
        Only the reports of these studies.
    progress : callable, optional
        Called with the format, the reports written and the reports to write.

    Raises
    ------
    ConfigError
        No such format, or the folder is there and not empty or cannot be written.
    WarehouseError
        The labeler has not labeled such reports.
    """
    if output_format not in get_args(LabelFormat):
        raise ConfigError(f"no format '{output_format}'", fix=f"Known: {', '.join(get_args(LabelFormat))}")
    clock = time.perf_counter()
    selection = stored.select(con, labeler, datasets, studies)
    n_reports, n_mentions = stored.count(con, selection)
    with new_folder(target) as folder:
        reports = _counted(stored.read(con, selection), output_format, n_reports, progress)
        if output_format == "brat":
            brat.write(reports, folder)
        elif output_format == "label-studio":
            label_studio.write(reports, folder, model_version=_version(selection.run))
        else:
            _write_note_nlp(con, selection, folder)
    return ExportResult(str(target), labeler, n_reports, n_mentions, time.perf_counter() - clock)


def _write_note_nlp(con: duckdb.DuckDBPyConnection, selection: stored.Selection, folder: Path) -> None:
    for name, query in (("note_nlp", note_nlp.NOTE_NLP), ("note_key", note_nlp.NOTE_KEY)):
        path = literal(str(folder / f"{name}.csv"))
        con.execute(f"copy ({query}) to {path} (format csv, header)", selection.parameters)


def _version(run: stored.Run) -> str:
    return f"{run.labeler} {run.product_version} {run.lexicon_sha[:12]}"


def _counted(
    reports: Iterable[AnnotatedReport], step: str, total: int, progress: Progress | None
) -> Iterator[AnnotatedReport]:
    for done, report in enumerate(reports, 1):
        yield report
        if progress is not None and (done % PROGRESS_EVERY == 0 or done == total):
            progress(step, done, total)
