"""Export to ONNX, with what a network needs beside its weights, and the proof that it computes what torch computes."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.network.manifest import ImagePreprocessing, ReportPreprocessing
from models.training.nets import onnx, torch
from warehouse.errors import CxrError

OPSET = 20
TOLERANCE = 1e-4

_TRIED_SHAPES = ((1, 1), (1, 32), (3, 17), (64, 96), (2, 512))
_TRIED_BATCHES = (1, 5)


def export_report_network(
    net: torch.nn.Module, tokenizer: Tokenizer, findings: Sequence[str], preprocessing: ReportPreprocessing, path: Path
) -> float:
    """Write a network to ONNX: input ``tokens`` (batch, sequence), outputs ``probabilities`` and ``embedding``.

    The file needs no other: tokenizer, findings and preprocessing are in its metadata, as JSON.

    Parameters
    ----------
    net : torch.nn.Module
        From token ids to probabilities (batch, findings) and embedding (batch, width).
    tokenizer : Tokenizer
    findings : sequence of str
    preprocessing : ReportPreprocessing
    path : Path

    Returns
    -------
    float
        Largest difference in probability from torch over random batches of several shapes, padding included.

    Raises
    ------
    CxrError
        The difference exceeds TOLERANCE.
    """
    batch, sequence = torch.export.Dim("batch"), torch.export.Dim("sequence", max=preprocessing.max_tokens)
    example = torch.from_numpy(_random_tokens(tokenizer, preprocessing, 3, 40, np.random.default_rng(0)))
    properties = {"tokenizer": tokenizer.to_str(), **_properties(findings, preprocessing)}
    write_onnx(
        net, {"tokens": example}, {"tokens": {0: batch, 1: sequence}}, ["probabilities", "embedding"], properties, path
    )
    rng = np.random.default_rng(0)
    return _compared(net, path, (_random_tokens(tokenizer, preprocessing, *shape, rng) for shape in _TRIED_SHAPES))


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
    square = (preprocessing.size, preprocessing.size)
    example = torch.randint(0, 256, (2, *square), dtype=torch.uint8)
    shapes = {"pixels": {0: torch.export.Dim("batch")}}
    write_onnx(net, {"pixels": example}, shapes, list(net.outputs), _properties(findings, preprocessing), path)
    rng = np.random.default_rng(0)
    return _compared(net, path, (rng.integers(0, 256, (n, *square), dtype=np.uint8) for n in _TRIED_BATCHES))


def _properties(findings: Sequence[str], preprocessing: ReportPreprocessing | ImagePreprocessing) -> dict[str, str]:
    return {"findings": json.dumps(list(findings)), "preprocessing": preprocessing.model_dump_json()}


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
            output_names=[f"output:{name}" for name in outputs],
            dynamic_shapes=tuple(dynamic_shapes[name] for name in example),
        )
    model = program.model_proto
    _name_outputs(model.graph, outputs)
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


def _name_outputs(graph: onnx.GraphProto, outputs: Sequence[str]) -> None:
    """Give the outputs their names; the exporter may have given these to values inside, after the operator."""
    names = {name: f"inner:{name}" for name in outputs} | {f"output:{name}": name for name in outputs}
    for node in graph.node:
        for values in (node.input, node.output):
            values[:] = [names.get(value, value) for value in values]
    for value in [*graph.value_info, *graph.output]:
        value.name = names.get(value.name, value.name)


def _compared(net: torch.nn.Module, path: Path, batches: Iterable[NDArray[Any]]) -> float:
    """Return the largest difference of a probability between torch and onnxruntime, if it is within TOLERANCE."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    differences = []
    for batch in batches:
        with torch.no_grad():
            expected = net(torch.from_numpy(batch))[0].numpy()
        (found,) = session.run(["probabilities"], {given.name: batch})
        differences.append(np.abs(expected - found).max())
    difference = float(np.max(differences))
    if not difference <= TOLERANCE:
        raise CxrError(f"the exported network differs from torch by {difference:.1e}", where=path)
    return difference


def _random_tokens(
    tokenizer: Tokenizer, preprocessing: ReportPreprocessing, n_rows: int, length: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return ids (n_rows, length or what the network reads at most) of texts of different lengths, padded."""
    length = min(length, preprocessing.max_tokens)
    tokens = rng.integers(0, tokenizer.get_vocab_size() - 1, (n_rows, length))
    tokens += tokens >= preprocessing.pad_id
    lengths = rng.integers(1, length + 1, n_rows)
    tokens[np.arange(length) >= lengths[:, None]] = preprocessing.pad_id
    return tokens
