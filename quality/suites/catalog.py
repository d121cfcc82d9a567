"""Suite of the declared columns: every landing table has the columns that its class declares, with their types."""

from __future__ import annotations

from quality.checks import Check, Suite, holds
from warehouse import schema, sql


def _declared() -> str:
    rows = (
        (schema.qualified(table), name, data_type)
        for table in schema.tables()
        for name, data_type in schema.column_types(table).items()
    )
    return ", ".join(map(sql.values, rows))


def _columns_of(table: str) -> Check:
    return holds(
        f"{table.replace('.', '_')}_columns",
        f"t.table_name <> '{table}' or coalesce(t.data_type = t.declared_type, false)",
        f"{table} has its declared columns and types",
        "validity",
    )


SUITES: tuple[Suite, ...] = (
    Suite(
        "warehouse.columns",
        tuple(_columns_of(schema.qualified(table)) for table in schema.tables()),
        relation=f"""(
            select d.table_name, d.declared_type, c.data_type
            from (values {_declared()}) as d(table_name, column_name, declared_type)
            left join duckdb_columns() as c
                on c.schema_name || '.' || c.table_name = d.table_name and c.column_name = d.column_name
                and c.database_name = current_database()
        )""",
    ),
)
