"""Open-I reports annotated for the 14 CheXpert observations by this project (`warehouse/gold`)."""

from __future__ import annotations

from pathlib import Path

from warehouse import findings
from warehouse.config import Settings
from warehouse.errors import SourceError
from warehouse.schema import annotation
from warehouse.sources.base import File, Load, Source
from warehouse.sources.reading.staging import staged
from warehouse.sql import identifier

ANNOTATOR = "openi_chexpert14_dev"

_VALUES = "case value when '1' then 1 when '0' then 0 when '-1' then -1 when 'x' then -9 end"


def gold_folder(settings: Settings) -> Path | None:
    """Return the folder of the project's own annotations."""
    del settings
    return Path(__file__).resolve().parents[1] / "gold"


def load_annotations(load: Load, file: File, path: Path) -> None:
    """Turn one row a report, one column an observation, into labels; ``x`` (annotators disagreed) becomes -9."""
    labels = findings.scheme("chexpert14")
    with staged(load, file, path, ("",)) as header:
        if missing := [name for name in ("uid", *labels) if name not in header]:
            raise SourceError(f"column {', '.join(map(repr, missing))} is missing", where=path)
        columns = ", ".join(f"{identifier(label)} as {finding}" for label, finding in labels.items())
        cells = f"unpivot (select uid, {columns} from _staged) on columns(* exclude uid) into name finding value value"
        if unknown := load.con.execute(f"select count(*) from ({cells}) where ({_VALUES}) is null").fetchone():
            _require_none(unknown[0], path)
        own = "? as run_id, 'openi' as dataset, uid as study_id, ? as annotator"
        for table, query in (
            ("annotation.label", f"select {own}, finding, {_VALUES} as value from ({cells})"),
            ("annotation.labeled_study", f"select {own} from _staged"),
        ):
            added = load.con.execute(f"insert into {table} by name {query}", [load.run_id, ANNOTATOR]).fetchone()
            load.rows[table] += added[0] if added else 0


def _require_none(n_unknown: int, path: Path) -> None:
    if n_unknown:
        raise SourceError(f"{n_unknown} cells hold something else than 1, 0, -1, x or nothing", where=path)


SOURCE = Source(
    module=__name__,
    name="openi-annotation",
    title="240 Open-I reports annotated for the 14 CheXpert observations",
    licence="MIT (annotation only; the reports are Open-I's)",
    citation="This project; guide in warehouse/gold/ANNOTATION_GUIDE.md",
    url="https://github.com/cxr-warehouse/cxr-warehouse/tree/main/warehouse/gold",
    get="part of the package, warehouse/gold",
    files=(File("openi_chexpert14_dev.csv", (annotation.Label, annotation.LabeledStudy), load_annotations),),
    default_folder=gold_folder,
    seeds=("label_scheme",),
)
