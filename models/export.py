"""Export to ONNX, with the tokenizer inside, and the proof that it computes what torch computes."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from models.manifest import ReportPreprocessing
from models.nets import onnx, torch
from models.preprocess import PAD_ID, UNKNOWN_ID
from warehouse.errors import CxrError

OPSET = 20
TOLERANCE = 1e-4

_TRIED_SHAPES = ((1, 1), (1, 32), (3, 17), (64, 96), (2, 512))


def export_report_network(
    net: torch.nn.Module, tokenizer: Tokenizer, findings: Sequence[str], preprocessing: ReportPreprocessing, path: Path
) -> float:
    """Write a network to ONNX: input ``tokens`` (batch, sequence), output ``probabilities`` (batch, findings).

    The file needs no other: tokenizer, findings and preprocessing are in its metadata, as JSON.

    Returns
    -------
    float
        Largest difference from torch over random batches of several shapes, padding included.

    Raises
    ------
    CxrError
        The difference exceeds TOLERANCE.
    """
    batch, sequence = torch.export.Dim("batch"), torch.export.Dim("sequence")
    example = torch.randint(UNKNOWN_ID, tokenizer.get_vocab_size(), (3, 40))
    properties = {
        "tokenizer": tokenizer.to_str(),
        "findings": json.dumps(list(findings)),
        "preprocessing": preprocessing.model_dump_json(),
    }
    write_onnx(net, {"tokens": example}, {"tokens": {0: batch, 1: sequence}}, ["probabilities"], properties, path)
    difference = max_difference(net, path, tokenizer.get_vocab_size())
    if not difference <= TOLERANCE:
        raise CxrError(f"the exported network differs from torch by {difference:.1e}", where=path)
    return difference


def write_onnx(
    net: torch.nn.Module,
    example: dict[str, torch.Tensor],
    dynamic_shapes: dict[str, dict[int, Any]],
    outputs: Sequence[str],
    properties: dict[str, str],
    path: Path,
) -> None:
    """Write a network as one ONNX file with no trace of the machine that made it.

    Parameters
    ----------
    net : torch.nn.Module
    example : dict
        Its inputs by name, in order.
    dynamic_shapes : dict
        Of each input, the dimensions that vary.
    outputs : sequence of str
    properties : dict
        The file's metadata.
    path : Path
    """
    net.eval()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of operators of packages that are not needed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch about torch
        program = torch.onnx.export(
            net,
            tuple(example.values()),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=list(example),
            output_names=list(outputs),
            dynamic_shapes=tuple(dynamic_shapes[name] for name in example),
        )
    model = program.model_proto
    # The exporter notes where in the source each node came from: paths of this machine.
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        value.ClearField("metadata_props")
    del model.graph.metadata_props[:]
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def max_difference(net: torch.nn.Module, path: Path, vocabulary: int, *, seed: int = 0) -> float:
    """Return the largest difference in probability between torch and onnxruntime over random batches."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(seed)
    differences = []
    for n_rows, length in _TRIED_SHAPES:
        tokens = rng.integers(UNKNOWN_ID, vocabulary, (n_rows, length))
        lengths = rng.integers(1, length + 1, n_rows)
        tokens[np.arange(length) >= lengths[:, None]] = PAD_ID
        with torch.no_grad():
            expected = net(torch.from_numpy(tokens)).numpy()
        (found,) = session.run(None, {"tokens": tokens})
        differences.append(float(np.abs(expected - found).max()))
    return max(differences)
