"""MIMIC-CXR-JPG: metadata, split and labels of a release on the user's disk."""

from __future__ import annotations

from warehouse.schema import Table, raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows


def _file(name: str, table: type[Table]) -> File:
    return File(name, (table,), csv_rows(table), is_required=False)


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
    ),
    default_folder=None,
)
