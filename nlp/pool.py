"""Batches through a labeler, in this process or in a pool of processes, in order and with bounded memory."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, Literal, get_args

from nlp import engines
from warehouse.errors import ConfigError, WarehouseError

Engine = Literal["local", "ray"]
"""Where batches are labeled: on this machine, or on a Ray cluster."""

_labeler: engines.Labeler
"""The labeler of a worker process, sent once at its start."""


def map_batches[Batch, Result](
    function: Callable[[engines.Labeler, Batch], Result],
    batches: Iterable[Batch],
    labeler: engines.Labeler,
    *,
    processes: int,
    engine: Engine = "local",
) -> Iterator[Result]:
    """Yield ``function(labeler, batch)`` for every batch, in order.

    With more than one process the function, the labeler, the batches and the results are pickled. At most two batches a
    process are on their way at a time.

    Parameters
    ----------
    function : callable
    batches : iterable
    labeler : Labeler
    processes : int
        On this machine; a cluster has its own number.
    engine : {'local', 'ray'}
        Where the work is done, see `nlp.ray_pool`.

    Raises
    ------
    ConfigError
        No such engine.
    WarehouseError
        A worker process died, for instance for want of memory.
    """
    if engine not in get_args(Engine):
        raise ConfigError(f"no engine '{engine}'", fix=f"Known: {', '.join(get_args(Engine))}")
    if engine == "ray":
        from nlp import ray_pool

        yield from ray_pool.map_batches(function, batches, labeler)
        return
    if processes == 1:
        for batch in batches:
            yield function(labeler, batch)
        return
    # Forking would copy DuckDB's locks in whatever state its threads hold them.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _start_worker, (labeler,))
    waiting: deque[Future[Any]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(_work, function, batch))
            if len(waiting) >= 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise WarehouseError(
            "a labeling process died", fix="Run it again with fewer threads; finished batches are kept"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(labeler: engines.Labeler) -> None:
    global _labeler  # noqa: PLW0603  # the one way a pool's initializer can hand something to its tasks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_follow_parent, daemon=True).start()
    _labeler = labeler


def _follow_parent() -> None:
    """End this process when its parent was killed; a pool's workers would wait for tasks for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(function: Callable[[engines.Labeler, Any], Any], batch: Any) -> Any:
    return function(_labeler, batch)
