"""The synthetic release: published counts at full size, its shape at any size, the same bytes for the same seed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import sources, synthetic
from warehouse.errors import ConfigError
from warehouse.synthetic.cohort import Cohort, draw_cohort
from warehouse.synthetic.labels import FINDINGS, LABELS, NONE, Labels, draw_labels
from warehouse.synthetic.published import FULL, SPLITS, apportion, published
from warehouse.synthetic.reports import SOURCES, WIDTH, draw_sources, wrap


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return draw_cohort(FULL, seed=3)


@pytest.fixture(scope="module")
def labels(cohort: Cohort) -> Labels:
    return draw_labels(cohort, seed=3)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("synthetic") / "release"
    synthetic.synthesize(target, n_patients=60, seed=1, n_imaged=2)
    return target


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@given(st.integers(0, 10_000), st.lists(st.integers(0, 1_000), min_size=1).filter(any))
def test_a_total_is_shared_out_whole(total: int, weights: list[int]) -> None:
    counts = apportion(total, weights)
    exact = np.array(weights) * total / sum(weights)
    assert counts.sum() == total
    assert (np.abs(counts - exact) < 1).all()
    assert apportion(sum(weights), weights).tolist() == weights


def test_full_size_meets_the_published_counts_of_the_splits(cohort: Cohort) -> None:
    for i, name in enumerate(SPLITS):
        own = cohort.split == i
        found = {
            "patients": len(np.unique(cohort.subject_id[own])),
            "studies": own.sum(),
            "images": own[cohort.study_of_image].sum(),
            "studies_with_finding": (own & cohort.has_finding).sum(),
            "patients_with_finding": len(np.unique(cohort.subject_id[own & cohort.has_finding])),
        }
        assert found == published()["splits"][name]
    _, per_patient = np.unique(cohort.subject_id, return_counts=True)
    assert (np.median(per_patient), per_patient.max()) == (1, 158)
    assert len(np.unique(cohort.study_id)) == 227_835
    folders, n_studies = np.unique(cohort.subject_id // 1_000_000, return_counts=True)
    assert dict(zip(folders.tolist(), n_studies.tolist(), strict=True)) == published()["studies_per_folder"]
    assert cohort.is_without_text.sum() == 8
    assert (cohort.split[cohort.is_without_text] == 0).all()


def test_full_size_meets_the_published_counts_of_the_images(cohort: Cohort) -> None:
    per_study = np.unique(np.bincount(cohort.study_of_image), return_counts=True)
    assert dict(zip(*(part.tolist() for part in per_study), strict=True)) == published()["images_per_study"]
    views = list(published()["views"])
    assert dict(zip(views, np.bincount(cohort.view).tolist(), strict=True)) == published()["views"]
    assert ((cohort.view == views.index("AP")) & (cohort.procedure == 0)).sum() == 22_043


def test_full_size_meets_the_published_agreement_of_the_labelers(cohort: Cohort, labels: Labels) -> None:
    train = (cohort.split == 0) & ~cohort.is_without_text
    for i, name in enumerate(LABELS):
        ours, theirs = labels.chexpert[train, i], labels.negbio[train, i]
        found = [((ours == value) & (theirs == value)).sum() for value in (1, 0, -1)]
        assert [*found, (ours != theirs).sum()] == published()["agreement"][name], name
        gold = labels.true[labels.is_radiologist, i]
        assert [(gold == value).sum() for value in (1, 0, -1)] == published()["radiologist"][name], name
    has_text = ~cohort.is_without_text
    assert (labels.chexpert[has_text] == NONE).all(axis=1).sum() == 2_414
    assert not (labels.negbio[has_text] == NONE).all(axis=1).any()
    is_ill = np.isin(labels.negbio[:, FINDINGS], (1, -1)).any(axis=1)
    assert (is_ill == cohort.has_finding).all()


def test_full_size_meets_the_published_sections(cohort: Cohort) -> None:
    counts = dict(zip(SOURCES, np.bincount(draw_sources(cohort, 3)).tolist(), strict=True))
    assert counts == {"impression": 189_561, "findings": 27_684, "last_paragraph": 10_514, "comparison": 68, "none": 8}


@pytest.mark.parametrize("n_patients", [1, 2, 7, 40])
def test_small_releases_are_whole(n_patients: int) -> None:
    cohort = draw_cohort(n_patients, seed=n_patients)
    assert len(np.unique(cohort.subject_id)) == n_patients
    assert (np.bincount(cohort.study_of_image) >= 1).all()
    assert (np.diff(cohort.study_of_image) >= 0).all()
    drawn = draw_labels(cohort, seed=0)
    no_finding = drawn.true[:, LABELS.index("No Finding")] == 1
    devices = LABELS.index("Support Devices")
    others = [i for i in FINDINGS if i != devices]
    assert not np.isin(drawn.true[no_finding][:, others], (1, -1)).any()


def test_times_follow_one_another_and_ids_do_not(cohort: Cohort) -> None:
    same = cohort.subject_id[1:] == cohort.subject_id[:-1]
    assert (np.diff(cohort.studied_at)[same] >= np.timedelta64(0, "ms")).mean() > 0.99
    assert 0.45 < (np.diff(cohort.study_id)[same] > 0).mean() < 0.55


@given(st.text("ab ", max_size=500).map(lambda text: " ".join(text.split())))
def test_lines_are_broken_at_blanks_only(text: str) -> None:
    lines = wrap(text).split("\n ")
    assert " ".join(lines) == text
    assert all(len(line) < WIDTH or " " not in line for line in lines)


def test_the_same_seed_gives_the_same_bytes(release: Path, tmp_path: Path) -> None:
    synthetic.synthesize(tmp_path / "again", n_patients=60, seed=1, n_imaged=2)
    assert tree(tmp_path / "again") == tree(release)
    synthetic.synthesize(tmp_path / "other", n_patients=60, seed=2, n_imaged=2)
    assert tree(tmp_path / "other").keys() != tree(release).keys()


def test_it_loads_without_a_remark(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    for name in ("mimic-cxr", "mimic-cxr-jpg"):
        done = sources.load_source(con, sources.get(name), release / name / "2.1.0")
        assert (done.n_rejected, done.n_odd, done.missing) == (0, 0, [])
    n_studies = con.sql("select count(*) from raw.mimic_cxr_study").fetchone()
    assert n_studies == con.sql("select count(*) from raw.report").fetchone()
    assert con.sql("select count(distinct subject_id) from raw.mimic_cxr_study").fetchone() == (60,)
    assert con.sql('select count(*) from raw.mimic_cxr_jpg_chexpert where "Edema" = 1').fetchone() != (0,)


def test_the_sums_are_those_of_the_files(release: Path) -> None:
    for part in ("mimic-cxr", "mimic-cxr-jpg"):
        folder = release / part / "2.1.0"
        listed = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS.txt").read_text().splitlines())
        found = {name: sha for name, sha in tree(folder).items() if name != "SHA256SUMS.txt"}
        assert listed == found


def test_targets_that_do_not_do(release: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        synthetic.synthesize(release, n_patients=1)
    with pytest.raises(ConfigError, match="at least one patient"):
        synthetic.synthesize(tmp_path / "none", n_patients=0)
    assert list(tmp_path.iterdir()) == []
