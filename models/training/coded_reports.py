"""The training set of the packaged report network: texts, targets and splits, as SQL over the warehouse.

Targets: human MeSH coding (``annotation.label``) for the ChestX-ray14 findings and "No Finding"; for the CheXpert
observations that the coding lacks, the rule labeler (``nlp.label``), where an uncertain label is no target at all.

Auxiliary targets: what the labeler says of every CheXpert observation, and whether the report denies it. They teach
the network negation, which few positive reports of a rare finding cannot; they are no outputs of it.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.training.patients import check_leakage
from models.training.sets import Items
from warehouse import findings
from warehouse.errors import WarehouseError

ANNOTATOR, LABELER = "openi_mesh", "cxr"
NOT_MENTIONED = -2
AUXILIARY_IN_WORDS = (
    "The labeler's label of each of the 14 CheXpert observations, and whether the report denies it: learned beside the "
    "targets, then cut off."
)


def target_sources() -> dict[str, str]:
    """Return where each finding's target comes from, by finding: the union of both label schemes, in their order."""
    coded = {*findings.scheme("chestxray14").values(), "no_finding"}
    union = dict.fromkeys([*findings.scheme("chexpert14").values(), *findings.scheme("chestxray14").values()])
    return {finding: ANNOTATOR if finding in coded else LABELER for finding in union}


def auxiliary_findings() -> list[str]:
    """Return the findings that have two auxiliary targets each: the labeler's label, and whether it is denied."""
    return list(findings.scheme("chexpert14").values())


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


def read_reports(con: duckdb.DuckDBPyConnection, studies: Collection[str] | None = None) -> Items:
    """Read the reports that were coded by people and labeled by rules, split by patient.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    studies : collection of str, optional
        Ids of the only studies to take.

    Returns
    -------
    Items
        Of columns dataset, patient_id, study_id, split, text; in the order of data set and study, whatever the order in
        the warehouse.

    Raises
    ------
    WarehouseError
        Annotations or labels are missing, or a patient is in two splits.
    """
    run, _ = label_run(con)
    rows = con.execute(
        """
        with study as (
            select dataset, study_id from annotation.labeled_study where annotator = ?
            intersect
            select dataset, study_id from nlp.labeled_report where run_id = ?
        )
        select dataset, patient_id, study_id, raw.patient_split(dataset, patient_id) as split, text
        from nlp.label_source_text join study using (dataset, study_id)
        where trim(text) <> ''
        order by dataset, study_id
        """,
        [ANNOTATOR, run],
    ).to_arrow_table()
    if studies is not None:
        rows = rows.filter(pc.is_in(rows["study_id"], pa.array(sorted(studies), pa.string())))
    if not rows.num_rows:
        raise WarehouseError(
            f"no report is coded by '{ANNOTATOR}'", where="annotation.label", fix="Run 'cxr load openi'"
        )
    check_leakage(rows)
    sources, observed = target_sources(), auxiliary_findings()
    coded = _values(con, rows, "annotation.label where annotator = ?", ANNOTATOR, list(sources))
    labeled = _values(con, rows, "nlp.label where run_id = ?", run, list(sources))
    is_coded = np.array([source == ANNOTATOR for source in sources.values()])
    values = labeled[:, [list(sources).index(finding) for finding in observed]]
    auxiliary = np.concatenate([_as_targets(values), np.equal(values, 0)], axis=1, dtype=np.float32)
    return Items(tuple(sources), rows, _as_targets(np.where(is_coded, coded, labeled)), auxiliary)


def _values(
    con: duckdb.DuckDBPyConnection, rows: pa.Table, labels: str, key: str, wanted: list[str]
) -> NDArray[np.int8]:
    """Return the value of each row's labels by finding, NOT_MENTIONED where there is none."""
    con.register("_row", rows.select(["dataset", "study_id"]).append_column("place", pa.array(range(rows.num_rows))))
    try:
        found = con.execute(
            f"""
            select place, list_position(?, finding) - 1 as finding, value from _row join
            (select dataset, study_id, finding, value from {labels} and list_contains(?, finding))
            using (dataset, study_id)
            """,
            [wanted, key, wanted],
        ).fetchnumpy()
    finally:
        con.unregister("_row")
    values = np.full((rows.num_rows, len(wanted)), NOT_MENTIONED, dtype=np.int8)
    values[found["place"], found["finding"]] = found["value"]
    return values


def _as_targets(values: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return 1 for present, 0 for absent and not mentioned, nan for uncertain and not scored."""
    return np.select([values == 1, (values == 0) | (values == NOT_MENTIONED)], [1, 0], np.nan).astype(np.float32)
