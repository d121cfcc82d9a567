"""Batches through a labeler: in processes of this machine, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from nlp import engines
from warehouse import pool
from warehouse.choices import Engine
from warehouse.errors import ConfigError


def map_batches[Batch, Result](
    function: Callable[[engines.Labeler, Batch], Result],
    batches: Iterable[Batch],
    labeler: engines.Labeler,
    *,
    processes: int,
    engine: Engine = "local",
) -> Iterator[Result]:
    """Yield ``function(labeler, batch)`` for every batch, in order.

    Parameters
    ----------
    function : callable
    batches : iterable
    labeler : Labeler
    processes : int
        On this machine; a cluster has its own number.
    engine : {'local', 'ray'}
        Where the work is done, see `warehouse.pool` and `warehouse.ray_pool`.

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
        from warehouse import ray_pool

        return ray_pool.map_batches(function, batches, labeler)
    return pool.map_batches(function, batches, labeler, processes=processes)
