"""PadChest: 160,861 images of the Hospital San Juan de Alicante with their Spanish reports.

The report is the same for all images of a study, so that it is in raw.report once a study.
"""

from __future__ import annotations

from datetime import date

from warehouse.schema.base import BIGINT, DATE, DOUBLE, INTEGER, JSON_, SMALLINT, TEXT, TEXTS, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import csv_rows


class PadchestImage(Landed, table=True):
    """Images of PadChest with the Spanish report (stemmed by the authors) and its labels."""

    __tablename__ = "padchest_image"
    image_id: str = key(TEXT, "image file", name="ImageID")
    image_dir: int = column(SMALLINT, "folder of the release that holds it", name="ImageDir")
    study_date_dicom: date = column(DATE, "date of the study", name="StudyDate_DICOM")
    study_id: str = column(TEXT, "study", name="StudyID")
    patient_id: str = column(TEXT, "patient", name="PatientID")
    patient_birth: int = column(INTEGER, "year of birth", name="PatientBirth")
    patient_sex_dicom: str = column(TEXT, "M, F or O", name="PatientSex_DICOM")
    view_position_dicom: str = column(TEXT, "view position in the DICOM header", name="ViewPosition_DICOM")
    projection: str = column(TEXT, "projection: PA, L, AP, AP_horizontal, COSTAL, EXCLUDE or UNK", name="Projection")
    method_projection: str = column(TEXT, "how the projection was found", name="MethodProjection")
    pediatric: str = column(TEXT, "PED, or No", name="Pediatric")
    modality_dicom: str = column(TEXT, "CR or DX", name="Modality_DICOM")
    manufacturer_dicom: str = column(TEXT, "manufacturer", name="Manufacturer_DICOM")
    photometric_interpretation_dicom: str = column(
        TEXT, "photometric interpretation", name="PhotometricInterpretation_DICOM"
    )
    pixel_representation_dicom: int = column(SMALLINT, "0 unsigned, 1 signed", name="PixelRepresentation_DICOM")
    pixel_aspect_ratio_dicom: list[str] = column(
        TEXTS, "pixel aspect ratio, vertical and horizontal", name="PixelAspectRatio_DICOM"
    )
    spatial_resolution_dicom: float = column(DOUBLE, "spatial resolution; mm", name="SpatialResolution_DICOM")
    bits_stored_dicom: int = column(SMALLINT, "bits a pixel", name="BitsStored_DICOM")
    window_center_dicom: float = column(DOUBLE, "window centre", name="WindowCenter_DICOM")
    window_width_dicom: float = column(DOUBLE, "window width", name="WindowWidth_DICOM")
    rows_dicom: int = column(INTEGER, "height; pixels", name="Rows_DICOM")
    columns_dicom: int = column(INTEGER, "width; pixels", name="Columns_DICOM")
    xray_tube_current_dicom: float = column(DOUBLE, "tube current; mA", name="XRayTubeCurrent_DICOM")
    exposure_dicom: float = column(DOUBLE, "exposure; mAs", name="Exposure_DICOM")
    exposure_inu_as_dicom: float = column(DOUBLE, "exposure; uAs", name="ExposureInuAs_DICOM")
    exposure_time: float = column(DOUBLE, "exposure time; ms", name="ExposureTime")
    relative_xray_exposure_dicom: float = column(
        DOUBLE, "relative exposure on the detector", name="RelativeXRayExposure_DICOM"
    )
    report_id: int = column(BIGINT, "report; some reports serve two studies", name="ReportID")
    report: str = column(TEXT, "words of the report, Spanish, stemmed, without accents", name="Report")
    method_label: str = column(TEXT, "Physician, or RNN_model", name="MethodLabel")
    labels: list[str] = column(TEXTS, "findings of the report", name="Labels")
    localizations: list[str] = column(TEXTS, "locations named in the report", name="Localizations")
    labels_localizations_by_sentence: str = column(
        JSON_,
        "lists of findings and locations, a sentence each, or one flat list",
        name="LabelsLocalizationsBySentence",
    )
    label_cuis: list[str] = column(TEXTS, "UMLS concepts of the findings", name="labelCUIS")
    localizations_cuis: list[str] = column(TEXTS, "UMLS concepts of the locations", name="LocalizationsCUIS")


SOURCE = Source(
    module=__name__,
    name="padchest",
    title="PadChest: 160,861 images of 67,625 patients with Spanish reports and labels",
    licence="PadChest data use agreement: research only, no redistribution of the images",
    citation="Bustos A et al. PadChest: a large chest x-ray image dataset with multi-label annotated reports."
    " Med Image Anal 2020;66:101797",
    url="https://bimcv.cipf.es/bimcv-projects/padchest/",
    get="the labels CSV from bimcv.cipf.es/bimcv-projects/padchest, or with the package torchxrayvision",
    files=(
        File(
            "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
            (PadchestImage,),
            csv_rows(PadchestImage, nulls=("", "nan", "None")),
            sha256="34a10144a87fe00c176f23f9aa174a10137fd425882b09d8fb012ab817d99d65",
        ),
    ),
    reports="""
select
    min("PatientID") as patient_id,
    "StudyID" as study_id,
    coalesce(min("Report"), '') as text,
    'es' as language
from raw.padchest_image
group by "StudyID"
""",
    images="""
select
    "PatientID" as patient_id,
    "StudyID" as study_id,
    "ImageID" as image_id,
    "ImageDir" || '/' || "ImageID" as path,
    "Projection" as view_position
from raw.padchest_image
""",
)
