"""The manifest of a network: what it is, what it was made from, how good it is. The model card is written from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from warehouse import findings
from warehouse.choices import Fit
from warehouse.errors import SourceError

NAME_PATTERN = "[a-z][a-z0-9_]*"
MANIFEST_FILE, CARD_FILE, WEIGHTS_FILE = "manifest.json", "MODEL_CARD.md", "model.onnx"

Probability = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportPreprocessing(_Part):
    """From text to token ids, as in the ONNX file's metadata, where the tokenizer itself is too."""

    kind: Literal["report"] = "report"
    text_policy: str
    text_policy_in_words: str
    vocabulary_size: int = Field(gt=0)
    min_document_frequency: int | None = Field(None, ge=1)
    """Reports that use each word of the vocabulary; null where the vocabulary is the backbone's own."""
    max_tokens: int = Field(gt=0)
    pad_id: int = Field(0, ge=0)


class ImagePreprocessing(_Part):
    """From an image file to grey levels (`models.network.pixels`); then, in the ONNX file, to the network's input."""

    kind: Literal["image"] = "image"
    size: int = Field(gt=0)
    """Rows and columns of the network's input."""
    fit: Fit
    """How an image that is not square becomes one."""
    is_equalized: bool
    """Whether the histogram is equalised first, as MIMIC-CXR-JPG's images are."""
    channels: Literal[1, 3]
    mean: list[float]
    """Of each channel, in grey levels of 0 to 255; subtracted in the graph."""
    std: list[Annotated[float, Field(gt=0)]]
    """Of each channel, in grey levels; divided by in the graph."""

    @model_validator(mode="after")
    def _agree_on_channels(self) -> Self:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(f"mean and std are not of {self.channels} channels")
        return self


Preprocessing = Annotated[ReportPreprocessing | ImagePreprocessing, Field(discriminator="kind")]


class TrainingData(_Part):
    """What the network was made from."""

    datasets: tuple[str, ...] = Field(min_length=1)
    title: str
    licence: str
    licence_note: str
    citation: str
    split_rule: str
    n_items: dict[str, int]
    """Reports or images of each split: train, validation, test."""
    n_patients: dict[str, int]
    targets: dict[str, str]
    """Source of the target of each finding: an annotator or a labeler."""
    auxiliary_targets: str | None = None
    lexicon_sha: str | None = None
    """Lexicon of the labeler, where it is this project's."""
    uncertain_policy: str
    selection: str | None = None
    """Which items were taken, in words: views, sections, a list of studies."""


class Training(_Part):
    """How it was trained."""

    architecture: str
    n_parameters: int = Field(gt=0)
    initial_weights: str
    """``random``, or what they were made from and under which licence."""
    seed: int
    device: str
    """``cpu`` or the GPU's name."""
    threads: int = Field(ge=1)
    n_members: int = Field(ge=1)
    epochs: list[int]
    """Epoch whose weights were kept, of each member."""
    recipe: dict[str, str | float | int | None]
    """Loss, class weights, augmentation, learning rate: whatever it takes to do it again."""
    torch_version: str


class FindingMetrics(_Part):
    """Quality on items that were neither trained nor chosen on; null where they hold no positive one."""

    n_items: int
    n_positive: int
    auroc: Probability | None
    auroc_low: Probability | None
    auroc_high: Probability | None
    auprc: Probability | None
    auprc_low: Probability | None = None
    auprc_high: Probability | None = None
    precision: Probability | None
    """At the network's threshold, as recall and F1 are."""
    recall: Probability | None
    f1: Probability | None
    f1_low: Probability | None = None
    f1_high: Probability | None = None
    brier: Probability | None
    ece: Probability | None
    """Expected calibration error, see `models.evaluation.calibration`."""


class Quantization(_Part):
    """How an int8 network was made, and how far it strays from the one that it was made of."""

    of_weights_sha: str = Field(pattern=r"^[0-9a-f]{64}$")
    method: Literal["static_qdq", "dynamic"]
    n_calibration: int
    """Items that set the ranges of a static quantisation."""
    n_items: int
    """Items that the drift was measured on."""
    auroc_drift: float
    """Mean over findings of AUROC, int8 less fp32."""
    f1_drift: float
    auroc_bound: float
    """The drift downwards that was accepted at most."""
    f1_bound: float


class Described(_Part):
    """What is known of a network before it is trained: what no manifest may have fails then, not hours later."""

    name: str = Field(pattern=f"^{NAME_PATTERN}$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    task: str = "Multi-label classification of findings"
    input: Literal["report", "image"]
    findings: list[str] = Field(min_length=1)
    training_data: TrainingData | None
    """Null where a network was imported and its maker's word is all there is: see ``note``."""
    licence: str
    note: str | None = None

    @model_validator(mode="after")
    def _know_the_findings(self) -> Self:
        if unknown := set(self.findings) - set(findings.findings()):
            raise ValueError(f"unknown findings {', '.join(sorted(unknown))}")
        if len(set(self.findings)) != len(self.findings):
            raise ValueError("a finding is listed twice")
        if self.training_data is not None and list(self.training_data.targets) != self.findings:
            raise ValueError("training_data.targets does not list the network's findings in their order")
        return self


class Manifest(Described):
    """Everything there is to know about a network version."""

    preprocessing: Preprocessing
    training: Training | None
    metrics: dict[str, FindingMetrics]
    metrics_in_words: str
    """What the metrics were measured on."""
    thresholds: dict[str, Probability]
    quantization: Quantization | None = None
    weights_sha: str = Field(pattern=r"^[0-9a-f]{64}$")
    opset: int
    max_difference_from_torch: float
    created: datetime
    product_version: str

    @model_validator(mode="after")
    def _agree_on_findings(self) -> Self:
        listed = {"thresholds": list(self.thresholds)}
        if self.training_data is not None:
            listed |= {"metrics": list(self.metrics)}
        for part, held in listed.items():
            if held != self.findings:
                raise ValueError(f"{part} does not list the network's findings in their order")
        if self.preprocessing.kind != self.input:
            raise ValueError(f"preprocessing is of a network over a {self.preprocessing.kind}")
        return self


def read(folder: Path) -> Manifest:
    """Read the manifest of a zoo folder.

    Raises
    ------
    SourceError
        It is missing or not valid; the message names the first field at fault.
    """
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SourceError("the network has no manifest", where=path, fix="Restore the folder") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise SourceError(
            f"not a valid manifest: {field}: {first['msg']}", where=path, fix="Restore the file"
        ) from None


def write(manifest: Manifest, folder: Path) -> None:
    """Write manifest.json and MODEL_CARD.md."""
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / CARD_FILE).write_text(card(manifest), encoding="utf-8")


def card(manifest: Manifest) -> str:
    """Return the model card, in Markdown."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "cards"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown from our own manifest
    )
    return templates.get_template(f"{manifest.input}.md.j2").render(m=manifest, names=findings.findings())
