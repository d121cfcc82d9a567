"""Scores and attributions of files, without a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from models.attribution import words
from models.attribution.output import (
    MAP_COLUMNS,
    WORD_COLUMNS,
    AttributionResult,
    Pages,
    Tally,
    attribute_file,
    check_findings,
    load,
    map_row,
    save_page,
    save_picture,
    thresholds,
    word_rows,
    write_numbers,
)
from models.attribution.words import Passage, WordWeights
from models.network import pixels
from models.network.image_files import walk
from warehouse import report_files
from warehouse.choices import MethodChoice
from warehouse.config import Settings
from warehouse.dicom.errors import UnreadableError
from warehouse.errors import SourceError
from warehouse.progress import Progress

NUMBERS_FILE = "attribution.parquet"

_IMAGES, _REPORTS = 100, 1000
"""Items a batch, whose numbers are in memory together."""


def attribute_images(
    source: Path,
    output: Path,
    model_name: str,
    wanted: Sequence[str] = (),
    *,
    settings: Settings,
    method: MethodChoice = "auto",
    progress: Progress | None = None,
) -> AttributionResult:
    """Score and attribute an image file, or those of a folder; write maps (attribution.parquet) and pictures (PNG).

    Parameters
    ----------
    source : Path
        A file, or a folder whose files of `models.network.pixels.SUFFIXES` are read, those in its folders too.
    output : Path
        Folder to write into.
    wanted : sequence of str
        Finding ids; none means those whose probability reaches the manifest's threshold.

    Raises
    ------
    SourceError
        There are no images, or the folder cannot be written or is that of the images.
    """
    manifest, network = load(model_name, "image", settings)
    check_findings(manifest, wanted)
    root, names = _image_files(source, output)
    tally, least = Tally(manifest, len(names), progress), thresholds(manifest, wanted)

    def rows_of(name: str) -> list[dict[str, Any]]:
        try:
            grey, found = attribute_file(network, root / name, method)
        except UnreadableError as error:
            tally.fail(error.code)
            return []
        rows = []
        for finding, probability in zip(network.findings, found.probabilities.tolist(), strict=True):
            if finding in least and probability >= least[finding]:
                picture = Path(finding) / f"{quote(name, '')}.png"
                row = map_row(network, found, finding, probability)
                save_picture(output / picture, grey, row, manifest)
                rows.append({"image": name, "picture": picture.as_posix()} | row)
        tally.add(len(rows))
        return rows

    columns = pa.schema([("image", pa.string()), ("picture", pa.string()), *MAP_COLUMNS])
    batches = ([row for name in batch for row in rows_of(name)] for batch in batched(names, _IMAGES))
    write_numbers(output / NUMBERS_FILE, columns, batches)
    return tally.result()


def _image_files(source: Path, output: Path) -> tuple[Path, list[str]]:
    """Return a folder and the image files below it, relative to it, less those below ``output``."""
    if source.is_file():
        return source.parent, [source.name]
    if not source.is_dir():
        raise SourceError("there is no such file", where=source, fix="Check --input")
    root, written = source.resolve(), output.resolve()
    if written == root:
        raise SourceError("is the folder of the images", where=output, fix="Name another with --output")
    below = f"{written.relative_to(root).as_posix()}/" if written.is_relative_to(root) else None
    names = [name for name in walk(source) if below is None or not name.startswith(below)]
    if not names:
        raise SourceError("no image files", where=source, fix=f"They end in {', '.join(pixels.SUFFIXES)}")
    return source, names


def attribute_reports(
    source: Path,
    output: Path,
    model_name: str,
    wanted: Sequence[str] = (),
    *,
    settings: Settings,
    read_passages: Callable[[str], Sequence[Passage]],
    pages: Pages = "none",
    progress: Progress | None = None,
) -> AttributionResult:
    """Score and attribute a file of reports; write the words' weights (attribution.parquet).

    Parameters
    ----------
    source : Path
        Reports in any form that `warehouse.report_files.reading` takes.
    read_passages : callable
        From a report to the parts of it that are scored.

    The others are those of `attribute_images` and `models.attribution.warehouse.attribute_reports`. Offsets are those
    of the report in the source.

    Raises
    ------
    SourceError
        The source cannot be read, or the folder cannot be written.
    """
    manifest, network = load(model_name, "report", settings)
    check_findings(manifest, wanted)
    tally, least = Tally(manifest, 0, progress), thresholds(manifest, wanted)

    def rows_of(study_id: str, passages: Sequence[Passage], weights: WordWeights) -> list[dict[str, Any]]:
        if not len(weights.spans):
            tally.fail("empty_text")
            return []
        scores = dict(zip(network.findings, weights.probabilities.tolist(), strict=True))
        chosen = {finding: scores[finding] for finding in least if scores[finding] >= least[finding]}
        if pages == "html" and chosen:
            save_page(output / f"{quote(study_id, '')}.html", passages, network, weights, chosen, manifest)
        tally.add(len(chosen))
        return [
            {"study_id": study_id} | row
            for finding, probability in chosen.items()
            for row in word_rows(network, weights, passages, finding, probability)
        ]

    def batches() -> Iterator[list[dict[str, Any]]]:
        with report_files.reading(source) as reports:
            for batch in batched(reports, _REPORTS):
                read = [list(read_passages(text)) for _, text in batch]
                found = words.attribute_texts(network, [words.join(passages) for passages in read])
                yield [
                    row
                    for (study_id, _), passages, weights in zip(batch, read, found, strict=True)
                    for row in rows_of(study_id, passages, weights)
                ]

    write_numbers(output / NUMBERS_FILE, pa.schema([("study_id", pa.string()), *WORD_COLUMNS]), batches())
    return tally.result()
