"""Tables of networks and of their scores."""

from datetime import datetime

from warehouse.schema.base import (
    BIGINT,
    DOUBLE,
    FLOATS,
    JSON_,
    TEXT,
    TEXTS,
    TIMESTAMPTZ,
    OfRun,
    Table,
    column,
    key,
    required,
)


class ScoreRun(Table, table=True):
    """Runs of networks over the warehouse's reports or images."""

    __tablename__ = "score_run"
    __table_args__ = {"schema": "score"}
    run_id: str = key(TEXT, "hash of model, version, weights and kind of item")
    model: str = required(TEXT, "network")
    version: str = required(TEXT, "its version")
    weights_sha: str = required(TEXT, "sha256 of the ONNX file")
    provider: str = column(TEXT, "onnxruntime execution provider that ran; several where attempts differed")
    engine: str = column(TEXT, "local or ray: where it ran at last")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(TEXT, "running or complete")
    started_at: datetime = required(TIMESTAMPTZ, "first start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent, over all attempts")
    n_items: int = column(BIGINT, "items scored under this run so far")
    n_failures: int = column(BIGINT, "items that could not be scored")


class Model(Table, table=True):
    """Registered network versions."""

    __tablename__ = "model"
    __table_args__ = {"schema": "score"}
    name: str = key(TEXT, "network")
    version: str = key(TEXT, "version")
    task: str = required(TEXT, "what it predicts, e.g. multi-label finding classification")
    input: str = required(TEXT, "report or image")
    findings: list[str] = required(TEXTS, "findings in the order of the outputs")
    weights_sha: str = required(TEXT, "sha256 of the ONNX file")
    manifest: str = required(JSON_, "the manifest: preprocessing, training data, licence, metrics")


class ScoredReport(Table, table=True):
    """Reports that a run has dealt with; one that could not be scored has a row here and one in score.failure."""

    __tablename__ = "scored_report"
    __table_args__ = {"schema": "score"}
    run_id: str = key(TEXT, "run that dealt with the report")
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    text_hash: int = required(BIGINT, "hash of the text that was scored; a changed text is scored again")
    split: str = column(TEXT, "train, validation or test where the network was made from this data set; else null")


class ScoredImage(Table, table=True):
    """Images that a run has dealt with; one that could not be scored has a row here and one in score.failure."""

    __tablename__ = "scored_image"
    __table_args__ = {"schema": "score"}
    run_id: str = key(TEXT, "run that dealt with the image")
    dataset: str = key(TEXT, "data set")
    image_id: str = key(TEXT, "image")
    bytes: int = column(BIGINT, "size of the file that was read; null when it was missing or could not be opened")
    modified_ns: int = column(
        BIGINT, "when that file was last changed, nanoseconds since 1970; a changed file is scored again"
    )
    split: str = column(TEXT, "train, validation or test where the network was made from this data set; else null")


class ReportScore(OfRun, table=True):
    """Probabilities of findings from report networks."""

    __tablename__ = "report_score"
    __table_args__ = {"schema": "score"}
    dataset: str = key(TEXT, "data set")
    study_id: str = key(TEXT, "study")
    model: str = key(TEXT, "network")
    version: str = key(TEXT, "its version")
    finding: str = key(TEXT, "finding, as in the seed 'finding'")
    probability: float = required(DOUBLE, "probability that the finding is present, 0 to 1")


class ImageScore(OfRun, table=True):
    """Probabilities of findings from image networks."""

    __tablename__ = "image_score"
    __table_args__ = {"schema": "score"}
    dataset: str = key(TEXT, "data set")
    image_id: str = key(TEXT, "image")
    model: str = key(TEXT, "network")
    version: str = key(TEXT, "its version")
    finding: str = key(TEXT, "finding, as in the seed 'finding'")
    probability: float = required(DOUBLE, "probability that the finding is present, 0 to 1")


class Embedding(OfRun, table=True):
    """Penultimate layers of networks, for similarity queries (`cxr score --embeddings`)."""

    __tablename__ = "embedding"
    __table_args__ = {"schema": "score"}
    dataset: str = key(TEXT, "data set")
    item_id: str = key(TEXT, "image or study")
    model: str = key(TEXT, "network")
    version: str = key(TEXT, "its version")
    embedding: list[float] = required(FLOATS, "activations that the findings' probabilities are computed from")


class Attribution(Table, table=True):
    """Files that say where in an image, or from which words of a report, a score comes."""

    __tablename__ = "attribution"
    __table_args__ = {"schema": "score"}
    run_id: str = required(TEXT, "run that scored")
    dataset: str = key(TEXT, "data set")
    item_id: str = key(TEXT, "image or study")
    model: str = key(TEXT, "network")
    version: str = key(TEXT, "its version")
    finding: str = key(TEXT, "finding, as in the seed 'finding'")
    method: str = required(TEXT, "activation_map, occlusion (images) or erasure (words)")
    probability: float = required(DOUBLE, "the score that is attributed")
    text_hash: int = column(BIGINT, "of a report, hash of the text that was scored")
    numbers_path: str = required(TEXT, "Parquet file of the map, or of the words' offsets and weights")
    picture_path: str = column(TEXT, "PNG of an image; HTML page of a report, which holds its text, where asked for")


class Failure(Table, table=True):
    """Items that could not be scored."""

    __tablename__ = "failure"
    __table_args__ = {"schema": "score"}
    run_id: str = key(TEXT, "run that met it")
    dataset: str = key(TEXT, "data set")
    item_id: str = key(TEXT, "image or study")
    code: str = required(TEXT, "error code, e.g. empty_text, missing_file, truncated")
    message: str = required(TEXT, "what is wrong, without report text")
