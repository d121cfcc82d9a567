"""Sections in the layout of the MIMIC-CXR code repository: ``mimic_cxr_sectioned.csv`` and ``mimic_cxr_sections.csv``.

``create_section_files.py`` (Johnson et al., Sci Data 2019;6:317) defines the layout; see `nlp.sections.official`. Its
rows are in the order in which the file system lists them; here they are in the order of the study ids.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from nlp.labeling.pending import REPORTS
from nlp.labeling.sections import load_rules
from nlp.sections.official import CASCADE, exceptions
from warehouse.choices import Rules
from warehouse.errors import WarehouseError
from warehouse.files import new_folder
from warehouse.progress import Progress

SECTIONED, LABEL_TEXTS = "mimic_cxr_sectioned.csv", "mimic_cxr_sections.csv"
ROWS = 5_000

# What a report without sections has is null, as in the published file; an empty text is written the same.
_ROWS = f"""
select report.study_id, {", ".join(f"section.{kind}" for kind in CASCADE)}, coalesce(section.label_text, '')
from nlp.sectioned_report as report
left join (
    select
        study_id,
        {", ".join(f"max_by(text, ordinal) filter (section = '{kind}') as {kind}" for kind in CASCADE)},
        max(text) filter (is_label_text) as label_text
    from nlp.section
    where rules = $rules and dataset = $dataset
    group by study_id
) as section using (study_id)
where report.rules = $rules and report.dataset = $dataset
order by try_cast(report.study_id as bigint), report.study_id
"""


@dataclass(frozen=True, slots=True)
class SectionedFiles:
    """What `export_sectioned` wrote."""

    target: str
    rules: str
    dataset: str
    n_sectioned: int
    """Rows of mimic_cxr_sectioned.csv."""
    n_label_texts: int
    """Rows of mimic_cxr_sections.csv."""
    seconds: float


def export_sectioned(
    con: duckdb.DuckDBPyConnection,
    target: Path,
    *,
    rules: Rules = "official",
    dataset: str = "mimic_cxr",
    progress: Progress | None = None,
) -> SectionedFiles:
    """Write the sections of a data set's reports into a new folder, in memory that does not grow with the reports.

    =======================  ==========================================================================================
    mimic_cxr_sectioned.csv  study, impression, findings, last_paragraph, comparison: the last section of each name
    mimic_cxr_sections.csv   study and label text, without a header: the ``--no_split`` form, input of the labelers
    =======================  ==========================================================================================

    Under the official rules the 54 studies that they treat by id are in the second file alone, as published. Studies of
    MIMIC-CXR are written as ``s50414267``. The folder appears when it is complete.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse, read-only or not.
    target : Path
        Folder to make; it may be there if it is empty.
    rules : {'official', 'corrected'}
    dataset : str
    progress : callable, optional
        Called with a name for the step, the reports written and the reports to write.

    Raises
    ------
    ConfigError
        No such rules, or the folder is there and not empty or cannot be written.
    WarehouseError
        The data set has no reports, or some that these rules have not sectioned.
    """
    clock = time.perf_counter()
    load_rules(rules)
    n_reports = _require_sections(con, rules, dataset)
    special = exceptions() if (rules, dataset) == ("official", "mimic_cxr") else None
    left_out = {*special.sections, *special.slices} if special else set()
    prefix = "s" if dataset == "mimic_cxr" else ""
    n_sectioned = n_done = 0
    with new_folder(target) as folder, ExitStack() as files:
        sectioned, label_texts = (
            csv.writer(files.enter_context((folder / name).open("w", encoding="utf-8", newline="")))
            for name in (SECTIONED, LABEL_TEXTS)
        )
        sectioned.writerow(("study", *CASCADE))
        for batch in _read(con, rules, dataset):
            kept = [row for row in batch if row[0] not in left_out]
            sectioned.writerows((prefix + row[0], *map(_line_feeds, row[1:-1])) for row in kept)
            label_texts.writerows((prefix + row[0], _line_feeds(row[-1])) for row in batch)
            n_sectioned, n_done = n_sectioned + len(kept), n_done + len(batch)
            if progress is not None:
                progress("export sectioned", n_done, n_reports)
    return SectionedFiles(str(target), rules, dataset, n_sectioned, n_done, time.perf_counter() - clock)


def _line_feeds(text: str | None) -> str | None:
    """Return a text as Python reads it in text mode; the published script wrote what it had read so."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text and "\r" in text else text


def _read(con: duckdb.DuckDBPyConnection, rules: str, dataset: str) -> Iterator[list[tuple[Any, ...]]]:
    with con.cursor() as cursor:
        rows = cursor.execute(_ROWS, {"rules": rules, "dataset": dataset})
        while batch := rows.fetchmany(ROWS):
            yield batch


def _require_sections(con: duckdb.DuckDBPyConnection, rules: str, dataset: str) -> int:
    """Return the number of reports of a data set, all of which must have been sectioned as they are now."""
    row = con.execute(
        f"""
        select count(*), count(*) - count(done.study_id) from {REPORTS} as report
        left join (from nlp.sectioned_report where rules = $rules) as done using (dataset, study_id, text_hash)
        where dataset = $dataset
        """,
        {"rules": rules, "dataset": dataset},
    ).fetchone()
    n_reports, n_missing = row or (0, 0)
    if not n_reports:
        raise WarehouseError(
            f"there are no English reports of '{dataset}'", where="raw.report", fix="Load them, or check --dataset"
        )
    if n_missing:
        raise WarehouseError(
            f"{n_missing:,} of {n_reports:,} reports of '{dataset}' have no sections by the {rules} rules",
            where="nlp.section",
            fix=f"Run 'cxr section --rules {rules}' first",
        )
    return int(n_reports)
