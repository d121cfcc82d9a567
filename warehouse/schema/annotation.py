"""Tables of human annotations."""

from warehouse.schema.base import SMALLINT, TEXT, OfRun, key, required


class Label(OfRun, table=True):
    """Study labels given by people (or against a written guide): the gold of the benchmarks.

    Which studies an annotator read is in annotation.labeled_study; without a row here a finding is not mentioned there.
    """

    __tablename__ = "label"
    __table_args__ = {"schema": "annotation"}
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    annotator: str = key(TEXT, "annotation set, e.g. openi_mesh, openi_chexpert14_dev")
    finding: str = key(TEXT, "finding, as in the seed 'finding'")
    value: int = required(SMALLINT, "1 present, 0 absent, -1 uncertain, -9 not scored (annotators disagreed)")


class LabeledStudy(OfRun, table=True):
    """Studies that an annotator read; a finding without a row in annotation.label is not mentioned in them."""

    __tablename__ = "labeled_study"
    __table_args__ = {"schema": "annotation"}
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    annotator: str = key(TEXT, "annotation set")
