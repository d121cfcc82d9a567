"""The manifest of a network: what it is, what it was made from, how good it is. The model card is written from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from warehouse import findings
from warehouse.errors import SourceError

MANIFEST_FILE, CARD_FILE, WEIGHTS_FILE = "manifest.json", "MODEL_CARD.md", "model.onnx"

Probability = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Preprocessing(_Part):
    """From text to token ids, as in the ONNX file's metadata, where the tokenizer itself is too."""

    text_policy: str
    text_policy_in_words: str
    vocabulary_size: int = Field(gt=0)
    min_document_frequency: int = Field(ge=1)
    max_tokens: int = Field(gt=0)


class TrainingData(_Part):
    """What the network was made from."""

    dataset: str
    title: str
    licence: str
    licence_note: str
    citation: str
    split_rule: str
    n_reports: dict[Literal["train", "validation", "test"], int]
    n_patients: dict[Literal["train", "validation", "test"], int]
    targets: dict[str, str]
    """Source of the target of each finding: an annotator or a labeler."""
    auxiliary_targets: str
    lexicon_sha: str
    """Lexicon of the labeler."""
    uncertain_policy: str


class Training(_Part):
    """How it was trained."""

    seed: int
    threads: int = Field(ge=1)
    n_members: int = Field(ge=1)
    epochs: list[int]
    """Epoch whose weights were kept, of each member."""
    torch_version: str


class FindingMetrics(_Part):
    """Quality on the test split; null where it holds no positive report."""

    n_reports: int
    n_positive: int
    auroc: Probability | None
    auroc_low: Probability | None
    auroc_high: Probability | None
    auprc: Probability | None
    f1: Probability | None


class Manifest(_Part):
    """Everything there is to know about a network version."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    task: str
    input: Literal["report", "image"]
    findings: list[str] = Field(min_length=1)
    preprocessing: Preprocessing
    training_data: TrainingData
    training: Training
    metrics: dict[str, FindingMetrics]
    thresholds: dict[str, Probability]
    weights_sha: str = Field(pattern=r"^[0-9a-f]{64}$")
    opset: int
    max_difference_from_torch: float
    created: datetime
    product_version: str

    @model_validator(mode="after")
    def _agree_on_findings(self) -> Self:
        if unknown := set(self.findings) - set(findings.findings()):
            raise ValueError(f"unknown findings {', '.join(sorted(unknown))}")
        if len(set(self.findings)) != len(self.findings):
            raise ValueError("a finding is listed twice")
        listed = {
            "metrics": list(self.metrics),
            "thresholds": list(self.thresholds),
            "training_data.targets": list(self.training_data.targets),
        }
        for part, held in listed.items():
            if held != self.findings:
                raise ValueError(f"{part} does not list the network's findings in their order")
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
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown from our own manifest
    )
    return templates.get_template("model_card.md.j2").render(m=manifest, names=findings.findings())
