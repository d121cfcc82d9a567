"""The text baseline as a study: backbones, heads and settings over one training set, beside what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import yaml
from numpy.typing import NDArray

from models.training import sets
from models.training.fit_reports import COMPACT_BACKBONE, Choice, fit_texts
from models.training.nets import torch
from models.training.sets import Items, TrainingSet
from models.training.studies.cells import measure_cells, write_json
from models.training.thresholds import choose_thresholds
from warehouse import findings as known_findings
from warehouse.config import Settings
from warehouse.progress import Progress
from warehouse.stats import precision_recall_f1

PUBLISHED = Path(__file__).resolve().parent / "texts.yml"
SETTINGS = ("128x32", "256x64")
"""Tokens and batch size."""

PAGE_FILE, RESULT_FILE = "text_baseline.md", "text_baseline.json"
_AVERAGES = ("micro", "macro", "weighted", "samples")


@dataclass(frozen=True)
class TextCell:
    """One network of the grid."""

    choice: Choice

    @property
    def setting(self) -> str:
        """Tokens and batch size, as 128x32."""
        return f"{self.choice.max_tokens}x{self.choice.batch_size}"

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.choice.backbone.strip('/').replace('/', '--')}-{self.choice.head}-{self.setting}"


def grid(
    backbones: Sequence[str],
    heads: Sequence[str],
    settings: Sequence[tuple[int, int]],
    *,
    epochs: int | None = None,
    device: str = "auto",
    seed: int = 0,
) -> list[TextCell]:
    """Return the cells of a study; the compact network, whose head is its own, is there once a setting."""
    cells = [
        TextCell(Choice(backbone, head, length, size, epochs, device=device, seed=seed))
        for backbone, head, (length, size) in product(backbones, heads, settings)
    ]
    return [cell for cell in cells if cell.choice.backbone != COMPACT_BACKBONE or cell.choice.head == heads[0]]


def run(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    chosen: TrainingSet,
    cells: Sequence[TextCell],
    folder: Path,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train and measure the cells that the folder does not have yet; write the table as Markdown and JSON.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse that `cxr build` has built; read only.
    settings : Settings
        ``threads`` is the number of torch's threads.
    chosen : TrainingSet
    cells : sequence of TextCell
    folder : Path
        ``cells/NAME.json`` for each cell, as soon as it is measured; one of other items or options is made anew.
    progress : callable, optional

    Returns
    -------
    dict
        ``published``, ``training_set``, and of each cell its figures at 0.5 and at thresholds chosen on validation.
    """
    torch.set_num_threads(settings.threads)
    items = sets.read(con, chosen)
    parts = items.by_split(fix="Split by patient: --split patient")
    done = measure_cells(
        cells, folder, lambda cell: [items.sha, asdict(cell.choice)], partial(_measure, parts), progress
    )
    result = {
        "published": yaml.safe_load(PUBLISHED.read_text(encoding="utf-8")),
        "training_set": chosen.model_dump(mode="json"),
        "n_items": {split: len(part) for split, part in parts.items()},
        "cells": done,
    }
    write_json(folder / RESULT_FILE, result)
    (folder / PAGE_FILE).write_text(page(result), encoding="utf-8")
    return result


def _measure(parts: dict[str, Items], cell: TextCell) -> dict[str, Any]:
    fitted = fit_texts(parts["train"], parts["validation"], cell.choice)
    chosen = choose_thresholds(parts["validation"], fitted.predict(parts["validation"].texts))
    scores, targets, findings = fitted.predict(parts["test"].texts), parts["test"].targets, parts["test"].findings
    return {
        "name": cell.name,
        "setting": cell.setting,
        "choice": asdict(cell.choice),
        "epoch": fitted.epoch,
        "device": fitted.device,
        "initial_weights": fitted.initial_weights,
        "thresholds": chosen,
        "at_half": figures(targets, scores >= 0.5, findings),
        "at_chosen": figures(targets, scores >= np.array(list(chosen.values()), dtype=np.float32), findings),
    }


def figures(
    targets: NDArray[np.float32], is_predicted: NDArray[np.bool_], findings: Sequence[str]
) -> dict[str, dict[str, list[float]]]:
    """Return precision, recall, F1 and support of each finding, and their averages.

    Cells without a target count nowhere; a figure whose denominator is 0 is 0, as scikit-learn has it.

    Parameters
    ----------
    targets : ndarray of float32, (n, n_findings)
        1, 0, or nan.
    is_predicted : ndarray of bool, (n, n_findings)
    findings : sequence of str

    Returns
    -------
    dict
        ``by_finding`` and ``averages``: micro, macro, weighted by support, and samples (mean over the items).
    """
    is_known = ~np.isnan(targets)
    is_true, is_found = is_known & (targets == 1), is_known & is_predicted
    hits = is_true & is_found
    shares = partial(precision_recall_f1, otherwise=0.0)
    each = shares(hits.sum(axis=0), is_found.sum(axis=0), is_true.sum(axis=0))
    support = is_true.sum(axis=0)
    per_sample = shares(hits.sum(axis=1), is_found.sum(axis=1), is_true.sum(axis=1))
    share = support / max(support.sum(), 1)
    averages = {
        "micro": shares(hits.sum(), is_found.sum(), is_true.sum()),
        "macro": each.mean(axis=1),
        "weighted": each @ share,
        "samples": per_sample.mean(axis=1),
    }
    return {
        "by_finding": {name: [*map(float, each[:, i]), int(support[i])] for i, name in enumerate(findings)},
        "averages": {name: [float(value) for value in values] for name, values in averages.items()},
    }


def page(result: dict[str, Any]) -> str:
    """Return the study's tables in Markdown, the published figures beside ours."""
    published, cells = result["published"], result["cells"]
    rows = [
        f"| {Path(cell['choice']['backbone']).name} | {_head(cell)} | {cell['setting']} "
        f"| {_published(published, cell)} "
        f"| {cell['at_half']['averages']['weighted'][2]:.4f} | {cell['at_chosen']['averages']['weighted'][2]:.4f} |"
        for cell in cells
    ]
    best = max(cells, key=lambda cell: cell["at_half"]["averages"]["weighted"][2])
    names = known_findings.findings()
    by_finding = [
        _line(names[name].name, published["by_finding"].get(name), *(best[at]["by_finding"][name] for at in _AT))
        for name in best["at_half"]["by_finding"]
    ]
    averages = [
        _line(name, published["averages"][name], *(best[at]["averages"][name] for at in _AT)) for name in _AVERAGES
    ]
    chosen, sizes = result["training_set"], result["n_items"]
    counts = ", ".join(f"{n} {split}" for split, n in sizes.items())
    return f"""# Text baseline

Published: {published["title"]}, {published["source"]}. {published["setting"]}
{published["flag"]}

Here: {", ".join(chosen["datasets"])}, text {chosen["text"]}, labels of {chosen["labeler"]}, policy
{chosen["policy"]}, split by {chosen["split"]}: {counts}. Figures of
another data set are no reproduction of the published ones; they show that the study runs.

| backbone | head | tokens x batch | published weighted F1 | ours at 0.5 | ours at thresholds from validation |
| --- | --- | --- | ---: | ---: | ---: |
{chr(10).join(rows)}

## By finding: the best of ours, {best["name"]}

| finding | published P / R / F1 | support | ours at 0.5 P / R / F1 | support | ours at chosen thresholds P / R / F1 |
| --- | --- | ---: | --- | ---: | --- |
{chr(10).join(by_finding + averages)}
"""


_AT = ("at_half", "at_chosen")


def _head(cell: dict[str, Any]) -> str:
    return "its own" if cell["choice"]["backbone"] == COMPACT_BACKBONE else str(cell["choice"]["head"])


def _published(published: dict[str, Any], cell: dict[str, Any]) -> str:
    """Return the published weighted F1 of the same backbone, head and setting, where there is one."""
    of_backbone = published["weighted_f1"].get(_short_name(cell["choice"]["backbone"]), {})
    found = of_backbone.get(cell["setting"]) if cell["choice"]["head"] == "pooled" else None
    return f"{found:.4f}" if found else ""


def _short_name(backbone: str) -> str:
    """Return the short name of a backbone that is named by its hub id, or by a folder of either name."""
    from models.training.nets.transformer import known_backbones

    last = Path(backbone).name
    return next(
        (name for name, row in known_backbones().items() if last in (name, row["hub_id"].split("/")[-1])), backbone
    )


def _line(name: str, published: list[float] | None, half: list[float], chosen: list[float]) -> str:
    def figure(values: list[float] | None) -> str:
        return " / ".join(f"{value:.3f}" for value in values[:3]) if values else ""

    def support(values: list[float] | None) -> str:
        return f"{values[3]:,}" if values and len(values) > 3 else ""

    return (
        f"| {name} | {figure(published)} | {support(published)} | {figure(half)} | {support(half)} | {figure(chosen)} |"
    )
