"""Take a network that was trained elsewhere into a zoo: a checkpoint of torch becomes an ONNX file. Extra 'train'."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.evaluation.measures import THRESHOLD
from models.network import manifest, registry
from models.network.manifest import Described, ImagePreprocessing
from models.training.nets import torch
from models.training.nets.image_network import ImageNetwork, create_backbone
from models.training.nets.weights import State, load_state, read_checkpoint
from models.training.onnx_export import export_image_network
from models.training.publish import publish
from models.training.thresholds import Quality
from warehouse import runs
from warehouse.errors import ConfigError, SourceError

VERSION = "1.0.0"
TORCHXRAYVISION = Path(__file__).with_name("torchxrayvision.csv")
"""Outputs of its networks and their operating points, from torchxrayvision 1.5.7 (Apache-2.0), ``model_urls``."""

# Grey levels 0..255 become -1024..1024 there.
_XRV_MEAN, _XRV_STD = 127.5, 127.5 / 1024


@dataclass(frozen=True)
class ImportResult:
    """What an import made."""

    name: str
    version: str
    folder: Path
    architecture: str
    findings: list[str]
    max_difference_from_torch: float
    megabytes: float


@dataclass(frozen=True)
class Description:
    """What a checkpoint does not say of itself.

    Attributes
    ----------
    architecture : str
        As timm calls it.
    findings : tuple of str
        Of the outputs, in their order.
    preprocessing : ImagePreprocessing
    outputs : tuple of int, optional
        Which of the checkpoint's outputs these are; default all.
    operating_points : tuple of float, optional
        Probability that becomes 0.5, of each output that is kept.
    licence, note : str
    """

    architecture: str
    findings: tuple[str, ...]
    preprocessing: ImagePreprocessing
    outputs: tuple[int, ...] | None = None
    operating_points: tuple[float, ...] | None = None
    licence: str = "that of its maker"
    note: str = "Imported from a checkpoint; its maker's word is all there is. Measure it before relying on it."


def import_checkpoint(name: str, checkpoint: Path, description: Description, *, zoo: Path) -> ImportResult:
    """Export a checkpoint of an image network into ``<zoo>/<name>/1.0.0``.

    Parameters
    ----------
    name : str
    checkpoint : Path
        .safetensors, or a file of `torch.save`: tensors by name, or a whole module, of which only tensors are read.
    description : Description
    zoo : Path

    Raises
    ------
    ConfigError
        The architecture is unknown.
    SourceError
        The file is no checkpoint of this architecture with these outputs.
    CxrError
        The exported network does not compute what torch computes.
    """
    registry.check_name(name)
    preprocessing = description.preprocessing
    state = read_checkpoint(checkpoint)
    described = Described(
        name=name,
        version=VERSION,
        input="image",
        findings=list(description.findings),
        training_data=None,
        licence=description.licence,
        note=f"{description.note} Architecture: {description.architecture}; file: {checkpoint.name}, sha256 "
        f"`{runs.fingerprint(checkpoint)}`.",
    )
    unmeasured = Quality({}, "Not measured here.", dict.fromkeys(description.findings, THRESHOLD))
    state.pop("op_threshs", None)
    n_outputs = len(description.findings)
    backbone = create_backbone(description.architecture, n_outputs, preprocessing)
    head = backbone.get_classifier()
    head_name = next(f"{name}." for name, module in backbone.named_modules() if module is head)
    load_state(backbone, _with_outputs(state, head_name, description.outputs), where=checkpoint)
    points = description.operating_points
    network = ImageNetwork(
        backbone, preprocessing, operating_points=None if points is None else torch.tensor(points)
    ).eval()
    written = publish(
        zoo,
        described,
        preprocessing,
        None,
        export=lambda weights: export_image_network(network, description.findings, preprocessing, weights),
        measure=lambda _: unmeasured,
    )
    place = zoo / name / VERSION
    return ImportResult(
        name=name,
        version=VERSION,
        folder=place,
        architecture=description.architecture,
        findings=list(description.findings),
        max_difference_from_torch=written.max_difference_from_torch,
        megabytes=(place / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
    )


def torchxrayvision(checkpoint: Path) -> Description:
    """Return what is known of a checkpoint of torchxrayvision, by the name of its file.

    Raises
    ------
    ConfigError
        No file of that name is published.
    """
    with TORCHXRAYVISION.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    rows = [row for row in table if row["checkpoint"] == checkpoint.name]
    if not rows:
        raise ConfigError(
            f"torchxrayvision has no checkpoint '{checkpoint.name}'",
            fix=f"Keep the name of the release's file: {', '.join(sorted({row['checkpoint'] for row in table}))}",
        )
    # Its DenseNets read one channel, its ResNet the same one three times.
    channels = 3 if rows[0]["architecture"] == "resnet50" else 1
    return Description(
        architecture=rows[0]["architecture"],
        findings=tuple(row["finding"] for row in rows),
        preprocessing=ImagePreprocessing(
            size=int(rows[0]["size"]),
            fit="crop",
            is_equalized=False,
            channels=channels,
            mean=[_XRV_MEAN] * channels,
            std=[_XRV_STD] * channels,
        ),
        outputs=tuple(int(row["output"]) for row in rows),
        operating_points=tuple(float(row["operating_point"]) for row in rows),
        licence="Apache-2.0 (torchxrayvision); the data it was trained on have licences of their own",
        note="Imported from torchxrayvision (Cohen et al. 2022, arXiv 2111.00595). Probabilities are scaled so that "
        "its operating points are 0.5. Some of its networks were trained on patients of the data sets measured here.",
    )


def _with_outputs(state: State, head: str, outputs: Sequence[int] | None) -> State:
    """Return the state with some of the head's outputs."""
    if outputs is None:
        return state
    kept = torch.tensor(outputs)
    cut = dict(state)
    for name, tensor in state.items():
        if name.startswith(head):
            if len(tensor) <= max(outputs):
                raise SourceError(f"has {len(tensor)} outputs, not {max(outputs) + 1} or more", where=name)
            cut[name] = tensor[kept]
    return cut
