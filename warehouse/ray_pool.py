"""Work on a Ray cluster, in order and with bounded memory: `warehouse.pool` across machines.

Reading and storing stay in this process; what travels is batches and results. The nodes need this package, of the same
version. Results are those of `warehouse.pool.map_batches`, byte for byte.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from warehouse.errors import CxrError, DependencyError, WarehouseError

MAX_RESTARTS = 3
"""A worker whose node dies is started elsewhere so often, and its batches are worked on again."""

START_SECONDS = 120
"""A worker that has not started by then is done without."""

Resource = Literal["CPU", "GPU"]
"""What there is one worker for."""


def map_batches[Shared, Batch, Result](
    function: Callable[[Shared, Batch], Result], batches: Iterable[Batch], shared: Shared, *, one_for: Resource = "CPU"
) -> Iterator[Result]:
    """Yield ``function(shared, batch)`` for every batch, in order, one worker for each CPU (or GPU) of the cluster.

    A worker has one copy of what is shared for as long as it lives. The cluster is the one that this process has
    joined, else the one that ``RAY_ADDRESS`` names, else one is started on this machine and stopped at the end. At most
    two batches a worker are on their way at a time.

    Raises
    ------
    DependencyError
        Ray is not installed.
    WarehouseError
        No cluster at the address, it has no such resource, or it lost a worker too often.
    """
    ray = load_ray()
    is_ours = not ray.is_initialized()
    if is_ours:
        _connect(ray)
    try:
        yield from _map(ray, function, batches, shared, one_for)
    except ray.exceptions.RayError as error:
        if isinstance(cause := getattr(error, "cause", None), CxrError):
            raise cause from None
        raise WarehouseError(
            f"the Ray cluster gave up: {error.__class__.__name__}",
            fix="See that every node has this package in this version, and run it again; finished batches are kept",
        ) from None
    finally:
        if is_ours:
            ray.shutdown()


def _map[Shared, Batch, Result](
    ray: ModuleType,
    function: Callable[[Shared, Batch], Result],
    batches: Iterable[Batch],
    shared: Shared,
    one_for: Resource,
) -> Iterator[Result]:
    n_workers = int(ray.cluster_resources().get(one_for, 0))
    if not n_workers:
        raise WarehouseError(f"the Ray cluster has no {one_for}", where=os.environ.get("RAY_ADDRESS", "local"))
    needs = {"num_cpus": 1, "num_gpus": int(one_for == "GPU")}
    remote = ray.remote(**needs, max_restarts=MAX_RESTARTS, max_task_retries=MAX_RESTARTS)(_Worker)
    stored = ray.put(shared)
    workers = _started(ray, [remote.remote(stored) for _ in range(n_workers)])
    waiting: deque[Any] = deque()
    for i, batch in enumerate(batches):
        waiting.append(workers[i % len(workers)].work.remote(function, batch))
        if len(waiting) >= 2 * len(workers):
            yield ray.get(waiting.popleft())
    while waiting:
        yield ray.get(waiting.popleft())


def _started(ray: ModuleType, workers: list[Any]) -> list[Any]:
    """Return the workers that have started: all, or after some time those that found a place beside other jobs."""
    starting = {worker.start.remote(): worker for worker in workers}
    started, _ = ray.wait(list(starting), num_returns=len(workers), timeout=START_SECONDS)
    if not started:
        raise WarehouseError("the Ray cluster started no worker", fix="Wait for its other jobs, or add nodes")
    ray.get(started)
    return [starting[each] for each in started]


class _Worker:
    """What is shared stays on its node, so that its caches and open sessions do."""

    def __init__(self, shared: Any) -> None:
        self.shared = shared

    def start(self) -> None:
        """Return when the node has imported this package and has what is shared."""

    def work(self, function: Callable[[Any, Any], Any], batch: Any) -> Any:
        return function(self.shared, batch)


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
        # Ray puts the working folder first on its workers' path; a package in it may have the name of one of ours.
        with chdir(Path(__file__).parent.parent):
            ray.init(**options, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WarehouseError(
            f"no Ray cluster: {error.__class__.__name__}", where=address or "local", fix="Check RAY_ADDRESS"
        ) from None
