"""The sections of RESULTS.md on networks: how well they do, and how fast they score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.pages import blocks

NETWORK = """## The report network

AUROC on reports that the network had not seen: {n_folds} folds of {n_reports:,} Open-I reports, gold set `{gold}`, 95%
bootstrap intervals over reports. The recipe is that of the network in `models/zoo`, whose own test figures are on its
model card. Mean over the findings in bold: **{mean_auroc:.3f}**.
"""
NETWORK_PUBLISHED = """Published means on Open-I, quoted; their training sets, splits and findings differ.
"""
NETWORK_HELD_BACK = """{network} itself, as committed, on the {n_reports} coded reports that are not in the list it was
trained on, this project's crosswalk as gold, precision and recall at its own thresholds. Mean over the findings in
bold: **{mean_auroc:.3f}**.
"""
NETWORK_SPEED = """`cxr score reports` over Open-I, opening the network, reading and storing included:
"""
IMAGE_NETWORK = """## The image network

AUROC in {n_folds}-fold cross-validation by patient over {n_images:,} images of {n_patients:,} patients of ChestX-ray14,
labels mined from reports, 95% bootstrap intervals over patients. The recipe is that of the network in `models/zoo`,
which was then trained on all of them. Mean over the {n_findings} findings with {min_positive} positive images or more:
**{auroc:.3f}** ({low:.3f} to {high:.3f}).
"""
IMAGE_NETWORK_VIEWS = """Pneumonia against no finding, among images of one projection too: many images without finding
were drawn from AP images, so that the projection alone tells something ("AP taken for pneumonia").
"""
IMAGE_SCORING = """## Scoring images

Files to rows of scores, {network} at {size} (random weights, which do not change the speed), one way after the
other on all cores; the fastest of {n_rounds} rounds of {n_images} images. *Alone* is that part of the engine with
nothing beside it. The engine can be no faster than the slower of the two and, as both want all cores, hardly faster
than both in turn ("together"). ChestX-ray14's images as they are here (288), and enlarged to an original's size.

![Images per second](results/image_scoring.svg)

"""
IMAGE_SCORING_RATIOS = """The engine's speed as a multiple:
"""
IMAGE_SCORING_MEMORY = """Memory of all processes, scoring with a network that costs next to nothing:
"""


_HELD_BACK_COLUMNS = ["finding", "positive", "AUROC", "precision", "recall", "F1"]


def report_network(result: dict[str, Any]) -> str:
    def lines(rows: Sequence[dict[str, Any]], *figures: str) -> list[list[object]]:
        return [
            [
                f"**{row['finding']}**" if row["is_in_mean"] else row["finding"],
                row["n_positive"],
                _auroc(row),
                *(blocks.figure(row[name]) for name in figures),
            ]
            for row in rows
            if row["n_positive"]
        ]

    held_back = result["held_back"]
    found = lines(held_back["rows"], "precision", "recall", "f1") if held_back else []
    parts = [
        NETWORK.format(**result),
        blocks.table(["finding", "positive", "AUROC"], lines(result["rows"])),
        NETWORK_PUBLISHED,
        blocks.table(["network", "mean AUROC", "source", "note"], [[*row.values()] for row in result["published"]]),
        *([NETWORK_HELD_BACK.format(**held_back), blocks.table(_HELD_BACK_COLUMNS, found)] if held_back else []),
        NETWORK_SPEED,
        blocks.table(
            ["threads", "reports", "reports/s"],
            [[row["threads"], row["n_reports"], f"{row['reports_per_second']:,.0f}"] for row in result["speed"]],
        ),
    ]
    return "\n".join([*parts, blocks.machine(result)])


def _auroc(row: dict[str, Any]) -> str:
    return f"{blocks.figure(row['auroc'])} ({blocks.figure(row['low'])} to {blocks.figure(row['high'])})"


def image_network(result: dict[str, Any]) -> str:
    def lines(rows: Sequence[dict[str, Any]]) -> list[list[object]]:
        return [[row["name"], f"{row['n_positive']} of {row['n_items']}", _auroc(row)] for row in rows]

    head = ["finding", "positive", "AUROC"]
    parts = [
        IMAGE_NETWORK.format(**result, **result["mean_auroc"]),
        blocks.table(head, lines(result["findings"])),
        IMAGE_NETWORK_VIEWS,
        blocks.table(
            ["images", *head[1:]], lines([*result["pneumonia_against_no_finding"], result["projection_alone"]])
        ),
    ]
    return "\n".join([*parts, blocks.machine(result)])


def image_scoring(result: dict[str, Any]) -> str:
    speed = {(row["size"], row["way"]): row["images_per_second"] for row in result["rows"]}
    sizes = list(dict.fromkeys(row["size"] for row in result["rows"]))
    ways = list(dict.fromkeys(row["way"] for row in result["rows"]))
    peers = [way for way in ways if way.startswith("torch")]
    multiples = []
    for engine, inference in (("engine", "inference alone"), ("engine, int8", "inference alone, int8")):
        for size in sizes:
            found, alone = speed[size, engine], (speed[size, "decoding alone"], speed[size, inference])
            together = 1 / sum(1 / each for each in alone)
            others = [*(speed[size, peer] for peer in peers), min(alone), together]
            multiples.append([f"{engine}, {size}", *(f"{found / other:.2f}" for other in others)])
    memory = [
        [f"{row['n_images']:,}", f"{row['images_per_second']:,.0f}", f"{row['peak_mb']:,.0f}"]
        for row in result["memory"]
    ]
    parts = [
        IMAGE_SCORING.format(n_images=result["rows"][0]["n_images"], **result),
        blocks.table(["images/s", *sizes], [[way, *(f"{speed[size, way]:,.1f}" for size in sizes)] for way in ways]),
        IMAGE_SCORING_RATIOS,
        blocks.table(["", *peers, "the slower alone", "both alone, together"], multiples),
        IMAGE_SCORING_MEMORY,
        blocks.table(["images", "images/s", "peak MB"], memory),
    ]
    return "\n".join([*parts, blocks.machine(result)])


def draw_image_scoring(result: dict[str, Any], path: Path) -> None:
    """Draw a bar for each way, a panel for each size of images."""
    groups = blocks.grouped(result["rows"], "size")
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    for axes, (size, rows) in zip(figure.subplots(1, len(groups), sharey=True), groups, strict=True):
        ways = [row["way"] for row in rows][::-1]
        colours = ["C3" if way.startswith("engine") else "C0" if way.startswith("torch") else "0.7" for way in ways]
        bars = axes.barh(ways, [row["images_per_second"] for row in rows][::-1], color=colours)
        axes.bar_label(bars, fmt="%.3g", padding=3, fontsize=8)
        axes.set_xscale("log")
        axes.set_xlim(5, 2000)
        axes.set_title(f"images of {size}", fontsize=9, loc="left")
        axes.set_xlabel("images/s")
        axes.tick_params(labelsize=8)
    blocks.save(figure, path)
