"""What is true of each study, and what the CheXpert labeler, NegBio and a radiologist say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.findings import scheme
from warehouse.synthetic.cohort import Cohort, total
from warehouse.synthetic.published import Bools, Ints, published, scaled

LABELS = tuple(scheme("chexpert14"))
NO_FINDING, DEVICES = LABELS.index("No Finding"), LABELS.index("Support Devices")
FINDINGS = tuple(i for i in range(len(LABELS)) if i != NO_FINDING)
ABNORMAL = tuple(i for i in FINDINGS if i != DEVICES)
NONE = -9
"""Not mentioned."""

Values = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Labels:
    """Labels of a release, one row a study, one column a label of `LABELS`: 1, 0, -1 or `NONE`.

    Attributes
    ----------
    true, chexpert, negbio : int8 array, shape (n_studies, 14)
        Where the labelers differ, the report both denies and doubts the finding: uncertain is true, and the two break
        the tie in opposite ways, as they do in the published files.
    is_contradicted : bool array, shape (n_studies, 14)
        Findings that are denied and doubted.
    has_other : bool array, shape (n_studies,)
        Studies with an abnormality that is none of the 14: normal for NegBio, not for CheXpert.
    is_radiologist : bool array, shape (n_studies,)
        Studies of the test split that a radiologist labeled, with the true labels.
    """

    true: Values
    chexpert: Values
    negbio: Values
    is_contradicted: Bools
    has_other: Bools
    is_radiologist: Bools


def draw_labels(cohort: Cohort, seed: int) -> Labels:
    """Draw the labels of a release; in each split the shares are those published for train."""
    rng = np.random.default_rng([seed, 2])
    n = len(cohort.study_id)
    drawn = _Draw(rng, np.full((n, len(LABELS)), NONE, np.int8), np.zeros((n, len(LABELS)), bool))
    has_text = ~cohort.is_without_text
    is_radiologist = _draw_radiologist(rng, cohort)
    figures, whole = published()["agreement"], total_train_with_text()
    has_other = np.zeros(n, bool)
    for split in np.unique(cohort.split):
        own = (cohort.split == split) & has_text & ~is_radiologist
        counts = {name: [scaled(c, int(own.sum()), whole) for c in row] for name, row in figures.items()}
        n_empty = scaled(published()["without_chexpert_label"], n, total("studies")) if split == 0 else 0
        other, empty = _draw_normal(drawn, own, cohort.has_finding, counts, n_empty)
        has_other |= other
        _draw_findings(drawn, own, own & ~empty, counts)
    _draw_gold(drawn, is_radiologist, cohort.has_finding)
    true, contradicted = drawn.true, drawn.is_contradicted
    chexpert, negbio = true.copy(), true.copy()
    chexpert[contradicted], negbio[contradicted] = -1, 0
    true[contradicted] = -1
    # A device that only NegBio reads.
    missed = contradicted[:, DEVICES]
    true[missed, DEVICES] = negbio[missed, DEVICES] = 1
    chexpert[missed, DEVICES] = NONE
    true[has_other, NO_FINDING] = chexpert[has_other, NO_FINDING] = NONE
    contradicted[:, DEVICES] = False
    return Labels(true, chexpert, negbio, contradicted, has_other, is_radiologist)


def total_train_with_text() -> int:
    """Return the number of studies that the published agreement is of."""
    return int(published()["splits"]["train"]["studies"] - published()["without_text"])


@dataclass(frozen=True)
class _Draw:
    rng: np.random.Generator
    true: Values
    is_contradicted: Bools

    def pick(self, candidates: Bools, n: int) -> Ints:
        """Return at most ``n`` of the studies marked."""
        found = np.flatnonzero(candidates)
        return self.rng.choice(found, min(n, len(found)), replace=False)

    def give(self, label: int, candidates: Bools, n_present: int, n_uncertain: int) -> None:
        """Give the label to so many of the studies marked, as far as there are so many."""
        chosen = self.pick(candidates, n_present + n_uncertain)
        self.true[chosen[:n_present], label] = 1
        self.true[chosen[n_present:], label] = -1

    def is_abnormal(self) -> Bools:
        """Return studies with an abnormality that is present or uncertain: devices are none."""
        return np.isin(self.true[:, ABNORMAL], (1, -1)).any(axis=1)


def _draw_radiologist(rng: np.random.Generator, cohort: Cohort) -> Bools:
    is_radiologist = np.zeros(len(cohort.study_id), bool)
    test = cohort.split == 2
    n = scaled(published()["radiologist_studies"], int(test.sum()), published()["splits"]["test"]["studies"])
    normal = scaled(published()["radiologist"]["No Finding"][0], n, published()["radiologist_studies"])
    for candidates, wanted in ((test & ~cohort.has_finding, normal), (test & cohort.has_finding, n - normal)):
        found = np.flatnonzero(candidates)
        is_radiologist[rng.choice(found, min(wanted, len(found)), replace=False)] = True
    return is_radiologist


def _draw_normal(
    drawn: _Draw, own: Bools, has_finding: Bools, counts: dict[str, list[int]], n_empty: int
) -> tuple[Bools, Bools]:
    """Mark normal studies, devices aside.

    Returns
    -------
    has_other, is_empty : bool array, shape (n_studies,)
        Studies with another abnormality, which only NegBio calls normal, and those of them that CheXpert has no label
        for at all.
    """
    n_normal, _, _, n_other = counts["No Finding"]
    without = own & ~has_finding
    drawn.true[without, NO_FINDING] = 1
    n_with_devices = max(0, n_normal + n_other - int(without.sum()))
    with_devices = drawn.pick(own & has_finding, min(n_with_devices, counts["Support Devices"][0]))
    drawn.true[with_devices, NO_FINDING] = drawn.true[with_devices, DEVICES] = 1
    has_other, is_empty = np.zeros(len(own), bool), np.zeros(len(own), bool)
    is_empty[drawn.pick(without, min(n_empty, n_other))] = True
    has_other[with_devices[: n_other - int(is_empty.sum())]] = True
    return has_other | is_empty, is_empty


def _draw_findings(drawn: _Draw, own: Bools, deniable: Bools, counts: dict[str, list[int]]) -> None:
    """Give findings to the studies that are not normal, each of them at least one, and denials to any."""
    ill = own & (drawn.true[:, NO_FINDING] == NONE)
    for i in FINDINGS:
        n_present, _, n_uncertain, _ = counts[LABELS[i]]
        n_present -= int((drawn.true[own, i] == 1).sum())
        chosen = drawn.pick(ill, n_present + n_uncertain)
        drawn.true[chosen, i] = np.repeat(np.array([1, -1], np.int8), [n_present, len(chosen) - n_present])[
            : len(chosen)
        ]
    _move_to_empty(drawn, ill)
    for i in FINDINGS:
        _, n_absent, _, n_contradicted = counts[LABELS[i]]
        chosen = drawn.pick(ill & (drawn.true[:, i] == NONE) & drawn.is_abnormal(), n_contradicted)
        drawn.is_contradicted[chosen, i] = True
        chosen = drawn.pick(deniable & (drawn.true[:, i] == NONE) & ~drawn.is_contradicted[:, i], n_absent)
        drawn.true[chosen, i] = 0


def _move_to_empty(drawn: _Draw, ill: Bools) -> None:
    """Move abnormalities of studies with several to those without any, so that the counts stay."""
    part = drawn.true[:, ABNORMAL]
    empty = drawn.rng.permutation(np.flatnonzero(ill & ~drawn.is_abnormal()))
    studies, places = np.nonzero(np.isin(part, (1, -1)) & ill[:, None])
    spare = np.flatnonzero(studies[1:] == studies[:-1]) + 1  # all but the first of each study
    spare = drawn.rng.permutation(spare)[: len(empty)]
    columns = np.array(ABNORMAL)[places[spare]]
    drawn.true[empty[: len(spare)], columns] = drawn.true[studies[spare], columns]
    drawn.true[studies[spare], columns] = NONE


def _draw_gold(drawn: _Draw, is_radiologist: Bools, has_finding: Bools) -> None:
    """Give the studies of the radiologist their labels."""
    n, whole = int(is_radiologist.sum()), published()["radiologist_studies"]
    ill = is_radiologist & has_finding
    drawn.true[is_radiologist & ~has_finding, NO_FINDING] = 1
    counts = {name: [scaled(c, n, whole) for c in row] for name, row in published()["radiologist"].items()}
    for i in FINDINGS:
        n_present, _, n_uncertain = counts[LABELS[i]]
        chosen = drawn.pick(ill, n_present + n_uncertain)
        drawn.true[chosen, i] = np.repeat(np.array([1, -1], np.int8), [n_present, len(chosen) - n_present])[
            : len(chosen)
        ]
    _move_to_empty(drawn, ill)
    for i in FINDINGS:
        chosen = drawn.pick(is_radiologist & (drawn.true[:, i] == NONE), counts[LABELS[i]][1])
        drawn.true[chosen, i] = 0
