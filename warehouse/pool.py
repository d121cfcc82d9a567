"""Work in a pool of processes or threads, in order and with bounded memory."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import ModuleType
from typing import Any

from warehouse.errors import WarehouseError

_shared: Any
"""What every task of a worker process needs, sent once at its start."""


def map_batches[Shared, Batch, Result](
    function: Callable[[Shared, Batch], Result], batches: Iterable[Batch], shared: Shared, *, processes: int
) -> Iterator[Result]:
    """Yield ``function(shared, batch)`` for every batch, in order.

    With more than one process the function, what is shared, the batches and the results are pickled; the function must
    be one of a module other than the main one. At most two batches a process are on their way at a time.

    Raises
    ------
    WarehouseError
        A worker process died, for instance for want of memory.
    """
    if processes == 1:
        for batch in batches:
            yield function(shared, batch)
        return
    # Forking would copy DuckDB's locks in whatever state its threads hold them.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _start_worker, (shared,))

    def submit(batch: Batch) -> Future[Result]:
        with _no_main_module():
            return pool.submit(_work, function, batch)

    try:
        yield from _in_order(submit, batches, 2 * processes)
    except BrokenProcessPool:
        raise WarehouseError(
            "a worker process died", fix="Run it again with fewer threads; finished batches are kept"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def map_threads[Item, Result](
    function: Callable[[Item], Result], items: Iterable[Item], *, threads: int
) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in order, from threads: for work that lets other threads run.

    At most two items a thread are on their way at a time.
    """
    pool = ThreadPoolExecutor(threads)
    try:
        yield from _in_order(lambda item: pool.submit(function, item), items, 2 * threads)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order[Item, Result](
    submit: Callable[[Item], Future[Result]], items: Iterable[Item], most: int
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a process that starts meanwhile from importing the main module again: the command line takes seconds."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _start_worker(shared: Any) -> None:
    global _shared  # noqa: PLW0603  # the one way a pool's initializer can hand something to its tasks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_follow_parent, daemon=True).start()
    _shared = shared


def _follow_parent() -> None:
    """End this process when its parent was killed; a pool's workers would wait for tasks for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(function: Callable[[Any, Any], Any], batch: Any) -> Any:
    return function(_shared, batch)
