"""RESULTS.md and its figures, made from the JSON results and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.pages import blocks, networks, scale
from benchmarks.setting import RESULTS, ROOT

README = ROOT.parent / "README.md"
BEGIN, END = "<!-- made by benchmarks/pages/results.py -->", "<!-- end -->"

GOLD_NAMES = {
    "openi_chexpert14_dev": "240 Open-I reports annotated for the 14 CheXpert observations",
    "openi_mesh": "Open-I's human MeSH coding, ChestX-ray14 findings (crosswalk of this project)",
    "openi_mesh_held_back": "The same coding, only of reports outside the table that the rules were tuned on",
    "openi_mesh14_dev": "Open-I's human MeSH coding, ChestX-ray14 findings (the NegBio authors' table of it)",
}
INTRODUCTION = """# Benchmark results

Made by `make bench` from `benchmarks/results/*.json`; every number below is in those files, with the machine that made
it. F1 stands with its 95% bootstrap interval (1,000 draws of studies). *Macro* is the mean over findings with at least
3 gold cases, *micro* pools all cases.

- Both gold sets were looked at while the lexicon was written: these are development figures, not of unseen reports.
  The 240 reports were annotated by language models against a written guide (`warehouse/gold`), not by radiologists.
- `medspacy_context` has the lexicon's phrases and ConText's default rules. Phrases that need a word for normal, such as
  the heart's size, are left out of it: that costs it mentions of heart and mediastinum and spares it false positives.
- Label files of other labelers were made outside this project: CheXpert and NegBio with a stand-in parser model, since
  theirs cannot be had any more, and medspaCy with CheXpert's phrases and PyRuSH.
- MeSH terms and ChestX-ray14 labels code presence and know no uncertainty. Open-I's coders coded both of "scarring or
  atelectasis" and "borderline heart size", and not "may be pneumonia"; `nlp.label.is_indexed` follows them, and counts
  as positive there. *Labels of 1 alone* leaves such findings out.
"""
PUBLISHED = """### Published figures

Quoted, not measured here; those of single findings are in the seed `published_benchmark`.
"""
AGREEMENT = """### Agreement of labelers

Cohen's kappa over present, absent, uncertain and not mentioned, on all studies that both labeled.
"""
SPEED = """## Speed of one core

{n_reports:,} Open-I reports, {n_characters:,} characters; processor time, median of {n_passes} passes, caches empty at
the start of each.
"""
MATCHING = """## Finding the lexicon's phrases

{n_phrases:,} literal phrases in the {n_sentences:,} distinct sentences of Open-I; one core, processor time, median of
{n_passes} passes.
"""
START_UP = """## Start-up

CPU time of a process, user and system, the best of {n_runs} runs that take turns, bytecode cached. *Bare Python* is
`python -c "{bare}"`.
"""


def main() -> None:
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    parts = [INTRODUCTION, *(write(results[name]) for name, write in WRITERS.items() if name in results)]
    (ROOT / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")
    if "labeler_accuracy" in results:
        draw_accuracy(results["labeler_accuracy"]["rows"], RESULTS / "labeler_accuracy.svg")
    if "label_scaling" in results:
        scale.draw_scaling(results["label_scaling"]["runs"], RESULTS / "label_scaling.svg")
    if "full_release" in results:
        scale.draw_full_release(results["full_release"]["releases"], RESULTS / "full_release.svg")
    if "image_scoring" in results:
        networks.draw_image_scoring(results["image_scoring"], RESULTS / "image_scoring.svg")
    if {"labeler_accuracy", "labeler_speed"} <= results.keys():
        before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        table = summary(results["labeler_accuracy"], results["labeler_speed"])
        README.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")
    print(f"wrote {ROOT / 'RESULTS.md'}")


def summary(accuracy_result: dict[str, Any], speed_result: dict[str, Any]) -> str:
    """Return the README's table: macro F1 on the annotated reports, micro F1 on MeSH coding, speed."""
    f1 = {
        (row["gold"], row["labeler"], row["task"], row["finding"]): blocks.figure(row["f1"])
        for row in [*accuracy_result["rows"], *accuracy_result["published"]]
    }
    gold = "openi_chexpert14_dev"
    labelers = {
        "this labeler": ("cxr", "cxr", "cxr, labels"),
        "medspaCy ConText": ("medspacy_context", "medspacy_context", "medspaCy pipeline, labels"),
        "CheXpert": ("chexpert_labeler_bllip (label file)", "", ""),
        "NegBio": ("negbio_bllip (label file)", "negbio", ""),
    }
    lines = [
        [f"{task}, macro F1", *(f1.get((gold, name, task, "macro"), "") for name, _, _ in labelers.values())]
        for task in ("mention", "positive", "negation", "uncertainty")
    ]
    mesh = [f1.get(("openi_mesh", name, "positive", "micro"), "") for _, name, _ in labelers.values()]
    rates = {row["name"]: f"{row['reports_per_second']:,.0f}" for row in speed_result["labelers"]}
    lines.append(["presence against MeSH coding, micro F1", *mesh])
    lines.append(["reports per second and core", *(rates.get(name, "") for _, _, name in labelers.values())])
    return blocks.table(["", *labelers], lines)


def accuracy(result: dict[str, Any]) -> str:
    parts = ["## Labelers against gold\n", "![F1 with intervals](results/labeler_accuracy.svg)\n"]
    for gold, rows in blocks.grouped(result["rows"], "gold"):
        parts.append(f"### {GOLD_NAMES.get(gold, gold)}\n")
        parts.append(f"{rows[0]['n_studies']:,} studies, scheme `{rows[0]['scheme']}`, gold set `{gold}`.\n")
        parts += [_averages(rows), *(_by_finding(task, of_task) for task, of_task in blocks.grouped(rows, "task"))]
    quoted = [row for row in result["published"] if row["finding"] in ("micro", "macro")]
    cells = ("gold", "labeler", "task", "finding", "precision", "recall", "f1", "n_studies", "source", "note")
    parts += [PUBLISHED, blocks.table(cells, ([row[cell] for cell in cells] for row in quoted)), AGREEMENT]
    findings = list(result["agreement"][0]["kappa"]) if result["agreement"] else []
    pairs = [(f"{pair['first']} / {pair['second']}", pair["kappa"]) for pair in result["agreement"]]
    parts.append(
        blocks.table(
            ["finding", *(name for name, _ in pairs)], ([f, *(blocks.figure(k[f]) for _, k in pairs)] for f in findings)
        )
    )
    return "\n".join([*parts, blocks.machine(result)])


def _averages(rows: Sequence[dict[str, Any]]) -> str:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    lines = []
    for labeler, of_labeler in blocks.grouped(rows, "labeler"):
        figures = {(row["task"], row["finding"]): row for row in of_labeler}
        lines += [[labeler, a, *(_interval(figures[task, a]) for task in tasks)] for a in ("macro", "micro")]
    return blocks.table(["labeler", "average", *(f"{task.replace('_', ' ')} F1" for task in tasks)], lines)


def _by_finding(task: str, rows: Sequence[dict[str, Any]]) -> str:
    labelers = list(dict.fromkeys(row["labeler"] for row in rows))
    figures = {(row["finding"], row["labeler"]): row for row in rows}
    findings = [f for f in dict.fromkeys(row["finding"] for row in rows) if f not in ("macro", "micro")]
    lines = [
        [
            finding,
            figures[finding, labelers[0]]["support"],
            *(_scores(figures[finding, labeler]) for labeler in labelers),
        ]
        for finding in findings
        if figures[finding, labelers[0]]["support"]
    ]
    title = f"{task.replace('_', ' ')}: precision / recall / F1 by finding"
    table = blocks.table(["finding", "cases", *labelers], lines)
    return f"<details><summary>{title}</summary>\n\n{table}\n</details>\n"


def speed(result: dict[str, Any]) -> str:
    lines = [
        [row["name"], f"{row['reports_per_second']:,.0f}", f"{row['times_medspacy']:.1f}"] for row in result["labelers"]
    ]
    return "\n".join(
        [
            SPEED.format(**result),
            blocks.table(["labeler", "reports/s", "x medspaCy pipeline"], lines),
            blocks.machine(result),
        ]
    )


def matching(result: dict[str, Any]) -> str:
    lines = [
        [row["name"], f"{row['sentences_per_second']:,.0f}", f"{row['times_phrase_matcher']:.1f}"]
        for row in result["matchers"]
    ]
    table = blocks.table(["matcher", "sentences/s", "x PhraseMatcher"], lines)
    return "\n".join([MATCHING.format(**result), table, blocks.machine(result)])


def start_up(result: dict[str, Any]) -> str:
    lines = [
        [f"`{way['name']}`" if way["name"].startswith("cxr") else way["name"], f"{way['cpu_seconds']:.2f}",
         f"{way['times_bare']:.1f}"]
        for way in result["ways"]
    ]  # fmt: skip
    table = blocks.table(["", "seconds of CPU", "x bare Python"], lines)
    return "\n".join([START_UP.format(**result), table, blocks.machine(result)])


def draw_accuracy(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw macro F1 with intervals, a panel for each gold set and task."""
    chosen = [row for row in rows if row["finding"] == "macro"]
    panels = [
        (gold, task, of_task)
        for gold, of_gold in blocks.grouped(chosen, "gold")
        for task, of_task in blocks.grouped(of_gold, "task")
    ]
    labelers = list(dict.fromkeys(row["labeler"] for row in chosen))[::-1]
    figure = Figure(figsize=(9, 1 + 1.1 * len(panels)), layout="constrained")
    for axes, (gold, task, of_task) in zip(figure.subplots(len(panels), sharex=True), panels, strict=True):
        for row in of_task:
            y = labelers.index(row["labeler"])
            axes.plot([row["f1_low"], row["f1_high"]], [y, y], color="0.6", linewidth=2)
            axes.plot(row["f1"], y, "o", color="C3" if row["labeler"] == "cxr" else "C0", markersize=4)
        axes.set_yticks(range(len(labelers)), labelers, fontsize=7)
        axes.set_title(f"{gold}: {task.replace('_', ' ')}", fontsize=8, loc="left")
        axes.set_xlim(0, 1)
        axes.grid(axis="x", alpha=0.3)
    figure.axes[-1].set_xlabel("macro F1, 95% interval")
    blocks.save(figure, path)


def _interval(row: dict[str, Any]) -> str:
    return f"**{blocks.figure(row['f1'])}** ({blocks.figure(row['f1_low'])} to {blocks.figure(row['f1_high'])})"


def _scores(row: dict[str, Any]) -> str:
    return " / ".join(blocks.figure(row[name]) for name in ("precision", "recall", "f1"))


WRITERS = {
    "labeler_accuracy": accuracy,
    "labeler_speed": speed,
    "phrase_matching": matching,
    "start_up": start_up,
    "label_scaling": scale.scaling,
    "full_release": scale.full_release,
    "load_speed": scale.load_speed,
    "dicom_headers": scale.dicom_headers,
    "report_network": networks.report_network,
    "image_network": networks.image_network,
    "image_scoring": networks.image_scoring,
}
"""The sections of RESULTS.md, in order, by the result that each shows."""


if __name__ == "__main__":
    main()
