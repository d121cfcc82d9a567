"""MIMIC-CXR-JPG: metadata, split, labels and the list of images of a release on the user's disk."""

from __future__ import annotations

from pathlib import Path

from warehouse import schema
from warehouse.errors import SourceError
from warehouse.schema import Table, raw
from warehouse.sources.base import File, Load, Source
from warehouse.sources.mimic_cxr import FORMS, releases
from warehouse.sources.tabular import count, csv_rows, staged_lines

_TIME = 'try_cast("StudyTime" as double)'
_SECOND, _MINUTE = f"({_TIME} % 100)", f"floor({_TIME} % 10000 / 100)"
_IS_TIME = f"{_TIME} >= 0 and {_TIME} < 240000 and {_MINUTE} < 60 and {_SECOND} < 60"
_DATE = 'coalesce(try_strptime("StudyDate", \'%Y%m%d\'), try_cast("StudyDate" as timestamp))'

STUDY_TIME = f"if({_IS_TIME}, {_TIME}, null)"
"""The published number, where it is a time of day: HHMMSS.fff without its leading zeros."""
STUDIED_AT = f"""
if({_IS_TIME},
   {_DATE} + to_microseconds((floor({_TIME} / 10000) * 3600000000 + {_MINUTE} * 60000000)::bigint
                             + round({_SECOND} * 1000000)::bigint),
   null)
"""
"""Date and time of the study: 80556.875 is 08:05:56.875, and 17 is 17 seconds past midnight."""

_IMAGE = r"(.*/)?files/p\d{2}/p\d{1,18}/s\d{1,18}/[^/]+\.jpg"
_IMAGES = r"""
insert into {table} by name
select ? as run_id, ? as source_file,
       if(starts_with(line, 'files/'), line, regexp_extract(line, 'files/p\d{{2}}/p\d+/s\d+/[^/]+$')) as path,
       split_part(line, '/', -1)[:-5] as dicom_id, split_part(line, '/', -3)[2:]::bigint as subject_id,
       split_part(line, '/', -2)[2:]::bigint as study_id
from _staged
where regexp_full_match(line, ?)
"""


def load_image_filenames(load: Load, file: File, path: Path) -> None:
    """Read the list of images, a path a line, with the ids that each path holds."""
    table = schema.qualified(raw.MimicCxrJpgImageFilename)
    with staged_lines(load, file, path):
        added = load.con.execute(_IMAGES.format(table=table), [load.run_id, file.name, _IMAGE]).fetchone()
        n_rows, other = (added[0] if added else 0), []
        if n_rows < count(load, "_staged"):
            other = load.con.execute(
                "select _row from _staged where not regexp_full_match(line, ?) order by 1", [_IMAGE]
            ).fetchall()
    if other and not n_rows:
        raise SourceError("no line is the path of an image", where=path, fix="Check that it is the published file")
    message = "an image's path ends in files/pNN/pSUBJECT/sSTUDY/IMAGE.jpg"
    load.reject(file.name, ((f"row {row}", "not_an_image_path", message) for (row,) in other))
    load.rows[table] += n_rows


def _file(name: str, table: type[Table]) -> File:
    forms = FORMS | {"split": "{value} in ('train', 'validate', 'test')"}
    loader = csv_rows(table, forms=forms)
    if table is raw.MimicCxrJpgMetadata:
        loader = csv_rows(table, {"StudyTime": STUDY_TIME}, forms=forms, derived={"studied_at": STUDIED_AT})
    return File(name, (table,), loader, aliases=(name.replace("2.0.0", "2.1.0"),), is_required=False)


SOURCE = Source(
    name="mimic-cxr-jpg",
    title="MIMIC-CXR-JPG 2.1.0: metadata, split and labels of 377,110 images",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Johnson AEW et al. MIMIC-CXR-JPG, a large publicly available database of labeled chest radiographs."
    " arXiv 1901.07042, 2019",
    url="https://physionet.org/content/mimic-cxr-jpg/2.1.0/",
    get="credentialed access at physionet.org/content/mimic-cxr-jpg",
    files=(
        _file("mimic-cxr-2.0.0-metadata.csv.gz", raw.MimicCxrJpgMetadata),
        _file("mimic-cxr-2.0.0-split.csv.gz", raw.MimicCxrJpgSplit),
        _file("mimic-cxr-2.0.0-chexpert.csv.gz", raw.MimicCxrJpgChexpert),
        _file("mimic-cxr-2.0.0-negbio.csv.gz", raw.MimicCxrJpgNegbio),
        _file("mimic-cxr-2.1.0-test-set-labeled.csv", raw.MimicCxrJpgTestSetLabeled),
        File("IMAGE_FILENAMES", (raw.MimicCxrJpgImageFilename,), load_image_filenames, is_required=False),
    ),
    default_folder=None,
    releases=releases("mimic-cxr-jpg"),
)
