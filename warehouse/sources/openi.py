"""Open-I: the Indiana University chest X-ray collection, reports as XML and headers of its DICOM images.

One number names a report's patient and its study, so that a patient has one study here. The reports call the images of
CXR1 "CXR1_1_IM-...", the DICOM headers "CXR1_IM-...".
"""

from __future__ import annotations

import gzip
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.schema import annotation
from warehouse.schema.base import DATE, TEXT, TEXTS, Landed, column, key
from warehouse.sources.base import File, Load, Source
from warehouse.sources.indiana import REPORT_TEXT, write_mesh_labels
from warehouse.sources.openi_header import OpeniDicom
from warehouse.sources.reading.tabular import ITEM_OR_LIST, csv_rows


class OpeniReport(Landed, table=True):
    """Reports of the Indiana University collection, one XML file each."""

    __tablename__ = "openi_report"
    uid: str = key(TEXT, "report, e.g. CXR1013 (uId)")
    pmc_id: str = column(TEXT, "number of the report (pmcId); also the patient in the DICOM headers")
    article_date: date = column(DATE, "date of the record; the same in the whole release (articleDate)")
    comparison: str = column(TEXT, "COMPARISON section, as published")
    indication: str = column(TEXT, "INDICATION section")
    findings: str = column(TEXT, "FINDINGS section")
    impression: str = column(TEXT, "IMPRESSION section")
    mesh_major: list[str] = column(TEXTS, "MeSH terms and qualifiers coded by people, e.g. Cardiomegaly/mild (major)")
    mesh_automatic: list[str] = column(TEXTS, "terms found by the Medical Text Indexer (automatic)")
    image_ids: list[str] = column(TEXTS, "images of the report, in order (parentImage)")
    license_url: str = column(TEXT, "licence (licenseURL)")
    publisher: str = column(TEXT, "publisher")
    note: str = column(TEXT, "note on the collection")
    specialty: str = column(TEXT, "specialty")
    language: str = column(TEXT, "language code, eng (Language)")


class OpeniImage(Landed, table=True):
    """Images named in the Open-I reports."""

    __tablename__ = "openi_image"
    image_id: str = key(TEXT, "image, e.g. CXR1013_IM-0013-1001 (parentImage id)")
    uid: str = column(TEXT, "report that shows it")
    figure_id: str = column(TEXT, "place in the report, e.g. F1 (figureId)")
    caption: str = column(TEXT, "caption")
    url: str = column(TEXT, "file in the archive that the release was made from (url)")
    img_modality: str = column(TEXT, "modality code (imgModality)")


ANNOTATOR = "openi_mesh"


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the XML files of the archive in one pass, then derive the labels that the MeSH coding implies."""
    reports: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    bad: list[tuple[str, str, str]] = []
    for member, content in _members(path):
        try:
            root = ET.fromstring(content)  # noqa: S314 - expat limits entity expansion, and nothing external is fetched
            report = _report(root)
        except (ET.ParseError, ValueError):
            bad.append((member, "not_a_report", "not XML, or without a report's id"))
            continue
        reports.append(report)
        images += _images(root, report["uid"])
        if len(reports) % 500 == 0:
            load.progress("read Open-I reports", len(reports), 0)
    load.append(OpeniReport, reports, file.name)
    load.append(OpeniImage, images, file.name)
    load.reject(file.name, bad)
    write_mesh_labels(load, "openi", ANNOTATOR, "select uid as study_id, mesh_major as terms from raw.openi_report")


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with gzip.open(path) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".xml") and (content := archive.extractfile(member)):
                    yield member.name, content.read()
        while stream.read(1 << 20):  # to the end, where the checksum is
            pass


def _report(root: ET.Element) -> dict[str, Any]:
    uid = root.find("uId")
    if uid is None or not uid.get("id"):
        raise ValueError("no uId")
    sections = {text.get("Label"): _words(text) for text in root.iter("AbstractText")}
    pmc = root.find("pmcId")
    published = _words(root.find("articleDate"))
    return {
        "uid": uid.get("id"),
        "pmc_id": pmc.get("id") if pmc is not None else None,
        "article_date": date.fromisoformat(published) if published else None,
        "comparison": sections.get("COMPARISON"),
        "indication": sections.get("INDICATION"),
        "findings": sections.get("FINDINGS"),
        "impression": sections.get("IMPRESSION"),
        "mesh_major": [term for e in root.iterfind("MeSH/major") if (term := _words(e))],
        "mesh_automatic": [term for e in root.iterfind("MeSH/automatic") if (term := _words(e))],
        "image_ids": [image.get("id") for image in root.iterfind("parentImage")],
        "license_url": _words(root.find("licenseURL")),
        "publisher": _words(root.find("publisher")),
        "note": _words(root.find("note")),
        "specialty": _words(root.find("specialty")),
        "language": _words(root.find("MedlineCitation/Article/Language")),
    }


def _images(root: ET.Element, uid: str) -> list[dict[str, Any]]:
    return [
        {
            "image_id": image.get("id"),
            "uid": uid,
            "figure_id": _words(image.find("figureId")),
            "caption": _words(image.find("caption")),
            "url": _words(image.find("panel/url")),
            "img_modality": _words(image.find("panel/imgModality")),
        }
        for image in root.iterfind("parentImage")
        if image.get("id")
    ]


def _words(element: ET.Element | None) -> str | None:
    return (element.text or "").strip() or None if element is not None else None


SOURCE = Source(
    module=__name__,
    name="openi",
    title="Open-I: Indiana University chest X-ray collection, 3,955 reports and 7,470 images",
    licence="CC BY-NC-ND 4.0",
    citation="Demner-Fushman D et al. Preparing a collection of radiology examinations for distribution and retrieval."
    " J Am Med Inform Assoc 2016;23(2):304-310",
    url="https://openi.nlm.nih.gov/faq#collection",
    get="NLMCXR_reports.tgz from openi.nlm.nih.gov; both files come with the package torchxrayvision",
    files=(
        File(
            "NLMCXR_reports.tgz",
            (OpeniReport, OpeniImage, annotation.Label, annotation.LabeledStudy),
            load_reports,
            sha256="8fb6de7eec73d8c3665067ad4bb003ccd57f971ae316d2642e1627ac7268667a",
        ),
        File(
            "nlmcxr_dicom_metadata.csv.gz",
            (OpeniDicom,),
            csv_rows(
                OpeniDicom,
                dict.fromkeys(("Grid", "Image Type", "LUT Descriptor", "Patient Orientation"), ITEM_OR_LIST),
                rest="other_tags",
            ),
            sha256="996c7d7a23b6bef51b1308dfa9671fb59b00e67c8928f7ff45cc002ca16ebf3e",
            is_required=False,
        ),
    ),
    seeds=("mesh_finding",),
    reports=f"""
select
    pmc_id as patient_id,
    uid as study_id,
    {REPORT_TEXT} as text,
    'en' as language
from raw.openi_report
""",
    images=r"""
select
    regexp_extract(coalesce(image.image_id, dicom.imageid), '^CXR(\d+)_', 1) as patient_id,
    coalesce(image.uid, regexp_extract(dicom.imageid, '^CXR\d+')) as study_id,
    coalesce(image.image_id, dicom.imageid) as image_id,
    coalesce(image.image_id, dicom.imageid) || '.png' as path,
    dicom."View Position" as view_position
from raw.openi_image as image
full outer join raw.openi_dicom as dicom
    on regexp_replace(image.image_id, '^(CXR\d+)_\d+_IM', '\1_IM') = dicom.imageid
""",
)
