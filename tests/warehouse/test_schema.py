import duckdb
import pytest

from warehouse import schema
from warehouse.sources import all_views
from warehouse.sources.mimic_cxr_jpg import MimicCxrJpgMetadata


def test_every_table_and_column_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    assert con.sql("select table_name from duckdb_tables() where coalesce(comment, '') = ''").fetchall() == []
    bare = con.sql(
        "select table_name, column_name from duckdb_columns() where not internal and coalesce(comment, '') = ''"
        " and (schema_name, table_name) in (select schema_name, table_name from duckdb_tables())"
    )
    assert bare.fetchall() == []


def test_creating_twice_keeps_the_rows(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into raw.load_file values ('run', 'file', 1, 'sha')")
    schema.create_all(con)
    assert con.sql("select count(*) from raw.load_file").fetchone() == (1,)


def test_a_file_of_an_earlier_version_gets_the_new_columns(con: duckdb.DuckDBPyConnection) -> None:
    described = con.sql("describe nlp.label_run").fetchall()
    con.execute(
        "insert into nlp.label_run by name select 'r' as run_id, 'cxr' as labeler, 'x' as lexicon_sha, "
        "'p' as text_policy, '0' as product_version, 'complete' as status, now() as started_at"
    )
    con.execute("alter table nlp.label_run drop column aggregation")
    schema.create_all(con)
    assert sorted(con.sql("describe nlp.label_run").fetchall()) == sorted(described)
    assert con.sql("select run_id, aggregation from nlp.label_run").fetchall() == [("r", None)]
    test_every_table_and_column_has_a_comment(con)


@pytest.mark.parametrize("table", schema.tables(), ids=schema.qualified)
def test_the_declaration_is_the_table(con: duckdb.DuckDBPyConnection, table: type[schema.Table]) -> None:
    described = con.execute(f"describe {schema.qualified(table)}").fetchall()
    assert {row[0]: row[1] for row in described} == schema.column_types(table)
    assert schema.grain(table)


@pytest.mark.parametrize("view", all_views())
def test_views_stand_on_empty_tables(con: duckdb.DuckDBPyConnection, view: str) -> None:
    assert con.sql(f"select count(*) from {view}").fetchone() == (0,)


def test_the_shape_of_the_views(con: duckdb.DuckDBPyConnection) -> None:
    shapes = {
        view: dict(zip(con.sql(f"from {view}").columns, con.sql(f"from {view}").types, strict=True))
        for view in ("raw.report", "raw.image")
    }
    names = {
        "raw.report": ["dataset", "patient_id", "study_id", "text", "language"],
        "raw.image": ["dataset", "patient_id", "study_id", "image_id", "path", "view_position"],
    }
    assert {view: list(shape) for view, shape in shapes.items()} == names
    assert {str(kind) for shape in shapes.values() for kind in shape.values()} == {"VARCHAR"}


def test_the_derived_metadata_has_the_published_columns(con: duckdb.DuckDBPyConnection) -> None:
    published = schema.column_types(MimicCxrJpgMetadata)
    derived = con.sql("from raw.mimic_cxr_dicom_metadata")
    expected = {name: kind for name, kind in published.items() if name not in {"run_id", "source_file"}}
    assert dict(zip(derived.columns, map(str, derived.types), strict=True)) == expected
