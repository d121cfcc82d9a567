"""Labeled reports in the formats of other tools: brat, Label Studio, displaCy, spaCy, OMOP NOTE_NLP."""
