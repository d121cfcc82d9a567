"""Landing tables of the sources: published column names, typed; nothing derived, nothing left out but row numbers."""

from datetime import date

from warehouse.schema.base import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    JSON_,
    SMALLINT,
    TEXT,
    TEXTS,
    Table,
    column,
    key,
    required,
    run_column,
)
from warehouse.schema.raw_chexpert_relatives import BraxImage, ChexpertPlusImage, ChexpertPlusLabel
from warehouse.schema.raw_dicom import DicomHeader
from warehouse.schema.raw_mimic import (
    MimicCxrJpgChexpert,
    MimicCxrJpgImageFilename,
    MimicCxrJpgMetadata,
    MimicCxrJpgNegbio,
    MimicCxrJpgSplit,
    MimicCxrJpgTestSetLabeled,
    MimicCxrProvider,
    MimicCxrRecord,
    MimicCxrReport,
    MimicCxrStudy,
)
from warehouse.schema.raw_mimic_iv import MimicIvAdmission, MimicIvEdstay, MimicIvPatient
from warehouse.schema.raw_openi import OpeniDicom, OpeniImage, OpeniReport
from warehouse.schema.raw_relatives import (
    CovCtrImage,
    CovCtrReport,
    IuXrayImage,
    IuXrayProjection,
    IuXrayReport,
    JsrtCase,
    JsrtImage,
    MontgomeryImage,
    MontgomeryMask,
    MontgomeryReading,
    ShenzhenImage,
    ShenzhenReading,
)

__all__ = [
    "BraxImage",
    "Chestxray14Box",
    "Chestxray14Image",
    "ChexpertImage",
    "ChexpertPlusImage",
    "ChexpertPlusLabel",
    "CovCtrImage",
    "CovCtrReport",
    "DicomHeader",
    "GoogleNihLabel",
    "IuXrayImage",
    "IuXrayProjection",
    "IuXrayReport",
    "JsrtCase",
    "JsrtImage",
    "MimicCxrJpgChexpert",
    "MimicCxrJpgImageFilename",
    "MimicCxrJpgMetadata",
    "MimicCxrJpgNegbio",
    "MimicCxrJpgSplit",
    "MimicCxrJpgTestSetLabeled",
    "MimicCxrProvider",
    "MimicCxrRecord",
    "MimicCxrReport",
    "MimicCxrStudy",
    "MimicIvAdmission",
    "MimicIvEdstay",
    "MimicIvPatient",
    "MontgomeryImage",
    "MontgomeryMask",
    "MontgomeryReading",
    "OpeniDicom",
    "OpeniImage",
    "OpeniReport",
    "PadchestImage",
    "RsnaPneumoniaBox",
    "RsnaPneumoniaImage",
    "ShenzhenImage",
    "ShenzhenReading",
    "SiimPneumothoraxMask",
    "VinbigdataBox",
]


class Chestxray14Image(Table, table=True):
    """Images of ChestX-ray14 (NIH) with the labels mined from their reports."""

    __tablename__ = "chestxray14_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
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


class Chestxray14Box(Table, table=True):
    """Boxes that a radiologist drew around findings of ChestX-ray14."""

    __tablename__ = "chestxray14_box"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_index: str = column(TEXT, "image file", name="Image Index")
    finding_label: str = column(TEXT, "finding in the box", name="Finding Label")
    x: float = column(DOUBLE, "left edge; pixels of the 1024 x 1024 image", name="Bbox [x")
    y: float = column(DOUBLE, "top edge; pixels")
    w: float = column(DOUBLE, "width; pixels")
    h: float = column(DOUBLE, "height; pixels", name="h]")


class GoogleNihLabel(Table, table=True):
    """Labels that radiologists gave to ChestX-ray14 images for Google, beside the columns of NIH."""

    __tablename__ = "google_nih_label"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
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
    fracture: bool = column(BOOLEAN, "fracture, by majority of three radiologists", name="Fracture")
    pneumothorax: bool = column(BOOLEAN, "pneumothorax", name="Pneumothorax")
    airspace_opacity: bool = column(BOOLEAN, "airspace opacity", name="Airspace opacity")
    nodule_or_mass: bool = column(BOOLEAN, "nodule or mass", name="Nodule or mass")
    set_id: str = column(TEXT, "val or test", name="Set Id")


class ChexpertImage(Table, table=True):
    """Training images of CheXpert with the labels of its labeler."""

    __tablename__ = "chexpert_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    path: str = key(TEXT, "image file; holds patient, study and view", name="Path")
    sex: str = column(TEXT, "Male, Female or Unknown", name="Sex")
    age: int = column(INTEGER, "age; years, 90 stands for 90 and more", name="Age")
    frontal_lateral: str = column(TEXT, "Frontal or Lateral", name="Frontal/Lateral")
    ap_pa: str = column(TEXT, "AP, PA, LL or RL; null for lateral images", name="AP/PA")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    lung_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Opacity")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")


class PadchestImage(Table, table=True):
    """Images of PadChest with the Spanish report (stemmed by the authors) and its labels."""

    __tablename__ = "padchest_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
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


class RsnaPneumoniaImage(Table, table=True):
    """DICOM headers of the RSNA pneumonia challenge (training images, drawn from ChestX-ray14)."""

    __tablename__ = "rsna_pneumonia_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
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


class RsnaPneumoniaBox(Table, table=True):
    """Boxes of the RSNA pneumonia challenge; an image without pneumonia has one row without a box."""

    __tablename__ = "rsna_pneumonia_box"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    patient_id: str = column(TEXT, "image", name="patientId")
    x: float = column(DOUBLE, "left edge; pixels of the 1024 x 1024 image")
    y: float = column(DOUBLE, "top edge; pixels")
    width: float = column(DOUBLE, "width; pixels")
    height: float = column(DOUBLE, "height; pixels")
    target: int = column(SMALLINT, "1 opacity that suggests pneumonia, 0 none", name="Target")


class SiimPneumothoraxMask(Table, table=True):
    """Masks of the SIIM-ACR pneumothorax challenge; an image without pneumothorax has one row without a mask."""

    __tablename__ = "siim_pneumothorax_mask"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_id: str = column(TEXT, "image (SOP instance UID)", name="ImageId")
    encoded_pixels: str = column(
        TEXT, "runs of the mask, column by column, starts relative; -1 for no pneumothorax", name=" EncodedPixels"
    )


class VinbigdataBox(Table, table=True):
    """Boxes of VinBigData (VinDr-CXR training set), one radiologist a row; "No finding" rows have no box."""

    __tablename__ = "vinbigdata_box"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_id: str = column(TEXT, "image")
    class_name: str = column(TEXT, "finding")
    class_id: int = column(SMALLINT, "number of the finding; 14 is No finding")
    rad_id: str = column(TEXT, "radiologist")
    x_min: float = column(DOUBLE, "left edge; pixels of the original image")
    y_min: float = column(DOUBLE, "top edge; pixels")
    x_max: float = column(DOUBLE, "right edge; pixels")
    y_max: float = column(DOUBLE, "bottom edge; pixels")
