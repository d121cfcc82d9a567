"""Patients stay together: none is in two parts of a training set, nor in two folds. The rule is `warehouse.splits`."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse.errors import WarehouseError


def check_leakage(rows: pa.Table) -> None:
    """Raise when a patient's items are in more than one split.

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
