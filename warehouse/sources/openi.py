"""Open-I: the Indiana University chest X-ray collection, reports as XML and headers of its DICOM images."""

from __future__ import annotations

import gzip
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse import findings
from warehouse.schema import annotation, raw
from warehouse.sources.base import File, Load, Source
from warehouse.sources.tabular import ITEM_OR_LIST, csv_rows

ANNOTATOR = "openi_mesh"

# A term is coded when it is the seed's term or lies under it: Thickening/pleura/apex is under Thickening/pleura.
_CODED = """
select distinct ? as run_id, ? as dataset, report.study_id, ? as annotator, crosswalk.finding, 1 as value
from (select study_id, unnest(terms) as term from ({reports})) as report
join _crosswalk as crosswalk
    on report.term = crosswalk.mesh or starts_with(report.term, crosswalk.mesh || '/')
"""
# "No Indexing" says that nobody coded the report.
_READ = """
select ? as run_id, ? as dataset, study_id, ? as annotator
from ({reports})
where len(terms) > 0 and not list_contains(terms, 'No Indexing')
"""


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
    load.append(raw.OpeniReport, reports, file.name)
    load.append(raw.OpeniImage, images, file.name)
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


def write_mesh_labels(load: Load, dataset: str, annotator: str, reports: str) -> None:
    """Write the labels that MeSH coding implies, by the seed mesh_finding; ``reports`` selects study_id and terms."""
    crosswalk = pa.Table.from_pylist(findings.read_seed("mesh_finding"))
    load.con.register("_crosswalk", crosswalk)
    try:
        for table, query in (("annotation.label", _CODED), ("annotation.labeled_study", _READ)):
            added = load.con.execute(
                f"insert into {table} by name {query.format(reports=reports)}", [load.run_id, dataset, annotator]
            ).fetchone()
            load.rows[table] += added[0] if added else 0
    finally:
        load.con.unregister("_crosswalk")


SOURCE = Source(
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
            (raw.OpeniReport, raw.OpeniImage, annotation.Label, annotation.LabeledStudy),
            load_reports,
            sha256="8fb6de7eec73d8c3665067ad4bb003ccd57f971ae316d2642e1627ac7268667a",
        ),
        File(
            "nlmcxr_dicom_metadata.csv.gz",
            (raw.OpeniDicom,),
            csv_rows(
                raw.OpeniDicom,
                dict.fromkeys(("Grid", "Image Type", "LUT Descriptor", "Patient Orientation"), ITEM_OR_LIST),
                rest="other_tags",
            ),
            sha256="996c7d7a23b6bef51b1308dfa9671fb59b00e67c8928f7ff45cc002ca16ebf3e",
            is_required=False,
        ),
    ),
)
