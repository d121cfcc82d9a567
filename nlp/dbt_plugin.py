"""dbt-duckdb plugin: gives the models ``cxr_label`` and ``cxr_mentions``; profiles.yml names this module."""

from __future__ import annotations

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from nlp import udf


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt is not typed
    """Registers the labeler's SQL functions; dbt-duckdb looks for this name."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions on dbt's one connection, whose cursors share them."""
        udf.register_functions(conn)
