"""Patients, studies and images of a synthetic release: who has how many, of which split, when, in which view."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heapreplace

import numpy as np
import numpy.typing as npt

from warehouse.findings import read_seed
from warehouse.synthetic.published import SPLITS, Bools, Ints, apportion, codes, published, scaled

LATERAL = ("LATERAL", "LL", "XTABLE LATERAL")
PROCEDURES = ("CHEST (PA AND LAT)", "CHEST (PORTABLE AP)", "CHEST (AP AND LAT)", "CHEST (SINGLE VIEW)")
PA_AND_LATERAL, PORTABLE, AP_AND_LATERAL, SINGLE = range(4)
SIZES = ((3056, 2544), (2544, 3056), (2022, 1736), (2539, 2705), (1760, 2140))
"""Rows and columns of the larger detectors; pixels."""

MEAN_GAP, YEARS = 60, 5
"""Days between two studies of a patient; the years over which many studies are spread."""

MEDIAN_LOG, SPREAD_LOG = -0.1, 1.55
"""Studies of a patient are drawn from a log-normal: half of the patients have one, few have more than a hundred."""


@dataclass(frozen=True)
class Cohort:
    """A synthetic release before anything is written. Studies stand together by patient, images by study.

    Attributes
    ----------
    subject_id, study_id : int64 array, shape (n_studies,)
    split : int64 array, shape (n_studies,)
        Index into `SPLITS`.
    has_finding, is_without_text : bool array, shape (n_studies,)
        Whether the study shows an abnormality or a device.
    studied_at : datetime64[ms] array, shape (n_studies,)
    study_of_image : int64 array, shape (n_images,)
        Index into the studies.
    view, procedure, orientation, size : int64 array, shape (n_images,)
        Indexes into the published views, `PROCEDURES`, the published orientations and `SIZES`.
    """

    subject_id: Ints
    study_id: Ints
    split: Ints
    has_finding: Bools
    is_without_text: Bools
    studied_at: npt.NDArray[np.datetime64]
    study_of_image: Ints
    view: Ints
    procedure: Ints
    orientation: Ints
    size: Ints


def draw_cohort(n_patients: int, seed: int) -> Cohort:
    """Draw a release of ``n_patients``, as of `published.FULL` with exactly the published counts.

    Parameters
    ----------
    n_patients : int
        At least 1.
    seed : int
    """
    rng = np.random.default_rng([seed, 1])
    patients = apportion(n_patients, [published()["splits"][name]["patients"] for name in SPLITS])
    parts = [_draw_split(rng, name, int(n)) for name, n in zip(SPLITS, patients, strict=True)]
    per_patient = np.concatenate([part[0] for part in parts])
    has_finding = np.concatenate([part[1] for part in parts])
    n_images_of_split = [part[2] for part in parts]
    split = np.repeat(np.arange(len(SPLITS)), [len(part[1]) for part in parts])
    n_studies = len(split)
    n_images = _images_per_study(rng, split, n_images_of_split)
    without_text = np.zeros(n_studies, bool)
    candidates = np.flatnonzero(~has_finding & (split == 0))
    without_text[rng.choice(candidates, min(len(candidates), _share("without_text", n_studies)), replace=False)] = True
    subjects = _draw_subject_ids(rng, per_patient)
    study_of_image = np.repeat(np.arange(n_studies), n_images)
    view = _draw_views(rng, study_of_image)
    return Cohort(
        subject_id=np.repeat(subjects, per_patient),
        study_id=_draw_study_ids(rng, n_studies),
        split=split,
        has_finding=has_finding,
        is_without_text=without_text,
        studied_at=_draw_times(rng, per_patient),
        study_of_image=study_of_image,
        view=view,
        procedure=_draw_procedures(rng, study_of_image, view, n_studies),
        orientation=codes(rng, len(view), published()["orientations"]),
        size=rng.integers(len(SIZES), size=len(view)),
    )


def _share(name: str, n_studies: int) -> int:
    return scaled(published()[name], n_studies, total("studies"))


def total(unit: str) -> int:
    """Return the published number of patients, studies or images of the release."""
    return sum(published()["splits"][name][unit] for name in SPLITS)


def _draw_split(rng: np.random.Generator, name: str, n_patients: int) -> tuple[Ints, Bools, int]:
    """Return studies by patient, whether each study has a finding, and the number of images."""
    figures = published()["splits"][name]
    n_studies = max(n_patients, scaled(figures["studies"], n_patients, figures["patients"]))
    per_patient = _draw_studies(rng, n_patients, n_studies)
    n_without = n_studies - scaled(figures["studies_with_finding"], n_studies, figures["studies"])
    patients = n_patients - scaled(figures["patients_with_finding"], n_patients, figures["patients"])
    has_finding = _draw_findings(rng, per_patient, n_without, patients)
    return per_patient, has_finding, max(n_studies, scaled(figures["images"], n_studies, figures["studies"]))


def _draw_studies(rng: np.random.Generator, n_patients: int, n_studies: int) -> Ints:
    """Return studies by patient, at least one each, that sum to ``n_studies``."""
    if n_patients == 0:
        return np.zeros(0, np.int64)
    most = published()["max_studies_per_patient"]
    # A split with more studies a patient (test) has its whole distribution moved.
    shift = np.log(max(1.0, n_studies / n_patients / 3.45))
    drawn = np.ceil(rng.lognormal(MEDIAN_LOG + shift, SPREAD_LOG, n_patients)).astype(np.int64).clip(1, most)
    if n_patients == published()["splits"]["train"]["patients"]:
        drawn[drawn.argmax()] = most
    while excess := int(drawn.sum()) - n_studies:
        movable = np.flatnonzero((drawn > 1) & (drawn < most))
        if not len(movable):
            movable = np.arange(n_patients)
        chosen = rng.choice(movable, min(abs(excess), len(movable)), replace=False)
        drawn[chosen] -= np.sign(excess)
    return drawn


def _draw_findings(rng: np.random.Generator, per_patient: Ints, n_without: int, n_patients_without: int) -> Bools:
    """Return for each study whether it has a finding: so many studies and so many whole patients without."""
    order = rng.permutation(len(per_patient))
    order = order[np.argsort(per_patient[order] > 2, kind="stable")]  # those never ill have one or two studies
    fits = np.cumsum(per_patient[order]) <= n_without
    well = np.zeros(len(per_patient), bool)
    well[order[: min(n_patients_without, int(fits.sum()))]] = True
    has_finding = ~np.repeat(well, per_patient)
    starts = np.cumsum(per_patient) - per_patient
    keeps = starts + rng.integers(0, per_patient) if len(per_patient) else starts
    free = has_finding.copy()
    free[keeps] = False  # every other patient has a finding once
    others = np.flatnonzero(free)
    left = n_without - int((~has_finding).sum())
    has_finding[rng.choice(others, min(left, len(others)), replace=False)] = False
    return has_finding


def _images_per_study(rng: np.random.Generator, split: Ints, n_images: list[int]) -> Ints:
    """Return images by study: the published distribution over all, the published number in each split."""
    weights = published()["images_per_study"]
    values = np.array(list(weights))
    drawn = values[codes(rng, len(split), weights)]
    for i, wanted in enumerate(n_images):
        own = split == i
        excess = int(drawn[own].sum()) - wanted
        # A study with two images changes places with one of another split that has one.
        many, few = (own, ~own & (split > i)) if excess > 0 else (~own & (split > i), own)
        n = min(abs(excess), int((many & (drawn == 2)).sum()), int((few & (drawn == 1)).sum()))
        twos = rng.choice(np.flatnonzero(many & (drawn == 2)), n, replace=False)
        ones = rng.choice(np.flatnonzero(few & (drawn == 1)), n, replace=False)
        drawn[twos], drawn[ones] = 1, 2
    return drawn


def _draw_subject_ids(rng: np.random.Generator, per_patient: Ints) -> Ints:
    """Return ids so that the folders p10 to p19, named by their first digits, hold the published shares of studies."""
    folders = published()["studies_per_folder"]
    shares = apportion(int(per_patient.sum()), list(folders.values())).tolist()
    lacking = [(-n, folder) for n, folder in zip(shares, folders, strict=True)]
    heapify(lacking)
    folder_of = np.zeros(len(per_patient), np.int64)
    for patient in np.argsort(-per_patient, kind="stable").tolist():
        # To the folder that lacks most; patients with one study come last and fill each up.
        n, folder = lacking[0]
        folder_of[patient] = folder
        heapreplace(lacking, (n + int(per_patient[patient]), folder))
    within = rng.permutation(1_000_000)[: len(per_patient)]
    return folder_of * 1_000_000 + within


def _draw_study_ids(rng: np.random.Generator, n_studies: int) -> Ints:
    """Return ids in no order of time; those that the section parser has exceptions for are given to nobody."""
    taken = [int(row["study_id"]) for row in read_seed("section_exception")]
    drawn = rng.choice(10_000_000, n_studies + len(taken), replace=False) + 50_000_000
    return drawn[~np.isin(drawn, taken)][:n_studies]


def _draw_times(rng: np.random.Generator, per_patient: Ints) -> npt.NDArray[np.datetime64]:
    """Return the time of each study: dates from 2110 on, a patient's over some years in order, mostly by day."""
    n_studies = int(per_patient.sum())
    first = rng.integers(0, 365 * 90, len(per_patient))
    mean_gap = np.minimum(MEAN_GAP, YEARS * 365 / np.maximum(per_patient, 1))
    gaps = np.ceil(rng.exponential(np.repeat(mean_gap, per_patient))).astype(np.int64)
    gaps[np.cumsum(per_patient) - per_patient] = 0
    passed = np.cumsum(gaps)
    starts = np.repeat(passed[np.cumsum(per_patient) - per_patient], per_patient)
    days = np.repeat(first, per_patient) + passed - starts
    milliseconds = (rng.normal(12.5, 5, n_studies) % 24 * 3_600_000).astype(np.int64) % 86_400_000
    times: npt.NDArray[np.datetime64] = np.datetime64("2110-01-01", "ms") + (days * 86_400_000 + milliseconds)
    return times


def _draw_views(rng: np.random.Generator, study_of_image: Ints) -> Ints:
    """Return the view of each image: laterals are a study's second image, PA goes with them, AP stands alone."""
    weights = published()["views"]
    counts = dict(zip(weights, apportion(len(study_of_image), list(weights.values())), strict=True))
    number = {name: i for i, name in enumerate(weights)}
    view = np.full(len(study_of_image), number["AP"])
    place = np.arange(len(view)) - np.searchsorted(study_of_image, study_of_image)
    is_free = np.ones(len(view), bool)

    def fill(names: tuple[str, ...], preference: Ints) -> None:
        """Give the views to free images, in order of preference and at random among equals."""
        wanted = np.repeat([number[name] for name in names], [counts[name] for name in names])
        free = np.flatnonzero(is_free)
        order = free[np.lexsort((rng.random(len(free)), preference[free]))][: len(wanted)]
        view[order] = rng.permutation(wanted)
        is_free[order] = False

    fill(LATERAL, np.abs(place - 1))
    with_lateral = np.isin(study_of_image, study_of_image[~is_free]).astype(np.int64)
    others = tuple(name for name in weights if name not in (*LATERAL, "AP", "PA"))
    fill(others, np.zeros(len(view), np.int64))
    fill(("PA",), 1 - with_lateral + place)
    return view


def _draw_procedures(rng: np.random.Generator, study_of_image: Ints, view: Ints, n_studies: int) -> Ints:
    """Return the procedure of each image; so many AP images are of PA and lateral procedures as published."""
    names = list(published()["views"])
    is_lateral, is_ap = np.isin(view, [names.index(name) for name in LATERAL]), view == names.index("AP")
    procedure = np.full(n_studies, SINGLE)
    procedure[study_of_image[is_ap]] = PORTABLE
    procedure[study_of_image[is_lateral]] = PA_AND_LATERAL
    n_ap = np.bincount(study_of_image[is_ap], minlength=n_studies) * (procedure == PA_AND_LATERAL)
    wanted = scaled(published()["ap_of_pa_and_lateral"], len(view), total("images"))
    excess = int(n_ap.sum()) - wanted
    # Studies with one such image first: with them the sum is met exactly.
    some = rng.permutation(np.flatnonzero(n_ap))
    some = some[np.argsort(n_ap[some], kind="stable")]
    taken = some[np.cumsum(n_ap[some]) <= excess]
    procedure[taken] = AP_AND_LATERAL
    return procedure[study_of_image]
