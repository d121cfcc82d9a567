"""The data sets: one module each, with the same four verbs (locate, verify, load, describe)."""

from __future__ import annotations

from warehouse.errors import ConfigError
from warehouse.progress import Progress
from warehouse.sources import (
    brax,
    chestxray14,
    chexpert,
    chexpert_plus,
    cov_ctr,
    dicom,
    google_nih,
    iu_xray,
    jsrt,
    mimic_cxr,
    mimic_cxr_jpg,
    mimic_iv,
    montgomery,
    openi,
    openi_annotation,
    padchest,
    rsna_pneumonia,
    shenzhen,
    siim_pneumothorax,
    vinbigdata,
)
from warehouse.sources.base import Fingerprint, Source
from warehouse.sources.loading import LoadResult, load_source

__all__ = ["Fingerprint", "LoadResult", "Progress", "Source", "all_sources", "get", "load_source"]

_MODULES = (
    openi, openi_annotation, chestxray14, google_nih, chexpert, padchest, rsna_pneumonia, siim_pneumothorax, vinbigdata,
    mimic_cxr, mimic_cxr_jpg, mimic_iv, dicom, iu_xray, jsrt, montgomery, shenzhen, cov_ctr, brax, chexpert_plus,
)  # fmt: skip


def all_sources() -> dict[str, Source]:
    """Return every source by its name on the command line."""
    return {module.SOURCE.name: module.SOURCE for module in _MODULES}


def get(name: str) -> Source:
    """Return a source.

    Raises
    ------
    ConfigError
        No such source.
    """
    if name not in all_sources():
        raise ConfigError(f"no source '{name}'", fix=f"Known: {', '.join(all_sources())}")
    return all_sources()[name]
