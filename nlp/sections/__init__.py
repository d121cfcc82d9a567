"""Sections and sentences of a report: by corrected rules, and as MIMIC-CXR's own parser finds them."""
