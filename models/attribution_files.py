"""Scores and attributions of files, without a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from models import pixels
from models import report_attribution as words
from models.attribution_output import (
    MAP_COLUMNS,
    WORD_COLUMNS,
    AttributionResult,
    Pages,
    Progress,
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
from models.image_attribution import Method
from models.report_attribution import Passage
from warehouse import report_files
from warehouse.config import Settings
from warehouse.dicom.errors import UnreadableError
from warehouse.errors import SourceError

NUMBERS_FILE = "attribution.parquet"

_REPORTS = 1000


def attribute_images(
    source: Path,
    output: Path,
    model_name: str,
    wanted: Sequence[str] = (),
    *,
    settings: Settings,
    method: Method | Literal["auto"] = "auto",
    progress: Progress | None = None,
) -> AttributionResult:
    """Score and attribute an image file, or those of a folder; write maps (attribution.parquet) and pictures (PNG).

    Parameters
    ----------
    source : Path
        A file, or a folder whose files of `models.pixels.SUFFIXES` are read, those in its folders too.
    output : Path
        Folder to write into.
    wanted : sequence of str
        Finding ids; none means those whose probability reaches the manifest's threshold.

    Raises
    ------
    SourceError
        There are no images, or the folder cannot be written.
    """
    manifest, network = load(model_name, "image", settings)
    check_findings(manifest, wanted)
    root, files = _image_files(source)
    tally, rows = Tally(manifest, len(files), progress), []
    least = thresholds(manifest, wanted)
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            grey, found = attribute_file(network, file, method)
        except UnreadableError as error:
            tally.fail(error.code)
            continue
        scores = dict(zip(network.findings, network.run(grey[np.newaxis])[0].tolist(), strict=True))
        chosen = [finding for finding in least if scores[finding] >= least[finding]]
        for finding in chosen:
            picture = Path(finding) / f"{quote(name, '')}.png"
            row = map_row(network, found, finding, scores[finding])
            save_picture(output / picture, grey, row, manifest)
            rows.append({"image": name, "picture": picture.as_posix()} | row)
        tally.add(len(chosen))
    columns = pa.schema([("image", pa.string()), ("picture", pa.string()), *MAP_COLUMNS])
    write_numbers(output / NUMBERS_FILE, columns, rows)
    return tally.result()


def _image_files(source: Path) -> tuple[Path, list[Path]]:
    """Return the folder that names are relative to, and the image files in the order of their names."""
    if source.is_file():
        return source.parent, [source]
    if not source.is_dir():
        raise SourceError("there is no such file", where=source, fix="Check --input")
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in pixels.SUFFIXES and path.is_file())
    if not files:
        raise SourceError("no image files", where=source, fix=f"They end in {', '.join(pixels.SUFFIXES)}")
    return source, files


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

    The others are those of `attribute_image_files` and `attribute_reports`. Offsets are those of the report in the
    source.

    Raises
    ------
    SourceError
        The source cannot be read, or the folder cannot be written.
    """
    manifest, network = load(model_name, "report", settings)
    check_findings(manifest, wanted)
    tally, rows = Tally(manifest, 0, progress), []
    least = thresholds(manifest, wanted)
    with report_files.reading(source) as reports:
        for batch in batched(reports, _REPORTS):
            read = [list(read_passages(text)) for _, text in batch]
            found = words.attribute_texts(network, [words.join(passages) for passages in read])
            for (study_id, _), passages, weights in zip(batch, read, found, strict=True):
                if not len(weights.spans):
                    tally.fail("empty_text")
                    continue
                scores = dict(zip(network.findings, weights.probabilities.tolist(), strict=True))
                chosen = {finding: scores[finding] for finding in least if scores[finding] >= least[finding]}
                for finding, probability in chosen.items():
                    of_finding = word_rows(network, weights, passages, finding, probability)
                    rows += [{"study_id": study_id} | row for row in of_finding]
                if pages == "html" and chosen:
                    target = output / f"{quote(study_id, '')}.html"
                    save_page(target, passages, network, weights, chosen, manifest)
                tally.add(len(chosen))
    write_numbers(output / NUMBERS_FILE, pa.schema([("study_id", pa.string()), *WORD_COLUMNS]), rows)
    return tally.result()
