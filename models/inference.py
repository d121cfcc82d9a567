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
from tokenizers import Tokenizer

from models.preprocess import pad

BATCH_TOKENS = 2048
"""Tokens of a batch, padding included: few long reports or many short ones."""

_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
# Sequences are padded to a multiple of this.
_STEP = 32


@dataclass(frozen=True)
class Network:
    """A network ready to run.

    Attributes
    ----------
    findings : tuple of str
        Finding ids, the columns of the output.
    tokenizer : Tokenizer
    session : onnxruntime.InferenceSession
    provider : str
        Execution provider that runs it.
    """

    findings: tuple[str, ...]
    tokenizer: Tokenizer
    session: Any
    provider: str

    def run(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return probabilities (batch, findings) of token ids (batch, sequence)."""
        (probabilities,) = self.session.run(None, {"tokens": tokens})
        return probabilities  # type: ignore[no-any-return]


def open_network(path: Path, *, threads: int = 1) -> Network:
    """Open an ONNX file of ours, on a GPU where onnxruntime can use one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    providers = [name for name in _PROVIDERS if name in onnxruntime.get_available_providers()]
    session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    inside = session.get_modelmeta().custom_metadata_map
    tokenizer = Tokenizer.from_str(inside["tokenizer"])
    return Network(tuple(json.loads(inside["findings"])), tokenizer, session, session.get_providers()[0])


def probabilities(
    run: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    tokens: Sequence[Sequence[int]],
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
            found = run(pad([tokens[i] for i in chosen], length=length, n_rows=n_rows))
            if not result.size:
                result = np.empty((len(tokens), found.shape[1]), dtype=np.float32)
            result[chosen] = found[: len(chosen)]
    return result
