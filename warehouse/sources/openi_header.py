"""The table of the DICOM headers that Open-I publishes."""

from __future__ import annotations

from datetime import date

from warehouse.schema.base import DATE, DOUBLE, DOUBLES, INTEGER, JSON_, SMALLINT, TEXT, TEXTS, Landed, column, key


class OpeniDicom(Landed, table=True):
    """DICOM headers of the Open-I images; tags filled in fewer than two of five images are in other_tags."""

    __tablename__ = "openi_dicom"
    imageid: str = key(TEXT, "image, e.g. CXR1000_IM-0003-2001")
    filename: str = column(TEXT, "DICOM file")
    accession_number: str = column(TEXT, "accession number, made up by the publishers", name="Accession Number")
    acquisition_device_processing_code: str = column(
        TEXT, "acquisition device processing code", name="Acquisition Device Processing Code"
    )
    bits_allocated: int = column(SMALLINT, "bits allocated a pixel", name="Bits Allocated")
    bits_stored: int = column(SMALLINT, "bits used a pixel", name="Bits Stored")
    high_bit: int = column(SMALLINT, "highest bit used", name="High Bit")
    body_part_examined: str = column(TEXT, "body part", name="Body Part Examined")
    cassette_orientation: str = column(TEXT, "PORTRAIT or LANDSCAPE", name="Cassette Orientation")
    cassette_size: str = column(TEXT, "cassette size", name="Cassette Size")
    collimator_grid_name: str = column(TEXT, "collimator or grid", name="Collimator/grid Name")
    rows: int = column(INTEGER, "height; pixels", name="Rows")
    columns: int = column(INTEGER, "width; pixels", name="Columns")
    exposure: float = column(DOUBLE, "exposure; mAs", name="Exposure")
    exposure_in_u_as: float = column(DOUBLE, "exposure; uAs", name="Exposure in uAs")
    exposure_time: float = column(DOUBLE, "exposure time; ms", name="Exposure Time")
    relative_x_ray_exposure: float = column(DOUBLE, "relative exposure on the detector", name="Relative X-Ray Exposure")
    kvp: float = column(DOUBLE, "peak tube voltage; kV", name="KVP")
    sensitivity: float = column(DOUBLE, "detector sensitivity", name="Sensitivity")
    distance_source_to_detector: float = column(
        DOUBLE, "distance from source to detector; mm", name="Distance Source to Detector"
    )
    image_and_fluoroscopy_area_dose_product: float = column(
        DOUBLE, "dose area product; dGy cm2", name="Image and Fluoroscopy Area Dose Product"
    )
    grid: list[str] = column(TEXTS, "grid", name="Grid")
    image_type: list[str] = column(TEXTS, "image type, e.g. DERIVED, PRIMARY", name="Image Type")
    imager_pixel_spacing: list[float] = column(
        DOUBLES, "pixel spacing at the imager, row and column; mm", name="Imager Pixel Spacing"
    )
    pixel_spacing: list[float] = column(
        DOUBLES, "pixel spacing at the patient, row and column; mm", name="Pixel Spacing"
    )
    instance_number: int = column(INTEGER, "instance number", name="Instance Number")
    series_number: int = column(INTEGER, "series number", name="Series Number")
    acquisition_number: int = column(INTEGER, "acquisition number", name="Acquisition Number")
    instance_creation_date: date = column(DATE, "date of creation", name="Instance Creation Date")
    instance_creation_time: str = column(TEXT, "time of creation; HHMMSS", name="Instance Creation Time")
    study_date: date = column(DATE, "date of the study", name="Study Date")
    content_date: date = column(DATE, "date of the image", name="Content Date")
    performed_procedure_step_start_date: date = column(
        DATE, "date of the procedure", name="Performed Procedure Step Start Date"
    )
    performed_procedure_step_start_time: str = column(
        TEXT, "time of the procedure; HHMMSS", name="Performed Procedure Step Start Time"
    )
    date_of_last_calibration: date = column(DATE, "date of the last calibration", name="Date of Last Calibration")
    lut_descriptor: list[str] = column(TEXTS, "look-up table: entries, first value, bits", name="LUT Descriptor")
    presentation_lut_shape: str = column(TEXT, "IDENTITY or INVERSE", name="Presentation LUT Shape")
    modality: str = column(TEXT, "CR or DX", name="Modality")
    patient_id: str = column(TEXT, "patient: the number of the report", name="Patient ID")
    patient_name: str = column(TEXT, "the patient id again", name="Patient's Name")
    patient_birth_date: date = column(DATE, "date of birth, made up by the publishers", name="Patient's Birth Date")
    patient_orientation: list[str] = column(
        TEXTS, "direction of the rows and of the columns", name="Patient Orientation"
    )
    photometric_interpretation: str = column(TEXT, "MONOCHROME1 or MONOCHROME2", name="Photometric Interpretation")
    pixel_representation: int = column(SMALLINT, "0 unsigned, 1 signed", name="Pixel Representation")
    samples_per_pixel: int = column(SMALLINT, "samples a pixel", name="Samples per Pixel")
    plate_type: str = column(TEXT, "plate type", name="Plate Type")
    private_creator: str = column(TEXT, "private creator", name="Private Creator")
    requested_procedure_id: str = column(TEXT, "requested procedure", name="Requested Procedure ID")
    rescale_intercept: float = column(DOUBLE, "rescale intercept", name="Rescale Intercept")
    rescale_slope: float = column(DOUBLE, "rescale slope", name="Rescale Slope")
    rescale_type: str = column(TEXT, "unit after rescaling", name="Rescale Type")
    window_center: list[float] = column(DOUBLES, "window centres", name="Window Center")
    window_width: list[float] = column(DOUBLES, "window widths", name="Window Width")
    sop_class_uid: str = column(TEXT, "SOP class", name="SOP Class UID")
    sop_instance_uid: str = column(TEXT, "SOP instance", name="SOP Instance UID")
    series_instance_uid: str = column(TEXT, "series", name="Series Instance UID")
    study_instance_uid: str = column(TEXT, "study", name="Study Instance UID")
    study_status_id: str = column(TEXT, "READ or COMPLETED", name="Study Status ID")
    specific_character_set: str = column(TEXT, "character set", name="Specific Character Set")
    view_position: str = column(TEXT, "PA, AP, LL, RL, LATERAL or LARGE LATERAL; often missing", name="View Position")
    burned_in_annotation: str = column(TEXT, "whether text is burned into the pixels", name="Burned In Annotation")
    lossy_image_compression: str = column(TEXT, "00 never compressed with loss", name="Lossy Image Compression")
    other_tags: str = column(JSON_, "every other tag that has a value: name to value as published")
