"""What is written of an attributed image or report: rows of numbers, a picture, a page; and the counts of a call."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.attribution import picture, words
from models.attribution.images import ImageAttribution, attribute_image
from models.attribution.words import Explained, Passage, WordWeights
from models.network import pixels, registry
from models.network.inference import Network
from models.network.manifest import ImagePreprocessing, Manifest
from warehouse import findings
from warehouse.choices import MethodChoice
from warehouse.config import Settings
from warehouse.dicom.errors import UnreadableError
from warehouse.errors import ConfigError, SourceError
from warehouse.files import replacing
from warehouse.progress import Progress

Pages = Literal["none", "html"]

_SCORE = [("finding", pa.string()), ("probability", pa.float64()), ("method", pa.string())]
MAP_COLUMNS = [*_SCORE, ("map", pa.list_(pa.list_(pa.float32())))]
WORD_COLUMNS = [*_SCORE, ("start", pa.int32()), ("end", pa.int32()), ("weight", pa.float32())]


@dataclass(frozen=True)
class AttributionResult:
    """What a call did."""

    model: str
    version: str
    n_chosen: int
    """Scores to attribute, whether or not they were before."""
    n_kept: int
    """Of them, those that an earlier call attributed."""
    n_items: int
    """Images or reports that this call dealt with."""
    n_attributions: int
    """Made by this call, each of an item and a finding."""
    n_failures: int
    """Items that could not be attributed."""
    codes: dict[str, int]
    """The failures by code."""
    seconds: float


class Tally:
    """Counts of a call, shown as they grow."""

    def __init__(self, manifest: Manifest, n_pending: int, progress: Progress | None) -> None:
        self._manifest, self._n_pending, self._progress = manifest, n_pending, progress
        self._clock = time.perf_counter()
        self._n_items = self._n_attributions = 0
        self._codes: Counter[str] = Counter()

    def add(self, n_attributions: int) -> None:
        """Count an item."""
        self._n_items += 1
        self._n_attributions += n_attributions
        if self._progress is not None:
            self._progress(f"attribute with {self._manifest.name}", self._n_items, self._n_pending)

    def fail(self, code: str) -> None:
        """Count an item that could not be attributed."""
        self._codes[code] += 1
        self.add(0)

    def result(self, n_chosen: int | None = None, n_kept: int = 0) -> AttributionResult:
        """Return the counts; every score that was chosen is attributed where their number is not given."""
        return AttributionResult(
            model=self._manifest.name,
            version=self._manifest.version,
            n_chosen=self._n_attributions if n_chosen is None else n_chosen,
            n_kept=n_kept,
            n_items=self._n_items,
            n_attributions=self._n_attributions,
            n_failures=self._codes.total(),
            codes=dict(sorted(self._codes.items())),
            seconds=time.perf_counter() - self._clock,
        )


def load(model_name: str, kind: Literal["image", "report"], settings: Settings) -> tuple[Manifest, Network]:
    """Open a network over images or reports.

    Raises
    ------
    ConfigError
        There is none of the name, or it reads the other.
    """
    manifest, network = registry.load(model_name, zoo=settings.zoo, threads=settings.threads)
    if manifest.input != kind:
        raise ConfigError(f"the network reads {manifest.input}s, not {kind}s", where=manifest.name)
    return manifest, network


def check_findings(manifest: Manifest, wanted: Sequence[str]) -> None:
    """Raise when a finding is none of the network's.

    Raises
    ------
    ConfigError
    """
    if unknown := [name for name in wanted if name not in manifest.findings]:
        known = ", ".join(manifest.findings)
        raise ConfigError(f"no finding '{unknown[0]}' in the network", where=manifest.name, fix=f"It has {known}")


def thresholds(manifest: Manifest, wanted: Sequence[str]) -> dict[str, float]:
    """Return the least probability that is attributed, of each finding: of those named, any."""
    return dict.fromkeys(wanted, 0.0) or dict(manifest.thresholds)


def attribute_file(
    network: Network, path: Path | None, method: MethodChoice
) -> tuple[NDArray[np.uint8], ImageAttribution]:
    """Return an image as the network reads it, and its attribution.

    Raises
    ------
    UnreadableError
        As of `models.network.pixels.read_image`.
    """
    if path is None:
        raise UnreadableError("missing_file", "there is no such file")
    if not isinstance(network.preprocessing, ImagePreprocessing):
        raise ConfigError("the network reads reports, not images")
    grey = pixels.read_image(path, network.preprocessing)
    return grey, attribute_image(network, grey, method)


def map_row(network: Network, found: ImageAttribution, finding: str, probability: float) -> dict[str, Any]:
    """Return the row of a map."""
    weights = found.maps[network.findings.index(finding)]
    return {"finding": finding, "probability": probability, "method": found.method, "map": weights.tolist()}


def word_rows(
    network: Network, found: WordWeights, passages: Sequence[Passage], finding: str, probability: float
) -> list[dict[str, Any]]:
    """Return a row for each word, with its place in the report."""
    spans = words.in_report(found.spans, passages)
    weights = found.weights[:, network.findings.index(finding)]
    score = {"finding": finding, "probability": probability, "method": words.METHOD}
    return [
        score | {"start": start, "end": end, "weight": weight}
        for (start, end), weight in zip(spans.tolist(), weights.tolist(), strict=True)
    ]


def save_picture(target: Path, grey: NDArray[np.uint8], row: Mapping[str, Any], manifest: Manifest) -> None:
    """Write the PNG of a map, as of `map_row`."""
    finding = row["finding"]
    title = f"{findings.findings()[finding].name}  {row['probability']:.2f}"
    method = row["method"].replace("_", " ")
    note = f"threshold {manifest.thresholds[finding]:.2f}, network {manifest.name} {manifest.version}, {method}"
    with _writing(target) as partial:
        picture.draw(grey, np.array(row["map"], np.float32), title, note).save(partial, "PNG", compress_level=3)


def save_page(
    target: Path,
    passages: Sequence[Passage],
    network: Network,
    found: WordWeights,
    probabilities: Mapping[str, float],
    manifest: Manifest,
) -> None:
    """Write the HTML page of a report; it holds the text that was scored."""
    explained = [
        Explained(findings.findings()[name].name, probability, found.weights[:, network.findings.index(name)])
        for name, probability in probabilities.items()
    ]
    page = words.page(words.join(passages), found.spans, explained, f"{manifest.name} {manifest.version}")
    with _writing(target) as partial:
        partial.write_text(page, encoding="utf-8")


def write_numbers(path: Path, columns: pa.Schema, batches: Iterable[list[dict[str, Any]]]) -> None:
    """Write rows, a batch at a time, into a Parquet file that appears when it is complete.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    batches = iter(batches)
    first = next(batches, [])  # before there is a folder: what cannot be read leaves none
    with _writing(path) as partial, pq.ParquetWriter(str(partial), columns) as writer:
        for rows in chain([first], batches):
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=columns))


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """Yield what `replacing` does, for a file in a folder that is made.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            yield partial
    except OSError as error:
        raise SourceError(
            f"cannot be written: {error.strerror or type(error).__name__}",
            where=path.parent,
            fix="Name a folder with --output that is writable and has room",
        ) from None
