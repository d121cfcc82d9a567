"""RSNA pneumonia detection challenge: boxes and DICOM headers of 26,684 images drawn from ChestX-ray14."""

from __future__ import annotations

from warehouse.schema.base import BIGINT, DOUBLE, INTEGER, SMALLINT, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import YEARS, csv_rows


class RsnaPneumoniaImage(Landed, table=True):
    """DICOM headers of the RSNA pneumonia challenge (training images, drawn from ChestX-ray14)."""

    __tablename__ = "rsna_pneumonia_image"
    patient_id: str = key(TEXT, "image; the challenge gives each image a patient id of its own", name="PatientID")
    filename: str = column(TEXT, "DICOM file", name="Filename")
    body_part_examined: str = column(TEXT, "body part", name="BodyPartExamined")
    conversion_type: str = column(TEXT, "conversion type", name="ConversionType")
    instance_number: int = column(SMALLINT, "instance number", name="InstanceNumber")
    modality: str = column(TEXT, "modality", name="Modality")
    patient_age: int = column(INTEGER, "age; years", name="PatientAge")
    patient_orientation: str = column(TEXT, "patient orientation", name="PatientOrientation")
    patient_sex: str = column(TEXT, "F or M", name="PatientSex")
    pixel_spacing: float = column(DOUBLE, "pixel spacing; mm", name="PixelSpacing")
    samples_per_pixel: int = column(SMALLINT, "samples a pixel", name="SamplesPerPixel")
    series_number: int = column(SMALLINT, "series number", name="SeriesNumber")
    view_position: str = column(TEXT, "PA or AP", name="ViewPosition")


class RsnaPneumoniaBox(Landed, table=True):
    """Boxes of the RSNA pneumonia challenge; an image without pneumonia has one row without a box."""

    __tablename__ = "rsna_pneumonia_box"
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    patient_id: str = column(TEXT, "image", name="patientId")
    x: float = column(DOUBLE, "left edge; pixels of the 1024 x 1024 image")
    y: float = column(DOUBLE, "top edge; pixels")
    width: float = column(DOUBLE, "width; pixels")
    height: float = column(DOUBLE, "height; pixels")
    target: int = column(SMALLINT, "1 opacity that suggests pneumonia, 0 none", name="Target")


SOURCE = Source(
    module=__name__,
    name="rsna-pneumonia",
    title="RSNA pneumonia detection challenge: 26,684 images, 30,227 label rows",
    licence="RSNA challenge rules: academic research and education, not commercial",
    citation="Shih G et al. Augmenting the National Institutes of Health chest radiograph dataset with expert"
    " annotations of possible pneumonia. Radiol Artif Intell 2019;1(1):e180041",
    url="https://www.rsna.org/rsnai/ai-image-challenge/rsna-pneumonia-detection-challenge-2018",
    get="stage_2_train_labels.csv from the challenge on Kaggle, or both files with the package torchxrayvision",
    files=(
        File(
            "kaggle_stage_2_train_labels.csv.zip",
            (RsnaPneumoniaBox,),
            csv_rows(RsnaPneumoniaBox),
            aliases=("stage_2_train_labels.csv", "stage_2_train_labels.csv.zip"),
            sha256="73044dc075ffa05bde37b6c6165661a87d7c3fd0fdd277f909945e11263c06b0",
        ),
        File(
            "kaggle_stage_2_train_images_dicom_headers.csv.gz",
            (RsnaPneumoniaImage,),
            csv_rows(RsnaPneumoniaImage, {"PatientAge": YEARS}),
            sha256="600a2b388e0beddc1d32b8fc17de432c0559cfa6865238bdf83c916f42d86c72",
            is_required=False,
        ),
    ),
    images="""
select
    "PatientID" as patient_id,
    "PatientID" as study_id,
    "PatientID" as image_id,
    "Filename" as path,
    "ViewPosition" as view_position
from raw.rsna_pneumonia_image
""",
)
