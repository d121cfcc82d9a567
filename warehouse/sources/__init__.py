"""The data sets: one module each, with its tables, its files and its lines of raw.report and raw.image."""

from warehouse.names import dataset_of
from warehouse.progress import Progress
from warehouse.sources.base import Source
from warehouse.sources.loading import LoadResult, load_source
from warehouse.sources.reading.fingerprints import Fingerprint
from warehouse.sources.registry import all_sources, get
from warehouse.sources.report_and_image import all_views

__all__ = [
    "Fingerprint", "LoadResult", "Progress", "Source", "all_sources", "all_views", "dataset_of", "get", "load_source",
]  # fmt: skip
