"""A check on training sets: no patient in two of their parts. What part a patient is in, `warehouse.splits` says."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.errors import WarehouseError


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
