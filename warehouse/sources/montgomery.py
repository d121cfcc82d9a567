"""Montgomery County: 138 radiographs of a tuberculosis programme with readings and masks of the lungs.

The layout is that of the unpacked NLM-MontgomeryCXRSet.zip. Masks are kept as paths; a table of regions that newer
copies carry (montgomery_consensus_roi.csv) is not read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from warehouse.schema.base import TEXT, LandedFolder, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.encoding import WESTERN, decode
from warehouse.sources.reading.folder_rows import member_rows


class MontgomeryImage(LandedFolder, table=True):
    """Image files of the Montgomery County set that are there."""

    __tablename__ = "montgomery_image"
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0; ends in 1 with manifestations of tuberculosis, else in 0")
    path: str = column(TEXT, "file within the release")


class MontgomeryReading(LandedFolder, table=True):
    """Readings of the Montgomery County set, one text file an image."""

    __tablename__ = "montgomery_reading"
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0")
    sex: str = column(TEXT, "F or M (Patient's Sex)")
    age: str = column(TEXT, "age as in DICOM, e.g. 037Y (Patient's Age)")
    reading: str = column(TEXT, "what the radiologist read; several lines in some")


class MontgomeryMask(LandedFolder, table=True):
    """Masks of the lungs that people drew for the Montgomery County set: where the files are."""

    __tablename__ = "montgomery_mask"
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0")
    side: str = key(TEXT, "lung, left or right")
    path: str = column(TEXT, "file within the release")


_IMAGE_ID = r"(?P<image_id>MCUCXR_\d{4}_[01])"
_HEADING = re.compile(r"^\s*Patient.s\s+(?P<name>Sex|Age)\s*:(?P<value>.*)$", re.IGNORECASE)


def read_reading(path: Path) -> dict[str, Any]:
    """Return sex, age and what was read: the lines that are neither.

    Raises
    ------
    UnicodeError
        The file is no text.
    """
    lines = decode(path.read_bytes(), WESTERN).splitlines()
    headings = {f["name"].lower(): f["value"].strip() or None for line in lines if (f := _HEADING.match(line))}
    words = [line.strip() for line in lines if not _HEADING.match(line)]
    return {"sex": headings.get("sex"), "age": headings.get("age"), "reading": "\n".join(filter(None, words)) or None}


SOURCE = Source(
    module=__name__,
    name="montgomery",
    title="Montgomery County chest X-ray set: 138 radiographs, 58 with manifestations of tuberculosis",
    licence="NLM's terms in the set's ReadMe: research, both papers cited, requests for copies sent to NLM",
    citation="Jaeger S et al. Two public chest X-ray datasets for computer-aided screening of pulmonary diseases."
    " Quant Imaging Med Surg 2014;4(6):475-477",
    url="https://data.lhncbc.nlm.nih.gov/public/Tuberculosis-Chest-X-ray-Datasets/Montgomery-County-CXR-Set/",
    get="MontgomerySet.zip from data.lhncbc.nlm.nih.gov, unpacked",
    files=(
        File(
            "CXR_png",
            (MontgomeryImage,),
            member_rows(MontgomeryImage, rf"{_IMAGE_ID}\.png"),
            aliases=("MontgomerySet/CXR_png",),
            is_required=False,
            members="*.png",
        ),
        File(
            "ClinicalReadings",
            (MontgomeryReading,),
            member_rows(MontgomeryReading, rf"{_IMAGE_ID}\.txt", read_reading),
            aliases=("MontgomerySet/ClinicalReadings",),
            is_required=False,
            members="*.txt",
        ),
        File(
            "ManualMask",
            (MontgomeryMask,),
            member_rows(MontgomeryMask, rf"(?P<side>left|right)Mask/{_IMAGE_ID}\.png"),
            aliases=("MontgomerySet/ManualMask",),
            is_required=False,
            members="*/*.png",
        ),
    ),
    default_folder=None,
    reports="""
select image_id as patient_id, image_id as study_id, coalesce(reading, '') as text, 'en' as language
from raw.montgomery_reading
""",
    images="""
select
    image_id as patient_id,
    image_id as study_id,
    image_id,
    coalesce(image.path, 'CXR_png/' || image_id || '.png') as path,
    'PA' as view_position
from raw.montgomery_image as image
full outer join raw.montgomery_reading using (image_id)
""",
)
