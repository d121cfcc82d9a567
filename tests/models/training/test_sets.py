"""Training sets over any marts: the rows and targets of the query against a loop over the same rows."""

from __future__ import annotations

import hashlib
import math
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.training import set_card, sets
from models.training.sets import Items, TrainingSet, make_training_set
from models.training.study_list import read_study_list
from tests.support.macros import create_macros
from warehouse.errors import ConfigError, SourceError, WarehouseError

DATASETS, POLICIES, FINDINGS = ("openi", "o'hare"), ("u_ones", "u_ignore"), ("edema", "pneumonia")
STUDIES = [f"s{i}" for i in range(5)]

images = st.lists(
    st.fixed_dictionaries(
        {
            "dataset": st.sampled_from(DATASETS),
            "patient_id": st.sampled_from([None, "p1", "p2", "p3"]),
            "study_id": st.sampled_from(STUDIES),
            "view_class": st.sampled_from(["frontal", "lateral", None]),
            "split": st.sampled_from(["train", "validate", "test", None]),
        }
    ),
    max_size=12,
)
labels = st.lists(
    st.fixed_dictionaries(
        {
            "policy": st.sampled_from(POLICIES),
            "dataset": st.sampled_from(DATASETS),
            "study_id": st.sampled_from(STUDIES),
            "labeler": st.sampled_from(["cxr", "o'neil"]),
            "finding": st.sampled_from(FINDINGS),
            "target": st.sampled_from([0, 1, None]),
        }
    ),
    max_size=30,
    unique_by=lambda row: tuple(row[name] for name in ("policy", "dataset", "study_id", "labeler", "finding")),
)
choices = st.builds(
    TrainingSet,
    input=st.just("image"),
    datasets=st.sampled_from([("openi",), ("o'hare",), DATASETS]),
    labeler=st.sampled_from(["cxr", "o'neil"]),
    policy=st.sampled_from(POLICIES),
    findings=st.sampled_from([(), ("pneumonia",), ("pneumonia", "edema")]),
    view=st.sampled_from(["frontal", "lateral", "any"]),
    split=st.sampled_from(["release", "patient"]),
)


def marts(images: list[dict[str, Any]], labels: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A database with the columns of the marts that a set of images reads."""
    con = duckdb.connect()
    create_macros(con)
    con.execute(
        """
        create schema marts;
        create table marts.dim_image (
            dataset varchar, patient_id varchar, study_id varchar, image_id varchar, path varchar, view_class varchar,
            split varchar
        );
        create table marts.training_label (
            policy varchar, dataset varchar, study_id varchar, labeler varchar, finding varchar, target smallint
        );
        create table marts.dim_dataset as
        select * from (
            values ('openi', null), ('o''hare', null), ('iu_xray', 'openi')
        ) as t (dataset, same_images_as);
        """
    )
    for i, row in enumerate(images):
        values = [row[name] for name in ("dataset", "patient_id", "study_id", "view_class", "split")]
        con.execute(
            "insert into marts.dim_image by name select ? as dataset, ? as patient_id, ? as study_id,"
            f" ? as view_class, ? as split, 'i{i:02}' as image_id, 'i{i:02}.png' as path",
            values,
        )
    for row in labels:
        con.execute(
            "insert into marts.training_label values ($policy, $dataset, $study_id, $labeler, $finding, $target)", row
        )
    return con


def expected(
    images: list[dict[str, Any]], labels: list[dict[str, Any]], chosen: TrainingSet
) -> dict[str, tuple[str, str, dict[str, float | None]]]:
    """Patient, split and targets by image, of a loop over the rows."""
    found = {}
    for i, image in enumerate(images):
        targets = {
            row["finding"]: row["target"]
            for row in labels
            if (row["dataset"], row["study_id"]) == (image["dataset"], image["study_id"])
            and (row["policy"], row["labeler"]) == (chosen.policy, chosen.labeler)
        }
        patient = image["patient_id"] or image["study_id"]
        split = image["split"]
        if chosen.split == "patient":
            hashed = hashlib.md5(f"{image['dataset']}:{patient}".encode(), usedforsecurity=False).digest()
            place = int.from_bytes(hashed, "little") % 100
            split = "train" if place < 70 else "validate" if place < 80 else "test"
        if image["dataset"] in chosen.datasets and chosen.view in (image["view_class"], "any") and targets and split:
            found[f"i{i:02}"] = (patient, "validation" if split == "validate" else split, targets)
    return found


@given(images, labels, choices)
@hypothesis_settings(deadline=None)
def test_a_set_is_what_a_loop_over_the_rows_gives(
    images: list[dict[str, Any]], labels: list[dict[str, Any]], chosen: TrainingSet
) -> None:
    wanted = expected(images, labels, chosen)
    findings = [
        name
        for name in chosen.findings or FINDINGS
        if any(targets.get(name) is not None for _, _, targets in wanted.values())
    ]
    splits: dict[tuple[str, str], set[str]] = {}
    for image, (patient, split, _) in wanted.items():
        splits.setdefault((images[int(image[1:])]["dataset"], patient), set()).add(split)
    with marts(images, labels) as con:
        if not findings or max(map(len, splits.values())) > 1:
            with pytest.raises(WarehouseError):
                sets.read(con, chosen)
            return
        items = sets.read(con, chosen)
    assert list(items.findings) == findings
    rows = items.rows.to_pylist()
    assert {row["image_id"]: (row["patient_id"], row["split"]) for row in rows} == {
        image: (patient, split) for image, (patient, split, _) in wanted.items()
    }
    for row, targets in zip(rows, items.targets, strict=True):
        for name, target in zip(findings, targets.tolist(), strict=True):
            value = wanted[row["image_id"]][2].get(name)
            assert math.isnan(target) if value is None else target == value


def test_a_patient_in_two_splits_of_the_release_stops_the_set() -> None:
    one, other = (
        {"dataset": "openi", "patient_id": "p", "study_id": study, "view_class": "frontal", "split": split}
        for study, split in (("s1", "train"), ("s2", "test"))
    )
    labels = [
        {
            "policy": "u_ignore", "dataset": "openi", "study_id": study, "labeler": "cxr", "finding": "edema",
            "target": 1,
        }
        for study in ("s1", "s2")
    ]  # fmt: skip
    chosen = TrainingSet(input="image", datasets=("openi",), labeler="cxr", split="release")
    with marts([one, other], labels) as con, pytest.raises(WarehouseError, match="more than one split"):
        sets.read(con, chosen)


def test_two_data_sets_of_the_same_images_stop_the_set() -> None:
    chosen = TrainingSet(input="image", datasets=("openi", "iu_xray"), labeler="cxr")
    with marts([], []) as con, pytest.raises(WarehouseError, match="'openi' and 'iu_xray' have the same images"):
        sets.read(con, chosen)


def make_items() -> tuple[Items, TrainingSet]:
    """Ten images of ten patients in three splits, edema known of all, pneumonia of half."""
    splits = ["train"] * 6 + ["validation"] + ["test"] * 3
    rows = pa.table(
        {
            "dataset": ["openi"] * 10, "patient_id": [f"p{i}" for i in range(10)],
            "study_id": [f"s{i}" for i in range(10)], "image_id": [f"i{i}" for i in range(10)], "split": splits,
        }
    )  # fmt: skip
    targets = np.array([[i % 2, np.nan if i % 2 else 1] for i in range(10)], np.float32)
    chosen = TrainingSet(input="image", datasets=("openi",), labeler="cxr", findings=("edema", "pneumonia"))
    return Items(chosen.findings, rows, targets), chosen


def test_the_card_counts_by_split_and_finding_and_the_rows_hold_nulls(tmp_path: Path) -> None:
    items, chosen = make_items()
    set_card.write(items, chosen, tmp_path)
    card = (tmp_path / set_card.CARD_FILE).read_text(encoding="utf-8")
    for line in (
        "| train | 6 | 6 |", "| validation | 1 | 1 |", "| test | 3 | 3 |",
        "| Edema | 3 of 6 | 0 of 1 | 2 of 3 |", "| Pneumonia | 3 of 3 | 1 of 1 | 1 of 1 |",
        "- labeler: cxr", "- policy: u_ignore", "- view: frontal",
    ):  # fmt: skip
        assert line in card
    assert chosen.query() in card
    stored = pyarrow.feather.read_table(str(tmp_path / set_card.ROWS_FILE))
    assert stored["pneumonia"].null_count == 5
    assert stored["edema"].to_pylist() == [0, 1] * 5


def test_a_card_of_a_cross_validation_has_no_splits() -> None:
    items, chosen = make_items()
    card = set_card.card(items, chosen, folds=5)
    assert "| 5 folds by patient | 10 | 10 |" in card
    assert "| Edema | 5 of 10 |" in card
    assert "train |" not in card


@pytest.mark.parametrize(("name", "separator"), product(("study_id", "uid"), ("\n", "\r\n")))
def test_a_list_of_studies(name: str, separator: str, tmp_path: Path) -> None:
    path = tmp_path / "studies.csv"
    path.write_bytes(separator.join([f"split,{name}", "a,s1", "b,s2", ""]).encode())
    assert read_study_list(path) == {"s1", "s2"}
    path.write_text("id\n1\n")
    with pytest.raises(SourceError, match="no column study_id or uid"):
        read_study_list(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_study_list(tmp_path / "missing.csv")


def test_an_empty_split_says_what_its_trainer_can_do() -> None:
    items, _ = make_items()
    assert {name: len(part) for name, part in items.by_split(fix="").items()} == {
        "train": 6,
        "validation": 1,
        "test": 3,
    }
    few = items.take(items.places("train", "test"))
    with pytest.raises(WarehouseError, match=r"in the split 'validation'.* Give --folds"):
        few.by_split(fix="Give --folds")


def test_a_set_of_options() -> None:
    chosen = make_training_set("image", ["openi"], "cxr", findings=["edema", "chexpert14", "edema"], split="release")
    assert (len(chosen.findings), chosen.findings[0], chosen.split) == (14, "edema", "release")
    assert make_training_set("report", ["openi"], "cxr").findings == ()
    with pytest.raises(ConfigError, match="--split halves: input should be"):
        make_training_set("image", ["openi"], "cxr", split="halves")
    with pytest.raises(ConfigError, match="no finding 'heart'"):
        make_training_set("image", ["openi"], "cxr", findings=["heart"])
