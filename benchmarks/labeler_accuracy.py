"""Labelers against gold: this project's, medspaCy's ConText and, where their label files are at hand, other labelers.

Gold sets: the 240 Open-I reports annotated for the 14 CheXpert observations (warehouse/gold), and Open-I's own MeSH
coding for the ChestX-ray14 findings, from the crosswalk of this project; where the NegBio authors' table of it is at
hand, against that as well. In these a labeler's positives are what an indexer codes; beside them stand the labels of 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import numpy as np

from benchmarks.setting import SHARED, machine, open_i_warehouse, write_result
from nlp import engines
from nlp.evaluation.agreement import agreements
from nlp.evaluation.benchmark import compare
from nlp.evaluation.label_file import read_label_file
from nlp.evaluation.label_table import LabelTable, read_gold, read_labels
from nlp.labeling.warehouse import label_warehouse
from warehouse.findings import read_seed


def main() -> None:
    description = machine()
    with open_i_warehouse() as (con, settings):
        runs = [label_warehouse(con, engines.load(labeler), settings=settings) for labeler in engines.LABELERS]
        gold_sets, annotated_by = read_gold_sets(con), read_labelers(con)
    rows: list[dict[str, Any]] = []
    for gold in gold_sets:
        for labels in annotated_by[gold.scheme]:
            rows += compare(gold, labels).rows()
    result = {
        "machine": description,
        "runs": [{"labeler": run.labeler, "n_reports": run.n_reports, "n_mentions": run.n_mentions} for run in runs],
        "rows": rows,
        "agreement": [
            {
                "first": first.name,
                "second": second.name,
                "kappa": {item.finding: item.kappa for item in agreements(first, second)},
            }
            for first, *others in [annotated_by["chexpert14"]]
            for second in others
        ],
        "published": [
            row for row in read_seed("published_benchmark") if row["gold"] in ("openi_mesh", "chexpert_1000")
        ],
    }
    print(f"wrote {write_result('labeler_accuracy', result)}")
    for row in rows:
        if row["finding"] in ("macro", "micro"):
            print("{gold:22} {labeler:24} {task:22} {finding:6} F1 {f1:.3f} ({f1_low:.3f}-{f1_high:.3f})".format(**row))


def read_gold_sets(con: duckdb.DuckDBPyConnection) -> list[LabelTable]:
    annotators = con.sql("select distinct annotator from annotation.labeled_study order by all").fetchall()
    gold_sets = [read_gold(con, annotator) for (annotator,) in annotators]
    published = SHARED / "openi_mesh14_dev.csv"
    if published.exists():
        mesh = next(gold for gold in gold_sets if gold.name == "openi_mesh")
        gold_sets.append(outside(mesh, read_label_file(published), "openi_mesh_held_back"))
        return [*gold_sets, read_label_file(published)]
    print(f"{published} is not here: left out")
    return gold_sets


def outside(gold: LabelTable, known: LabelTable, name: str) -> LabelTable:
    """Return the part of a gold set that is not in another one."""
    is_new = ~np.isin(gold.studies, known.studies)
    return LabelTable(name, gold.scheme, gold.studies[is_new], gold.values[is_new])


def read_labelers(con: duckdb.DuckDBPyConnection) -> dict[str, list[LabelTable]]:
    """Return the label tables by scheme."""
    labelers = {
        scheme: [read_labels(con, name, scheme=scheme) for name in engines.LABELERS]
        for scheme in ("chexpert14", "chestxray14")
    }
    files = sorted((SHARED / "peers").glob("*.csv"))
    if not files:
        print(f"{SHARED / 'peers'} holds no label files of other labelers: left out")
    stated = read_labels(con, "cxr", scheme="chestxray14", indexed=False)
    labelers["chestxray14"].append(replace(stated, name="cxr, labels of 1 alone"))
    labelers["chexpert14"] += [read_label_file(file, name=f"{file.stem} (label file)") for file in files]
    return labelers


if __name__ == "__main__":
    main()
