"""Rules that SQL in Python and in dbt share, as macros of the schema ``raw``: the patient split, the hash of a text.

The warehouse file holds them, so any DuckDB that opens the file has them.
"""

from __future__ import annotations

from warehouse.splits import PATIENT_SPLIT, RELEASE_SPLIT_RULE, SPLIT_RULE
from warehouse.sql import literal

MACROS: dict[str, str] = {
    "raw.patient_split(dataset, patient_id)": PATIENT_SPLIT,
    "raw.patient_split_rule()": literal(SPLIT_RULE),
    "raw.release_split_rule()": literal(RELEASE_SPLIT_RULE),
    # The same on every machine and in every version of DuckDB; the remainder fits a BIGINT.
    "raw.text_hash(text)": "(md5_number(text) % 9223372036854775807)::bigint",
}


def statements() -> list[str]:
    """Return the statements that create the macros or replace those of an earlier version."""
    return [f"create or replace macro {name} as {body}" for name, body in MACROS.items()]
