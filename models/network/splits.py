"""Which part of a training set a patient is in: train, validation or test."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse.errors import WarehouseError

# Percent of patients, in this order.
SPLITS = {"train": 70, "validation": 10, "test": 20}

SPLIT_RULE = "md5(dataset:patient_id) as an integer modulo 100: below 70 train, below 80 validation, else test"
RELEASE_SPLIT_RULE = "the release's own split"
SPLIT_SQL = """case
    when md5_number(dataset || ':' || patient_id) % 100 < 70 then 'train'
    when md5_number(dataset || ':' || patient_id) % 100 < 80 then 'validation'
    else 'test'
end"""


def check_leakage(rows: pa.Table) -> None:
    """Raise when a patient's reports are in more than one split.

    Parameters
    ----------
    rows : pa.Table
        Columns dataset, patient_id, split.

    Raises
    ------
    WarehouseError
    """
    splits = rows.group_by(["dataset", "patient_id"]).aggregate([("split", "count_distinct")])
    n_shared = pc.sum(pc.greater(splits["split_count_distinct"], 1)).as_py()
    if n_shared:
        raise WarehouseError(f"{n_shared} patients are in more than one split", where="training set")


def patient_folds(rows: pa.Table, n_folds: int) -> NDArray[np.int64]:
    """Return the fold of each row of dataset and patient_id: md5 of both, modulo the number of folds."""
    keys = zip(rows["dataset"].to_pylist(), rows["patient_id"].to_pylist(), strict=True)
    return np.array([int(hashlib.md5(f"{d}:{p}".encode()).hexdigest(), 16) % n_folds for d, p in keys])  # noqa: S324
