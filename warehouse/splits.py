"""Which part of a training set a patient is in: train, validation or test.

Here are the shares and their words; the rule itself is the SQL macro ``raw.patient_split`` (`warehouse.schema.macros`),
which Python's queries and dbt's models call.
"""

from __future__ import annotations

# Percent of patients, in this order.
SPLITS = {"train": 70, "validation": 10, "test": 20}

_TO_TRAIN = SPLITS["train"]
_TO_VALIDATION = _TO_TRAIN + SPLITS["validation"]

SPLIT_RULE = (
    f"md5(dataset:patient_id) as an integer modulo 100: below {_TO_TRAIN} train, below {_TO_VALIDATION} validation, "
    "else test"
)
"""What a manifest says of a network whose training set was split by patient; one that says otherwise was not."""

RELEASE_SPLIT_RULE = "the release's own split"
"""What it says where the release came with a split."""

BOUNDS = {"train": _TO_TRAIN, "validation": _TO_VALIDATION}
"""Number below which a patient's remainder is in a part; those of no part are in ``test``."""
