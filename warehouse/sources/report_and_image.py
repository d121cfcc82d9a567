"""raw.report and raw.image: every data set's reports and images in one shape, put together from their own lines.

Ids are text here. Where no patient is published, but each image is one patient's only one (JSRT, Montgomery,
Shenzhen), the image is study and patient too; challenges that publish single images make each image its own study.
A list without its image files, or the reverse, still gives the images.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.sources.registry import all_sources
from warehouse.sql import literal

REPORT = ("dataset", "patient_id", "study_id", "text", "language")
IMAGE = ("dataset", "patient_id", "study_id", "image_id", "path", "view_position")


def all_views() -> dict[str, str]:
    """Return the query of every view by its qualified name: those of single sources, then the two of all."""
    sources = all_sources().values()
    own = {name: query for source in sources for name, query in source.views.items()}
    reports = {source.dataset: source.reports for source in sources if source.reports}
    images = {source.dataset: source.images for source in sources if source.images}
    return own | {"raw.report": _together(REPORT, reports), "raw.image": _together(IMAGE, images)}


def _together(columns: tuple[str, ...], queries: Mapping[str, str]) -> str:
    branches = (f"select {literal(dataset)} as dataset, * from ({query})" for dataset, query in queries.items())
    return f"select {', '.join(columns)} from ({' union all by name '.join(branches)})"
