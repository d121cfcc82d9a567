"""The training set: which text, which target, which split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from models.training import coded_reports
from models.training.patients import check_leakage
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from warehouse.connection import read_only
from warehouse.errors import WarehouseError
from warehouse.findings import scheme
from warehouse.splits import SPLITS


def test_findings_are_those_of_both_schemes():
    sources = coded_reports.target_sources()
    assert set(sources) == {*scheme("chexpert14").values(), *scheme("chestxray14").values()}
    assert sources["no_finding"] == sources["cardiomegaly"] == sources["hernia"] == "openi_mesh"
    assert sources["fracture"] == sources["lung_opacity"] == "cxr"


def test_texts_are_the_sections_that_count(labeled):
    with read_only(labeled) as con:
        rows = coded_reports.read_reports(con).rows.to_pylist()
    assert len(rows) == 300
    assert not any("Rule out pneumonia" in row["text"] for row in rows)
    assert sum(row["text"].endswith("\n\nPossible edema.") for row in rows) == 150


def test_reports_without_sections_are_read_whole(con):
    texts = con.execute("select text from nlp.label_source_text where study_id = 'CXR0'").fetchone()
    assert "Rule out pneumonia" in texts[0]


def test_targets(con, settings):
    con.execute("update raw.openi_report set findings = 'Possible rib fracture.' where uid = 'CXR1'")
    con.execute("update raw.openi_report set findings = 'Rib fracture.' where uid = 'CXR2'")
    con.execute("update raw.openi_report set findings = null, impression = null where uid = 'CXR3'")
    con.execute("delete from annotation.labeled_study where study_id = 'CXR4'")
    con.execute("delete from annotation.label")
    con.execute("insert into annotation.label values ('r', 'openi', 'CXR1', 'openi_mesh', 'cardiomegaly', 1)")
    label_warehouse(con, engines.load("cxr"), settings=settings)
    reports = coded_reports.read_reports(con)
    by_study = dict(zip(reports.rows["study_id"].to_pylist(), reports.targets, strict=True))
    assert len(by_study) == 58
    assert not {"CXR3", "CXR4"} & by_study.keys()
    heart, fracture = (reports.findings.index(finding) for finding in ("cardiomegaly", "fracture"))
    assert by_study["CXR1"][heart] == 1
    assert np.isnan(by_study["CXR1"][fracture])
    assert (by_study["CXR2"][heart], by_study["CXR2"][fracture]) == (0, 1)
    assert by_study["CXR5"][fracture] == 0


def test_auxiliary_targets(con, settings):
    con.execute(
        "update raw.openi_report set findings = 'No edema. Rib fracture. Possible pneumonia.' where uid = 'CXR2'"
    )
    label_warehouse(con, engines.load("cxr"), settings=settings)
    reports = coded_reports.read_reports(con)
    (auxiliary,) = reports.auxiliary[np.array(reports.rows["study_id"]) == "CXR2"]
    labels, is_denied = (
        dict(zip(scheme("chexpert14").values(), values.tolist(), strict=True)) for values in np.split(auxiliary, 2)
    )
    assert (labels["edema"], labels["fracture"], labels["pneumothorax"]) == (0, 1, 0)
    assert np.isnan(labels["pneumonia"])
    assert [finding for finding, value in is_denied.items() if value] == ["edema"]


def test_split_is_a_rule_of_the_patient(labeled):
    with read_only(labeled) as con:
        reports = coded_reports.read_reports(con)
        split = con.execute("select raw.patient_split('openi', 'p7')").fetchone()
    rows = {row["patient_id"]: row["split"] for row in reports.rows.to_pylist()}
    assert rows["p7"] == split[0]
    sizes = {name: reports.of_split(name).rows.num_rows for name in SPLITS}
    assert sum(sizes.values()) == 300
    assert all(abs(sizes[name] - 3 * percent) < 25 for name, percent in SPLITS.items())
    assert reports.of_split("test").targets.shape == (sizes["test"], len(reports.findings))


def test_a_patient_in_two_splits_is_an_error():
    rows = pa.table({"dataset": ["a"] * 3, "patient_id": ["1", "1", "2"], "split": ["train", "test", "test"]})
    with pytest.raises(WarehouseError, match="1 patients are in more than one split"):
        check_leakage(rows)


def test_what_is_missing_is_named(con, settings):
    with pytest.raises(WarehouseError, match="Run 'cxr label'"):
        coded_reports.read_reports(con)
    label_warehouse(con, engines.load("cxr"), settings=settings)
    con.execute("delete from annotation.labeled_study")
    with pytest.raises(WarehouseError, match="Run 'cxr load openi'"):
        coded_reports.read_reports(con)
