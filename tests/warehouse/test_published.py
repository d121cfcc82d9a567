"""The public files as packaged: published counts, types, views and the MeSH crosswalk."""

import csv
from pathlib import Path

import duckdb
import pytest

from tests.support import ROOT
from warehouse import findings, schema, sources
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.sql import identifier

COUNTS = {
    "raw.openi_report": 3_955,
    "raw.openi_image": 7_470,
    "raw.openi_dicom": 7_469,
    "raw.chestxray14_image": 112_120,
    "raw.chestxray14_box": 984,
    "raw.google_nih_label": 4_376,
    "raw.chexpert_image": 223_414,
    "raw.padchest_image": 160_861,
    "raw.rsna_pneumonia_image": 26_684,
    "raw.rsna_pneumonia_box": 30_227,
    "raw.siim_pneumothorax_mask": 12_954,
    "raw.vinbigdata_box": 67_914,
}
IMAGES = {
    "openi": (7_470, 3_851, 3_851),
    "chestxray14": (112_120, 112_120, 30_805),
    "chexpert": (223_414, 187_641, 64_540),
    "padchest": (160_861, 109_931, 67_625),
    "rsna_pneumonia": (26_684, 26_684, 26_684),
    "siim_pneumothorax": (12_047, 12_047, 0),
    "vinbigdata": (15_000, 15_000, 0),
}
# Where our reading of a heading differs from the NegBio authors' (reasons in the seed mesh_finding).
ONLY_OURS = {
    "pleural_effusion": ("Hydropneumothorax",),
    "pneumothorax": ("Hydropneumothorax",),
    "emphysema": ("Bullous Emphysema",),
    "hernia": ("Hernia, Hiatal", "Hernia, Diaphragmatic"),
}
ONLY_THEIRS = {"pleural_effusion": ("Pericardial Effusion",), "pleural_thickening": ("Thickening",)}
PUBLISHED_MESH = ROOT / ".." / "shared" / "data" / "openi_mesh14_dev.csv"


def one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    row = con.sql(query).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(("table", "count"), COUNTS.items())
def test_published_counts(public: duckdb.DuckDBPyConnection, table: str, count: int) -> None:
    assert one(public, f"select count(*) from {table}") == (count,)


@pytest.mark.parametrize("table", [table for table in schema.tables() if schema.qualified(table) in COUNTS])
def test_the_declared_grain_holds(public: duckdb.DuckDBPyConnection, table: type[schema.Table]) -> None:
    columns = ", ".join(identifier(name) for name in schema.grain(table))
    assert one(public, f"select count(*) - count(distinct ({columns})) from {schema.qualified(table)}") == (0,)


def test_nothing_is_rejected_or_odd(public: duckdb.DuckDBPyConnection) -> None:
    assert public.sql("from raw.rejected").fetchall() == []
    assert public.sql("from raw.odd_value").fetchall() == []


def test_every_declared_column_is_filled_somewhere(public: duckdb.DuckDBPyConnection) -> None:
    never = [
        (table, name)
        for table in COUNTS
        for (name,) in public.execute(f"select column_name from (describe {table})").fetchall()
        if one(public, f"select count({identifier(name)}) from {table}") == (0,)
    ]
    assert never == [("raw.rsna_pneumonia_image", "PatientOrientation")]


def test_lists_dates_and_nested_values(public: duckdb.DuckDBPyConnection) -> None:
    listed = one(
        public,
        'select "Labels", "labelCUIS", "LabelsLocalizationsBySentence"::varchar, "StudyDate_DICOM"::varchar'
        " from raw.padchest_image where \"ImageID\" = '135803415504923515076821959678074435083_fzis7d.png'",
    )
    labels = ["pulmonary fibrosis", "chronic changes", "kyphosis", "pseudonodule", "ground glass pattern"]
    assert listed[:2] == (labels, ["C0034069", "C0742362", "C2115817", "C3544344"])
    assert str(listed[2]).startswith('[["pulmonary fibrosis", "loc basal bilateral"], ["chronic changes"]')
    assert listed[3] == "2015-09-14"
    assert one(public, 'select min("StudyDate_DICOM")::varchar, max(len("labelCUIS")) > 6 from raw.padchest_image') == (
        "2007-05-03",
        True,
    )
    spacing = one(
        public, 'select "Pixel Spacing", "Image Type" from raw.openi_dicom where imageid = \'CXR1000_IM-0003-2001\''
    )
    assert spacing == ([0.15, 0.15], ["DERIVED", "PRIMARY"])


@pytest.mark.parametrize(("dataset", "counts"), IMAGES.items())
def test_images_studies_and_patients(
    public: duckdb.DuckDBPyConnection, dataset: str, counts: tuple[int, int, int]
) -> None:
    query = "select count(distinct image_id), count(distinct study_id), count(distinct patient_id) from raw.image"
    assert one(public, f"{query} where dataset = '{dataset}'") == counts
    assert one(public, f"select count(*) from raw.image where dataset = '{dataset}'") == counts[:1]


def test_reports_have_one_row_a_study(public: duckdb.DuckDBPyConnection) -> None:
    found = public.sql(
        "select dataset, language, count(*), count(distinct study_id), count(text) from raw.report"
        " group by all order by 1"
    )
    assert found.fetchall() == [("openi", "en", 3_955, 3_955, 3_955), ("padchest", "es", 109_931, 109_931, 109_931)]


def test_packaged_files_are_the_known_ones(public_folder: Path) -> None:
    settings = Settings(public_data=public_folder)
    for source in sources.all_sources().values():
        if source.describe()["sha256"]:
            fingerprints = source.verify(source.locate(None, settings))
            assert [f.file for f in fingerprints if not f.is_known] == []


def test_loading_again_changes_nothing(public_warehouse: Path, public_folder: Path) -> None:
    settings = Settings(public_data=public_folder)
    with writing(public_warehouse, settings) as con:
        for name in ("openi", "openi-annotation", "padchest"):
            assert sources.load_source(con, sources.get(name), None, settings).status == "unchanged"


def test_the_crosswalk_names_known_findings() -> None:
    rows = findings.read_seed("mesh_finding")
    assert {row["finding"] for row in rows} == {*findings.scheme("chestxray14").values(), "no_finding"}
    assert all(row["reason"] for row in rows)
    assert len({(row["mesh"], row["finding"]) for row in rows}) == len(rows)


@pytest.mark.skipif(not PUBLISHED_MESH.exists(), reason="the NegBio authors' table is not here")
def test_the_crosswalk_against_the_table_of_the_negbio_authors(public: duckdb.DuckDBPyConnection) -> None:
    """Every difference is one of a few headings that are read differently on purpose."""
    with PUBLISHED_MESH.open(newline="") as file:
        published = {row["uid"]: row for row in csv.DictReader(file)}
    terms = dict(public.sql("select uid, mesh_major from raw.openi_report").fetchall())
    coded = set(public.sql("select study_id, finding from annotation.label where annotator = 'openi_mesh'").fetchall())
    for label, finding in {**findings.scheme("chestxray14"), "normal": "no_finding"}.items():
        theirs = {uid for uid, row in published.items() if row[label] == "1"}
        ours = {uid for uid, name in coded if name == finding and uid in published}
        for uids, headings in ((ours - theirs, ONLY_OURS), (theirs - ours, ONLY_THEIRS)):
            allowed = headings.get(finding, ())
            assert all(any(term.split("/")[0] in allowed for term in terms[uid]) for uid in uids), finding
        if finding != "hernia":
            assert len(ours ^ theirs) <= 8, finding
