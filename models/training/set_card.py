"""A training set written down: its rows with their targets as Arrow, and the dataset card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather

from models.training.sets import Items, TrainingSet
from warehouse import findings
from warehouse.splits import SPLITS

CARD_FILE, ROWS_FILE = "DATASET_CARD.md", "training_set.arrow"


def write(items: Items, chosen: TrainingSet, folder: Path) -> None:
    """Write the rows with their targets as Arrow, and the card. Arrow of reports holds their text: keep it here."""
    table = items.rows
    for i, name in enumerate(items.findings):
        table = table.append_column(name, pa.array(items.targets[:, i], from_pandas=True))
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.feather.write_feather(table, str(folder / ROWS_FILE))
    (folder / CARD_FILE).write_text(card(items, chosen), encoding="utf-8")


def card(items: Items, chosen: TrainingSet, *, folds: int = 0) -> str:
    """Return the dataset card, in Markdown: the set's definition, its query, and counts by split and finding.

    With folds the splits do not count: everything is one part.
    """
    parts = {f"{folds} folds by patient": items} if folds else {split: items.of_split(split) for split in SPLITS}
    left_out = {"findings", "text" if chosen.input == "image" else "view", *(("split",) if folds else ())}
    facts = chosen.model_dump(mode="json", exclude=left_out)
    if chosen.studies is not None:
        facts["studies"] = f"those listed in {chosen.studies.name}"
    if not folds:
        facts["split rule"] = chosen.split_rule()
    definition = "\n".join(f"- {name}: {', '.join(v) if isinstance(v, list) else v}" for name, v in facts.items() if v)
    sizes = "\n".join(f"| {split} | {part.rows.num_rows} | {part.n_patients} |" for split, part in parts.items())
    counts = []
    for i, finding in enumerate(items.findings):
        cells = [
            f"{int(np.nansum(part.targets[:, i]))} of {int((~np.isnan(part.targets[:, i])).sum())}"
            for part in parts.values()
        ]
        counts.append(f"| {findings.findings()[finding].name} | {' | '.join(cells)} |")
    return f"""# Training set

{definition}

No patient is in two {"folds" if folds else "splits"}. A finding counts as positive of the {chosen.input}s that have a
target; the others are masked in the loss.

| split | {chosen.input}s | patients |
| --- | ---: | ---: |
{sizes}

| finding | {" | ".join(parts)} |
| --- | {" | ".join(["---:"] * len(parts))} |
{chr(10).join(counts)}

## Query

```sql{chosen.query()}
```
"""
