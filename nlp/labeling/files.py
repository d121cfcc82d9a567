"""Label files of reports without a warehouse, as a stream, in constant memory."""

from __future__ import annotations

import csv
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path

from nlp import engines
from nlp.labeling.batches import map_batches
from nlp.workbench.scheme import Scheme, load_scheme
from warehouse import report_files
from warehouse.choices import Engine, Layout
from warehouse.config import Settings
from warehouse.files import replacing_text, require_other_file
from warehouse.progress import Progress

BATCH_SIZE = 200
POOL_FROM_BYTES = 20_000_000
"""Smaller files are labeled sooner than a pool of processes has started."""

_VALUES: dict[int | None, str] = {1: "1.0", 0: "0.0", -1: "-1.0"}


@dataclass(frozen=True, slots=True)
class LabeledFile:
    """What `label_file` did."""

    labeler: str
    n_rows: int
    n_empty: int
    """Rows without text: they have no labels."""
    n_undecodable: int
    """Rows with bytes that are no text, read as replacement characters."""
    seconds: float


def label_file(
    source: Path,
    target: Path,
    *,
    labeler: engines.Labeler | None = None,
    scheme: Scheme | None = None,
    layout: Layout = "table",
    columns: tuple[str, str] = report_files.COLUMNS,
    settings: Settings,
    engine: Engine = "local",
    progress: Progress | None = None,
) -> LabeledFile:
    """Label a file of reports into a CSV file of study labels in the layout of MIMIC-CXR-JPG.

    The target has ``study_id`` (in the layout ``chexpert``: ``Reports``, the text) and the scheme's labels in their
    published order, one row for every row of the source,
    in its order; 1.0 present, 0.0 absent, -1.0 uncertain, empty not mentioned. In a scheme of presence alone
    (``chestxray14``) findings that are alternatives or borderline have 1.0, as its coders give them: see
    `nlp.engines.aggregate.indexed_findings`. The file appears when it is complete.

    Parameters
    ----------
    source : Path
        A table, a folder or zip of text files, or the CheXpert labeler's input; see `warehouse.report_files.reading`.
    target : Path
        File to write, compressed if its name ends in ``.gz``; replaced if it is there.
    labeler : Labeler, optional
        As `nlp.engines.load` makes it; default: ``cxr`` with the scheme's lexicon.
    scheme : Scheme, optional
        Labels to write; default: ``chexpert14``.
    layout : {'table', 'chexpert'}
        ``chexpert`` reads and writes what the CheXpert labeler (Irvin et al. 2019) does: reports in one column without
        a header, and the texts with their labels.
    columns : (str, str)
        A table's columns of ids and texts.
    settings : Settings
        ``threads`` is the number of processes for files of more than 20 MB.
    engine : {'local', 'ray'}
        Where reports are labeled, as in `nlp.labeling.warehouse.label_warehouse`.
    progress : callable, optional
        Called with 'label', the rows done and 0 (how many there are is not known) after every batch.

    Raises
    ------
    SourceError
        The source cannot be read (see `warehouse.report_files.reading`), or the target cannot be written.
    """
    scheme = scheme or load_scheme()
    labeler = labeler or engines.load("cxr", lexicon=scheme.lexicon)
    label_rows = partial(_label_rows, tuple(scheme.labels.values()), layout, is_presence=scheme.is_presence)
    clock, counts = time.perf_counter(), Counter[str]()
    require_other_file(source, target)
    with (
        report_files.reading(source, layout=layout, columns=columns) as reports,
        replacing_text(target) as out,
    ):
        is_large = source.is_dir() or source.stat().st_size >= POOL_FROM_BYTES
        processes = settings.threads if is_large else 1
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["Reports" if layout == "chexpert" else columns[0], *scheme.labels])
        batches = batched(reports, BATCH_SIZE)
        for rows, batch_counts in map_batches(label_rows, batches, labeler, processes=processes, engine=engine):
            writer.writerows(rows)
            counts.update(batch_counts)
            if progress is not None:
                progress("label", counts["rows"], 0)
    seconds = time.perf_counter() - clock
    return LabeledFile(labeler.name, counts["rows"], counts["empty"], counts["undecodable"], seconds)


def _label_rows(
    wanted: tuple[str, ...],
    layout: Layout,
    labeler: engines.Labeler,
    rows: tuple[report_files.Row, ...],
    *,
    is_presence: bool,
) -> tuple[list[list[str]], dict[str, int]]:
    """Return the rows to write and how many rows there were, were empty, and held bytes that are no text."""
    results = []
    for (study_id, text), report in zip(rows, labeler.label_texts(text for _, text in rows), strict=True):
        values = report.labels | dict.fromkeys(report.indexed, 1) if is_presence else report.labels
        key = text if layout == "chexpert" else study_id
        results.append([key, *(_VALUES.get(values.get(finding), "") for finding in wanted)])
    texts = [text for _, text in rows]
    n_empty = sum(not text.strip() for text in texts)
    return results, {"rows": len(rows), "empty": n_empty, "undecodable": sum("\ufffd" in text for text in texts)}
