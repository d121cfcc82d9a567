"""The marts over a handful of rows, each of which a rule decides."""

from __future__ import annotations

import duckdb
import pytest


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return con.sql(query).fetchall()


def test_labels_are_of_the_latest_complete_run_and_the_strongest_of_a_study(con: duckdb.DuckDBPyConnection) -> None:
    query = "from marts.fct_study_label where dataset in ('openi', 'chestxray14', 'chexpert', 'padchest', 'mimic_cxr')"
    labels = {row[:4]: row[4] for row in rows(con, query)}
    assert labels == {
        ("openi", "CXR1", "cxr", "pneumothorax"): 0,
        ("openi", "CXR1", "cxr", "cardiomegaly"): 1,
        ("openi", "CXR1", "openi_mesh", "cardiomegaly"): 1,
        ("chestxray14", "1_0", "nih_nlp", "nodule"): 1,
        ("chestxray14", "1_1", "nih_nlp", "no_finding"): 1,
        ("chexpert", "patient00001/study1", "chexpert_published", "edema"): -1,
        ("padchest", "s", "padchest_physician", "pneumothorax"): 1,
        ("padchest", "s", "padchest_physician", "pleural_effusion"): 1,
        ("padchest", "s", "padchest_physician", "mass"): 1,
        ("padchest", "s", "padchest_physician", "lung_lesion"): 1,
        ("mimic_cxr", "53", "mimic_chexpert", "edema"): 1,
        ("mimic_cxr", "53", "mimic_negbio", "edema"): -1,
    }


def test_wide_table_has_the_layout_of_mimic_cxr_jpg(con: duckdb.DuckDBPyConnection) -> None:
    wide = con.sql("from marts.study_label_wide where labeler = 'mimic_chexpert' order by study_id")
    assert wide.columns[3:] == [
        "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture",
        "Lung Lesion", "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia",
        "Pneumothorax", "Support Devices",
    ]  # fmt: skip
    empty, labeled = wide.fetchall()
    assert (empty[1], set(empty[3:])) == ("51", {None})
    assert (labeled[1], labeled[6]) == ("53", 1)


def test_studies_are_ordered_by_time_not_id(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        select study_id, n_study_in_patient, prior_study_id, days_since_prior, split, studied_at::varchar
        from marts.dim_study where dataset = 'mimic_cxr' order by n_study_in_patient
    """
    assert rows(con, query) == [
        ("53", 1, None, None, "test", "2180-05-06 08:05:56.875"),
        ("51", 2, "53", 3, "test", "2180-05-09 08:05:56.875"),
        ("57", None, None, None, None, None),
    ]


def test_a_listed_study_without_images_or_report_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    query = "select patient_id, n_images, has_report from marts.dim_study where study_id = '57'"
    assert rows(con, query) == [("10", 0, False)]


def test_what_is_known_of_an_examination(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        select s.study_id, s.is_portable, s.ordering_provider_id, i.patient_orientation, i.procedure_description
        from marts.dim_study as s inner join marts.dim_image as i using (dataset, study_id)
        where dataset = 'mimic_cxr' order by all
    """
    assert rows(con, query) == [
        ("51", True, None, "Erect", "CHEST (PORTABLE AP)"),
        ("53", False, "P1", "Erect", "CHEST (PA AND LAT)"),
    ]


def test_the_section_that_labels_come_from(con: duckdb.DuckDBPyConnection) -> None:
    query = "select label_section, official_label_section from marts.dim_study where study_id = 'CXR1'"
    assert rows(con, query) == [("findings", None)]


def test_frontal_and_lateral_images_of_a_study_are_a_pair(con: duckdb.DuckDBPyConnection) -> None:
    columns = "dataset, frontal_image_id, lateral_image_id, is_best"
    query = f"select {columns} from marts.image_pair where dataset = 'chexpert'"
    folder = "CheXpert-v1.0-small/train/patient00001/study1"
    assert rows(con, query) == [("chexpert", f"{folder}/view1_frontal.jpg", f"{folder}/view2_lateral.jpg", True)]


@pytest.mark.parametrize(
    ("policy", "targets"),
    [
        ("u_ones", {("mimic_chexpert", 1), ("mimic_negbio", 1)}),
        ("u_zeros", {("mimic_chexpert", 1), ("mimic_negbio", 0)}),
        ("u_ignore", {("mimic_chexpert", 1), ("mimic_negbio", None)}),
        ("positive_only", {("mimic_chexpert", 1), ("mimic_negbio", 0)}),
    ],
)
def test_a_training_set_is_one_view(
    con: duckdb.DuckDBPyConnection, policy: str, targets: set[tuple[str, int | None]]
) -> None:
    long = "select labeler, target from marts.training_label where policy = ? and finding = 'edema' and study_id = '53'"
    wide = "select labeler, \"Edema\" from marts.training_label_wide where policy = ? and study_id = '53'"
    for query in (long, wide):
        assert set(con.execute(query, [policy]).fetchall()) == targets
    silent = con.execute(f"{long.replace("'53'", "'51'")}", [policy]).fetchall()
    assert {target for _, target in silent} == {0}


def test_the_two_training_views_agree(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        with wide as (
            from marts.training_label_wide unpivot include nulls (
                target for label in (columns(* exclude (policy, dataset, labeler, study_id, patient_id, split)))
            )
        )
        select count(*), count(*) filter (where wide.target is distinct from long.target)
        from marts.training_label as long
        inner join seeds.label_scheme as names on names.scheme = 'chexpert14' and names.finding = long.finding
        inner join wide using (policy, dataset, labeler, study_id, label)
    """
    n_rows, n_different = rows(con, query)[0]
    assert n_rows > 50
    assert n_different == 0


def test_studies_are_linked_with_the_stays_of_mimic_iv(con: duckdb.DuckDBPyConnection) -> None:
    query = "select study_id, link, hadm_id, age_years, sex, race from marts.study_encounter order by all"
    assert rows(con, query) == [
        ("51", "no_encounter", None, 52.0, "F", "WHITE"),
        ("53", "admission", "20", 52.0, "F", "WHITE"),
        ("57", "no_time", None, None, "F", None),
    ]
    counted = "select link, is_matched, n_studies from marts.study_encounter_count order by all"
    assert rows(con, counted) == [("admission", True, 1), ("no_encounter", False, 1), ("no_time", False, 1)]
    known = "select age_years, sex from marts.dim_study join marts.dim_patient using (dataset, patient_id)"
    assert rows(con, f"{known} where study_id = '53'") == [(52.0, "F")]


def test_a_report_without_text_makes_a_study_without_a_report(con: duckdb.DuckDBPyConnection) -> None:
    query = "select study_id, n_images, has_report from marts.dim_study where dataset = 'openi' order by all"
    assert rows(con, query) == [("CXR1", 1, True), ("CXR2", 0, False)]


@pytest.mark.parametrize(
    ("image_id", "view_class"),
    [
        ("CXR1_1_IM-0001-3001", "frontal"),
        ("p.png", "frontal"),
        ("d53", "lateral"),
        ("00000001_000.png", "unknown"),
        ("CheXpert-v1.0-small/train/patient00001/study1/view2_lateral.jpg", "lateral"),
    ],
)
def test_view_class(con: duckdb.DuckDBPyConnection, image_id: str, view_class: str) -> None:
    found = con.execute("select view_class from marts.dim_image where image_id = ?", [image_id]).fetchone()
    assert found == (view_class,)


def test_unscored_cells_are_left_out_of_prevalence(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        select finding, n_studies, n_positive, n_not_mentioned from marts.finding_prevalence
        where labeler in ('openi_mesh', 'mimic_chexpert') order by all
    """
    assert rows(con, query) == [("cardiomegaly", 1, 1, 0), ("edema", 2, 1, 1), ("fracture", 0, 0, 0)]


def test_agreement_counts_answers_of_both(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        select labeler_a, labeler_b, finding, n_studies, n_positive_uncertain, n_none_none, observed_agreement
        from marts.labeler_agreement where dataset = 'mimic_cxr'
    """
    assert rows(con, query) == [("mimic_chexpert", "mimic_negbio", "edema", 2, 1, 1, 0.5)]


def test_a_mention_carries_its_cue(con: duckdb.DuckDBPyConnection) -> None:
    query = "select labeler, text, cue_text, rule_id, cue_rule_id from marts.finding_mention"
    assert rows(con, query) == [("cxr", "pneumothorax", "No", "pneumothorax.named", "absent.no")]


def test_performance_counts_a_study_without_a_mention_as_negative(con: duckdb.DuckDBPyConnection) -> None:
    query = "select labeler, n_positive, n_negative, is_in_sample, auroc from marts.model_performance order by all"
    assert rows(con, query) == [("cxr", 1, 1, None, 1.0), ("openi_mesh", 1, 0, None, None)]


def test_reference_counts_say_what_is_loaded(con: duckdb.DuckDBPyConnection) -> None:
    statuses = dict(rows(con, "select dataset || ' ' || subject, status from marts.reference_count"))
    assert statuses["openi reports"] == "differs"
    assert statuses["vinbigdata training images"] == "not loaded"
    assert statuses["mimic_cxr texts from impression"] == "not loaded"  # the official rules were not run
    assert statuses["mimic_cxr studies of validate"] == "differs"  # none of those loaded are
    counts = dict(rows(con, "select subject, loaded_count from marts.reference_count where dataset = 'mimic_cxr'"))
    assert counts["images of test"] == counts["lateral images of test"] == counts["images of view LL"] == 2
    assert counts["studies with a finding of test"] == counts["patients with a finding of test"] == 1
    assert counts["studies of 1 image"] == 2
    assert counts["studies without a label by CheXpert"] == 1
    assert counts["ordering providers"] == 1
    assert counts["Edema: labelers disagree"] == 0  # they disagree on one study, which is not of train


def test_every_published_count_of_mimic_cxr_is_counted(con: duckdb.DuckDBPyConnection) -> None:
    """A subject that no group-by names would read as not loaded for ever."""
    kinds = (
        "images of view %", "images of orientation %", "images without %", "studies of % image%", "studies of folder %",
        "texts from %", "% of train", "% of validate", "% of test", "% providers", "studies labeled by a radiologist",
    )  # fmt: skip
    query = """
        select subject from seeds.published_count
        where dataset = 'mimic_cxr' and subject not in (select subject from intermediate.int_mimic_cxr_count)
    """
    like = " or ".join(f"subject like '{kind}'" for kind in kinds)
    assert rows(con, f"select subject from ({query}) where not ({like})") == []


def test_published_figures_stand_beside_measured_ones(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        select f1 from marts.labeler_benchmark
        where is_published and (gold, labeler, finding) = ('openi_mesh', 'negbio', 'micro')
    """
    assert rows(con, query) == [(0.873,)]
