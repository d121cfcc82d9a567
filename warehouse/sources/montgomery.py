"""Montgomery County: 138 radiographs of a tuberculosis programme with readings and masks of the lungs.

The layout is that of the unpacked NLM-MontgomeryCXRSet.zip. Masks are kept as paths; a table of regions that newer
copies carry (montgomery_consensus_roi.csv) is not read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.encoding import WESTERN, decode
from warehouse.sources.folder import member_rows

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
            (raw.MontgomeryImage,),
            member_rows(raw.MontgomeryImage, rf"{_IMAGE_ID}\.png"),
            aliases=("MontgomerySet/CXR_png",),
            is_required=False,
            members="*.png",
        ),
        File(
            "ClinicalReadings",
            (raw.MontgomeryReading,),
            member_rows(raw.MontgomeryReading, rf"{_IMAGE_ID}\.txt", read_reading),
            aliases=("MontgomerySet/ClinicalReadings",),
            is_required=False,
            members="*.txt",
        ),
        File(
            "ManualMask",
            (raw.MontgomeryMask,),
            member_rows(raw.MontgomeryMask, rf"(?P<side>left|right)Mask/{_IMAGE_ID}\.png"),
            aliases=("MontgomerySet/ManualMask",),
            is_required=False,
            members="*/*.png",
        ),
    ),
    default_folder=None,
)
