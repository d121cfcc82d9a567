"""MIMIC-CXR-JPG: metadata, split, labels and the list of images of a release on the user's disk."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from warehouse import schema
from warehouse.errors import SourceError
from warehouse.schema import Table
from warehouse.schema.base import BIGINT, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, Landed, column, key
from warehouse.sources.base import File, Load, Source
from warehouse.sources.chexpert14 import CHEXPERT14, label_columns
from warehouse.sources.mimic_cxr import FORMS, releases
from warehouse.sources.reading.staging import staged_lines
from warehouse.sources.reading.tabular import count, csv_rows

_TEST_SET_LABELS = sorted("Airspace Opacity" if label == "Lung Opacity" else label for label in CHEXPERT14)


class MimicCxrJpgMetadata(Landed, table=True):
    """Selected DICOM header values of the images (mimic-cxr-2.0.0-metadata)."""

    __tablename__ = "mimic_cxr_jpg_metadata"
    dicom_id: str = key(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")
    performed_procedure_step_description: str = column(TEXT, "procedure", name="PerformedProcedureStepDescription")
    view_position: str = column(TEXT, "view position, e.g. AP, PA, LATERAL, LL", name="ViewPosition")
    rows: int = column(INTEGER, "height; pixels", name="Rows")
    columns: int = column(INTEGER, "width; pixels", name="Columns")
    study_date: date = column(DATE, "date of the study, shifted per patient", name="StudyDate")
    study_time: float = column(
        DOUBLE,
        "time of the study as published: HHMMSS.fff as a number, leading zeros lost; not shifted",
        name="StudyTime",
    )
    studied_at: datetime = column(
        TIMESTAMP, "StudyDate and StudyTime together, leading zeros restored; null where either is missing"
    )
    procedure_code_sequence_code_meaning: str = column(
        TEXT, "procedure code in words", name="ProcedureCodeSequence_CodeMeaning"
    )
    view_code_sequence_code_meaning: str = column(TEXT, "view code in words", name="ViewCodeSequence_CodeMeaning")
    patient_orientation_code_sequence_code_meaning: str = column(
        TEXT, "Erect or Recumbent", name="PatientOrientationCodeSequence_CodeMeaning"
    )


class MimicCxrJpgSplit(Landed, table=True):
    """Recommended split of the images (mimic-cxr-2.0.0-split)."""

    __tablename__ = "mimic_cxr_jpg_split"
    dicom_id: str = key(TEXT, "image")
    study_id: int = column(BIGINT, "study")
    subject_id: int = column(BIGINT, "patient")
    split: str = column(TEXT, "train, validate or test")


class MimicCxrJpgImageFilename(Landed, table=True):
    """Images that MIMIC-CXR-JPG holds (IMAGE_FILENAMES), with the ids in their paths."""

    __tablename__ = "mimic_cxr_jpg_image_filename"
    path: str = key(TEXT, "JPG file within the release")
    dicom_id: str = column(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")


class MimicCxrJpgChexpert(Landed, table=True):
    """Labels of the CheXpert labeler (mimic-cxr-2.0.0-chexpert)."""

    __tablename__ = "mimic_cxr_jpg_chexpert"
    __table_args__ = (*label_columns(sorted(CHEXPERT14)), {"schema": "raw"})
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")


class MimicCxrJpgNegbio(Landed, table=True):
    """Labels of NegBio (mimic-cxr-2.0.0-negbio)."""

    __tablename__ = "mimic_cxr_jpg_negbio"
    __table_args__ = (*label_columns(sorted(CHEXPERT14)), {"schema": "raw"})
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")


class MimicCxrJpgTestSetLabeled(Landed, table=True):
    """Labels of a radiologist for reports of the test set (mimic-cxr-2.1.0-test-set-labeled)."""

    __tablename__ = "mimic_cxr_jpg_test_set_labeled"
    __table_args__ = (*label_columns(_TEST_SET_LABELS), {"schema": "raw"})
    study_id: int = key(BIGINT, "study")


_TIME = 'try_cast("StudyTime" as double)'
_SECOND, _MINUTE = f"({_TIME} % 100)", f"floor({_TIME} % 10000 / 100)"
_IS_TIME = f"{_TIME} >= 0 and {_TIME} < 240000 and {_MINUTE} < 60 and {_SECOND} < 60"
_DATE = 'coalesce(try_strptime("StudyDate", \'%Y%m%d\'), try_cast("StudyDate" as timestamp))'

STUDY_TIME = f"if({_IS_TIME}, {_TIME}, null)"
"""The published number, where it is a time of day: HHMMSS.fff without its leading zeros."""
STUDIED_AT = f"""
if({_IS_TIME},
   {_DATE} + to_microseconds((floor({_TIME} / 10000) * 3600000000 + {_MINUTE} * 60000000)::bigint
                             + round({_SECOND} * 1000000)::bigint),
   null)
"""
"""Date and time of the study: 80556.875 is 08:05:56.875, and 17 is 17 seconds past midnight."""

_IMAGE = r"(.*/)?files/p\d{2}/p\d{1,18}/s\d{1,18}/[^/]+\.jpg"
_IMAGES = r"""
insert into {table} by name
select ? as run_id, ? as source_file,
       if(starts_with(line, 'files/'), line, regexp_extract(line, 'files/p\d{{2}}/p\d+/s\d+/[^/]+$')) as path,
       split_part(line, '/', -1)[:-5] as dicom_id, split_part(line, '/', -3)[2:]::bigint as subject_id,
       split_part(line, '/', -2)[2:]::bigint as study_id
from _staged
where regexp_full_match(line, ?)
"""


def load_image_filenames(load: Load, file: File, path: Path) -> None:
    """Read the list of images, a path a line, with the ids that each path holds."""
    table = schema.qualified(MimicCxrJpgImageFilename)
    with staged_lines(load, file, path):
        added = load.con.execute(_IMAGES.format(table=table), [load.run_id, file.name, _IMAGE]).fetchone()
        n_rows, other = (added[0] if added else 0), []
        if n_rows < count(load, "_staged"):
            other = load.con.execute(
                "select _row from _staged where not regexp_full_match(line, ?) order by 1", [_IMAGE]
            ).fetchall()
    if other and not n_rows:
        raise SourceError("no line is the path of an image", where=path, fix="Check that it is the published file")
    message = "an image's path ends in files/pNN/pSUBJECT/sSTUDY/IMAGE.jpg"
    load.reject(file.name, ((f"row {row}", "not_an_image_path", message) for (row,) in other))
    load.rows[table] += n_rows


def _file(name: str, table: type[Table]) -> File:
    forms = FORMS | {"split": "{value} in ('train', 'validate', 'test')"}
    loader = csv_rows(table, forms=forms)
    if table is MimicCxrJpgMetadata:
        loader = csv_rows(table, {"StudyTime": STUDY_TIME}, forms=forms, derived={"studied_at": STUDIED_AT})
    return File(name, (table,), loader, aliases=(name.replace("2.0.0", "2.1.0"),), is_required=False)


# The columns of mimic-cxr-2.0.0-metadata, each code from its own sequence: the published file was made by position, so
# that the orientation stands in the view's column where a header has no view code.
_METADATA_OF_HEADERS = r"""
select
    dicom_id,
    subject_id,
    study_id,
    "PerformedProcedureStepDescription",
    "ViewPosition",
    "Rows",
    "Columns",
    "StudyDate",
    try_cast("StudyTime" as double) as "StudyTime",
    studied_at,
    "ProcedureCodeSequence_CodeMeaning",
    "ViewCodeSequence_CodeMeaning",
    "PatientOrientationCodeSequence_CodeMeaning"
from raw.dicom_header
where dicom_id is not null
qualify row_number() over (partition by dicom_id order by path) = 1
"""

SOURCE = Source(
    module=__name__,
    name="mimic-cxr-jpg",
    title="MIMIC-CXR-JPG 2.1.0: metadata, split and labels of 377,110 images",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Johnson AEW et al. MIMIC-CXR-JPG, a large publicly available database of labeled chest radiographs."
    " arXiv 1901.07042, 2019",
    url="https://physionet.org/content/mimic-cxr-jpg/2.1.0/",
    get="credentialed access at physionet.org/content/mimic-cxr-jpg",
    files=(
        _file("mimic-cxr-2.0.0-metadata.csv.gz", MimicCxrJpgMetadata),
        _file("mimic-cxr-2.0.0-split.csv.gz", MimicCxrJpgSplit),
        _file("mimic-cxr-2.0.0-chexpert.csv.gz", MimicCxrJpgChexpert),
        _file("mimic-cxr-2.0.0-negbio.csv.gz", MimicCxrJpgNegbio),
        _file("mimic-cxr-2.1.0-test-set-labeled.csv", MimicCxrJpgTestSetLabeled),
        File("IMAGE_FILENAMES", (MimicCxrJpgImageFilename,), load_image_filenames, is_required=False),
    ),
    default_folder=None,
    releases=releases("mimic-cxr-jpg"),
    views={"raw.mimic_cxr_dicom_metadata": _METADATA_OF_HEADERS},
)
