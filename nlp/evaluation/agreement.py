"""Two labelers without a gold: the 4 x 4 table of their answers for every finding, and how far chance explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp.evaluation.label_table import LabelTable
from nlp.evaluation.metrics import ANSWERS, Counts, confusion, kappa_of
from warehouse.errors import WarehouseError
from warehouse.stats import share


@dataclass(frozen=True)
class Agreement:
    """The answers of two labelers, or of a labeler and an annotator, on one finding.

    Attributes
    ----------
    finding : str
    counts : ndarray of int64, (4, 4)
        Studies by answer of the first and of the second, in the order of `nlp.evaluation.metrics.ANSWERS`; studies that
        either did not score are left out.
    """

    finding: str
    counts: Counts

    @property
    def n_studies(self) -> int:
        """Studies that both scored."""
        return int(self.counts.sum())

    @property
    def observed(self) -> float | None:
        """Share of studies with the same answer."""
        return share(int(np.trace(self.counts)), self.n_studies)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None where it is undefined."""
        return kappa_of(self.counts)

    def row(self) -> dict[str, Any]:
        """Return the figures under names that marts.labeler_agreement has, the counts by answer of the first."""
        counts = {
            first: dict(zip(ANSWERS, line, strict=True))
            for first, line in zip(ANSWERS, self.counts.tolist(), strict=True)
        }
        figures = {"finding": self.finding, "n_studies": self.n_studies, "observed_agreement": self.observed}
        return figures | {"kappa": self.kappa, "counts": counts}


def agreements(first: LabelTable, second: LabelTable) -> list[Agreement]:
    r"""Cross-tabulate two label tables of the same scheme, finding by finding, over the studies that both hold.

    Parameters
    ----------
    first, second : LabelTable
        As of `nlp.evaluation.label_file.read_label_file`.

    Raises
    ------
    WarehouseError
        They are of different schemes, or have no study in common.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("mine.csv").write_text("study_id,Edema\n1,1\n2,0\n")
    >>> _ = Path("theirs.csv").write_text("study_id,Edema\n1,1\n2,-1\n")
    >>> edema = cxr.agreements(cxr.read_label_file("mine.csv"), cxr.read_label_file("theirs.csv"))[5]
    >>> (edema.finding, edema.n_studies, edema.observed)
    ('edema', 2, 0.5)
    """
    if first.scheme != second.scheme:
        raise WarehouseError(f"'{first.name}' has labels of {first.scheme}, '{second.name}' of {second.scheme}")
    shared, in_first, in_second = np.intersect1d(first.studies, second.studies, assume_unique=True, return_indices=True)
    if not len(shared):
        raise WarehouseError(f"'{first.name}' and '{second.name}' have no study in common", fix="Check the study ids")
    tables = confusion(first.values[in_first], second.values[in_second])
    return [Agreement(*pair) for pair in zip(first.findings, tables, strict=True)]
