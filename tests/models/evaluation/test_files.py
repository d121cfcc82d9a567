"""Scores against gold from files: the forms that people have, and what is wrong with them."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.evaluation.files import measure_files
from warehouse.errors import SourceError


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def scores(tmp_path):
    return write(
        tmp_path / "scores.csv",
        "image,Pleural Effusion,Mass",
        "images/a.jpg,0.9,0.1",
        "images/b.jpg,0.2,0.8",
        "images/c.jpg,0.4,0.3",
        "images/d.jpg,,",
        "images/e.jpg,0.1,0.2",
    )


def test_chestxray14s_form(scores, tmp_path):
    gold = write(
        tmp_path / "labels.csv",
        "image,finding_labels,patient_id,age,sex,view,source",
        "a.jpg,Effusion|Mass,1,60,M,PA,random",
        "b.jpg,No Finding,1,60,M,PA,random",
        "c.jpg,Pleural_Thickening,2,50,F,AP,random",
        "d.jpg,Effusion,2,50,F,AP,random",
    )
    found = measure_files(scores, gold, n_resamples=50)
    assert (found.n_items, found.n_unmatched, found.n_patients) == (4, 1, 2)
    assert list(found.metrics) == ["mass", "pleural_effusion"]
    effusion = found.metrics["pleural_effusion"]
    assert (effusion.n_items, effusion.n_positive, effusion.auroc, effusion.f1) == (3, 1, 1, 1)
    assert found.metrics["mass"].auroc == 0
    assert effusion.auroc_low == effusion.auroc_high == 1


def test_a_column_a_finding_uncertain_ones_aside(tmp_path):
    rng = np.random.default_rng(0)
    probabilities, values = rng.random(60).round(2), rng.choice(["1", "0", "", "-1", "x"], 60)
    scores = write(
        tmp_path / "scores.csv",
        "study_id,Edema",
        *(f"patient{i}/study1,{value}" for i, value in enumerate(probabilities)),
    )
    gold = write(
        tmp_path / "gold.csv", "study_id,edema,Other", *(f"patient{i}/study1,{v},7" for i, v in enumerate(values))
    )
    found = measure_files(scores, gold, threshold=0.3, n_resamples=20).metrics["edema"]
    known = ~np.isin(values, ["-1", "x"])
    assert (found.n_items, found.n_positive) == (known.sum(), (values == "1").sum())
    assert found.auroc == pytest.approx(roc_auc_score(values[known] == "1", probabilities[known]))
    assert found.recall == pytest.approx((probabilities[values == "1"] >= 0.3).mean())


def test_items_without_a_patient_are_patients_of_their_own(tmp_path):
    images = [f"{i}.jpg" for i in range(6)]
    scores = write(
        tmp_path / "scores.csv",
        "image,Mass,patient_id",
        *(f"{image},0.5,{patient}" for image, patient in zip(images, ["1", "1", "2", "2", " ", ""], strict=True)),
    )
    gold = write(
        tmp_path / "gold.csv",
        "image,Mass,patient_id",
        *(f"{image},{i % 2},{patient}" for i, (image, patient) in enumerate(zip(images, "112   ", strict=True))),
    )
    # The gold's 1 and 2, the scores' 2, which is another, and two without.
    assert measure_files(scores, gold, n_resamples=2).n_patients == 5


def test_images_that_share_a_name_are_left_out(tmp_path):
    scores = write(tmp_path / "scores.csv", "image,Mass", "d/p1/view1.jpg,0.1", "d/p2/view1.jpg,0.9", "d/p2/v2.jpg,0.2")
    gold = write(tmp_path / "gold.csv", "image,Mass", "x/p2/view1.jpg,1", "x/p2/v2.jpg,0")
    found = measure_files(scores, gold, n_resamples=2)
    assert (found.n_items, found.n_unmatched) == (1, 2)


def test_images_of_another_form_are_found(tmp_path):
    scores = write(tmp_path / "scores.csv", "image,Mass", "nih/00000001_000.jpg,0.9", "nih/00000002_000.png,0.1")
    gold = write(
        tmp_path / "gold.csv",
        "Image Index,Finding Labels,Patient ID",
        "00000001_000.png,Mass,1",
        "00000002_000.png,No Finding,2",
    )
    assert measure_files(scores, gold, n_resamples=2).n_items == 2


def test_thresholds_by_finding(scores, tmp_path):
    gold = write(tmp_path / "gold.csv", "image,Mass,Effusion", "a.jpg,1,1", "b.jpg,0,0", "c.jpg,1,1")
    found = measure_files(scores, gold, threshold={"mass": 0.2}, n_resamples=2).metrics
    assert (found["mass"].recall, found["pleural_effusion"].recall) == (0.5, 0.5)
    assert measure_files(scores, gold, threshold=0.4, n_resamples=2).metrics["pleural_effusion"].recall == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["path,Mass", "a.jpg,1"], "no column image or study_id"),
        (["image,Weather", "a.jpg,1"], "no column of a finding"),
        (["image,Mass", "a.jpg,2"], "column 'Mass' holds a value"),
        (["image,Mass", "a.jpg,1", "a.jpg,1"], "names an item twice"),
        (["image,Mass", "z.jpg,1"], "has no item of scores.csv"),
        (["image,Edema", "a.jpg,1"], "has no finding of scores.csv"),
        (["image,finding_labels", "a.jpg,Mass|Weather"], "1 labels are not of ChestX-ray14"),
    ],
)
def test_what_is_wrong_is_said(scores, tmp_path, lines, message):
    with pytest.raises(SourceError, match=message):
        measure_files(scores, write(tmp_path / "gold.csv", *lines))
    with pytest.raises(SourceError, match="cannot be read"):
        measure_files(scores, tmp_path / "missing.csv")
    damaged = bytearray(gzip.compress(scores.read_bytes()))
    damaged[10] = 0xFF  # no kind of block that there is
    (tmp_path / "damaged.csv.gz").write_bytes(damaged)
    with pytest.raises(SourceError, match="cannot be read"):
        measure_files(tmp_path / "damaged.csv.gz", scores)
