"""JSRT: 247 film radiographs with and without a nodule, and the two lists that describe them.

The lists are text without a header. Fields stand between tabs in the list of nodules and between blanks in the other;
some copies lack line ends between records, so a record begins at a file's name, wherever that is. ``?`` is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.schema.base import BOOLEAN, DOUBLE, INTEGER, SMALLINT, TEXT, Landed, LandedFolder, column, key, required
from warehouse.sources.base import File, Load, Loader, Source
from warehouse.sources.reading.encoding import WESTERN, decode
from warehouse.sources.reading.folder_rows import BadMemberError, member_rows


class JsrtCase(Landed, table=True):
    """Radiographs of the JSRT database as its two lists describe them: with a nodule, or without."""

    __tablename__ = "jsrt_case"
    image_id: str = key(TEXT, "image, e.g. JPCLN001 (with a nodule) or JPCNN001 (without)")
    has_nodule: bool = required(BOOLEAN, "whether it is of the list of images with a nodule")
    subtlety: int = column(SMALLINT, "1 extremely subtle to 5 obvious")
    nodule_size: float = column(DOUBLE, "size of the nodule; mm")
    age: int = column(INTEGER, "age; years")
    sex: str = column(TEXT, "male or female")
    x: int = column(INTEGER, "centre of the nodule from the left; pixels of the 2048 x 2048 image")
    y: int = column(INTEGER, "centre of the nodule from the top; pixels")
    malignancy: str = column(TEXT, "malignant or benign")
    position: str = column(TEXT, "place of the nodule, e.g. l.upper lobe(S5)")
    diagnosis: str = column(TEXT, "diagnosis, as published")


class JsrtImage(LandedFolder, table=True):
    """Image files of the JSRT database that are there: 2048 x 2048 pixels of 16 bits, 12 used, without a header."""

    __tablename__ = "jsrt_image"
    image_id: str = key(TEXT, "image, e.g. JPCLN001")
    path: str = column(TEXT, "file within the release")


IMAGE_BYTES = 2048 * 2048 * 2

_RECORD = re.compile(r"(JPC[LN]N\d{3})\.IMG", re.IGNORECASE)
_NODULE = re.compile(
    r"(?P<subtlety>[1-5?])\s+(?P<nodule_size>\d+(?:\.\d+)?|\?)\s+(?P<age>\d+|\?)\s+(?P<sex>male|female|\?)"
    r"\s+(?P<x>\d+)\s+(?P<y>\d+)\s+(?P<malignancy>malignant|benign|\?)\s+(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_NORMAL = re.compile(r"(?P<age>\d+|\?)\s+(?P<sex>male|female|\?)\b", re.IGNORECASE)
_NUMBERS: dict[str, Callable[[str], float]] = {"subtlety": int, "nodule_size": float, "age": int, "x": int, "y": int}


def case_rows(prefix: str, parse: Callable[[str], dict[str, Any] | None]) -> Loader:
    """Return a loader of one of the lists: records of images whose names begin with the prefix."""

    def load(load: Load, file: File, path: Path) -> None:
        _, *parts = _RECORD.split(decode(path.read_bytes(), WESTERN))
        rows: dict[str, dict[str, Any]] = {}
        bad: list[tuple[str, str, str]] = []
        for image_id, text in zip((name.upper() for name in parts[::2]), parts[1::2], strict=True):
            case = parse(text.strip())
            if case is None or not image_id.startswith(prefix):
                bad.append((image_id, "not_a_record", "the record is not of the published form"))
            elif image_id in rows:
                bad.append((image_id, "duplicate", "the list has the image twice"))
            else:
                rows[image_id] = {"image_id": image_id} | case
        load.append(JsrtCase, list(rows.values()), file.name)
        load.reject(file.name, bad)

    return load


def nodule_case(text: str) -> dict[str, Any] | None:
    """Return the columns of a record of an image with a nodule, or None."""
    found = _NODULE.match(text)
    if not found:
        return None
    known = _known(found)
    position, *diagnosis = [part for part in re.split(r"\t+|\s{2,}", known.pop("rest")) if part]
    return {"has_nodule": True} | known | {"position": position, "diagnosis": " ".join(diagnosis) or None}


def normal_case(text: str) -> dict[str, Any] | None:
    """Return the columns of a record of an image without a nodule, or None."""
    found = _NORMAL.match(text)
    return {"has_nodule": False} | _known(found) if found else None


def _known(found: re.Match[str]) -> dict[str, Any]:
    values = {name: None if value == "?" else value for name, value in found.groupdict().items()}
    texts = {name: value.lower() if value and name != "rest" else value for name, value in values.items()}
    return {name: _NUMBERS[name](value) if value and name in _NUMBERS else value for name, value in texts.items()}


def check_size(path: Path) -> dict[str, Any]:
    """Read nothing of an image but its size, which is the same for all.

    Raises
    ------
    BadMemberError
        It is of another size, so not a whole image.
    """
    if path.stat().st_size != IMAGE_BYTES:
        raise BadMemberError("not 2048 x 2048 pixels of 16 bits")
    return {}


SOURCE = Source(
    module=__name__,
    name="jsrt",
    title="JSRT: 247 radiographs, 154 with a lung nodule and 93 without",
    licence="JSRT's terms of use: research and education, no redistribution",
    citation="Shiraishi J et al. Development of a digital image database for chest radiographs with and without a lung"
    " nodule. AJR Am J Roentgenol 2000;174(1):71-74",
    url="http://db.jsrt.or.jp/eng.php",
    get="the images and the clinical information, after registration, from db.jsrt.or.jp/eng.php",
    files=(
        File(
            "CLNDAT_EN.TXT",
            (JsrtCase,),
            case_rows("JPCLN", nodule_case),
            aliases=("CLNDAT_EN.txt", "Clinical_Information/CLNDAT_EN.TXT", "Clinical_Information/CLNDAT_EN.txt"),
            is_required=False,
        ),
        File(
            "CNNDAT_EN.TXT",
            (JsrtCase,),
            case_rows("JPCNN", normal_case),
            aliases=("CNNDAT_EN.txt", "Clinical_Information/CNNDAT_EN.TXT", "Clinical_Information/CNNDAT_EN.txt"),
            is_required=False,
        ),
        File(
            "All247images",
            (JsrtImage,),
            member_rows(JsrtImage, r"(?P<image_id>JPC[LN]N\d{3})\.(?i:img)", check_size),
            aliases=(".",),
            is_required=False,
            members="**/*.[Ii][Mm][Gg]",
        ),
    ),
    default_folder=None,
    images="""
select
    image_id as patient_id,
    image_id as study_id,
    image_id,
    coalesce(image.path, 'All247images/' || image_id || '.IMG') as path,
    'PA' as view_position
from raw.jsrt_image as image
full outer join raw.jsrt_case using (image_id)
""",
)
