"""Run a network with onnxruntime."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import TypeAdapter
from tokenizers import Tokenizer

from models.network.manifest import Preprocessing, ReportPreprocessing
from models.network.tokens import PAD_ID, encode, pad
from warehouse.choices import Provider
from warehouse.errors import ConfigError

BATCH_TOKENS = 2048
"""Tokens of a batch, padding included: few long reports or many short ones."""

# Sequences are padded to a multiple of this.
_STEP = 32

_EXECUTION_PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
_PREPROCESSING: TypeAdapter[Preprocessing] = TypeAdapter(Preprocessing)


@dataclass(frozen=True)
class Network:
    """A network ready to run.

    Attributes
    ----------
    findings : tuple of str
        Finding ids, the columns of the output ``probabilities``.
    preprocessing : ReportPreprocessing or ImagePreprocessing
    tokenizer : Tokenizer or None
        Of a report network.
    session : onnxruntime.InferenceSession
        Input of a report network: ``tokens``, int64 (batch, sequence); of an image network: ``pixels``, uint8 (batch,
        size, size). Outputs: ``probabilities`` (batch, findings); most have ``embedding`` (batch, width), the
        penultimate layer; image networks that pool before a linear layer have ``activation_map`` (batch, findings,
        rows, columns), each place's part of the logit.
    provider : str
        Execution provider that runs it.
    """

    findings: tuple[str, ...]
    preprocessing: Preprocessing
    tokenizer: Tokenizer | None
    session: Any
    provider: str

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it can give."""
        return tuple(output.name for output in self.session.get_outputs())

    @property
    def pad_id(self) -> int:
        """Token that fills up what is shorter; of a report network."""
        return self.preprocessing.pad_id if isinstance(self.preprocessing, ReportPreprocessing) else PAD_ID

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """Return probabilities (batch, findings) of token ids or grey levels."""
        (found,) = self.give(["probabilities"], batch)
        return found

    def give(self, outputs: Sequence[str], batch: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Return the named outputs of a batch; what is not asked for is not computed."""
        (given,) = self.session.get_inputs()
        return list(self.session.run(list(outputs), {given.name: batch}))


def open_network(path: Path | bytes, *, threads: int = 1, provider: Provider = "auto") -> Network:
    """Open an ONNX file of ours, or the bytes of one.

    Raises
    ------
    ConfigError
        The provider is not in this onnxruntime, or onnxruntime fell back from it.
    """
    name = _choose(provider)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    wanted = list(dict.fromkeys([name, _EXECUTION_PROVIDERS["cpu"]]))  # the CPU runs what a GPU has no kernel for
    model = path if isinstance(path, bytes) else str(path)
    # Else it would go on, on the CPU, when a GPU fails while it runs, and say so to nobody but the screen.
    session = onnxruntime.InferenceSession(model, options, providers=wanted, enable_fallback=0)
    if session.get_providers()[0] != name:
        raise ConfigError(
            f"onnxruntime cannot use {name} here and fell back to {session.get_providers()[0]}",
            fix="Install its libraries (CUDA, cuDNN, TensorRT), or choose --provider cpu",
        )
    inside = session.get_modelmeta().custom_metadata_map
    return Network(
        findings=tuple(json.loads(inside["findings"])),
        preprocessing=_PREPROCESSING.validate_json(inside["preprocessing"]),
        tokenizer=Tokenizer.from_str(inside["tokenizer"]) if "tokenizer" in inside else None,
        session=session,
        provider=name,
    )


def execution_provider(provider: Provider) -> str:
    """Return onnxruntime's name of a provider that is named."""
    return _EXECUTION_PROVIDERS[provider]


def _choose(provider: Provider) -> str:
    """Return onnxruntime's name of a provider.

    ``auto`` leaves out TensorRT, which spends minutes on building an engine.
    """
    available = onnxruntime.get_available_providers()
    if provider == "auto":
        return next(_EXECUTION_PROVIDERS[key] for key in ("cuda", "cpu") if _EXECUTION_PROVIDERS[key] in available)
    if provider not in _EXECUTION_PROVIDERS:
        raise ConfigError(f"no provider '{provider}'", fix=f"Known: auto, {', '.join(_EXECUTION_PROVIDERS)}")
    if _EXECUTION_PROVIDERS[provider] not in available:
        raise ConfigError(
            f"this onnxruntime has no {_EXECUTION_PROVIDERS[provider]}, only {', '.join(available)}",
            fix="Install the extra 'gpu' into an environment of its own, or choose --provider cpu",
        )
    return _EXECUTION_PROVIDERS[provider]


def probabilities(
    run: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    tokens: Sequence[Sequence[int]],
    *,
    pad_id: int = PAD_ID,
) -> NDArray[np.float32]:
    """Run a network over token ids of any lengths.

    A report's own length decides the length that it is padded to, and that the number of rows of its batch, the last
    of which is filled up with padding: the arithmetic of a report's scores, to the last bit, does not depend on what
    is scored with it.

    Parameters
    ----------
    run : callable
        (batch, sequence) int64 to (batch, n_outputs) float32.
    tokens : sequence of sequences of int
    pad_id : int
        As in the network's preprocessing.

    Returns
    -------
    ndarray of float32, (n_reports, n_outputs)
    """
    buckets: dict[int, list[int]] = defaultdict(list)
    for i, row in enumerate(tokens):
        buckets[_STEP * max(1, -(-len(row) // _STEP))].append(i)
    result = np.empty((0, 0), dtype=np.float32)
    for length, members in sorted(buckets.items()):
        n_rows = max(1, BATCH_TOKENS // length)
        for batch in batched(members, n_rows):
            chosen = list(batch)
            found = run(pad([tokens[i] for i in chosen], length=length, n_rows=n_rows, pad_id=pad_id))
            if not result.size:
                result = np.empty((len(tokens), found.shape[1]), dtype=np.float32)
            result[chosen] = found[: len(chosen)]
    return result


def score(network: Network, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the probabilities (n_texts, n_findings) of a report network."""
    return probabilities(network.run, encode(network.tokenizer, texts), pad_id=network.pad_id)


# float32 knows no probability closer to 1.
_NEAREST = 1e-7


def logit(probability: NDArray[Any]) -> NDArray[np.float64]:
    """Return log odds; finite, since float32 probabilities round to 0 and 1."""
    p = np.clip(np.asarray(probability, np.float64), _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(p) - np.log1p(-p))
