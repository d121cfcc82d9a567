"""Export an image network to ONNX, and the proof that it computes what torch computes. Needs the extra 'train'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from models.network.manifest import ImagePreprocessing
from models.training.export import TOLERANCE, write_onnx
from models.training.nets import torch
from warehouse.errors import CxrError

_TRIED_BATCHES = (1, 5)


def export_image_network(
    net: torch.nn.Module, findings: Sequence[str], preprocessing: ImagePreprocessing, path: Path
) -> float:
    """Write an image network to ONNX: input ``pixels`` uint8 (batch, size, size), outputs as ``net`` names them.

    Parameters
    ----------
    net : torch.nn.Module
        On the CPU; ``outputs`` names what it returns, ``probabilities`` first.
    findings : sequence of str
    preprocessing : ImagePreprocessing
    path : Path

    Returns
    -------
    float
        Largest difference of a probability from torch over random images.

    Raises
    ------
    CxrError
        The difference exceeds TOLERANCE.
    """
    size = preprocessing.size
    properties = {"findings": json.dumps(list(findings)), "preprocessing": preprocessing.model_dump_json()}
    example = torch.randint(0, 256, (2, size, size), dtype=torch.uint8)
    batch = torch.export.Dim("batch")
    write_onnx(net, {"pixels": example}, {"pixels": {0: batch}}, list(net.outputs), properties, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    differences = []
    for n_images in _TRIED_BATCHES:
        pixels = rng.integers(0, 256, (n_images, size, size), dtype=np.uint8)
        with torch.no_grad():
            expected = net(torch.from_numpy(pixels))[0].numpy()
        (found,) = session.run(["probabilities"], {"pixels": pixels})
        differences.append(np.abs(expected - found).max())
    difference = float(np.max(differences))
    if not difference <= TOLERANCE:
        raise CxrError(f"the exported network differs from torch by {difference:.1e}", where=path)
    return difference
