"""ChestX-ray14: 112,120 frontal images of the NIH Clinical Center with labels mined from their reports."""

from __future__ import annotations

from warehouse.schema.base import BIGINT, DOUBLE, INTEGER, TEXT, TEXTS, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import BARS, YEARS, csv_rows


class NihImage(Landed):
    """What NIH's list says of an image; Google's labels are beside the same columns."""

    image_index: str = key(TEXT, "image file, e.g. 00000001_000.png", name="Image Index")
    finding_labels: list[str] = column(
        TEXTS, "findings mined from the report, published with bars between them, or No Finding", name="Finding Labels"
    )
    follow_up_number: int = column(INTEGER, "visit of the patient, from 0", name="Follow-up #")
    patient_id: int = column(INTEGER, "patient", name="Patient ID")
    patient_age: int = column(INTEGER, "age; years (058Y in the first release)", name="Patient Age")
    patient_gender: str = column(TEXT, "M or F", name="Patient Gender")
    view_position: str = column(TEXT, "PA or AP", name="View Position")
    image_width: int = column(INTEGER, "width of the original image; pixels", name="OriginalImage[Width")
    image_height: int = column(INTEGER, "height of the original image; pixels", name="Height]")
    pixel_spacing_x: float = column(DOUBLE, "pixel spacing along x; mm", name="OriginalImagePixelSpacing[x")
    pixel_spacing_y: float = column(DOUBLE, "pixel spacing along y; mm", name="y]")


class Chestxray14Image(NihImage, table=True):
    """Images of ChestX-ray14 (NIH) with the labels mined from their reports."""

    __tablename__ = "chestxray14_image"


class Chestxray14Box(Landed, table=True):
    """Boxes that a radiologist drew around findings of ChestX-ray14."""

    __tablename__ = "chestxray14_box"
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_index: str = column(TEXT, "image file", name="Image Index")
    finding_label: str = column(TEXT, "finding in the box", name="Finding Label")
    x: float = column(DOUBLE, "left edge; pixels of the 1024 x 1024 image", name="Bbox [x")
    y: float = column(DOUBLE, "top edge; pixels")
    w: float = column(DOUBLE, "width; pixels")
    h: float = column(DOUBLE, "height; pixels", name="h]")


SOURCE = Source(
    module=__name__,
    name="chestxray14",
    title="ChestX-ray14 (NIH): 112,120 images of 30,805 patients, 984 boxes",
    licence="no restrictions on use; cite the paper and name the NIH Clinical Center",
    citation="Wang X et al. ChestX-ray8: hospital-scale chest X-ray database and benchmarks. CVPR 2017",
    url="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    get="Data_Entry_2017_v2020.csv and BBox_List_2017.csv from nihcc.app.box.com/v/ChestXray-NIHCC,"
    " or with the package torchxrayvision",
    files=(
        File(
            "Data_Entry_2017_v2020.csv.gz",
            (Chestxray14Image,),
            csv_rows(Chestxray14Image, {"Finding Labels": BARS, "Patient Age": YEARS}),
            aliases=("Data_Entry_2017.csv",),
            sha256="9d4de640ee4f760215d8be98376b20387ca52f9c6b4d1b727cb588fb82f40b80",
        ),
        File(
            "BBox_List_2017.csv.gz",
            (Chestxray14Box,),
            csv_rows(Chestxray14Box),
            sha256="cf9dc6029f65daa8b389415b0546af0eeeb91fbac7d63ec49d7f8de2fd8f40cd",
            is_required=False,
        ),
    ),
    images="""
select
    "Patient ID"::varchar as patient_id,
    "Patient ID" || '_' || "Follow-up #" as study_id,
    "Image Index" as image_id,
    "Image Index" as path,
    "View Position" as view_position
from raw.chestxray14_image
""",
)
