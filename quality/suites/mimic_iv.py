"""Suites of the MIMIC-IV landing tables."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, warning
from quality.suites.mimic_cxr import SUBJECT

SUITES: tuple[Suite, ...] = (
    landing("raw.mimic_iv_patient", SUBJECT, one_of("gender", ("F", "M")), between("anchor_age", 0, 120)),
    landing(
        "raw.mimic_iv_admission",
        SUBJECT,
        between("hadm_id", 20_000_000, 29_999_999),
        warning(holds("admitted_first", "t.admittime <= t.dischtime", "No stay ends before it begins")),
    ),
    landing(
        "raw.mimic_iv_edstay",
        SUBJECT,
        between("stay_id", 30_000_000, 39_999_999),
        warning(holds("arrived_first", "t.intime <= t.outtime", "No stay ends before it begins")),
    ),
)
