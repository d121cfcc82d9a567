"""The table of DICOM headers read from files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from warehouse.schema.base import (
    BIGINT,
    DATE,
    DOUBLE,
    DOUBLES,
    INTEGER,
    JSON_,
    TEXT,
    TEXTS,
    TIMESTAMP,
    OfRun,
    column,
    key,
    required,
)


class DicomHeader(OfRun, table=True):
    """Headers of DICOM files, one row a file; columns named by a DICOM keyword hold what the element holds."""

    __tablename__ = "dicom_header"
    __table_args__: ClassVar[Any] = {"schema": "raw"}
    path: str = key(TEXT, "file, relative to the folder that was loaded")
    n_bytes: int = required(BIGINT, "size of the file")
    modified_at: datetime = required(TIMESTAMP, "when the file was last changed; UTC")
    reader_version: str = required(TEXT, "hash of the code that read the file")
    dicom_id: str = column(TEXT, "image, from a path as in MIMIC-CXR; null elsewhere")
    subject_id: int = column(BIGINT, "patient, from a path as in MIMIC-CXR")
    study_id: int = column(BIGINT, "study, from a path as in MIMIC-CXR")
    studied_at: datetime = column(TIMESTAMP, "StudyDate and StudyTime; midnight where there is no time")
    transfer_syntax_uid: str = column(TEXT, "how the file is encoded", name="TransferSyntaxUID")
    sop_class_uid: str = column(TEXT, "kind of object", name="SOPClassUID")
    sop_instance_uid: str = column(TEXT, "image; copies of a file share it", name="SOPInstanceUID")
    study_instance_uid: str = column(TEXT, "study", name="StudyInstanceUID")
    series_instance_uid: str = column(TEXT, "series", name="SeriesInstanceUID")
    patient_id: str = column(TEXT, "patient", name="PatientID")
    patient_sex: str = column(TEXT, "M, F or O", name="PatientSex")
    patient_age: str = column(TEXT, "age, e.g. 058Y", name="PatientAge")
    patient_identity_removed: str = column(TEXT, "YES or NO", name="PatientIdentityRemoved")
    deidentification_method: list[str] = column(TEXTS, "how identity was removed", name="DeidentificationMethod")
    burned_in_annotation: str = column(TEXT, "YES where the pixels may name the patient", name="BurnedInAnnotation")
    modality: str = column(TEXT, "modality, e.g. CR, DX", name="Modality")
    body_part_examined: str = column(TEXT, "body part", name="BodyPartExamined")
    view_position: str = column(TEXT, "view position, e.g. AP, PA, LATERAL, LL", name="ViewPosition")
    image_laterality: str = column(TEXT, "side of the image: R, L, U or B", name="ImageLaterality")
    laterality: str = column(TEXT, "side of the series", name="Laterality")
    patient_orientation: list[str] = column(
        TEXTS, "direction of the rows and of the columns", name="PatientOrientation"
    )
    image_type: list[str] = column(TEXTS, "image type, e.g. DERIVED, PRIMARY", name="ImageType")
    presentation_intent_type: str = column(TEXT, "FOR PRESENTATION or FOR PROCESSING", name="PresentationIntentType")
    study_date: date = column(DATE, "date of the study", name="StudyDate")
    study_time: str = column(TEXT, "time of the study; HHMMSS.FFFFFF", name="StudyTime")
    series_date: date = column(DATE, "date of the series", name="SeriesDate")
    series_time: str = column(TEXT, "time of the series", name="SeriesTime")
    acquisition_date: date = column(DATE, "date of the exposure", name="AcquisitionDate")
    acquisition_time: str = column(TEXT, "time of the exposure", name="AcquisitionTime")
    content_date: date = column(DATE, "date of the image", name="ContentDate")
    content_time: str = column(TEXT, "time of the image", name="ContentTime")
    study_description: str = column(TEXT, "study in words", name="StudyDescription")
    series_description: str = column(TEXT, "series in words", name="SeriesDescription")
    protocol_name: str = column(TEXT, "protocol", name="ProtocolName")
    performed_procedure_step_description: str = column(TEXT, "procedure", name="PerformedProcedureStepDescription")
    acquisition_device_processing_description: str = column(
        TEXT,
        "how the device processed the image, often with the view in words",
        name="AcquisitionDeviceProcessingDescription",
    )
    procedure_code_sequence_code_meaning: str = column(
        TEXT, "procedure code in words (first item)", name="ProcedureCodeSequence_CodeMeaning"
    )
    view_code_sequence_code_meaning: str = column(
        TEXT, "view code in words (first item)", name="ViewCodeSequence_CodeMeaning"
    )
    patient_orientation_code_sequence_code_meaning: str = column(
        TEXT, "Erect or Recumbent (first item)", name="PatientOrientationCodeSequence_CodeMeaning"
    )
    manufacturer: str = column(TEXT, "manufacturer", name="Manufacturer")
    manufacturer_model_name: str = column(TEXT, "model", name="ManufacturerModelName")
    detector_type: str = column(TEXT, "detector, e.g. DIRECT, SCINTILLATOR", name="DetectorType")
    kvp: float = column(DOUBLE, "peak tube voltage; kV", name="KVP")
    xray_tube_current: float = column(DOUBLE, "tube current; mA", name="XRayTubeCurrent")
    exposure_time: float = column(DOUBLE, "exposure time; ms", name="ExposureTime")
    exposure: float = column(DOUBLE, "exposure; mAs", name="Exposure")
    exposure_in_uas: float = column(DOUBLE, "exposure; uAs", name="ExposureInuAs")
    exposure_index: float = column(DOUBLE, "exposure index (IEC 62494-1)", name="ExposureIndex")
    relative_xray_exposure: float = column(DOUBLE, "relative exposure on the detector", name="RelativeXRayExposure")
    sensitivity: float = column(DOUBLE, "detector sensitivity", name="Sensitivity")
    distance_source_to_detector: float = column(
        DOUBLE, "distance from source to detector; mm", name="DistanceSourceToDetector"
    )
    distance_source_to_patient: float = column(
        DOUBLE, "distance from source to patient; mm", name="DistanceSourceToPatient"
    )
    grid: list[str] = column(TEXTS, "grid", name="Grid")
    series_number: int = column(INTEGER, "series number", name="SeriesNumber")
    acquisition_number: int = column(INTEGER, "acquisition number", name="AcquisitionNumber")
    instance_number: int = column(INTEGER, "instance number", name="InstanceNumber")
    rows: int = column(INTEGER, "height; pixels", name="Rows")
    columns: int = column(INTEGER, "width; pixels", name="Columns")
    number_of_frames: int = column(INTEGER, "frames; null for one", name="NumberOfFrames")
    samples_per_pixel: int = column(INTEGER, "samples a pixel; 1 for grey", name="SamplesPerPixel")
    photometric_interpretation: str = column(
        TEXT, "MONOCHROME1 (lowest value white), MONOCHROME2, or a colour space", name="PhotometricInterpretation"
    )
    bits_allocated: int = column(INTEGER, "bits a pixel takes", name="BitsAllocated")
    bits_stored: int = column(INTEGER, "bits a pixel uses", name="BitsStored")
    high_bit: int = column(INTEGER, "highest bit used", name="HighBit")
    pixel_representation: int = column(INTEGER, "0 unsigned, 1 signed", name="PixelRepresentation")
    pixel_spacing: list[float] = column(
        DOUBLES, "pixel spacing at the patient, row and column; mm", name="PixelSpacing"
    )
    imager_pixel_spacing: list[float] = column(
        DOUBLES, "pixel spacing at the imager, row and column; mm", name="ImagerPixelSpacing"
    )
    window_center: list[float] = column(DOUBLES, "window centre", name="WindowCenter")
    window_width: list[float] = column(DOUBLES, "window width", name="WindowWidth")
    rescale_intercept: float = column(DOUBLE, "added after the slope is applied", name="RescaleIntercept")
    rescale_slope: float = column(DOUBLE, "factor from stored to output values", name="RescaleSlope")
    presentation_lut_shape: str = column(TEXT, "IDENTITY or INVERSE", name="PresentationLUTShape")
    lossy_image_compression: str = column(
        TEXT, "01 where the image was ever compressed with loss", name="LossyImageCompression"
    )
    other_elements: str = column(
        JSON_,
        "every other element by keyword, or (gggg,eeee) without one; sequences nested; null for empty;"
        " {left_out, bytes} for binary values and those over 1,024 bytes",
    )
