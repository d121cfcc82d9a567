"""How a manifest names the text of a report that a network reads; `warehouse.schema.report_text` has the text's SQL."""

TEXT_POLICY = "label_source_sections_else_whole_text"
TEXT_POLICY_IN_WORDS = (
    "Sections whose mentions count (findings, impression), joined; the whole report where it has no parsed sections."
)
