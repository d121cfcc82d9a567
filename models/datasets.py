"""The training set of the report networks: texts, targets and splits, as SQL over the warehouse.

Text: the sections of ``nlp.section`` whose mentions count (findings, impression), joined by blank lines; the whole
report where the sections have not been found yet.

Targets: human MeSH coding (``annotation.label``) for the ChestX-ray14 findings and "No Finding"; for the CheXpert
observations that the coding lacks, the rule labeler (``nlp.label``), where an uncertain label is no target at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse import findings
from warehouse.errors import WarehouseError

ANNOTATOR, LABELER = "openi_mesh", "cxr"
TEXT_POLICY = "label_source_sections_else_whole_text"
TEXT_POLICY_IN_WORDS = (
    "Sections whose mentions count (findings, impression), joined; the whole report where it has no parsed sections."
)

# Percent of patients, in this order.
SPLITS = {"train": 70, "validation": 10, "test": 20}

SPLIT_RULE = "md5(dataset:patient_id) as an integer modulo 100: below 70 train, below 80 validation, else test"
SPLIT_SQL = """case
    when md5_number(dataset || ':' || patient_id) % 100 < 70 then 'train'
    when md5_number(dataset || ':' || patient_id) % 100 < 80 then 'validation'
    else 'test'
end"""

INPUT_SQL = """(
    select
        report.dataset, report.patient_id, report.study_id,
        coalesce(if(section.study_id is null, report.text, section.text), '') as text
    from raw.report as report
    left join (
        select dataset, study_id, string_agg(text, e'\\n\\n' order by ordinal) filter (is_label_source) as text
        from nlp.section
        group by dataset, study_id
    ) as section using (dataset, study_id)
    where report.language = 'en'
)"""


@dataclass(frozen=True)
class Reports:
    """Reports with their targets.

    Attributes
    ----------
    findings : tuple of str
        Finding ids, the columns of ``targets``.
    rows : pa.Table
        Columns dataset, patient_id, study_id, split, text.
    targets : ndarray of float32, (n_reports, n_findings)
        1 present, 0 not present, nan no target.
    """

    findings: tuple[str, ...]
    rows: pa.Table
    targets: NDArray[np.float32]

    @property
    def texts(self) -> list[str]:
        """Texts of the rows."""
        return list(self.rows["text"].to_pylist())

    def of_split(self, split: str) -> Reports:
        """Return the reports of one split."""
        is_in = pc.equal(self.rows["split"], split)
        return Reports(self.findings, self.rows.filter(is_in), self.targets[is_in.to_numpy()])


def target_sources() -> dict[str, str]:
    """Return where each finding's target comes from, by finding: the union of both label schemes, in their order."""
    coded = {*findings.scheme("chestxray14").values(), "no_finding"}
    union = dict.fromkeys([*findings.scheme("chexpert14").values(), *findings.scheme("chestxray14").values()])
    return {finding: ANNOTATOR if finding in coded else LABELER for finding in union}


def label_run(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Return id and lexicon hash of the labeler's latest complete run, whose labels are targets.

    Raises
    ------
    WarehouseError
        There is none.
    """
    run: tuple[str, str] | None = con.execute(
        """
        select run_id, lexicon_sha from nlp.label_run where labeler = ? and status = 'complete'
        order by finished_at desc, run_id limit 1
        """,
        [LABELER],
    ).fetchone()
    if run is None:
        raise WarehouseError(
            f"no complete run of the labeler '{LABELER}'", where="nlp.label_run", fix="Run 'cxr label'"
        )
    return run


def read_reports(con: duckdb.DuckDBPyConnection) -> Reports:
    """Read the reports that were coded by people and labeled by rules, split by patient.

    Returns
    -------
    Reports
        In the order of data set and study, whatever the order in the warehouse.

    Raises
    ------
    WarehouseError
        Annotations or labels are missing, or a patient is in two splits.
    """
    run, _ = label_run(con)
    sources = target_sources()
    columns = ", ".join(
        f"max(case value when 1 then 1 when 0 then 0 else null end) filter (finding = '{finding}') as {finding},"
        f" count(*) filter (finding = '{finding}') > 0 as has_{finding}"
        for finding in sources
    )
    coded, labeled = (
        ", ".join(f"'{finding}'" for finding, source in sources.items() if source == name)
        for name in (ANNOTATOR, LABELER)
    )
    values = ", ".join(f"if(has_{finding}, {finding}, 0)::float as {finding}" for finding in sources)
    table = con.execute(
        f"""
        with target as (
            select dataset, study_id, finding, value from annotation.label
            where annotator = $annotator and finding in ({coded})
            union all
            select dataset, study_id, finding, value from nlp.label where run_id = $run and finding in ({labeled})
        ),
        study as (
            select dataset, study_id from annotation.labeled_study where annotator = $annotator
            intersect
            select dataset, study_id from nlp.labeled_report where run_id = $run
        ),
        wide as (select dataset, study_id, {columns} from study left join target using (dataset, study_id) group by all)
        select dataset, patient_id, study_id, {SPLIT_SQL} as split, text, {values}
        from {INPUT_SQL} join wide using (dataset, study_id)
        where trim(text) <> ''
        order by dataset, study_id
        """,
        {"annotator": ANNOTATOR, "run": run},
    ).to_arrow_table()
    if not table.num_rows:
        raise WarehouseError(
            f"no report is coded by '{ANNOTATOR}'", where="annotation.label", fix="Run 'cxr load openi'"
        )
    rows = table.select(["dataset", "patient_id", "study_id", "split", "text"])
    check_leakage(rows)
    targets = np.stack([table[finding].to_numpy(zero_copy_only=False) for finding in sources], axis=1)
    return Reports(tuple(sources), rows, targets.astype(np.float32))


def check_leakage(rows: pa.Table) -> None:
    """Raise when a patient's reports are in more than one split.

    Parameters
    ----------
    rows : pa.Table
        Columns dataset, patient_id, split.

    Raises
    ------
    WarehouseError
    """
    splits = rows.group_by(["dataset", "patient_id"]).aggregate([("split", "count_distinct")])
    n_shared = pc.sum(pc.greater(splits["split_count_distinct"], 1)).as_py()
    if n_shared:
        raise WarehouseError(f"{n_shared} patients are in more than one split", where="training set")
