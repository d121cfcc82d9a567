"""Training sets as SQL over the warehouse's marts: which items, whose labels, under which policy, in which split.

The query is one that `cxr sql` runs too; its rows become Arrow and its targets an array. `marts.training_label` has the
targets, so a set needs a warehouse that `cxr build` has built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from models.training.patients import check_leakage
from models.training.study_list import read_study_list
from warehouse import findings
from warehouse.choices import ReportText, Split, View
from warehouse.errors import ConfigError, WarehouseError
from warehouse.splits import RELEASE_SPLIT_RULE, SPLIT_RULE, SPLITS
from warehouse.sql import literal, values


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
        The release's own, or by the patient's id (`warehouse.splits.SPLIT_RULE`).
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
        targets = ",\n    ".join(f"max(target) filter (where finding = {literal(name)}) as {name}" for name in wanted)
        split = (
            "raw.patient_split(item.dataset, item.patient_id)"
            if self.split == "patient"
            else "if(item.split = 'validate', 'validation', item.split)"
        )
        item = _IMAGES if self.input == "image" else _REPORTS
        return f"""
with item as (
    {item.format(view=_VIEWS[self.view], sections=values(self.text.split("+")), datasets=values(self.datasets))}
),
target as (
    select dataset, study_id,
    {targets}
    from marts.training_label
    where policy = {literal(self.policy)} and labeler = {literal(self.labeler)} and dataset in {values(self.datasets)}
    group by dataset, study_id
)
select item.* exclude (split), {split} as split, target.* exclude (dataset, study_id)
from item join target using (dataset, study_id)
order by dataset, study_id{", image_id" if self.input == "image" else ""}"""

    def split_rule(self) -> str:
        """Return how items are split, in words."""
        return SPLIT_RULE if self.split == "patient" else RELEASE_SPLIT_RULE


def make_training_set(
    kind: Literal["report", "image"],
    datasets: Sequence[str],
    labeler: str,
    *,
    findings: Sequence[str] = (),
    **options: Any,
) -> TrainingSet:
    """Return the training set that a command's options describe.

    Parameters
    ----------
    kind : {'report', 'image'}
    datasets : sequence of str
    labeler : str
    findings : sequence of str
        Finding ids and names of schemes, as of `expand_findings`; none means all that the labeler gives.
    **options
        Other fields of `TrainingSet`.

    Raises
    ------
    ConfigError
        A finding is not known, or a value will not do.
    """
    ids = expand_findings(findings)
    try:
        return TrainingSet(input=kind, datasets=tuple(datasets), labeler=labeler, findings=ids, **options)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from None


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


def expand_findings(names: Sequence[str]) -> tuple[str, ...]:
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
    auxiliary : ndarray of float32, (n_items, n_auxiliary), optional
        As ``targets``, of what is learned beside them and is no output of the network.
    """

    findings: tuple[str, ...]
    rows: pa.Table
    targets: NDArray[np.float32]
    auxiliary: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def texts(self) -> list[str]:
        """Texts of reports."""
        return list(self.rows["text"].to_pylist())

    @property
    def patients(self) -> NDArray[np.int64]:
        """A number for the patient of each item, (n_items,)."""
        keys = zip(self.rows["dataset"].to_pylist(), self.rows["patient_id"].to_pylist(), strict=True)
        numbers: NDArray[np.int64] = np.unique([f"{d}:{p}" for d, p in keys], return_inverse=True)[1]
        return numbers

    def take(self, places: NDArray[np.int64]) -> Items:
        """Return the items at these places."""
        auxiliary = None if self.auxiliary is None else self.auxiliary[places]
        return Items(self.findings, self.rows.take(pa.array(places)), self.targets[places], auxiliary)

    def of_split(self, split: str) -> Items:
        """Return the items of one split."""
        return self.take(self.places(split))

    def places(self, *splits: str) -> NDArray[np.int64]:
        """Return the places of the items of these splits."""
        return np.flatnonzero(np.isin(self.rows["split"].to_pylist(), splits))

    def by_split(self, *, fix: str) -> dict[str, Items]:
        """Return the items of each split.

        Parameters
        ----------
        fix : str
            What the user can do where one is empty.

        Raises
        ------
        WarehouseError
            One is empty.
        """
        parts = {split: self.of_split(split) for split in SPLITS}
        if empty := [split for split, part in parts.items() if not len(part)]:
            raise WarehouseError(
                f"no item of the training set is in the split '{empty[0]}'",
                where="training set",
                fix=fix,
            )
        return parts

    @cached_property
    def sha(self) -> str:
        """Hash of everything in it: what is made of other items is known by it."""
        digest = hashlib.sha256(json.dumps(self.findings).encode())
        for targets in (self.targets, self.auxiliary):
            digest.update(b"" if targets is None else targets.tobytes())
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
