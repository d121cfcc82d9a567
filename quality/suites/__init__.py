"""Every suite, by the relation that it checks."""

from __future__ import annotations

from functools import cache

from quality.checks import Suite


@cache
def all_suites() -> dict[str, Suite]:
    """Return the suites in the order of the layers: loads, landing tables, labels, scores, marts, declared columns."""
    from quality.suites import (
        annotation,
        catalog,
        dicom,
        loads,
        marts,
        mimic_cxr,
        mimic_iv,
        nlp,
        public,
        relatives,
        score,
    )  # fmt: skip

    modules = (loads, public, relatives, mimic_cxr, mimic_iv, dicom, annotation, nlp, score, marts, catalog)
    return {suite.table: suite for module in modules for suite in module.SUITES}
