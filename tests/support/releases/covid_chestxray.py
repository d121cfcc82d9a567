"""An invented part of the COVID-19 image data collection, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files, table

COLUMNS = ("patientid", "offset", "sex", "age", "finding", "view", "modality", "date", "folder", "filename")
NOTES = "Invented opacities, day 3."


def tree(folder: Path) -> Path:
    covid, streptococcus = "Pneumonia/Viral/COVID-19", "Pneumonia/Bacterial/Streptococcus"
    rows: list[list[object]] = [
        ["2", 3, "M", 65, covid, "AP Supine", "X-ray", "January 22, 2020", "images", "a.jpeg", NOTES],
        ["2", 3, "M", 65, covid, "L", "X-ray", "January 22, 2020", "images", "b.jpeg", NOTES],
        ["2", 3, "M", 65, covid, "Axial", "CT", "2020", "volumes", "c.nii.gz", ""],
        ["2", 9, "M", 65, "No Finding", "PA", "X-ray", "2020", "images", "d.jpeg", "Invented clear lungs."],
        ["4a", "", "", "", "todo", "PA", "X-ray", "2019", "images", "e.png", ""],
        ["5", 0, "F", 40.5, streptococcus, "AP Erect", "X-ray", "", "images", "f.jpg", ""],
    ]
    return files(folder, {"metadata.csv": table([*COLUMNS, "clinical_notes", ""], *([*row, ""] for row in rows))})


LANDED = {
    "select patient_id, study_id, image_id, path from raw.image order by image_id": [
        ("2", "2_3", "a.jpeg", "images/a.jpeg"),
        ("2", "2_3", "b.jpeg", "images/b.jpeg"),
        ("2", "2_3_CT", "c.nii.gz", "volumes/c.nii.gz"),
        ("2", "2_9", "d.jpeg", "images/d.jpeg"),
        ("4a", "4a_2019", "e.png", "images/e.png"),
        ("5", "5_0", "f.jpg", "images/f.jpg"),
    ],
    "select patient_id, study_id, text, language from raw.report order by study_id": [
        ("2", "2_3", NOTES, "en"),
        ("2", "2_9", "Invented clear lungs.", "en"),
    ],
    "select count(*) from raw.odd_value": [(0,)],
}

MARTS = {
    "select study_id, finding, value from marts.fct_study_label"
    " where labeler = 'covid_chestxray_authors' order by all": [
        ("2_3", "covid19", 1),
        ("2_3", "pneumonia", 1),
        ("2_3_CT", "covid19", 1),
        ("2_3_CT", "pneumonia", 1),
        ("2_9", "no_finding", 1),
        ("5_0", "pneumonia", 1),
    ],
    "select i.image_id, i.view_class, s.age_years from marts.dim_image as i"
    " join marts.dim_study as s using (dataset, study_id) where dataset = 'covid_chestxray' order by all": [
        ("a.jpeg", "frontal", 65),
        ("b.jpeg", "lateral", 65),
        ("c.nii.gz", "other", 65),
        ("d.jpeg", "frontal", 65),
        ("e.png", "frontal", None),
        ("f.jpg", "frontal", 40.5),
    ],
    "select patient_id, sex, n_images from marts.dim_patient where dataset = 'covid_chestxray' order by all": [
        ("2", "M", 4),
        ("4a", None, 1),
        ("5", "F", 1),
    ],
    "select modality, n_studies, n_images, n_reports from marts.dim_dataset where dataset = 'covid_chestxray'": [
        ("mixed", 5, 6, 2)
    ],
    "select kind, n_studies from marts.dim_labeler where labeler = 'covid_chestxray_authors'": [("human", 4)],
}
