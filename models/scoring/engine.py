"""The scoring engine: from a spool's list of items to its shards of results, for reports and images alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.network import registry
from models.network.inference import Network, execution_provider
from models.network.manifest import WEIGHTS_FILE, Manifest
from models.scoring import batches, spool
from models.scoring.batches import Scored
from warehouse.choices import Engine, Provider
from warehouse.config import Settings
from warehouse.errors import ConfigError
from warehouse.progress import Progress

RETRIED = ("missing_file", "not_readable")
"""Failures that another run tries again once the file is there."""

_COMMON = [("dataset", pa.string()), ("item_id", pa.string()), ("split", pa.string())]
ITEMS = {
    "report": pa.schema([*_COMMON, ("text_hash", pa.int64()), ("text", pa.string())]),
    "image": pa.schema([*_COMMON, ("bytes", pa.int64()), ("modified_ns", pa.int64()), ("file", pa.string())]),
}
"""Columns of a list of items; the last is what is scored."""


@dataclass(frozen=True)
class Options:
    """What to score with.

    Attributes
    ----------
    model : str
        ``name`` or ``name@version``, of the user's zoo or the package's.
    outputs : tuple of str
        What is kept: ``probabilities``, and ``embedding`` too.
    provider : {'auto', 'cpu', 'cuda', 'tensorrt'}
        See `models.network.inference.open_network`.
    engine : {'local', 'ray'}
        On this machine, or on a Ray cluster whose nodes see the same files; ``auto`` is ``cpu`` there. The results are
        the same.
    """

    model: str
    outputs: tuple[str, ...] = ("probabilities",)
    provider: Provider = "auto"
    engine: Engine = "local"


def load(options: Options, kind: str, settings: Settings) -> tuple[Manifest, Network]:
    """Open the network that the options name.

    Raises
    ------
    ConfigError
        There is none, it reads the other kind of items, it lacks an output, or there is no such engine.
    SourceError
        Its files are damaged.
    """
    if options.engine not in get_args(Engine):
        raise ConfigError(f"no engine '{options.engine}'", fix=f"Known: {', '.join(get_args(Engine))}")
    threads = settings.threads if kind == "report" else 1  # images have a batch in each thread instead
    # The nodes of a cluster have sessions of their own; this one tells what the network is.
    provider: Provider = "cpu" if options.engine == "ray" else options.provider
    manifest, network = registry.load(options.model, zoo=settings.zoo, threads=threads, provider=provider)
    if manifest.input != kind:
        raise ConfigError(
            f"the network '{manifest.name}' reads {manifest.input}s, not {kind}s",
            fix="'cxr models list' lists the others",
        )
    if lacking := [name for name in options.outputs if name not in network.outputs]:
        raise ConfigError(f"the network '{manifest.name}' does not give its {lacking[0]}", fix="Leave it out")
    return manifest, network


def score(
    folder: Path,
    network: Network,
    options: Options,
    settings: Settings,
    progress: Progress | None = None,
) -> int:
    """Score every part of a spool's list that has no shard, and write its shard.

    Parameters
    ----------
    folder : Path
        A spool with its list, see `models.scoring.spool`.
    network : Network
        Of `load`.
    options, settings
        ``settings.threads`` is the number of threads that run the network, and of the processes that decode images.
    progress : callable, optional
        Called with a name for the step, the items done and the items to do.

    Returns
    -------
    int
        Items that were scored now.
    """
    with pq.ParquetFile(folder / spool.ITEMS_FILE) as listed:
        total = listed.metadata.num_rows
    n_before = spool.count(spool.shards(folder))
    running: deque[tuple[int, pa.Table, int]] = deque()
    scored: list[Scored] = []
    n_done = 0
    for result in _results(folder, network, options, settings, running, total - n_before):
        scored.append(result)
        number, items, n_batches = running[0]
        if len(scored) == n_batches:
            spool.write_shard(folder, number, _results_table(items, scored, options.outputs))
            running.popleft()
            scored.clear()
        n_done += len(result.failures) + len(result.outputs[0])
        if progress is not None:
            progress(f"score with {options.model}", n_before + n_done, total)
    return n_done


def _results(
    folder: Path,
    network: Network,
    options: Options,
    settings: Settings,
    running: deque[tuple[int, pa.Table, int]],
    n_items: int,
) -> Iterator[Scored]:
    """Yield the results of the list's batches in order; ``running`` tells which parts they belong to."""
    on_nodes: Provider = "cpu" if options.provider == "auto" else options.provider
    provider = execution_provider(on_nodes) if options.engine == "ray" else network.provider

    def pieces() -> Iterator[list[str | None]]:
        for number, items in spool.unscored(folder):
            inputs = items.column(items.num_columns - 1).to_pylist()
            size = len(inputs) if network.tokenizer is not None else batches.n_rows(network.preprocessing, provider)
            of_part = list(_cut(inputs, size))
            running.append((number, items.drop_columns(items.column_names[-1]), len(of_part)))
            yield from of_part

    if options.engine == "ray":
        weights = (registry.find(options.model, zoo=settings.zoo) / WEIGHTS_FILE).read_bytes()
        worker = batches.Worker(weights, options.outputs, on_nodes)
        return batches.on_ray(worker, pieces())
    processes = settings.threads if n_items >= batches.POOL_FROM else 1
    threads = settings.threads if network.provider == "CPUExecutionProvider" else 1
    return batches.here(network, options.outputs, pieces(), processes=processes, threads=threads)


def _cut(inputs: list[str | None], size: int) -> Iterator[list[str | None]]:
    """Cut a list into pieces of ``size`` inputs; those that are missing cost nothing and do not count."""
    start, n = 0, 0
    for place, item in enumerate(inputs):
        if item is not None and n == size:
            yield inputs[start:place]
            start, n = place, 0
        n += item is not None
    if start < len(inputs):
        yield inputs[start:]


def _results_table(items: pa.Table, scored: list[Scored], outputs: tuple[str, ...]) -> pa.Table:
    """Return the items with code and message of those that failed, and the outputs of the others."""
    starts = np.cumsum([0, *(len(part.failures) + len(part.outputs[0]) for part in scored)])
    failures = {
        int(start) + place: failure
        for start, part in zip(starts, scored, strict=False)
        for place, failure in part.failures.items()
    }
    codes = [failures[place][0] if place in failures else None for place in range(items.num_rows)]
    messages = [failures[place][1] if place in failures else None for place in range(items.num_rows)]
    for name in ("bytes", "modified_ns"):
        if name in items.column_names:
            kept = [
                None if code in RETRIED else value for code, value in zip(codes, items[name].to_pylist(), strict=True)
            ]
            items = items.set_column(items.column_names.index(name), name, pa.array(kept, pa.int64()))
    items = items.append_column("code", pa.array(codes, pa.string()))
    items = items.append_column("message", pa.array(messages, pa.string()))
    is_scored = np.array([code is None for code in codes])
    for i, name in enumerate(outputs):
        rows = [part.outputs[i] for part in scored if len(part.outputs[i])]
        items = items.append_column(name, _lists(np.concatenate(rows) if rows else None, is_scored))
    return items.replace_schema_metadata({spool.PROVIDERS: ",".join(sorted({part.provider for part in scored}))})


def _lists(values: NDArray[np.float32] | None, is_scored: NDArray[np.bool_]) -> pa.Array:
    """Return a list for each item, null for one that failed."""
    if values is None:
        return pa.nulls(len(is_scored), pa.list_(pa.float32()))
    lengths = np.where(is_scored, values.shape[1], 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(values.reshape(-1), pa.float32()), mask=pa.array(~is_scored)
    )
