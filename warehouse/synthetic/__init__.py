"""Invented releases in the shape of MIMIC-CXR: what tests, demonstrations at scale and tutorials use."""

from __future__ import annotations

from warehouse.synthetic.published import FULL
from warehouse.synthetic.release import N_IMAGED, Synthesis, synthesize

__all__ = ["FULL", "N_IMAGED", "Synthesis", "synthesize"]
