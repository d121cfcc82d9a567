"""What both distributions of the Indiana University collection (Open-I, IU X-ray on Kaggle) have in common."""

from __future__ import annotations

import pyarrow as pa

from warehouse import findings
from warehouse.sources.base import Load

REPORT_TEXT = r"""concat_ws(
    e'\n\n',
    'COMPARISON: ' || comparison,
    'INDICATION: ' || indication,
    'FINDINGS: ' || findings,
    'IMPRESSION: ' || impression
)"""

# A term is coded when it is the seed's term or lies under it: Thickening/pleura/apex is under Thickening/pleura.
_CODED = """
select distinct ? as run_id, ? as dataset, report.study_id, ? as annotator, crosswalk.finding, 1 as value
from (select study_id, unnest(terms) as term from ({reports})) as report
join _crosswalk as crosswalk
    on report.term = crosswalk.mesh or starts_with(report.term, crosswalk.mesh || '/')
"""
# "No Indexing" says that nobody coded the report.
_READ = """
select ? as run_id, ? as dataset, study_id, ? as annotator
from ({reports})
where len(terms) > 0 and not list_contains(terms, 'No Indexing')
"""


def write_mesh_labels(load: Load, dataset: str, annotator: str, reports: str) -> None:
    """Write the labels that MeSH coding implies, by the seed mesh_finding; ``reports`` selects study_id and terms."""
    crosswalk = pa.Table.from_pylist(findings.read_seed("mesh_finding"))
    load.con.register("_crosswalk", crosswalk)
    try:
        for table, query in (("annotation.label", _CODED), ("annotation.labeled_study", _READ)):
            added = load.con.execute(
                f"insert into {table} by name {query.format(reports=reports)}", [load.run_id, dataset, annotator]
            ).fetchone()
            load.rows[table] += added[0] if added else 0
    finally:
        load.con.unregister("_crosswalk")
