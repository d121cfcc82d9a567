"""``cxr section``: the warehouse's reports into sections."""

from __future__ import annotations

from dataclasses import asdict

from app import console
from app.options import AsJson, SectionRules, Warehouse
from warehouse.config import load_settings


def section(rules: SectionRules = "corrected", warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Split the warehouse's reports into sections, nlp.section; both sets of rules may be there side by side."""
    from nlp.labeling.sections import section_warehouse
    from warehouse.connection import writing

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
        counts = asdict(section_warehouse(con, rules, progress=progress))
    if as_json:
        console.emit_json(counts)
        return
    label_texts = counts.pop("label_texts")
    console.counts(counts, as_json)
    console.table("Label text from", ["section", "reports"], [(name or "none", n) for name, n in label_texts.items()])
