"""Training sets as SQL over the warehouse's marts: which items, whose labels, under which policy, in which split.

The query is one that `cxr sql` runs too; its rows become Arrow and its targets an array. `marts.training_label` has the
targets, so a set needs a warehouse that `cxr build` has built.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from models.network.splits import SPLIT_RULE, SPLIT_SQL, SPLITS, check_leakage
from warehouse import findings
from warehouse.choices import ReportText, Split, View
from warehouse.errors import ConfigError, SourceError, WarehouseError

CARD_FILE, ROWS_FILE = "DATASET_CARD.md", "training_set.arrow"
RELEASE_SPLIT_RULE = "the release's own split"

_ID_COLUMNS = ("study_id", "uid", "StudyID")


class TrainingSet(BaseModel):
    """What a training set is made of.

    Attributes
    ----------
    input : {'report', 'image'}
    datasets : tuple of str
    labeler : str
        Whose labels, as in ``marts.dim_labeler``.
    policy : str
        How labels become targets, as in the seed ``label_policy``.
    findings : tuple of str
        Finding ids; none means all that the labeler gives.
    text : str
        Of reports: the sections that are joined.
    view : str
        Of images.
    split : {'release', 'patient'}
        The release's own, or by the patient's id (`models.training.splits.SPLIT_RULE`).
    studies : Path, optional
        CSV whose column ``study_id`` or ``uid`` lists the only studies to take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Literal["report", "image"]
    datasets: tuple[str, ...]
    labeler: str
    policy: str = "u_ignore"
    findings: tuple[str, ...] = ()
    text: ReportText = "findings+impression"
    view: View = "frontal"
    split: Split = "patient"
    studies: Path | None = None

    def query(self) -> str:
        """Return the SQL of the set: ids, split, text or path, and a column of targets for each finding."""
        wanted = self.findings or tuple(findings.findings())
        targets = ",\n    ".join(f"max(target) filter (where finding = {_quoted(name)}) as {name}" for name in wanted)
        split = (
            SPLIT_SQL.replace("dataset", "item.dataset").replace("patient_id", "item.patient_id")
            if self.split == "patient"
            else "if(item.split = 'validate', 'validation', item.split)"
        )
        item = _IMAGES if self.input == "image" else _REPORTS
        return f"""
with item as (
    {item.format(view=_VIEWS[self.view], sections=_list(self.text.split("+")), datasets=_list(self.datasets))}
),
target as (
    select dataset, study_id,
    {targets}
    from marts.training_label
    where policy = {_quoted(self.policy)} and labeler = {_quoted(self.labeler)} and dataset in {_list(self.datasets)}
    group by dataset, study_id
)
select item.* exclude (split), {split} as split, target.* exclude (dataset, study_id)
from item join target using (dataset, study_id)
order by dataset, study_id{", image_id" if self.input == "image" else ""}"""

    def split_rule(self) -> str:
        """Return how items are split, in words."""
        return SPLIT_RULE if self.split == "patient" else RELEASE_SPLIT_RULE


_VIEWS = {"frontal": "view_class = 'frontal'", "lateral": "view_class = 'lateral'", "any": "true"}
_IMAGES = """select dataset, coalesce(patient_id, study_id) as patient_id, study_id, image_id, path, view_class, split
    from marts.dim_image where {view} and dataset in {datasets}"""
_REPORTS = """select study.dataset, coalesce(study.patient_id, study.study_id) as patient_id, study.study_id,
        section.text, study.split
    from marts.dim_study as study join (
        select dataset, study_id, string_agg(text, e'\\n\\n' order by ordinal) as text from marts.report_section
        where rules = 'corrected' and section in {sections} group by dataset, study_id
    ) as section using (dataset, study_id)
    where study.report_language = 'en' and trim(section.text) <> '' and study.dataset in {datasets}"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(texts: tuple[str, ...] | list[str]) -> str:
    return f"({', '.join(map(_quoted, texts))})"


def expand_findings(names: list[str]) -> tuple[str, ...]:
    """Return finding ids; a scheme's name stands for its findings.

    Raises
    ------
    ConfigError
        A name is neither a finding nor a scheme.
    """
    known, expanded = findings.findings(), list[str]()
    for name in names:
        if name in known:
            expanded.append(name)
        elif name in ("chexpert14", "chestxray14"):
            expanded += findings.scheme(name).values()
        else:
            raise ConfigError(f"no finding '{name}'", fix=f"Known: {', '.join(known)}, chexpert14, chestxray14")
    return tuple(dict.fromkeys(expanded))


@dataclass(frozen=True)
class Items:
    """Items of a training set.

    Attributes
    ----------
    findings : tuple of str
        Finding ids, the columns of ``targets``.
    rows : pa.Table
        dataset, patient_id, study_id, split, and of reports ``text``, of images ``image_id``, ``path``, ``view_class``.
    targets : ndarray of float32, (n_items, n_findings)
        1 present, 0 not present, nan no target.
    """

    findings: tuple[str, ...]
    rows: pa.Table
    targets: NDArray[np.float32]

    def take(self, places: NDArray[np.int64]) -> Items:
        """Return the items at these places."""
        return Items(self.findings, self.rows.take(pa.array(places)), self.targets[places])

    def of_split(self, split: str) -> Items:
        """Return the items of one split."""
        return self.take(np.flatnonzero(pc.equal(self.rows["split"], split).to_numpy(zero_copy_only=False)))

    @cached_property
    def sha(self) -> str:
        """Hash of everything in it: what is made of other items is known by it."""
        digest = hashlib.sha256(json.dumps(self.findings).encode())
        digest.update(self.targets.tobytes())
        for name in self.rows.column_names:
            digest.update("\0".join(map(str, self.rows[name].to_pylist())).encode())
        return digest.hexdigest()

    @cached_property
    def n_patients(self) -> int:
        """Number of patients."""
        return int(self.rows.group_by(["dataset", "patient_id"]).aggregate([]).num_rows)


def read(con: duckdb.DuckDBPyConnection, chosen: TrainingSet) -> Items:
    """Read a training set; a finding that no item has a target of is left out.

    Raises
    ------
    WarehouseError
        The marts are not built, nothing fits, or a patient is in two splits.
    SourceError
        The list of studies cannot be read.
    """
    try:
        _check_images(con, chosen.datasets)
        table = con.execute(chosen.query()).to_arrow_table()
    except duckdb.CatalogException:
        raise WarehouseError("the marts are not built", where="marts.training_label", fix="Run 'cxr build'") from None
    if chosen.studies is not None:
        listed = pa.array(sorted(read_study_list(chosen.studies)), pa.string())
        table = table.filter(pc.is_in(table["study_id"], listed))
    table = table.filter(pc.is_in(table["split"], pa.array([*SPLITS])))
    wanted = [name for name in chosen.findings or findings.findings() if table[name].null_count < table.num_rows]
    if not table.num_rows or not wanted:
        raise WarehouseError(
            f"no {chosen.input} of {', '.join(chosen.datasets)} has labels of '{chosen.labeler}' under the policy "
            f"'{chosen.policy}'",
            where="marts.training_label",
            fix="'select distinct dataset, labeler, policy from marts.training_label' shows what there is",
        )
    ids = [name for name in table.column_names if name not in findings.findings()]
    check_leakage(table.select(["dataset", "patient_id", "split"]))
    targets = np.column_stack(
        [table[name].cast(pa.float32()).to_numpy(zero_copy_only=False).astype(np.float32) for name in wanted]
    )
    return Items(tuple(wanted), table.select(ids), targets)


def _check_images(con: duckdb.DuckDBPyConnection, datasets: tuple[str, ...]) -> None:
    """Raise when two data sets share images: a patient has another id, and so another split, in each."""
    if len(datasets) < 2:
        return
    family = dict(con.execute("select dataset, coalesce(same_images_as, dataset) from marts.dim_dataset").fetchall())
    for i, name in enumerate(datasets):
        for other in datasets[:i]:
            if family.get(name, name) == family.get(other, other):
                raise WarehouseError(f"'{other}' and '{name}' have the same images", fix="Take one of them")


def read_study_list(path: Path) -> set[str]:
    """Return the study ids that a CSV file lists in its column ``study_id`` or ``uid``.

    Raises
    ------
    SourceError
        It cannot be read or has no such column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            column = next((name for name in _ID_COLUMNS if name in (rows.fieldnames or ())), None)
            if column is None:
                raise SourceError("has no column study_id or uid", where=path)
            return {row[column] for row in rows if row[column]}
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot be read ({type(error).__name__})", where=path) from None


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
