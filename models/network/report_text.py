"""The text of a report that a network reads: ``nlp.label_source_text``, and how a manifest names it."""

TEXT_POLICY = "label_source_sections_else_whole_text"
TEXT_POLICY_IN_WORDS = (
    "Sections whose mentions count (findings, impression), joined; the whole report where it has no parsed sections."
)
