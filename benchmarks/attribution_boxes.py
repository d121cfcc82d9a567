"""Attributions of ChestX-ray14 images against the boxes that radiologists drew (Wang et al. 2017, 984 boxes).

Reads the maps that ``cxr attribute images --finding ...`` linked in ``score.attribution``. A map that knows nothing has
the share of its box's area inside, and hits it as often.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from models.attribution.boxes import Box, on_square, share_inside
from models.network.manifest import ImagePreprocessing, Manifest
from warehouse import findings
from warehouse.config import load_settings
from warehouse.connection import read_only
from warehouse.errors import WarehouseError

SIDE = 1024
"""Rows and columns of the published images, which the boxes are drawn on."""

_BOXED = """score.attribution as a
    join raw.chestxray14_box as b on a.dataset = 'chestxray14' and b."Image Index" = a.item_id
    join _label as l on l.finding = a.finding
        and l.label = if(b."Finding Label" = 'Infiltrate', 'Infiltration', b."Finding Label")"""
PATHS = f"select distinct numbers_path from {_BOXED}"
MAPS = f"""
    select a.model, a.version, a.finding, n.map, b."Bbox [x", b.y, b.w, b."h]" from {_BOXED}
    join read_parquet(?, filename = true) as n on n.filename = a.numbers_path and n.dataset = a.dataset
        and n.image_id = a.item_id and n.finding = a.finding
"""


def measure(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return a row for each network and finding: boxes, share inside, share of the area, hits of the highest cell.

    Raises
    ------
    WarehouseError
        No image with a box is attributed.
    """
    scheme = findings.scheme("chestxray14")
    con.register("_label", pa.table({"label": list(scheme), "finding": list(scheme.values())}))
    paths = [path for (path,) in con.sql(PATHS).fetchall()]
    if not paths:
        raise WarehouseError(
            "no image with a box is attributed", where="score.attribution", fix="Run 'cxr attribute images' on them"
        )
    fits = {
        (name, version): preprocessing.fit
        for name, version, text in con.sql("select name, version, manifest from score.model").fetchall()
        if isinstance(preprocessing := Manifest.model_validate_json(text).preprocessing, ImagePreprocessing)
    }
    found: dict[tuple[str, str, str], list[tuple[float, float, bool]]] = {}
    for model, version, finding, rows, x, y, width, height in con.execute(MAPS, [paths]).fetchall():
        weights = np.array(rows)
        box = on_square(Box(x, y, x + width, y + height), SIDE, SIDE, fits[model, version])
        row, column = np.unravel_index(weights.argmax(), weights.shape)
        down, across = (row + 0.5) / weights.shape[0], (column + 0.5) / weights.shape[1]
        is_hit = bool(box.left <= across <= box.right and box.top <= down <= box.bottom)
        area = (box.right - box.left) * (box.bottom - box.top)
        found.setdefault((model, version, finding), []).append((share_inside(weights, box), area, is_hit))
    return [
        {
            "model": model, "version": version, "finding": finding, "n_boxes": len(values),
            "share_inside": float(np.nanmean([share for share, _, _ in values])),
            "share_of_area": fmean(area for _, area, _ in values), "hits": fmean(hit for _, _, hit in values),
        }
        for (model, version, finding), values in sorted(found.items())
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path)
    with read_only(load_settings(warehouse=parser.parse_args().warehouse).warehouse) as con:
        print(json.dumps(measure(con), indent=2))


if __name__ == "__main__":
    main()
