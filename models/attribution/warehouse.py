"""Where the warehouse's scores come from, as files that ``score.attribution`` links with the scores.

Maps and pictures of images; of reports the weights of words, given as offsets into ``raw.report.text``, so that the
files hold no text, but for pages that are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import batched
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa

from models.attribution import store, words
from models.attribution.output import (
    MAP_COLUMNS,
    WORD_COLUMNS,
    AttributionResult,
    Pages,
    Tally,
    attribute_file,
    load,
    map_row,
    save_page,
    save_picture,
    word_rows,
)
from models.attribution.store import Made, Score, Selection
from models.network.inference import Network
from models.network.manifest import Manifest
from models.scoring import items
from warehouse.choices import MethodChoice
from warehouse.config import Settings
from warehouse.dicom.errors import UnreadableError
from warehouse.progress import Progress

IMAGES_A_SHARD, REPORTS_A_SHARD = 100, 1000

_IMAGE = pa.schema([("dataset", pa.string()), ("image_id", pa.string()), *MAP_COLUMNS])
_REPORT = pa.schema([("dataset", pa.string()), ("study_id", pa.string()), *WORD_COLUMNS])


def attribute_images(
    con: duckdb.DuckDBPyConnection,
    folders: Mapping[str, Path],
    output: Path,
    model_name: str,
    chosen: Selection,
    *,
    settings: Settings,
    method: MethodChoice = "auto",
    shard_size: int = IMAGES_A_SHARD,
    progress: Progress | None = None,
) -> AttributionResult:
    """Attribute scores of ``score.image_score``; write maps (Parquet) and pictures (PNG), link them.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    folders : mapping
        Folder of images by data set, as of `models.scoring.score_images`.
    output : Path
        Folder to write into; what it has is not made again.
    model_name : str
        ``name`` or ``name@version``.
    chosen : Selection
    settings : Settings
    method : {'auto', 'activation_map', 'occlusion'}
        As of `models.attribution.images.attribute_image`.
    shard_size : int
        Images a file and a transaction.
    progress : callable, optional

    Raises
    ------
    ConfigError
        No such network, it lacks a finding, reads reports, or has no activation map; or a folder is not there.
    SourceError
        No image of a data set is below its folder.
    WarehouseError
        The network with these weights has scored nothing.

    Notes
    -----
    An image whose file has changed since it was scored is a failure, ``changed_file``.
    """
    manifest, network = load(model_name, "image", settings)
    folder = _folder(output, manifest)
    if not chosen.datasets and items.ALL not in folders:
        chosen = replace(chosen, datasets=tuple(folders))
    plan = store.plan(con, manifest, chosen, folder, method, "none")
    tally = Tally(manifest, len(plan.items), progress)
    if plan.items:
        # All images of a data set, not only the pending ones: which file is whose depends on the others.
        with items.list_images(con, manifest, chosen.datasets, folders) as listed:
            for shard in batched(plan.items, shard_size):
                files = store.image_files(con, listed, [scores[0] for scores in shard])
                made: list[Made] = []
                for scores in shard:
                    file, is_changed = files.get((scores[0].dataset, scores[0].item_id), (None, False))
                    if is_changed:
                        tally.fail("changed_file")
                        continue
                    try:
                        made += _attribute_image(network, manifest, scores, file, method, folder)
                    except UnreadableError as error:
                        tally.fail(error.code)
                    else:
                        tally.add(len(scores))
                store.keep(con, manifest, folder, _IMAGE, made)
    return tally.result(plan.n_chosen, plan.n_kept)


def _attribute_image(
    network: Network,
    manifest: Manifest,
    scores: Sequence[Score],
    file: Path | None,
    method: MethodChoice,
    folder: Path,
) -> list[Made]:
    """Attribute the scores of one image and draw a picture for each."""
    grey, found = attribute_file(network, file, method)
    made = []
    for score in scores:
        target = folder / quote(score.dataset, "") / score.finding / f"{quote(score.item_id, '')}.png"
        row = map_row(network, found, score.finding, score.probability)
        save_picture(target, grey, row, manifest)
        ids = {"dataset": score.dataset, "image_id": score.item_id}
        made.append(Made(score, found.method, [ids | row], target))
    return made


def attribute_reports(
    con: duckdb.DuckDBPyConnection,
    output: Path,
    model_name: str,
    chosen: Selection,
    *,
    settings: Settings,
    pages: Pages = "none",
    shard_size: int = REPORTS_A_SHARD,
    progress: Progress | None = None,
) -> AttributionResult:
    """Attribute scores of ``score.report_score``; write the words' weights (Parquet), link them.

    Parameters are those of `attribute_images`; ``pages`` as ``html`` writes a page of each report too, which holds its
    text. A report whose text has changed since it was scored is a failure, ``changed_text``.
    """
    manifest, network = load(model_name, "report", settings)
    folder = _folder(output, manifest)
    plan = store.plan(con, manifest, chosen, folder, words.METHOD, pages)
    tally = Tally(manifest, len(plan.items), progress)
    for shard in batched(plan.items, shard_size):
        parts = store.passages(con, [scores[0] for scores in shard])
        present = [scores for scores in shard if (scores[0].dataset, scores[0].item_id) in parts]
        for _ in range(len(shard) - len(present)):
            tally.fail("changed_text")
        read = [parts[scores[0].dataset, scores[0].item_id] for scores in present]
        found = words.attribute_texts(network, [words.join(passages) for passages in read])
        made = []
        for scores, passages, weights in zip(present, read, found, strict=True):
            target = None
            if pages == "html":
                target = folder / quote(scores[0].dataset, "") / f"{quote(scores[0].item_id, '')}.html"
                probabilities = {score.finding: score.probability for score in scores}
                save_page(target, passages, network, weights, probabilities, manifest)
            for score in scores:
                ids = {"dataset": score.dataset, "study_id": score.item_id}
                rows = word_rows(network, weights, passages, score.finding, score.probability)
                made.append(Made(score, words.METHOD, [ids | row for row in rows], target))
            tally.add(len(scores))
        store.keep(con, manifest, folder, _REPORT, made)
    return tally.result(plan.n_chosen, plan.n_kept)


def _folder(output: Path, manifest: Manifest) -> Path:
    return output.resolve() / f"{manifest.name}-{manifest.version}"
