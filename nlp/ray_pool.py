"""Batches through labelers on a Ray cluster, in order and with bounded memory: `nlp.pool` across machines.

Reading and storing stay in this process; what travels is batches of texts and their rows. The nodes need this package,
of the same version. Results are those of `nlp.pool.map_batches`, byte for byte.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from warehouse.errors import DependencyError, WarehouseError

if TYPE_CHECKING:
    from nlp.engines import Labeler

MAX_RESTARTS = 3
"""A labeler whose node dies is started elsewhere so often, and its batches are labeled again."""


START_SECONDS = 120
"""A cluster that has started no labeler by then does not come to it."""


def map_batches[Batch, Result](
    function: Callable[[Labeler, Batch], Result], batches: Iterable[Batch], labeler: Labeler
) -> Iterator[Result]:
    """Yield ``function(labeler, batch)`` for every batch, in order, one labeler for each CPU of the cluster.

    The cluster is the one that this process has joined, else the one that ``RAY_ADDRESS`` names, else one is started on
    this machine and stopped at the end. At most two batches a labeler are on their way at a time.

    Raises
    ------
    DependencyError
        Ray is not installed.
    WarehouseError
        No cluster at the address, or it lost a labeler too often.
    """
    ray = load_ray()
    is_ours = not ray.is_initialized()
    if is_ours:
        _connect(ray)
    try:
        yield from _map(ray, function, batches, labeler)
    except ray.exceptions.RayError as error:
        raise WarehouseError(
            f"the Ray cluster gave up: {error.__class__.__name__}",
            fix="See that every node has this package in this version, and run it again; finished batches are kept",
        ) from None
    finally:
        if is_ours:
            ray.shutdown()


def _map[Batch, Result](
    ray: ModuleType, function: Callable[[Labeler, Batch], Result], batches: Iterable[Batch], labeler: Labeler
) -> Iterator[Result]:
    n_labelers = max(1, int(ray.cluster_resources().get("CPU", 1)))
    remote = ray.remote(num_cpus=1, max_restarts=MAX_RESTARTS, max_task_retries=MAX_RESTARTS)(_Worker)
    shared = ray.put(labeler)
    workers = [remote.remote(shared) for _ in range(n_labelers)]
    ray.get(workers[0].start.remote(), timeout=START_SECONDS)
    waiting: deque[Any] = deque()
    for i, batch in enumerate(batches):
        waiting.append(workers[i % n_labelers].work.remote(function, batch))
        if len(waiting) >= 2 * n_labelers:
            yield ray.get(waiting.popleft())
    while waiting:
        yield ray.get(waiting.popleft())


class _Worker:
    """A labeler that stays on its node, so that its sentence cache does."""

    def __init__(self, labeler: Labeler) -> None:
        self.labeler = labeler

    def start(self) -> None:
        """Return when the node has imported this package and has the labeler."""

    def work(self, function: Callable[[Labeler, Any], Any], batch: Any) -> Any:
        return function(self.labeler, batch)


def load_ray() -> ModuleType:
    """Import Ray, which then sends nothing home.

    Raises
    ------
    DependencyError
        It is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Under `uv run` Ray would send the working folder to the nodes and start them with `uv run` too.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    try:
        import ray
    except ImportError:
        raise DependencyError("Ray is not installed", fix="Run: pip install 'cxr-warehouse[ray]'") from None
    module: ModuleType = ray
    return module


def _connect(ray: ModuleType) -> None:
    address = os.environ.get("RAY_ADDRESS")
    options: dict[str, Any] = {"address": address} if address else {"include_dashboard": False}
    try:
        ray.init(**options, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WarehouseError(
            f"no Ray cluster: {error.__class__.__name__}", where=address or "local", fix="Check RAY_ADDRESS"
        ) from None
