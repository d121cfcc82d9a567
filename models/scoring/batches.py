"""Batches of reports or images through a network: here, beside a pool of processes that decode, or on a Ray cluster.

The functions that other processes run are module-level; what they need is pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.network.inference import Network, open_network, probabilities
from models.network.manifest import ImagePreprocessing, Preprocessing
from models.network.pixels import Decoded, Failures, read_images
from models.network.tokens import encode
from warehouse import pool
from warehouse.choices import Provider

CPU_BATCH, GPU_BATCH = 4, 128
"""Images of a batch at 224 x 224, fewer of larger ones: on a CPU what its caches hold (`benchmarks.image_scoring`)."""

POOL_FROM = 100
"""Fewer images than this are decoded sooner than a pool of processes has started."""


class Scored(NamedTuple):
    """What a network gave for a batch."""

    provider: str
    """onnxruntime's execution provider that ran it."""
    failures: Failures
    outputs: list[NDArray[np.float32]]
    """Of each output that was asked for, the rows of the items that did not fail."""


def n_rows(preprocessing: Preprocessing, provider: str) -> int:
    """Return how many images make a batch, by their size and onnxruntime's provider; it never depends on the images."""
    assert isinstance(preprocessing, ImagePreprocessing)
    most = CPU_BATCH if provider == "CPUExecutionProvider" else GPU_BATCH
    return max(1, min(most, most * 224**2 // preprocessing.size**2))


def here(
    network: Network, outputs: Sequence[str], batches: Iterable[list[str | None]], *, processes: int, threads: int
) -> Iterator[Scored]:
    """Yield what the network gives for each batch of texts or of image files, in order.

    Parameters
    ----------
    network : Network
    outputs : sequence of str
        Names of the network's outputs.
    batches : iterable of lists
        Texts, or paths of images; None where there is no file.
    processes : int
        That decode images while this one runs the network.
    threads : int
        That run an image network, each on a batch of its own: none waits for another, as the threads of one run would.
    """
    if network.tokenizer is not None:
        for texts in batches:
            yield score_texts(network, outputs, texts)
        return
    assert isinstance(network.preprocessing, ImagePreprocessing)
    decoded = pool.map_batches(read_images, batches, network.preprocessing, processes=processes)
    yield from pool.map_threads(partial(score_pixels, network, outputs), decoded, threads=threads)


def on_ray(worker: Worker, batches: Iterable[list[str | None]]) -> Iterator[Scored]:
    """Yield the same as `here`, from the workers of a Ray cluster; image files are read on the nodes."""
    from warehouse import ray_pool

    one_for: ray_pool.Resource = "GPU" if worker.provider in ("cuda", "tensorrt") else "CPU"
    yield from ray_pool.map_batches(score_batch, batches, worker, one_for=one_for)


@dataclass(frozen=True)
class Worker:
    """A network that is opened once in each process that it is sent to."""

    weights: bytes
    outputs: tuple[str, ...]
    provider: Provider

    @cached_property
    def network(self) -> Network:
        """The network, on one thread: a cluster has a worker for each CPU."""
        return open_network(self.weights, threads=1, provider=self.provider)

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in ("weights", "outputs", "provider")}


def score_batch(worker: Worker, batch: list[str | None]) -> Scored:
    """Decode and score a batch in one process."""
    if worker.network.tokenizer is not None:
        return score_texts(worker.network, worker.outputs, batch)
    preprocessing = worker.network.preprocessing
    assert isinstance(preprocessing, ImagePreprocessing)
    return score_pixels(worker.network, worker.outputs, read_images(preprocessing, batch))


def score_texts(network: Network, outputs: Sequence[str], texts: Sequence[str | None]) -> Scored:
    """Return the outputs of texts of any lengths; one without words is a failure, ``empty_text``."""
    tokens = encode(network.tokenizer, [text or "" for text in texts])
    failures = {i: ("empty_text", "no text in the sections that count") for i, ids in enumerate(tokens) if not ids}
    widths: list[int] = []

    def run(batch: NDArray[np.int64]) -> NDArray[np.float32]:
        given = network.give(outputs, batch)
        widths[:] = [part.shape[1] for part in given]
        return np.concatenate(given, axis=1)

    found = probabilities(run, [ids for ids in tokens if ids], pad_id=network.pad_id)
    parts = np.split(found, np.cumsum(widths)[:-1], axis=1) if widths else [found] * len(outputs)
    return Scored(network.provider, failures, parts)


def score_pixels(network: Network, outputs: Sequence[str], batch: Decoded) -> Scored:
    """Return the outputs of images.

    The batch is filled up to the rows that every batch has: the arithmetic of an image's scores, to the last bit, does
    not depend on what is scored with it.
    """
    n = len(batch.pixels)
    if not n:
        return Scored(network.provider, batch.failures, [np.empty((0, 0), np.float32) for _ in outputs])
    full = np.zeros((n_rows(network.preprocessing, network.provider), *batch.pixels.shape[1:]), np.uint8)
    full[:n] = batch.pixels
    return Scored(network.provider, batch.failures, [part[:n] for part in network.give(outputs, full)])
