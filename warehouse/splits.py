"""Which part of a training set a patient is in: train, validation or test.

Python's queries and dbt's models call the rule as the SQL macro ``raw.patient_split`` (`warehouse.schema.macros`).
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

PATIENT_SPLIT = f"""case
    when md5_number(dataset || ':' || patient_id) % 100 < {_TO_TRAIN} then 'train'
    when md5_number(dataset || ':' || patient_id) % 100 < {_TO_VALIDATION} then 'validation'
    else 'test'
end"""
"""The rule as SQL over ``dataset`` and ``patient_id``: the body of the macro ``raw.patient_split``."""
