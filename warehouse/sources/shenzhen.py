"""Shenzhen: 662 radiographs of Shenzhen No. 3 Hospital with readings, half of them with tuberculosis.

The layout is that of the unpacked ChinaSet_AllFiles.zip. A reading begins with sex and age ("male 45yrs"), separated
and abbreviated in several ways; where that is not found, the whole text is the reading.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from warehouse.schema.base import TEXT, LandedFolder, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.encoding import CHINESE, decode
from warehouse.sources.reading.folder_rows import member_rows


class ShenzhenImage(LandedFolder, table=True):
    """Image files of the Shenzhen set that are there."""

    __tablename__ = "shenzhen_image"
    image_id: str = key(TEXT, "image, e.g. CHNCXR_0001_0; ends in 1 with manifestations of tuberculosis, else in 0")
    path: str = column(TEXT, "file within the release")


class ShenzhenReading(LandedFolder, table=True):
    """Readings of the Shenzhen set, one text file an image."""

    __tablename__ = "shenzhen_reading"
    image_id: str = key(TEXT, "image, e.g. CHNCXR_0001_0")
    sex: str = column(TEXT, "male or female")
    age: str = column(TEXT, "age with its unit as written, e.g. 45yrs")
    reading: str = column(TEXT, "what the radiologist read")


_IMAGE_ID = r"(?P<image_id>CHNCXR_\d{4}_[01])"
_PERSON = re.compile(
    r"\s*(?P<sex>male|female|femal)\b[\s,.:;\uff0c\u3002]*(?P<age>\d+\s*(?:years?|yrs?|y|months?|mon|m|weeks?|w|days?|d)?)"
    r"(?![A-Za-z])[\s,.:;\uff0c\u3002]*",
    re.IGNORECASE,
)


def read_reading(path: Path) -> dict[str, Any]:
    """Return sex, age with its unit, and what was read.

    Raises
    ------
    UnicodeError
        The file is no text.
    """
    text = decode(path.read_bytes(), CHINESE).strip()
    found = _PERSON.match(text)
    if not found:
        return {"sex": None, "age": None, "reading": text or None}
    sex = "female" if found["sex"].lower().startswith("f") else "male"
    words = [line.strip() for line in text[found.end() :].splitlines()]
    return {"sex": sex, "age": found["age"], "reading": "\n".join(filter(None, words)) or None}


SOURCE = Source(
    module=__name__,
    name="shenzhen",
    title="Shenzhen chest X-ray set: 662 radiographs, 336 with manifestations of tuberculosis",
    licence="NLM's terms in the set's ReadMe: research, both papers cited, requests for copies sent to NLM",
    citation="Jaeger S et al. Two public chest X-ray datasets for computer-aided screening of pulmonary diseases."
    " Quant Imaging Med Surg 2014;4(6):475-477",
    url="https://data.lhncbc.nlm.nih.gov/public/Tuberculosis-Chest-X-ray-Datasets/Shenzhen-Hospital-CXR-Set/",
    get="CXR_png and ClinicalReadings from data.lhncbc.nlm.nih.gov, or ChinaSet_AllFiles.zip, unpacked",
    files=(
        File(
            "CXR_png",
            (ShenzhenImage,),
            member_rows(ShenzhenImage, rf"{_IMAGE_ID}\.png"),
            aliases=("ChinaSet_AllFiles/CXR_png",),
            is_required=False,
            members="*.png",
        ),
        File(
            "ClinicalReadings",
            (ShenzhenReading,),
            member_rows(ShenzhenReading, rf"{_IMAGE_ID}\.txt", read_reading),
            aliases=("ChinaSet_AllFiles/ClinicalReadings",),
            is_required=False,
            members="*.txt",
        ),
    ),
    default_folder=None,
    reports="""
select image_id as patient_id, image_id as study_id, coalesce(reading, '') as text, 'en' as language
from raw.shenzhen_reading
""",
    images="""
select
    image_id as patient_id,
    image_id as study_id,
    image_id,
    coalesce(image.path, 'CXR_png/' || image_id || '.png') as path,
    'PA' as view_position
from raw.shenzhen_image as image
full outer join raw.shenzhen_reading using (image_id)
""",
)
