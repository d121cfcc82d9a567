"""Tables of what the labelers found in reports."""

from datetime import datetime

from warehouse.schema.base import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TEXT,
    TIMESTAMPTZ,
    OfRun,
    Table,
    column,
    key,
    required,
)


class LabelRun(Table, table=True):
    """Runs of labelers over the warehouse's reports."""

    __tablename__ = "label_run"
    __table_args__ = {"schema": "nlp"}
    run_id: str = key(TEXT, "hash of labeler, its version, lexicon, text policy and aggregation")
    labeler: str = required(TEXT, "labeler that ran, as in nlp.label")
    lexicon_sha: str = required(TEXT, "sha256 of the lexicon's rules, or of the engine's own rules")
    text_policy: str = required(TEXT, "which sections were labeled: findings+impression or mimic")
    aggregation: str = column(TEXT, "how mentions became labels: cxr, chexpert or negbio; null, not recorded yet: cxr")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(TEXT, "running or complete")
    started_at: datetime = required(TIMESTAMPTZ, "first start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent, over all attempts")
    n_reports: int = column(BIGINT, "reports labeled under this run so far")
    n_mentions: int = column(BIGINT, "mentions found in them")


class Finding(OfRun, table=True):
    """Findings that a user's label scheme adds to those of the seed 'finding'."""

    __tablename__ = "finding"
    __table_args__ = {"schema": "nlp"}
    finding: str = key(TEXT, "finding")
    name: str = required(TEXT, "display name")
    parent: str = column(TEXT, "the wider finding it is a kind of")
    blocks_no_finding: bool = required(BOOLEAN, "whether its presence contradicts No Finding")
    definition: str = required(TEXT, "what counts as the finding; may be empty")


class LexiconPhrase(OfRun, table=True):
    """Phrases of the lexicons that labeled here, so that a changed lexicon labels again only what it can touch."""

    __tablename__ = "lexicon_phrase"
    __table_args__ = {"schema": "nlp"}
    lexicon_sha: str = key(TEXT, "sha256 of the lexicon's rules, as in nlp.label_run")
    kind: int = key(SMALLINT, "0 finding, 1 cue, 2 cue of state, 3 context, 4 attribute; -1 findings and headings")
    phrase: str = key(TEXT, "words in lower case, a blank between them")
    rule_id: str = required(TEXT, "rule that has it; empty for a context")
    rule_sha: str = required(TEXT, "sha256 of what the rule says, its phrases left out")


class LabeledReport(Table, table=True):
    """Reports that a run has labeled; a report without any mention has a row here and none in nlp.mention."""

    __tablename__ = "labeled_report"
    __table_args__ = {"schema": "nlp"}
    run_id: str = key(TEXT, "run that labeled the report")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    text_hash: int = required(BIGINT, "hash of the text that was labeled; a changed text is labeled again")


class SectionRun(Table, table=True):
    """Runs that split the warehouse's reports into sections; one for each set of rules."""

    __tablename__ = "section_run"
    __table_args__ = {"schema": "nlp"}
    run_id: str = key(TEXT, "hash of the rules, what they say, and the version")
    rules: str = required(TEXT, "corrected, or official: those of the MIMIC-CXR code repository")
    rules_sha: str = required(TEXT, "sha256 of headings, names and exceptions")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(TEXT, "running or complete")
    started_at: datetime = required(TIMESTAMPTZ, "first start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent, over all attempts")
    n_reports: int = column(BIGINT, "reports sectioned by these rules so far")
    n_sections: int = column(BIGINT, "their sections")


class SectionedReport(OfRun, table=True):
    """Reports that were split into sections; an empty report has a row here and none in nlp.section."""

    __tablename__ = "sectioned_report"
    __table_args__ = {"schema": "nlp"}
    rules: str = key(TEXT, "corrected or official")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    text_hash: int = required(BIGINT, "hash of the text that was split; a changed text is split again")


class Section(OfRun, table=True):
    """Sections of reports by each set of rules, with offsets into the report's text."""

    __tablename__ = "section"
    __table_args__ = {"schema": "nlp"}
    rules: str = key(TEXT, "corrected or official")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    ordinal: int = key(SMALLINT, "position in the report, from 0")
    section: str = required(TEXT, "normalised section name, e.g. findings, impression, indication")
    heading: str = column(TEXT, "heading as written; null for a preamble, a last paragraph, a text without headings")
    start: int = required(INTEGER, "first character in raw.report.text, blanks at the section's ends left out")
    end: int = required(INTEGER, "one past the last character")
    text: str = required(TEXT, "text of the section without its heading")
    is_label_source: bool = required(
        BOOLEAN, "whether mentions in it count (not in indication, history, ...); official: as is_label_text"
    )
    is_label_text: bool = column(
        BOOLEAN, "whether it stands for the report: the last of the first kind of impression, findings, last_paragraph,"
        " comparison; true of at most one section of a report"
    )  # fmt: skip


class Mention(Table, table=True):
    """Mentions of findings in reports, each with its assertion and the evidence for it."""

    __tablename__ = "mention"
    __table_args__ = {"schema": "nlp"}
    run_id: str = key(TEXT, "run that found the mention")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    section: str = required(TEXT, "section that holds it")
    sentence: int = required(INTEGER, "ordinal of the sentence in the report, from 0")
    start: int = key(INTEGER, "first character in raw.report.text")
    end: int = key(INTEGER, "one past the last character")
    text: str = required(TEXT, "the words, as written")
    finding: str = key(TEXT, "finding mentioned, as in the seed 'finding'")
    assertion: str = required(TEXT, "present, absent or uncertain")
    cue_start: int = column(INTEGER, "first character of the deciding cue; null when no cue decided")
    cue_end: int = column(INTEGER, "one past the cue's last character")
    rule_id: str = required(TEXT, "lexicon rule that matched")
    cue_rule_id: str = column(TEXT, "cue rule that decided the assertion")
    laterality: str = column(TEXT, "left, right or bilateral")
    location: str = column(TEXT, "lobe, zone, base or apex")
    severity: str = column(TEXT, "trace, small, mild, moderate, large or severe")
    change: str = column(TEXT, "new, stable, improved, worse or resolved")


class Label(Table, table=True):
    """Study labels of every labeler; a finding that is not mentioned has no row."""

    __tablename__ = "label"
    __table_args__ = {"schema": "nlp"}
    run_id: str = key(TEXT, "run that made the label")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    labeler: str = key(TEXT, "labeler: cxr, medspacy_context, ...")
    lexicon_sha: str = required(TEXT, "sha256 of the rules that made it")
    finding: str = key(TEXT, "finding, as in the seed 'finding'")
    value: int = required(SMALLINT, "1 present, 0 absent, -1 uncertain")
    is_indexed: bool = required(BOOLEAN, "whether presence-only codings hold it: present, alternative or borderline")


class BenchmarkResult(Table, table=True):
    """Measured quality of labelers against gold annotations."""

    __tablename__ = "benchmark_result"
    __table_args__ = {"schema": "nlp"}
    gold: str = key(TEXT, "gold set: an annotator in annotation.label")
    labeler: str = key(TEXT, "labeler measured")
    scheme: str = key(TEXT, "label scheme")
    task: str = key(TEXT, "mention, positive, negation or uncertainty")
    finding: str = key(TEXT, "finding, or 'macro' or 'micro'")
    precision: float = column(DOUBLE, "precision; null when nothing was predicted")
    precision_low: float = column(DOUBLE, "lower end of its 95% bootstrap interval, resampling studies")
    precision_high: float = column(DOUBLE, "upper end")
    recall: float = column(DOUBLE, "recall; null when there is no such case in the gold")
    recall_low: float = column(DOUBLE, "lower end of its interval")
    recall_high: float = column(DOUBLE, "upper end")
    f1: float = column(DOUBLE, "F1; null when there is no such case in the gold and none was predicted")
    f1_low: float = column(DOUBLE, "lower end of its interval")
    f1_high: float = column(DOUBLE, "upper end")
    support: int = required(INTEGER, "gold cases of the task")
    n_studies: int = required(INTEGER, "studies compared")
    run_id: str = column(TEXT, "labeling run that was measured")


class BenchmarkComparison(Table, table=True):
    """Pairs of labelers on the same gold annotations: the difference of their F1, and whether it is chance."""

    __tablename__ = "benchmark_comparison"
    __table_args__ = {"schema": "nlp"}
    gold: str = key(TEXT, "gold set: an annotator")
    labeler_a: str = key(TEXT, "one labeler, the first in the alphabet")
    labeler_b: str = key(TEXT, "the other labeler")
    scheme: str = key(TEXT, "label scheme")
    task: str = key(TEXT, "mention, positive, negation or uncertainty")
    finding: str = key(TEXT, "finding, or 'macro' or 'micro'")
    f1_a: float = column(DOUBLE, "F1 of labeler_a on the studies that both labeled")
    f1_b: float = column(DOUBLE, "F1 of labeler_b")
    f1_difference: float = column(DOUBLE, "f1_a less f1_b; null when either is")
    f1_difference_low: float = column(DOUBLE, "lower end of its 95% interval, studies drawn once for both labelers")
    f1_difference_high: float = column(DOUBLE, "upper end")
    p_bootstrap: float = column(DOUBLE, "two-sided p of no difference in F1, from the same draws")
    p_bootstrap_holm: float = column(DOUBLE, "adjusted over the findings of the task; null for averages")
    n_only_a_right: int = column(INTEGER, "studies on which labeler_a is right and labeler_b wrong; null for averages")
    n_only_b_right: int = column(INTEGER, "studies on which labeler_b is right and labeler_a wrong; null for averages")
    p_mcnemar: float = column(DOUBLE, "two-sided p of McNemar's test of these two counts; null for averages")
    p_mcnemar_holm: float = column(DOUBLE, "adjusted over the findings of the task")
    support: int = required(INTEGER, "gold cases of the task")
    n_studies: int = required(INTEGER, "studies compared")
    run_id_a: str = column(TEXT, "labeling run of labeler_a; null for released labels")
    run_id_b: str = column(TEXT, "labeling run of labeler_b; null for released labels")
